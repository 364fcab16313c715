//! `ftp-cli`: an FTP client and server for the command line.

mod args;
mod certificate;
mod change;
mod connection;
mod demo;
mod doctor;
mod documentation;
mod download;
mod fault;
mod firewall;
mod get;
mod login;
mod ls;
mod parse_listing;
mod privileges;
mod producer;
mod progress;
mod put;
mod quote;
mod serve;
mod stat;
mod user;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Job};

fn main() -> ExitCode {
    let args = Args::parse();
    let verbose = args.verbose;
    let done = match &args.job {
        Job::Ls(job) => ls::run(job, verbose),
        Job::Get(job) => get::run(job, verbose),
        Job::Put(job) => put::run(job, verbose),
        Job::Cat(job) => get::cat(job, verbose),
        Job::Rm(job) => change::rm(job, verbose),
        Job::Mkdir(job) => change::mkdir(job, verbose),
        Job::Rmdir(job) => change::rmdir(job, verbose),
        Job::Mv(job) => change::mv(job, verbose),
        Job::Stat(job) => stat::run(job, verbose),
        Job::Quote(job) => quote::run(job, verbose),
        Job::Serve(job) => serve::run(job, verbose),
        Job::User(job) => user::run(job),
        Job::ParseListing(job) => parse_listing::run(job),
        Job::Firewall(job) => firewall::run(job),
        Job::Doctor(job) => doctor::run(job, verbose),
        Job::Demo => demo::run(),
        Job::Man(job) => documentation::man(job),
        Job::Completions(job) => documentation::completions(job),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            fault.say();
            fault.exit().into()
        }
    }
}
