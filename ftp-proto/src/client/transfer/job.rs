//! What a transfer is to do.

use crate::client::event::ListingKind;
use crate::client::parameters::Wanted;
use crate::codec::command::{Argument, Command, FormatControl, RepresentationType};
use crate::contract::Direction;

/// What a transfer is to do.
#[derive(Clone, Debug)]
pub(in crate::client) struct Job {
    pub(in crate::client) verb: Verb,
    /// Where in the file to begin, in bytes.
    pub(in crate::client) offset: u64,
    pub(in crate::client) wanted: Wanted,
    /// How many bytes the whole file has.
    pub(in crate::client) expected: Option<u64>,
    /// Whether LIST is tried where MLSD is refused.
    pub(in crate::client) fall_back: bool,
}

/// The command that starts the transfer, with its path.
#[derive(Clone, Debug)]
pub(in crate::client) enum Verb {
    Retr(Argument),
    Stor(Argument),
    Appe(Argument),
    Stou(Option<Argument>),
    Mlsd(Option<Argument>),
    List(Option<Argument>),
    Nlst(Option<Argument>),
}

impl Job {
    /// LIST in place of MLSD, once.
    pub(super) fn fall_back_to_list(&mut self) {
        if let Verb::Mlsd(path) = &mut self.verb {
            self.verb = Verb::List(path.take());
        }
        self.fall_back = false;
        self.wanted.representation = Some(RepresentationType::Ascii(FormatControl::NonPrint));
    }
}

impl Verb {
    pub(super) fn command(&self) -> Command {
        match self.clone() {
            Self::Retr(path) => Command::Retr(path),
            Self::Stor(path) => Command::Stor(path),
            Self::Appe(path) => Command::Appe(path),
            Self::Stou(path) => Command::Stou(path),
            Self::Mlsd(path) => Command::Mlsd(path),
            Self::List(path) => Command::List(path),
            Self::Nlst(path) => Command::Nlst(path),
        }
    }

    pub(in crate::client) const fn path(&self) -> Option<&Argument> {
        match self {
            Self::Retr(path) | Self::Stor(path) | Self::Appe(path) => Some(path),
            Self::Stou(path) | Self::Mlsd(path) | Self::List(path) | Self::Nlst(path) => {
                path.as_ref()
            }
        }
    }

    /// The path of a listing whose argument some servers hand to `ls` or to a shell.
    pub(super) const fn native_path(&self) -> Option<&Argument> {
        match self {
            Self::List(path) | Self::Nlst(path) => path.as_ref(),
            _ => None,
        }
    }

    /// Makes a listing one of the working directory.
    pub(super) fn list_here(&mut self) {
        if let Self::List(path) | Self::Nlst(path) = self {
            *path = None;
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Retr(_) => "RETR",
            Self::Stor(_) => "STOR",
            Self::Appe(_) => "APPE",
            Self::Stou(_) => "STOU",
            Self::Mlsd(_) => "MLSD",
            Self::List(_) => "LIST",
            Self::Nlst(_) => "NLST",
        }
    }

    /// Which way the bytes go.
    pub(super) const fn direction(&self) -> Direction {
        match self {
            Self::Stor(_) | Self::Appe(_) | Self::Stou(_) => Direction::Send,
            Self::Retr(_) | Self::Mlsd(_) | Self::List(_) | Self::Nlst(_) => Direction::Receive,
        }
    }

    /// The form of what comes, if it is a listing.
    pub(super) const fn listing(&self) -> Option<ListingKind> {
        match self {
            Self::Mlsd(_) => Some(ListingKind::Machine),
            Self::List(_) => Some(ListingKind::Native),
            Self::Nlst(_) => Some(ListingKind::Names),
            Self::Retr(_) | Self::Stor(_) | Self::Appe(_) | Self::Stou(_) => None,
        }
    }

    pub(super) const fn is_listing(&self) -> bool {
        self.listing().is_some()
    }
}
