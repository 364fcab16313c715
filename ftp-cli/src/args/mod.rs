//! The command line.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

mod client;
mod documentation;
mod examples;
mod server;

use clap::{Parser, Subcommand};

pub(crate) use self::client::{
    Cat, ClientArgs, DataArgs, Get, LoginArgs, Ls, Mkdir, Mv, Put, Quote, Rm, Rmdir, Stat, TlsArgs,
    UrlOrPath, seconds,
};
pub(crate) use self::documentation::{Completions, Man};
pub(crate) use self::server::{
    Access, ChecksumsOffered, NewPasswordArgs, PERMISSIONS, RunAs, Serve, ServeLoginArgs, User,
    UserAdd, UserList, UserPassword, UserRemove,
};
use crate::doctor::Doctor;
use crate::firewall::FirewallRules;
use crate::parse_listing::ParseListing;

/// Moves files by FTP, in active and in passive mode, and serves them.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true, after_long_help = examples::EXIT)]
pub(crate) struct Args {
    /// Print the dialogue with the server: > sent, < received, passwords as ****
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) job: Job,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List a directory
    #[command(visible_alias = "dir", after_help = examples::LS)]
    Ls(Ls),
    /// Retrieve files
    #[command(after_help = examples::GET, after_long_help = examples::GET_LONG)]
    Get(Get),
    /// Store files
    #[command(after_help = examples::PUT, after_long_help = examples::PUT_LONG)]
    Put(Put),
    /// Retrieve files to standard output
    #[command(after_help = examples::CAT)]
    Cat(Cat),
    /// Delete files
    #[command(after_help = examples::RM)]
    Rm(Rm),
    /// Make directories
    #[command(after_help = examples::MKDIR)]
    Mkdir(Mkdir),
    /// Remove empty directories
    #[command(after_help = examples::RMDIR)]
    Rmdir(Rmdir),
    /// Rename or move a file or a directory within a server
    #[command(after_help = examples::MV)]
    Mv(Mv),
    /// Tell what is known about files and directories
    #[command(after_help = examples::STAT)]
    Stat(Stat),
    /// Send commands as they are, and print the replies
    #[command(after_help = examples::QUOTE)]
    Quote(Quote),
    /// Serve a directory
    #[command(after_help = examples::SERVE)]
    Serve(Serve),
    /// Keep a file of users for `serve`
    #[command(after_help = examples::USER, subcommand)]
    User(User),
    /// Read a listing of any server from standard input, and print what it tells
    #[command(after_help = examples::PARSE_LISTING)]
    ParseListing(ParseListing),
    /// Print the rules that a firewall needs, for nft, iptables, ufw, firewalld or Windows
    Firewall(FirewallRules),
    /// Find out which ways of opening a data connection work, and what is in the way of the others
    Doctor(Doctor),
    /// Show passive and active mode: a server and a client in one process, with real files
    #[command(after_help = examples::DEMO)]
    Demo,
    /// Write manual pages
    #[command(after_help = examples::MAN)]
    Man(Man),
    /// Print a script that completes the words of a command line
    #[command(after_help = examples::COMPLETIONS)]
    Completions(Completions),
}
