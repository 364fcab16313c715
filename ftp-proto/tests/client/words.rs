//! Verbs of a client session from the words of transcripts, and what it tells in such words.

use bytes::Bytes;
use ftp_proto::client::{
    ClientEvent, ClientSession, Listing, ListingKind, Login, OperationError, Outcome, Relay,
    RelayEnd, RelayPart, Retrieve, Store, StoreAs, Transferred, Way,
};
use ftp_proto::codec::command::{
    Argument, Command, FileStructure, FormatControl, Password, RepresentationType, TransferMode,
    Verb,
};
use ftp_proto::codec::reply::Reply;
use ftp_proto::data::TransferParameters;
use ftp_proto::listing::{Entry, Kind};
use ftp_proto::{Handshake, OpId, ProtocolError, Secret, UsageError};

use crate::transcript::unescape;
use crate::transcript::words::{text, time_words};

/// Carries out `retrieve PATH offset=5` and the like.
pub(crate) fn verb(session: &mut ClientSession, words: &str) -> Result<OpId, UsageError> {
    let mut parts = words.split(' ');
    let name = parts.next().unwrap_or_default();
    let (options, arguments): (Vec<&str>, Vec<&str>) = parts.partition(|part| is_option(part));
    let option = |key: &str| {
        let mut options = options.iter().filter_map(|option| option.split_once('='));
        let number = options.find(|(name, _)| *name == key)?.1;
        Some(number.parse::<u64>().expect("a number"))
    };
    let parameters = parameters(&options);
    let given = |at: usize| arguments.get(at).map(|word| argument(word)).transpose();
    let needed = |at: usize| argument(arguments.get(at).expect("an argument"));
    match name {
        "login" => {
            let password = arguments.get(1).map(|word| Password::new(bytes(word)));
            session.login(Login {
                user: needed(0)?,
                password: password.transpose()?,
                account: given(2)?.map(Secret::new),
            })
        }
        "retrieve" => {
            let mut retrieve = Retrieve::new(needed(0)?);
            retrieve.offset = option("offset").unwrap_or(0);
            retrieve.expected = option("expected");
            retrieve.parameters = parameters;
            session.retrieve(retrieve)
        }
        "store" => {
            let target = if options.contains(&"unique") {
                StoreAs::Unique(given(0)?)
            } else if options.contains(&"append") {
                StoreAs::Append(needed(0)?)
            } else if let Some(offset) = option("at") {
                StoreAs::At(needed(0)?, offset)
            } else {
                StoreAs::Whole(needed(0)?)
            };
            let mut store = Store::new(target);
            store.parameters = parameters;
            session.store(store)
        }
        "list" => {
            let mut listing = Listing::new(given(0)?);
            if options.contains(&"native") {
                listing.kind = ListingKind::Native;
            } else if options.contains(&"names") {
                listing.kind = ListingKind::Names;
            }
            listing.mode = parameters.mode;
            listing.fall_back = !options.contains(&"strict");
            session.list(listing)
        }
        "change-directory" => session.change_directory(needed(0)?),
        "change-to-parent" => session.change_to_parent(),
        "working-directory" => session.working_directory(),
        "make-directory" => session.make_directory(needed(0)?),
        "remove-directory" => session.remove_directory(needed(0)?),
        "delete" => session.delete(needed(0)?),
        "rename" => session.rename(needed(0)?, needed(1)?),
        "size" => session.size(needed(0)?),
        "modified" => session.modified(needed(0)?),
        "facts" => session.facts(given(0)?),
        "acquaint" => session.acquaint(),
        "offer-data" => session.offer_data(),
        "relay" => {
            let path = argument(arguments.get(1).expect("a path"))?;
            let part = match (arguments.first(), option("at")) {
                (Some(&"sends"), _) => RelayPart::Sends(path),
                (_, Some(offset)) => RelayPart::Receives(StoreAs::At(path, offset)),
                _ => RelayPart::Receives(StoreAs::Whole(path)),
            };
            let end = match arguments.get(2) {
                Some(&"listens") => RelayEnd::Listens,
                Some(to) => RelayEnd::ConnectsTo(to.parse().expect("an address")),
                None => panic!("an end"),
            };
            session.relay(Relay::new(part, end))
        }
        "features" => session.features(),
        "system" => session.system(),
        "status" => session.status(given(0)?),
        "help" => session.help(given(0)?),
        "noop" => session.noop(),
        "command" => session.command(command(words.split_once(' ').expect("a command").1)?),
        "clear-control" => session.clear_control(),
        "quit" => session.quit(),
        _ => panic!("no verb: {words}"),
    }
}

fn parameters(options: &[&str]) -> TransferParameters {
    let mut parameters = TransferParameters::IMAGE;
    for option in options {
        match *option {
            "ascii" => {
                parameters.representation = RepresentationType::Ascii(FormatControl::NonPrint);
            }
            "ebcdic" => {
                parameters.representation = RepresentationType::Ebcdic(FormatControl::NonPrint);
            }
            "records" => parameters.structure = FileStructure::Record,
            "block" => parameters.mode = TransferMode::Block,
            "compressed" => parameters.mode = TransferMode::Compressed,
            _ => {}
        }
    }
    parameters
}

pub(crate) fn event_words(event: &ClientEvent) -> String {
    match event {
        ClientEvent::Greeting(reply) => format!("Greeting {}", reply_words(reply)),
        ClientEvent::Secured(Handshake::Full) => "Secured full".to_owned(),
        ClientEvent::Secured(Handshake::Resumed) => "Secured resumed".to_owned(),
        ClientEvent::NotSecured(reply) => format!("NotSecured {}", reply_words(reply)),
        ClientEvent::Started { op, reply } => {
            format!("Started op={} {}", op.to_raw(), reply_words(reply))
        }
        ClientEvent::Marker {
            op,
            text: marker,
            position,
        } => {
            format!("Marker op={} {} {position}", op.to_raw(), text(marker))
        }
        ClientEvent::Done { op, result } => {
            let result = match result {
                Ok(outcome) => outcome_words(outcome),
                Err(error) => format!("{}: {error}", error_name(error)),
            };
            format!("Done op={} {result}", op.to_raw())
        }
        ClientEvent::Sent(line) => format!("Sent {}", text(line)),
        ClientEvent::Received(reply) => format!("Received {}", reply_words(reply)),
        other => panic!("an event that this harness does not know: {other:?}"),
    }
}

pub(crate) fn failure_words(error: &ProtocolError) -> String {
    let name = match error {
        ProtocolError::Decode(_) => "Decode",
        ProtocolError::Unsolicited(_) => "Unsolicited",
        ProtocolError::TooManyPreliminary { .. } => "TooManyPreliminary",
        ProtocolError::Closing(_) => "Closing",
        ProtocolError::Refused(_) => "Refused",
        ProtocolError::TlsRefused(_) => "TlsRefused",
        ProtocolError::TlsFailed => "TlsFailed",
        ProtocolError::ClearBytes => "ClearBytes",
        ProtocolError::Closed(_) => "Closed",
        ProtocolError::TimedOut(_) => "TimedOut",
        ProtocolError::SendTimedOut => "SendTimedOut",
        other => panic!("a failure that this harness does not know: {other:?}"),
    };
    format!("Failed {name}: {error}")
}

fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Reply(reply) => format!("Reply {}", reply_words(reply)),
        Outcome::Path(path) => format!("Path {}", text(path)),
        Outcome::Address(address) => format!("Address {address}"),
        Outcome::Size(size) => format!("Size {size}"),
        Outcome::Modified(time) => format!("Modified {}", time_words(*time)),
        Outcome::Entry(entry) => format!("Entry {}", entry_words(entry)),
        Outcome::Features(features) => {
            let lines: Vec<String> = features.iter().map(text).collect();
            format!("Features {}", lines.join(","))
        }
        Outcome::Transfer(transferred) => format!("Transfer {}", transfer_words(transferred)),
        Outcome::Closed => "Closed".to_owned(),
        other => panic!("an outcome that this harness does not know: {other:?}"),
    }
}

fn transfer_words(transferred: &Transferred) -> String {
    let way = match transferred.way {
        None => "none",
        Some(Way::Epsv) => "epsv",
        Some(Way::Pasv) => "pasv",
        Some(Way::Eprt) => "eprt",
        Some(Way::Port) => "port",
    };
    let listing = match transferred.listing {
        None => "",
        Some(ListingKind::Machine) => " machine",
        Some(ListingKind::Native) => " native",
        Some(ListingKind::Names) => " names",
    };
    let name = transferred.name.as_ref();
    let name = name.map(|name| format!(" name={}", text(name)));
    format!(
        "{} {way}{listing}{} {}",
        transferred.bytes,
        name.unwrap_or_default(),
        reply_words(&transferred.reply)
    )
}

fn entry_words(entry: &Entry) -> String {
    let kind = match entry.kind() {
        Kind::File => "file",
        Kind::Directory => "directory",
        _ => "other",
    };
    let size = entry.size().map(|size| format!(" size={size}"));
    format!("{kind}{} {}", size.unwrap_or_default(), text(entry.name()))
}

fn error_name(error: &OperationError) -> &'static str {
    match error {
        OperationError::Refused(_) => "Refused",
        OperationError::Failed { .. } => "Failed",
        OperationError::Unexpected { .. } => "Unexpected",
        OperationError::Unreadable { .. } => "Unreadable",
        OperationError::PasswordNeeded(_) => "PasswordNeeded",
        OperationError::AccountNeeded(_) => "AccountNeeded",
        OperationError::NoDataConnection(_) => "NoDataConnection",
        OperationError::DataLost { .. } => "DataLost",
        OperationError::Local { .. } => "Local",
        OperationError::Stalled { .. } => "Stalled",
        OperationError::Short { .. } => "Short",
        OperationError::NotOffered { .. } => "NotOffered",
        OperationError::NotProtected => "NotProtected",
        OperationError::Aborted => "Aborted",
        other => panic!("an error that this harness does not know: {other:?}"),
    }
}

fn reply_words(reply: &Reply) -> String {
    format!("{} {}", reply.code(), text(reply.text()))
        .trim_end()
        .to_owned()
}

/// A command as its sender would write it: one that can be read as what it is, or any other.
fn command(line: &str) -> Result<Command, UsageError> {
    let line = Bytes::from(unescape(line));
    if let Ok(command) = Command::decode(&line) {
        return Ok(command);
    }
    let text = String::from_utf8_lossy(&line).into_owned();
    let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
    Ok(Command::Other {
        verb: Verb::try_from(verb)?,
        argument: (!rest.is_empty())
            .then(|| Argument::try_from(rest))
            .transpose()?,
    })
}

fn is_option(word: &str) -> bool {
    let flags = [
        "append",
        "ascii",
        "block",
        "compressed",
        "ebcdic",
        "names",
        "native",
        "records",
        "strict",
        "unique",
    ];
    let keys = ["offset=", "at=", "expected="];
    flags.contains(&word) || keys.iter().any(|key| word.starts_with(key))
}

fn argument(word: &str) -> Result<Argument, UsageError> {
    Argument::new(bytes(word))
}

/// `""` is nothing at all, `x*9000` so many of them.
fn bytes(word: &str) -> Vec<u8> {
    if let Some((byte, times)) = word.split_once('*')
        && let Ok(times) = times.parse()
    {
        return byte.repeat(times).into_bytes();
    }
    match word {
        "\"\"" => Vec::new(),
        _ => unescape(word),
    }
}
