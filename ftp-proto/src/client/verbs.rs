//! What an application may ask of a client session. Each verb queues and gives an id at once.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::acquaint::Acquaint;
use super::event::ListingKind;
use super::login::Login;
use super::operation::{Reads, Single, Work};
use super::parameters::Wanted;
use super::relay::{Offer, Relay, RelayPart, Relaying};
use super::session::ClientSession;
use super::transfer::{Job, Transfer, Verb};
use crate::codec::command::{Argument, Command, FormatControl, RepresentationType, TransferMode};
use crate::contract::OpId;
use crate::data::TransferParameters;
use crate::error::UsageError;

/// What to retrieve, and how.
#[derive(Clone, Debug)]
pub struct Retrieve {
    /// The file.
    pub path: Argument,
    /// Where in the file to begin, in bytes (REST). Not in TYPE A.
    pub offset: u64,
    /// TYPE, STRU and MODE; [`TransferParameters::IMAGE`] unless asked otherwise.
    pub parameters: TransferParameters,
    /// How many bytes the whole file has, where it is known: fewer are an error. Of no account
    /// where other bytes cross the data connection than are in the file: it counts in TYPE I, STRU
    /// F and MODE S alone.
    pub expected: Option<u64>,
}

impl Retrieve {
    /// A whole file in TYPE I, STRU F, MODE S.
    pub const fn new(path: Argument) -> Self {
        Self {
            path,
            offset: 0,
            parameters: TransferParameters::IMAGE,
            expected: None,
        }
    }
}

/// What to store, and how.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, Outcome, Store, StoreAs};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.store(Store::new(StoreAs::Whole("f".try_into()?)))?;
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("TYPE I", "200 Type is I."),
///         ("EPSV", "229 Here (|||50000|)."),
///         ("STOR f", "150 Go on.\n226 Stored."),
///     ],
/// );
/// assert!(matches!(outcomes[..], [Ok(Outcome::Transfer(_))]));
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    /// Where.
    pub target: StoreAs,
    /// TYPE, STRU and MODE; [`TransferParameters::IMAGE`] unless asked otherwise.
    pub parameters: TransferParameters,
}

/// Where a stored file goes.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, Store, StoreAs};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.store(Store::new(StoreAs::At("f".try_into()?, 1_000)))?;
/// session.store(Store::new(StoreAs::Append("log".try_into()?)))?;
/// session.store(Store::new(StoreAs::Unique(None)))?;
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("TYPE I", "200 Type is I."),
///         ("EPSV", "229 Here (|||50000|)."),
///         ("REST 1000", "350 From there."),
///         ("STOR f", "150 Go on.\n226 Stored."),
///         ("EPSV", "229 Here (|||50001|)."),
///         ("APPE log", "150 Go on.\n226 Stored."),
///         ("EPSV", "229 Here (|||50002|)."),
///         ("STOU", "150 FILE: made.1\n226 Stored."),
///     ],
/// );
/// assert!(outcomes.iter().all(Result::is_ok));
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug)]
pub enum StoreAs {
    /// To this path, in place of what is there. (STOR)
    Whole(Argument),
    /// To this path, over what is there from this offset on. (REST, STOR)
    At(Argument, u64),
    /// To this path, behind what is there. (APPE)
    Append(Argument),
    /// To a name that the server makes; some take a path as a wish. (STOU)
    Unique(Option<Argument>),
}

impl StoreAs {
    pub(super) const fn path(&self) -> Option<&Argument> {
        match self {
            Self::Whole(path) | Self::At(path, _) | Self::Append(path) => Some(path),
            Self::Unique(path) => path.as_ref(),
        }
    }
}

impl Store {
    /// A file in TYPE I, STRU F, MODE S.
    pub const fn new(target: StoreAs) -> Self {
        Self {
            target,
            parameters: TransferParameters::IMAGE,
        }
    }
}

/// What to list, and how.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, Listing, ListingKind};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.list(Listing {
///     kind: ListingKind::Names,
///     ..Listing::new(Some("pub".try_into()?))
/// })?;
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("TYPE A", "200 Type is A."),
///         ("EPSV", "229 Here (|||50000|)."),
///         ("NLST pub", "150 Here they come.\n226 Done."),
///     ],
/// );
/// assert!(outcomes[0].is_ok());
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listing {
    /// The directory; the working directory if `None`.
    pub path: Option<Argument>,
    /// The form asked for.
    pub kind: ListingKind,
    /// Whether LIST is tried where the server has no MLSD.
    pub fall_back: bool,
    /// The transfer mode; MODE S unless asked otherwise. MODE Z saves much of a long listing.
    pub mode: TransferMode,
}

impl Listing {
    /// MLSD, or LIST where the server has none.
    pub const fn new(path: Option<Argument>) -> Self {
        Self {
            path,
            kind: ListingKind::Machine,
            fall_back: true,
            mode: TransferMode::Stream,
        }
    }
}

/// Each verb gives the operation's id; its end comes as [`ClientEvent::Done`](super::ClientEvent).
///
/// Operations are carried out in the order in which they were asked for:
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, Listing, Login, Outcome, Store, StoreAs};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.login(Login::new("ada".try_into()?, "secret".try_into()?))?;
/// session.features()?;
/// session.system()?;
/// session.make_directory("new".try_into()?)?;
/// session.change_directory("new".try_into()?)?;
/// session.working_directory()?;
/// session.store(Store::new(StoreAs::Whole("f".try_into()?)))?;
/// session.list(Listing::new(None))?;
/// session.size("f".try_into()?)?;
/// session.modified("f".try_into()?)?;
/// session.facts(Some("f".try_into()?))?;
/// session.rename("f".try_into()?, "g".try_into()?)?;
/// session.delete("g".try_into()?)?;
/// session.change_to_parent()?;
/// session.remove_directory("new".try_into()?)?;
/// session.status(None)?;
/// session.help(None)?;
/// session.noop()?;
/// session.quit()?;
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("USER ada", "331 Password?"),
///         ("PASS secret", "230 Welcome."),
///         ("FEAT", "211-Features:\n SIZE\n MDTM\n MLST type*;size*;\n211 End"),
///         ("SYST", "215 UNIX Type: L8"),
///         ("MKD new", "257 \"/new\" created."),
///         ("CWD new", "250 You are there."),
///         ("PWD", "257 \"/new\" is where you are."),
///         ("TYPE I", "200 Type is I."),
///         ("EPSV", "229 Here (|||50000|)."),
///         ("STOR f", "150 Go on.\n226 Stored."),
///         ("EPSV", "229 Here (|||50001|)."),
///         ("MLSD", "150 Here they come.\n226 Done."),
///         ("SIZE f", "213 5"),
///         ("MDTM f", "213 20261122140500"),
///         ("MLST f", "250-Facts:\n type=file;size=5; f\n250 End"),
///         ("RNFR f", "350 To what?"),
///         ("RNTO g", "250 Renamed."),
///         ("DELE g", "250 Deleted."),
///         ("CDUP", "250 You are there."),
///         ("RMD new", "250 Removed."),
///         ("STAT", "211 All is well."),
///         ("HELP", "214 Read the manual."),
///         ("NOOP", "200 Here."),
///         ("QUIT", "221 Goodbye."),
///     ],
/// );
/// assert_eq!(outcomes.len(), 19);
/// assert_eq!(outcomes[5], Ok(Outcome::Path("/new".into())));
/// assert_eq!(outcomes[8], Ok(Outcome::Size(5)));
/// let Ok(Outcome::Modified(at)) = outcomes[9] else { panic!("MDTM") };
/// assert_eq!(at.year(), 2026);
/// let Ok(Outcome::Entry(entry)) = &outcomes[10] else { panic!("MLST") };
/// assert_eq!(entry.name(), b"f");
/// assert!(outcomes.iter().all(Result::is_ok));
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
///
/// # Errors
///
/// All of them: [`UsageError::Ended`] when the session is over, [`UsageError::QueueFull`] past
/// `Limits::queued_operations`, [`UsageError::TooLong`] for an argument that no line can hold.
/// Nothing was sent then.
impl ClientSession {
    /// USER, and PASS and ACCT as the server asks. Gives [`Outcome::Reply`](super::Outcome).
    pub fn login(&mut self, login: Login) -> Result<OpId, UsageError> {
        let password = login.password.as_ref().map_or(0, |p| p.expose().len());
        let account = login.account.as_ref().map_or(0, |a| length(a.expose()));
        let longest = length(&login.user).max(password).max(account);
        self.queue(longest + VERB, |_| Work::Login(login))
    }

    /// RETR. Gives [`Outcome::Transfer`](super::Outcome).
    ///
    /// # Errors
    ///
    /// Besides those of every verb, [`UsageError::Unsupported`] for such parameters.
    pub fn retrieve(&mut self, retrieve: Retrieve) -> Result<OpId, UsageError> {
        let parameters = retrieve.parameters;
        parameters.check().map_err(UsageError::Unsupported)?;
        let is_counted = parameters == TransferParameters::IMAGE;
        let job = Job {
            verb: Verb::Retr(retrieve.path),
            offset: retrieve.offset,
            wanted: parameters.into(),
            expected: retrieve.expected.filter(|_| is_counted),
            fall_back: false,
        };
        self.queue_transfer(job)
    }

    /// STOR, APPE or STOU. Gives [`Outcome::Transfer`](super::Outcome).
    ///
    /// # Errors
    ///
    /// Besides those of every verb, [`UsageError::Unsupported`] for such parameters.
    pub fn store(&mut self, store: Store) -> Result<OpId, UsageError> {
        let parameters = store.parameters;
        parameters.check().map_err(UsageError::Unsupported)?;
        let (verb, offset) = match store.target {
            StoreAs::Whole(path) => (Verb::Stor(path), 0),
            StoreAs::At(path, offset) => (Verb::Stor(path), offset),
            StoreAs::Append(path) => (Verb::Appe(path), 0),
            StoreAs::Unique(path) => (Verb::Stou(path), 0),
        };
        self.queue_transfer(Job {
            verb,
            offset,
            wanted: parameters.into(),
            expected: None,
            fall_back: false,
        })
    }

    /// MLSD, LIST or NLST. Gives [`Outcome::Transfer`](super::Outcome), which says what form came.
    ///
    /// # Errors
    ///
    /// Besides those of every verb, [`UsageError::Unsupported`] for such a mode.
    pub fn list(&mut self, listing: Listing) -> Result<OpId, UsageError> {
        let text = RepresentationType::Ascii(FormatControl::NonPrint);
        let parameters = TransferParameters {
            mode: listing.mode,
            ..TransferParameters::DEFAULT
        };
        parameters.check().map_err(UsageError::Unsupported)?;
        let (verb, representation) = match listing.kind {
            // MLSD does not depend on the type (RFC 3659 §7.2).
            ListingKind::Machine => (Verb::Mlsd(listing.path), None),
            ListingKind::Native => (Verb::List(listing.path), Some(text)),
            ListingKind::Names => (Verb::Nlst(listing.path), Some(text)),
        };
        self.queue_transfer(Job {
            verb,
            offset: 0,
            wanted: Wanted {
                representation,
                ..parameters.into()
            },
            expected: None,
            fall_back: listing.fall_back,
        })
    }

    /// CWD. Gives [`Outcome::Reply`](super::Outcome).
    pub fn change_directory(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Cwd(path), Reads::Completion)
    }

    /// CDUP. Gives [`Outcome::Reply`](super::Outcome).
    pub fn change_to_parent(&mut self) -> Result<OpId, UsageError> {
        self.single(Command::Cdup, Reads::Completion)
    }

    /// PWD. Gives [`Outcome::Path`](super::Outcome).
    pub fn working_directory(&mut self) -> Result<OpId, UsageError> {
        self.single(Command::Pwd, Reads::Path)
    }

    /// MKD. Gives [`Outcome::Reply`](super::Outcome).
    pub fn make_directory(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Mkd(path), Reads::Completion)
    }

    /// RMD. Gives [`Outcome::Reply`](super::Outcome).
    pub fn remove_directory(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Rmd(path), Reads::Completion)
    }

    /// DELE. Gives [`Outcome::Reply`](super::Outcome).
    pub fn delete(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Dele(path), Reads::Completion)
    }

    /// RNFR and RNTO. Gives [`Outcome::Reply`](super::Outcome).
    pub fn rename(&mut self, from: Argument, to: Argument) -> Result<OpId, UsageError> {
        let longest = length(&from).max(length(&to));
        self.queue(longest + VERB, |_| Work::Rename { from, to })
    }

    /// SIZE, in TYPE I (RFC 3659 §4). Gives [`Outcome::Size`](super::Outcome).
    pub fn size(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Size(path), Reads::Size)
    }

    /// MDTM (RFC 3659 §3). Gives [`Outcome::Modified`](super::Outcome).
    pub fn modified(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Mdtm(path), Reads::Modified)
    }

    /// MLST (RFC 3659 §7). Gives [`Outcome::Entry`](super::Outcome).
    pub fn facts(&mut self, path: Option<Argument>) -> Result<OpId, UsageError> {
        self.single(Command::Mlst(path), Reads::Entry)
    }

    /// FEAT (RFC 2389 §3). Gives [`Outcome::Features`](super::Outcome), and the session heeds them.
    pub fn features(&mut self) -> Result<OpId, UsageError> {
        self.single(Command::Feat, Reads::Features)
    }

    /// FEAT, and what follows from it: OPTS UTF8 ON where the server offers UTF-8, so that names mean
    /// the same on both sides (RFC 2640), and the prelude of a [`KnownServer`](super::KnownServer).
    /// To be asked behind the login. No refusal matters. Gives
    /// [`Outcome::Features`](super::Outcome), and the session heeds them.
    ///
    /// ```
    /// use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession};
    /// use ftp_proto::{ControlAddresses, Instant, Output};
    ///
    /// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
    /// let now = Instant::from_micros(0);
    /// let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
    /// session.acquaint()?;
    /// let mut server = [
    ///     "220 Hi\r\n",
    ///     "211-Features:\r\n UTF8\r\n211 End\r\n",
    ///     "200 UTF8 is on\r\n",
    ///     "215 OS/400 is the remote operating system.\r\n",
    ///     "250 Now using naming format \"1\".\r\n",
    /// ]
    /// .into_iter();
    /// let mut sent = String::new();
    /// loop {
    ///     match session.poll_output(now)? {
    ///         Output::Send(bytes) => {
    ///             sent.push_str(core::str::from_utf8(bytes)?);
    ///             let written = bytes.len();
    ///             session.sent(written);
    ///         }
    ///         Output::Event(ClientEvent::Done { .. }) => break,
    ///         Output::Wait(_) => {
    ///             let reply = server.next().ok_or("no more replies")?;
    ///             assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(sent, "FEAT\r\nOPTS UTF8 ON\r\nSYST\r\nSITE NAMEFMT 1\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acquaint(&mut self) -> Result<OpId, UsageError> {
        self.queue(0, |_| Work::Acquaint(Acquaint::new()))
    }

    /// SYST. Gives [`Outcome::Reply`](super::Outcome).
    pub fn system(&mut self) -> Result<OpId, UsageError> {
        self.single(Command::Syst, Reads::Completion)
    }

    /// STAT. Gives [`Outcome::Reply`](super::Outcome).
    pub fn status(&mut self, path: Option<Argument>) -> Result<OpId, UsageError> {
        self.single(Command::Stat(path), Reads::Completion)
    }

    /// HELP. Gives [`Outcome::Reply`](super::Outcome).
    pub fn help(&mut self, topic: Option<Argument>) -> Result<OpId, UsageError> {
        self.single(Command::Help(topic), Reads::Completion)
    }

    /// NOOP. Gives [`Outcome::Reply`](super::Outcome).
    pub fn noop(&mut self) -> Result<OpId, UsageError> {
        self.single(Command::Noop, Reads::Completion)
    }

    /// Any command that needs no data connection and leaves the session's own state alone. Gives
    /// [`Outcome::Reply`](super::Outcome) for a 2yz or 3yz reply.
    ///
    /// # Errors
    ///
    /// Besides those of every verb, [`UsageError::NotRaw`] for a command that has a verb of its own
    /// here because the session takes part in it (RETR, PASV, ABOR, QUIT, ...), and for those that
    /// would change the connections beneath it (AUTH, PROT, CCC, LPSV, ...).
    pub fn command(&mut self, command: Command) -> Result<OpId, UsageError> {
        if takes_part(&command) {
            return Err(UsageError::NotRaw);
        }
        self.single(command, Reads::Anything)
    }

    /// Asks the server for an address where another server can connect (PASV; CPSV or SSCN under
    /// TLS), for a [`relay`](Self::relay) that is to follow. Gives
    /// [`Outcome::Address`](super::Outcome): the server's own, whatever host it tells.
    ///
    /// ```
    /// use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Outcome};
    /// use ftp_proto::{ControlAddresses, Instant, Output};
    ///
    /// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
    /// let now = Instant::from_micros(0);
    /// let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
    /// session.offer_data()?;
    /// let mut replies = ["220 Hi\r\n", "227 (10,0,0,1,195,80)\r\n"].iter();
    /// let told = loop {
    ///     match session.poll_output(now)? {
    ///         Output::Send(bytes) => {
    ///             assert_eq!(bytes, b"PASV\r\n");
    ///             let written = bytes.len();
    ///             session.sent(written);
    ///         }
    ///         Output::Event(ClientEvent::Done { result, .. }) => break result?,
    ///         Output::Wait(_) => {
    ///             let reply = replies.next().ok_or("no more replies")?;
    ///             assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
    ///         }
    ///         _ => {}
    ///     }
    /// };
    /// assert_eq!(told, Outcome::Address("192.0.2.1:50000".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn offer_data(&mut self) -> Result<OpId, UsageError> {
        self.queue(0, |_| Work::Offer(Offer::Start))
    }

    /// The server's half of a transfer with another server, whose half is another session's. Both
    /// servers must take data connections from others than their clients, which few do unless told.
    /// Gives [`Outcome::Reply`](super::Outcome), the server's final one.
    ///
    /// The order that works: [`offer_data`](Self::offer_data) at one; `relay` at the other, which
    /// connects to what was offered; when [`ClientEvent::Started`](super::ClientEvent) tells that
    /// it has begun, `relay` at the first.
    ///
    /// ```
    /// use ftp_proto::client::{
    ///     ClientConfig, ClientEvent, ClientSession, Outcome, Relay, RelayEnd, RelayPart, StoreAs,
    /// };
    /// use ftp_proto::codec::command::Argument;
    /// use ftp_proto::{ControlAddresses, Instant, OpId, Output};
    ///
    /// /// Plays a server's replies until the operation has ended.
    /// fn play(session: &mut ClientSession, op: OpId, replies: &[&str]) -> (String, Outcome) {
    ///     let (mut sent, mut replies) = (String::new(), replies.iter());
    ///     loop {
    ///         match session.poll_output(Instant::from_micros(0)).expect("a live session") {
    ///             Output::Send(bytes) => {
    ///                 sent.push_str(core::str::from_utf8(bytes).expect("ASCII"));
    ///                 let written = bytes.len();
    ///                 session.sent(written);
    ///             }
    ///             Output::Event(ClientEvent::Done { op: done, result }) if done == op => {
    ///                 return (sent, result.expect("a success"));
    ///             }
    ///             Output::Wait(_) => {
    ///                 let reply = replies.next().expect("a reply");
    ///                 assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
    ///             }
    ///             _ => {}
    ///         }
    ///     }
    /// }
    ///
    /// let now = Instant::from_micros(0);
    /// let session = |server: &str| {
    ///     let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, server.parse()?);
    ///     Ok::<_, core::net::AddrParseError>(ClientSession::new(ClientConfig::default(), addresses, now))
    /// };
    /// let (mut source, mut target) = (session("192.0.2.1:21")?, session("198.51.100.9:21")?);
    ///
    /// let offer = source.offer_data()?;
    /// let (sent, told) = play(&mut source, offer, &["220 Hi\r\n", "227 (10,0,0,1,195,80)\r\n"]);
    /// assert_eq!(sent, "PASV\r\n");
    /// let Outcome::Address(at) = told else { panic!("{told:?}") };
    /// assert_eq!(at, "192.0.2.1:50000".parse()?);
    ///
    /// let part = RelayPart::Receives(StoreAs::Whole(Argument::try_from("copy")?));
    /// let stores = target.relay(Relay::new(part, RelayEnd::ConnectsTo(at)))?;
    /// let replies = ["220 Hi\r\n", "200 I\r\n", "200 Ok\r\n", "150 Go\r\n", "226 Done\r\n"];
    /// let (sent, _) = play(&mut target, stores, &replies);
    /// assert_eq!(sent, "TYPE I\r\nPORT 192,0,2,1,195,80\r\nSTOR copy\r\n");
    ///
    /// let part = RelayPart::Sends(Argument::try_from("original")?);
    /// let sends = source.relay(Relay::new(part, RelayEnd::Listens))?;
    /// let (sent, _) = play(&mut source, sends, &["200 I\r\n", "150 Go\r\n", "226 Done\r\n"]);
    /// assert_eq!(sent, "TYPE I\r\nRETR original\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Besides those of every verb, [`UsageError::Unsupported`] for such parameters.
    pub fn relay(&mut self, relay: Relay) -> Result<OpId, UsageError> {
        relay.parameters.check().map_err(UsageError::Unsupported)?;
        let path = match &relay.part {
            RelayPart::Sends(path) => Some(path),
            RelayPart::Receives(target) => target.path(),
        };
        let longest = path.map_or(0, length);
        self.queue(longest + VERB, |op| {
            Work::Relay(Box::new(Relaying::new(op, relay)))
        })
    }

    /// CCC: the control connection goes on in clear (RFC 4217 §6), so that a firewall can follow
    /// it; data connections stay under TLS. Gives [`Outcome::Reply`](super::Outcome) when TLS has
    /// ended.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
    /// # use doc::{at_client, play};
    /// use ftp_proto::client::{ClientConfig, ClientSession, Login, Tls};
    ///
    /// let mut config = ClientConfig::default();
    /// config.tls = Tls::Required;
    /// let mut session = ClientSession::new(config, at_client(), Default::default());
    /// session.login(Login::new("ada".try_into()?, "secret".try_into()?))?;
    /// session.clear_control()?;
    /// // The driver shakes hands behind 234, and ends TLS behind the reply to CCC:
    /// let outcomes = play(
    ///     &mut session,
    ///     &[
    ///         ("", "220 Ready."),
    ///         ("AUTH TLS", "234 Go on."),
    ///         ("PBSZ 0", "200 Nothing."),
    ///         ("PROT P", "200 Private."),
    ///         ("USER ada", "331 Password?"),
    ///         ("PASS secret", "230 Welcome."),
    ///         ("CCC", "200 In clear."),
    ///     ],
    /// );
    /// assert!(outcomes.iter().all(Result::is_ok));
    /// # Ok::<(), ftp_proto::UsageError>(())
    /// ```
    pub fn clear_control(&mut self) -> Result<OpId, UsageError> {
        self.queue(0, |_| Work::ClearControl)
    }

    /// QUIT, behind everything queued before; what is queued behind it ends as aborted. The control
    /// connection is closed after the reply. Gives [`Outcome::Reply`](super::Outcome), or
    /// [`Outcome::Closed`](super::Outcome) when the server closes it in place of a reply.
    pub fn quit(&mut self) -> Result<OpId, UsageError> {
        self.queue(0, |_| Work::Quit)
    }

    fn single(&mut self, command: Command, reads: Reads) -> Result<OpId, UsageError> {
        let mut line = Vec::new();
        command.encode(&mut line);
        self.queue(line.len() - CRLF, |_| {
            Work::Single(Single { command, reads })
        })
    }

    fn queue_transfer(&mut self, job: Job) -> Result<OpId, UsageError> {
        let path = job.verb.path().map_or(0, length);
        self.queue(path + VERB, |op| {
            Work::Transfer(Box::new(Transfer::new(op, job)))
        })
    }
}

/// Verbs without a method that change how the two connections are opened or protected (RFC 2228,
/// RFC 1639).
const CONNECTION_VERBS: [&[u8]; 5] = [b"ADAT", b"MIC", b"ENC", b"LPSV", b"LPRT"];

/// A verb of four letters and its space.
const VERB: usize = 5;
const CRLF: usize = 2;

fn length(argument: &Argument) -> usize {
    argument.as_bytes().len()
}

/// Whether the session itself takes part in what the command does.
pub(super) fn takes_part(command: &Command) -> bool {
    if let Command::Other { verb, .. } = command {
        return CONNECTION_VERBS.contains(&verb.as_bytes());
    }
    matches!(
        command,
        Command::User(_)
            | Command::Pass(_)
            | Command::Acct(_)
            | Command::Quit
            | Command::Port(_)
            | Command::Pasv
            | Command::Eprt(_)
            | Command::Epsv(_)
            | Command::Stru(_)
            | Command::Mode(_)
            | Command::Rest(_)
            | Command::Retr(_)
            | Command::Stor(_)
            | Command::Stou(_)
            | Command::Appe(_)
            | Command::List(_)
            | Command::Nlst(_)
            | Command::Mlsd(_)
            | Command::Rnfr(_)
            | Command::Rnto(_)
            | Command::Abor
            | Command::Auth(_)
            | Command::Pbsz(_)
            | Command::Prot(_)
            | Command::Ccc
    )
}
