//! `ftp-cli`: an FTP client and server for the command line.

mod args;
mod connection;
mod demo;
mod fault;
mod firewall;
mod get;
mod ls;
mod parse_listing;
mod progress;
mod put;
mod serve;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Job};

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.job {
        Job::Ls(job) => ls::run(job, args.verbose),
        Job::Get(job) => get::run(job, args.verbose),
        Job::Put(job) => put::run(job, args.verbose),
        Job::Serve(job) => serve::run(job, args.verbose),
        Job::ParseListing(job) => parse_listing::run(job),
        Job::Firewall(job) => firewall::run(job),
        Job::Demo => demo::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("ftp-cli: {fault}");
            ExitCode::FAILURE
        }
    }
}
