//! The one table of verbs: what each needs, and how it is written. What is not in it is refused.

use super::config::{Abilities, ServerConfig, TlsOffer};
use super::protection::Control;
use super::request::Permissions;

/// One verb.
#[derive(Debug)]
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    /// How it is written, for HELP.
    pub(super) syntax: &'static str,
    offer: Offer,
}

/// What a client must have to use a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    Login,
    Permission(Permissions),
}

/// When a verb is offered at all.
#[derive(Clone, Copy, Debug)]
enum Offer {
    Always,
    /// If the storage can do it.
    If(fn(&Abilities) -> bool),
    /// If there is TLS; the command itself tells why not now.
    Tls,
    /// Known, and not implemented: 502 and not 500.
    Never,
}

impl Verb {
    pub(super) fn is_offered(&self, config: &ServerConfig, control: Control) -> bool {
        match self.offer {
            Offer::Always => true,
            Offer::If(can) => can(&config.abilities),
            Offer::Tls => control == Control::Tls || config.tls.offer != TlsOffer::Never,
            Offer::Never => false,
        }
    }
}

/// The verb of this name, in upper case.
pub(super) fn find(name: &[u8]) -> Option<&'static Verb> {
    VERBS
        .binary_search_by(|verb| verb.name.as_bytes().cmp(name))
        .ok()
        .and_then(|at| VERBS.get(at))
}

/// Every verb that is offered, in alphabetical order.
pub(super) fn offered(
    config: &ServerConfig,
    control: Control,
) -> impl Iterator<Item = &'static Verb> {
    VERBS
        .iter()
        .filter(move |verb| verb.is_offered(config, control))
}

const fn verb(name: &'static str, needs: Needs, syntax: &'static str) -> Verb {
    Verb {
        name,
        needs,
        syntax,
        offer: Offer::Always,
    }
}

const fn verb_if(
    can: fn(&Abilities) -> bool,
    name: &'static str,
    needs: Needs,
    syntax: &'static str,
) -> Verb {
    Verb {
        offer: Offer::If(can),
        ..verb(name, needs, syntax)
    }
}

const fn verb_of_tls(name: &'static str, syntax: &'static str) -> Verb {
    Verb {
        offer: Offer::Tls,
        ..verb(name, Needs::Nothing, syntax)
    }
}

const fn absent(name: &'static str) -> Verb {
    Verb {
        offer: Offer::Never,
        ..verb(name, Needs::Nothing, "")
    }
}

const LIST: Needs = Needs::Permission(Permissions::LIST);
const READ: Needs = Needs::Permission(Permissions::READ);
const WRITE: Needs = Needs::Permission(Permissions::WRITE);
const DELETE: Needs = Needs::Permission(Permissions::DELETE);
const RENAME: Needs = Needs::Permission(Permissions::RENAME);
const MAKE: Needs = Needs::Permission(Permissions::MAKE);

/// Sorted by name.
static VERBS: [Verb; 54] = [
    verb("ABOR", Needs::Login, "ABOR"),
    verb("ACCT", Needs::Nothing, "ACCT account"),
    absent("ADAT"),
    verb("ALLO", Needs::Login, "ALLO size [R record-size]"),
    verb_if(|can| can.append, "APPE", WRITE, "APPE path"),
    verb_of_tls("AUTH", "AUTH TLS"),
    verb_of_tls("CCC", "CCC"),
    verb("CDUP", Needs::Login, "CDUP"),
    absent("CONF"),
    verb("CWD", Needs::Login, "CWD path"),
    verb("DELE", DELETE, "DELE path"),
    absent("ENC"),
    verb("EPRT", Needs::Login, "EPRT |1 or 2|address|port|"),
    verb("EPSV", Needs::Login, "EPSV [1 or 2 or ALL]"),
    verb("FEAT", Needs::Nothing, "FEAT"),
    verb("HELP", Needs::Nothing, "HELP [verb]"),
    absent("HOST"),
    absent("LANG"),
    verb("LIST", LIST, "LIST [-a] [path]"),
    absent("LPRT"),
    absent("LPSV"),
    verb("MDTM", LIST, "MDTM path"),
    verb_if(
        |can| can.set_modified,
        "MFMT",
        WRITE,
        "MFMT YYYYMMDDHHMMSS path",
    ),
    absent("MIC"),
    verb("MKD", MAKE, "MKD path"),
    verb("MLSD", LIST, "MLSD [path]"),
    verb("MLST", LIST, "MLST [path]"),
    verb("MODE", Needs::Login, "MODE S or B or C or Z"),
    verb("NLST", LIST, "NLST [-a] [path]"),
    verb("NOOP", Needs::Nothing, "NOOP"),
    // Some clients say it before USER.
    verb("OPTS", Needs::Nothing, "OPTS feature [value]"),
    verb("PASS", Needs::Nothing, "PASS password"),
    verb("PASV", Needs::Login, "PASV"),
    verb_of_tls("PBSZ", "PBSZ 0"),
    verb("PORT", Needs::Login, "PORT h1,h2,h3,h4,p1,p2"),
    verb_of_tls("PROT", "PROT C or P"),
    verb("PWD", Needs::Login, "PWD"),
    verb("QUIT", Needs::Nothing, "QUIT"),
    verb("REIN", Needs::Nothing, "REIN"),
    verb_if(|can| can.resume, "REST", Needs::Login, "REST offset"),
    verb("RETR", READ, "RETR path"),
    verb("RMD", DELETE, "RMD path"),
    verb("RNFR", RENAME, "RNFR path"),
    verb("RNTO", RENAME, "RNTO path"),
    verb("SITE", Needs::Login, "SITE HELP"),
    verb("SIZE", LIST, "SIZE path"),
    absent("SMNT"),
    verb("STAT", Needs::Login, "STAT [path]"),
    verb("STOR", WRITE, "STOR path"),
    verb_if(|can| can.unique, "STOU", WRITE, "STOU [path]"),
    verb("STRU", Needs::Login, "STRU F or R"),
    verb("SYST", Needs::Nothing, "SYST"),
    verb("TYPE", Needs::Login, "TYPE A or E or I or L 8"),
    verb("USER", Needs::Nothing, "USER name"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_verb_is_found() {
        for verb in &VERBS {
            assert!(find(verb.name.as_bytes()).is_some(), "{}", verb.name);
        }
    }

    #[test]
    fn whatever_changes_the_storage_needs_a_permission() {
        for name in [
            "STOR", "STOU", "APPE", "DELE", "RMD", "MKD", "RNFR", "RNTO", "MFMT",
        ] {
            let verb = find(name.as_bytes()).expect("stands in the table");
            assert!(
                !matches!(verb.needs, Needs::Nothing | Needs::Login),
                "{name}"
            );
        }
    }

    #[test]
    fn what_the_storage_cannot_do_is_not_offered() {
        let offers_append = |abilities| {
            let config = ServerConfig {
                abilities,
                ..ServerConfig::default()
            };
            offered(&config, Control::Clear).any(|verb| verb.name == "APPE")
        };
        assert!(offers_append(Abilities::ALL));
        assert!(!offers_append(Abilities::NONE));
    }
}
