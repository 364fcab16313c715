//! OPTS, and what it and other rare commands have set.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::time::Duration;

use super::session::{ServerSession, Settings};
use super::start::Start;
use crate::codec::command::Argument;
use crate::codec::facts::Facts;
use crate::codec::hash::HashAlgorithm;
use crate::data::Level;

/// What few clients ever set. On the heap, and only once something is.
#[derive(Debug)]
pub(super) struct Options {
    /// OPTS MLST.
    pub(super) facts: Facts,
    /// OPTS MODE Z.
    pub(super) level: Option<Level>,
    /// OPTS HASH.
    pub(super) hash: Option<HashAlgorithm>,
    /// REST and RANG, until the next transfer.
    pub(super) start: Start,
    /// SITE UMASK.
    pub(super) mask: Option<u16>,
    /// SITE IDLE.
    pub(super) idle: Option<Duration>,
    /// HOST, which USER leaves alone.
    pub(super) host: Option<Argument>,
}

/// One option.
struct Row {
    feature: &'static str,
    is_there: fn(&ServerSession) -> bool,
    set: fn(&mut ServerSession, Option<&[u8]>),
}

static OPTIONS: [Row; 4] = [
    Row {
        feature: "HASH",
        is_there: |session| !session.config.checksums.algorithms().is_empty(),
        set: ServerSession::set_hash_algorithm,
    },
    Row {
        feature: "MLST",
        is_there: |_| true,
        set: ServerSession::choose_facts,
    },
    Row {
        feature: "MODE",
        is_there: ServerSession::has_deflate,
        set: |session, value| session.set_mode_options(value.unwrap_or_default()),
    },
    Row {
        feature: "UTF8",
        is_there: |_| true,
        set: ServerSession::set_utf8,
    },
];

impl Settings {
    /// What was set, if anything was.
    pub(super) fn chosen(&self) -> Option<&Options> {
        self.options.as_deref()
    }

    /// What was set, to be changed.
    pub(super) fn options(&mut self) -> &mut Options {
        self.options.get_or_insert_with(|| {
            Box::new(Options {
                facts: Facts::ALL,
                level: None,
                hash: None,
                start: Start::BEGINNING,
                mask: None,
                idle: None,
                host: None,
            })
        })
    }
}

impl ServerSession {
    pub(super) fn set_option(&mut self, feature: &Argument, parameters: Option<&Argument>) {
        let named = |row: &&Row| {
            row.feature
                .as_bytes()
                .eq_ignore_ascii_case(feature.as_bytes())
        };
        match OPTIONS.iter().find(named) {
            Some(row) if (row.is_there)(self) => {
                let value = parameters.map(|value| value.as_bytes().trim_ascii());
                (row.set)(self, value.filter(|value| !value.is_empty()));
            }
            _ => self.reply::<501>("There is no such option."),
        }
    }

    /// What MLST and MLSD tell.
    pub(super) fn facts(&self) -> Facts {
        self.settings
            .chosen()
            .map_or(Facts::ALL, |options| options.facts)
    }

    pub(super) fn mlst_feature(&self) -> String {
        format!("MLST {}", Facts::ALL.offered(self.facts()))
    }

    /// OPTS MLST: the reply lists what was taken of the list, which may be nothing (RFC 3659 §7.9).
    fn choose_facts(&mut self, list: Option<&[u8]>) {
        let facts = Facts::named(list.unwrap_or_default());
        self.settings.options().facts = facts;
        match facts == Facts::NONE {
            true => self.reply::<200>("MLST OPTS"),
            false => self.reply::<200>(format!("MLST OPTS {facts}")),
        }
    }

    /// OPTS UTF8: what some clients say before they send a name.
    fn set_utf8(&mut self, value: Option<&[u8]>) {
        match value {
            None => self.reply::<200>("Names are bytes, UTF-8 by custom."),
            Some(value) if value.eq_ignore_ascii_case(b"ON") => {
                self.reply::<200>("Names are bytes, UTF-8 by custom.");
            }
            Some(_) => self.reply::<504>("UTF-8 cannot be switched off."),
        }
    }
}
