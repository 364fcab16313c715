//! The one table of commands: how each is written, what it needs, when there is such a command, what
//! FEAT says of it, and what carries it out. What does not stand in it is refused.

use super::event::TransferKind;
use super::gate::{Needs, Refusal};
use super::protection::Control;
use super::request::{Change, Permissions};
use super::session::ServerSession;
use super::start::Start;
use crate::codec::command::Command;
use crate::codec::hash::HashAlgorithm;
use crate::codec::path::VirtualPath;

/// What the table says of a command, besides what carries it out.
pub(super) struct Row {
    /// The verb, and what follows it, for HELP.
    pub(super) syntax: &'static str,
    pub(super) needs: Needs,
    pub(super) kind: Kind,
    offer: Offer,
    feature: Feature,
}

/// What a command has to do with the data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// It says how the next one is opened, and is refused after EPSV ALL (RFC 2428 §4).
    Channel,
    /// It uses up what REST and RANG have said, whatever becomes of it.
    Transfer,
}

/// When there is such a command.
#[derive(Clone, Copy)]
enum Offer {
    Always,
    If(fn(&ServerSession) -> bool),
    /// It is known, and there is none: 502 and not 500.
    Never,
}

/// What FEAT says of a command.
#[derive(Clone, Copy)]
enum Feature {
    None,
    Verb,
    Words(&'static str),
    /// What the session tells; nothing where there is nothing to be had.
    Told(fn(&ServerSession) -> Option<alloc::string::String>),
}

/// What the command before has left for this one.
#[derive(Debug)]
pub(super) struct Before {
    /// What RNFR named.
    rename: Option<VirtualPath>,
    /// What REST or RANG said.
    start: Start,
}

/// Makes the table, and the way from a command to what carries it out, of one list. Sorted by verb.
macro_rules! commands {
    (|$session:ident, $before:ident| $(
        $name:ident $(($value:pat))? $({ $($part:ident),+ })? => $row:expr, $run:expr;
    )+) => {
        static COMMANDS: &[Row] = &[$($row,)+];

        fn run($session: &mut ServerSession, command: Command, $before: Before) {
            match command {
                $(Command::$name $(($value))? $({ $($part),+ })? => $run,)+
                // The gate has refused it.
                Command::Other { .. } => $session.refuse(Refusal::Unknown),
            }
        }
    };
}

commands! { |session, before|
    Abor => row("ABOR", LOGIN), session.abort_when_idle();
    Acct(_) => row("ACCT account", ANYBODY), session.account();
    Algs(_) => row("ALGS what", ANYBODY).never(), session.refuse(Refusal::NotOffered);
    Allo { size, record } => row("ALLO size [R record-size]", LOGIN),
        session.allocate(size, record);
    Appe(path) => row("APPE path", WRITE).transfer().when(|s| s.can().append),
        session.transfer(TransferKind::Append, Some(&path), before.start);
    Auth(mechanism) => row("AUTH TLS", ANYBODY).when(has_tls)
        .told(|s| s.offers_auth().then(|| "AUTH TLS".into())),
        session.authenticate_connection(&mechanism);
    Avbl(path) => row("AVBL [path]", LIST).when(|s| s.can().space).feature(),
        session.ask_space(path.as_ref());
    Ccc => row("CCC", ANYBODY).when(has_tls)
        .told(|s| s.offers_clear_control().then(|| "CCC".into())),
        session.clear_control();
    Cdup => row("CDUP", LOGIN), session.change_to_parent();
    Clnt(_) => row("CLNT name", ANYBODY).feature(), session.client_named();
    Comb(files) => row("COMB file part...", COMBINE).when(|s| s.can().combine).feature(),
        session.combine(&files);
    Csid(_) => row("CSID Name=name;...", LOGIN).feature(), session.tell_identity();
    Cwd(path) => row("CWD path", LOGIN), session.change_directory(&path);
    Dele(path) => row("DELE path", DELETE), session.change_at(&path, Change::Delete);
    Eprt(to) => row("EPRT |1 or 2|address|port|", LOGIN).channel().feature(), session.active(to);
    Epsv(what) => row("EPSV [1 or 2 or ALL]", LOGIN).feature(), session.extended_passive(what);
    Feat => row("FEAT", ANYBODY), session.tell_features();
    Hash(path) => row("HASH path", READ).when(has_checksums)
        .told(|s| Some(s.hash_feature())),
        session.hash(&path);
    Help(topic) => row("HELP [command]", ANYBODY), session.help(topic.as_ref());
    Host(name) => row("HOST name", ANYBODY).when(|s| !s.config.hosts.is_empty()).feature(),
        session.host_named(&name);
    Lang(tag) => row("LANG [language]", ANYBODY).says("LANG EN*"),
        session.set_language(tag.as_ref());
    List(argument) => row("LIST [-a] [path]", LIST).transfer(), session.list(argument);
    Lprt(to) => row("LPRT 4,4,h1,h2,h3,h4,2,p1,p2", LOGIN).channel(), session.active(to.0);
    Lpsv => row("LPSV", LOGIN).channel(), session.long_passive();
    Md5(path) => row("MD5 path", READ).when(|s| has(s, HashAlgorithm::Md5)).feature(),
        session.md5(&path);
    Mdtm(path) => row("MDTM path", LIST).feature(), session.ask_modified(&path);
    Mfct { time, path } => row("MFCT YYYYMMDDHHMMSS path", WRITE)
        .when(|s| s.can().set_created).feature(),
        session.set_created(time, &path);
    Mff { facts, path } => row("MFF fact=value;... path", WRITE)
        .when(|s| !s.settable_facts().is_empty())
        .told(|s| Some(alloc::format!("MFF {}", s.settable_facts()))),
        session.set_facts(&facts, &path);
    Mfmt { time, path } => row("MFMT YYYYMMDDHHMMSS path", WRITE)
        .when(|s| s.can().set_modified).feature(),
        session.set_modified(time, &path);
    Mkd(path) => row("MKD path", MAKE), session.make_directory(&path);
    Mlsd(path) => row("MLSD [path]", LIST).transfer(), session.list_facts(path.as_ref());
    Mlst(path) => row("MLST [path]", LIST).told(|s| Some(s.mlst_feature())),
        session.ask_facts(path.as_ref());
    Mode(mode) => row("MODE S or B or C or Z", LOGIN)
        .told(|s| s.has_deflate().then(|| "MODE Z".into())),
        session.set_mode(mode);
    Nlst(argument) => row("NLST [-a] [path]", LIST).transfer(), session.list_names(argument);
    Noop => row("NOOP", ANYBODY), session.reply::<200>("Nothing done.");
    // Some clients say it before USER.
    Opts { feature, parameters } => row("OPTS feature [value]", ANYBODY),
        session.set_option(&feature, parameters.as_ref());
    Pass(password) => row("PASS password", ANYBODY), session.password(password.into_secret());
    Pasv => row("PASV", LOGIN).channel(), session.passive();
    Pbsz(_) => row("PBSZ 0", ANYBODY).when(has_tls)
        .told(|s| s.offers_protection().then(|| "PBSZ".into())),
        session.protection_buffer_size();
    Port(to) => row("PORT h1,h2,h3,h4,p1,p2", LOGIN).channel(), session.active(to.into());
    Pret(command) => row("PRET transfer-command", LOGIN).feature(),
        session.announce_transfer(&command);
    Prot(level) => row("PROT C or P", ANYBODY).when(has_tls)
        .told(|s| s.offers_protection().then(|| "PROT".into())),
        session.protection_level(level);
    Pwd => row("PWD", LOGIN), session.tell_directory();
    Quit => row("QUIT", ANYBODY), session.quit();
    Rang(range) => row("RANG first last", LOGIN).when(|s| s.can().ranges).says("RANG STREAM"),
        session.set_range(range);
    Rein => row("REIN", ANYBODY), session.begin_anew();
    Rest(offset) => row("REST offset", LOGIN).when(|s| s.can().resume).says("REST STREAM"),
        session.restart_at(offset);
    Retr(path) => row("RETR path", READ).transfer(),
        session.transfer(TransferKind::Retrieve, Some(&path), before.start);
    Rmd(path) => row("RMD path", DELETE), session.change_at(&path, Change::RemoveDirectory);
    Rnfr(path) => row("RNFR path", RENAME), session.rename_from(&path);
    Rnto(path) => row("RNTO path", RENAME), session.rename_to(before.rename, &path);
    Site(what) => row("SITE command", LOGIN), session.site(&what);
    Size(path) => row("SIZE path", LIST).feature(), session.ask_size(&path);
    Smnt(_) => row("SMNT path", ANYBODY).never(), session.refuse(Refusal::NotOffered);
    // A path makes it a listing over the control connection (RFC 959 §4.1.3).
    Stat(path) => row("STAT [path]", Needs::LoginAndWithArgument(Permissions::LIST)),
        session.status_of(path.as_ref());
    Stor(path) => row("STOR path", WRITE).transfer(),
        session.transfer(TransferKind::Store, Some(&path), before.start);
    Stou(path) => row("STOU [path]", WRITE).transfer().when(|s| s.can().unique),
        session.transfer(TransferKind::StoreUnique, path.as_ref(), before.start);
    Stru(structure) => row("STRU F or R", LOGIN), session.set_structure(structure);
    Syst => row("SYST", ANYBODY), session.reply::<215>("UNIX Type: L8");
    Thmb(_) => row("THMB format width height path", LOGIN).never(),
        session.refuse(Refusal::NotOffered);
    Type(representation) => row("TYPE A or E or I or L 8", LOGIN),
        session.set_representation(representation);
    User(name) => row("USER name", ANYBODY), session.user_named(&name);
    Xcrc(part) => row("XCRC \"path\" [from to]", READ)
        .when(|s| has(s, HashAlgorithm::Crc32)).feature(),
        session.checksum_of(&part, HashAlgorithm::Crc32);
    Xmd5(part) => row("XMD5 \"path\" [from to]", READ)
        .when(|s| has(s, HashAlgorithm::Md5)).feature(),
        session.checksum_of(&part, HashAlgorithm::Md5);
    Xsha(part) => row("XSHA \"path\" [from to]", READ)
        .when(|s| has(s, HashAlgorithm::Sha1)).feature(),
        session.checksum_of(&part, HashAlgorithm::Sha1);
    Xsha1(part) => row("XSHA1 \"path\" [from to]", READ)
        .when(|s| has(s, HashAlgorithm::Sha1)).feature(),
        session.checksum_of(&part, HashAlgorithm::Sha1);
    Xsha256(part) => row("XSHA256 \"path\" [from to]", READ)
        .when(|s| has(s, HashAlgorithm::Sha256)).feature(),
        session.checksum_of(&part, HashAlgorithm::Sha256);
    Xsha512(part) => row("XSHA512 \"path\" [from to]", READ)
        .when(|s| has(s, HashAlgorithm::Sha512)).feature(),
        session.checksum_of(&part, HashAlgorithm::Sha512);
}

/// Commands of RFC 2228 that no mechanism here has a use for: 502, and no part of the codec.
const UNUSED: [&str; 4] = ["ADAT", "CONF", "ENC", "MIC"];

/// What FEAT tells that is no command's: paths are as in RFC 3659 §6, and names are UTF-8
/// (RFC 2640 §3).
const OTHER_FEATURES: [&str; 2] = ["TVFS", "UTF8"];

impl ServerSession {
    /// Carries out one command. Exactly one final reply follows, now or later.
    pub(super) fn command(&mut self, command: Command) {
        let rename = self.forget_rename();
        let row = match find(command.verb()) {
            Some(row) => row,
            None => {
                let is_unused = UNUSED.iter().any(|verb| verb.as_bytes() == command.verb());
                return self.refuse(match is_unused {
                    true => Refusal::NotOffered,
                    false => Refusal::Unknown,
                });
            }
        };
        let start = match row.kind {
            Kind::Transfer => self.settings.take_start(),
            Kind::Plain | Kind::Channel => Start::BEGINNING,
        };
        match self.gate(row, has_argument(&command)) {
            Ok(()) => run(self, command, Before { rename, start }),
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// Whether there is such a command here.
    pub(super) fn offers(&self, row: &Row) -> bool {
        match row.offer {
            Offer::Always => true,
            Offer::If(is_there) => is_there(self),
            Offer::Never => false,
        }
    }

    /// Every command that there is, by verb.
    pub(super) fn offered(&self) -> impl Iterator<Item = &'static Row> {
        COMMANDS.iter().filter(|row| self.offers(row))
    }

    /// The lines of FEAT: what this session may use, and, before the login, what it might.
    pub(super) fn features(&self) -> impl Iterator<Item = alloc::string::String> {
        let of_commands = self
            .offered()
            .filter(|row| self.may_come_to_have(row.needs))
            .filter_map(|row| match row.feature {
                Feature::None => None,
                Feature::Verb => Some(row.verb().into()),
                Feature::Words(words) => Some(words.into()),
                Feature::Told(tell) => tell(self),
            });
        of_commands.chain(OTHER_FEATURES.into_iter().map(Into::into))
    }
}

/// The row of this verb, in upper case.
pub(super) fn find(verb: &[u8]) -> Option<&'static Row> {
    COMMANDS
        .binary_search_by(|row| row.verb().as_bytes().cmp(verb))
        .ok()
        .and_then(|at| COMMANDS.get(at))
}

impl Row {
    pub(super) fn verb(&self) -> &'static str {
        self.syntax.split(' ').next().unwrap_or(self.syntax)
    }

    const fn channel(self) -> Self {
        Self {
            kind: Kind::Channel,
            ..self
        }
    }

    const fn transfer(self) -> Self {
        Self {
            kind: Kind::Transfer,
            ..self
        }
    }

    const fn when(self, is_there: fn(&ServerSession) -> bool) -> Self {
        Self {
            offer: Offer::If(is_there),
            ..self
        }
    }

    const fn never(self) -> Self {
        Self {
            offer: Offer::Never,
            ..self
        }
    }

    const fn feature(self) -> Self {
        Self {
            feature: Feature::Verb,
            ..self
        }
    }

    const fn says(self, words: &'static str) -> Self {
        Self {
            feature: Feature::Words(words),
            ..self
        }
    }

    const fn told(self, tell: fn(&ServerSession) -> Option<alloc::string::String>) -> Self {
        Self {
            feature: Feature::Told(tell),
            ..self
        }
    }
}

const fn row(syntax: &'static str, needs: Needs) -> Row {
    Row {
        syntax,
        needs,
        kind: Kind::Plain,
        offer: Offer::Always,
        feature: Feature::None,
    }
}

/// TLS is there; the command itself tells why not now.
fn has_tls(session: &ServerSession) -> bool {
    session.security.control() == Control::Tls || session.knows_tls()
}

fn has_checksums(session: &ServerSession) -> bool {
    !session.config.checksums.algorithms().is_empty()
}

fn has(session: &ServerSession, algorithm: HashAlgorithm) -> bool {
    session.config.checksums.algorithms().has(algorithm)
}

/// Whether a command whose argument may be left out has one.
const fn has_argument(command: &Command) -> bool {
    matches!(command, Command::Stat(Some(_)))
}

const ANYBODY: Needs = Needs::Nothing;
const LOGIN: Needs = Needs::Login;
const LIST: Needs = Needs::Permission(Permissions::LIST);
const READ: Needs = Needs::Permission(Permissions::READ);
const WRITE: Needs = Needs::Permission(Permissions::WRITE);
const DELETE: Needs = Needs::Permission(Permissions::DELETE);
const RENAME: Needs = Needs::Permission(Permissions::RENAME);
const MAKE: Needs = Needs::Permission(Permissions::MAKE);
/// The parts are read, written elsewhere, and deleted.
const COMBINE: Needs = Needs::Permission(
    Permissions::READ
        .and(Permissions::WRITE)
        .and(Permissions::DELETE),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_verb_is_found() {
        for row in COMMANDS {
            assert!(find(row.verb().as_bytes()).is_some(), "{}", row.verb());
        }
    }

    #[test]
    fn the_table_has_every_verb_of_the_codec() {
        for verb in Command::VERBS {
            // XPWD and its like are read as the plain command.
            let plain = match verb.strip_prefix('X') {
                Some("CUP") => "CDUP",
                Some(rest) if find(verb.as_bytes()).is_none() => rest,
                _ => verb,
            };
            assert!(find(plain.as_bytes()).is_some(), "{verb}");
        }
        assert!(
            COMMANDS
                .iter()
                .all(|row| Command::VERBS.contains(&row.verb()))
        );
    }

    #[test]
    fn whatever_changes_the_storage_needs_a_permission() {
        for verb in [
            "STOR", "STOU", "APPE", "DELE", "RMD", "MKD", "RNFR", "RNTO", "MFMT", "MFCT", "MFF",
            "COMB",
        ] {
            let row = find(verb.as_bytes()).expect("stands in the table");
            assert!(matches!(row.needs, Needs::Permission(_)), "{verb}");
        }
    }
}
