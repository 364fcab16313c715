//! Harness of the tests that no single crate can hold.
//!
//! [`peers`] starts real FTP servers and [`clients`] runs real FTP clients, ours among them, each as
//! a process with a deadline, in a folder of its own, on loopback ports that no other test holds.
//! What is missing on a machine is a skip that the test runner counts; with `FTP_FULL=1` in the
//! environment it is a failure.

mod cargo;
pub mod checklist;
pub mod clients;
pub mod drivers;
mod ftp_cli;
pub mod laboratory;
pub mod library;
pub mod observations;
pub mod peers;
mod ports;
pub mod process;
mod programs;
pub mod raw;
pub mod recording;
pub mod scale;
pub mod simulation;
pub mod testssl;
pub mod trouble;

pub use trouble::{Trouble, trial};

/// The address family that a test runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 127.0.0.1
    V4,
    /// ::1
    V6,
}

impl Family {
    /// Both, in the order of the tables.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The loopback address of the family.
    pub fn loopback(self) -> std::net::IpAddr {
        match self {
            Self::V4 => std::net::Ipv4Addr::LOCALHOST.into(),
            Self::V6 => std::net::Ipv6Addr::LOCALHOST.into(),
        }
    }
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V4 => "ipv4",
            Self::V6 => "ipv6",
        })
    }
}
