//! The seam between a session and its driver in the words of transcripts, for both roles.

use std::net::SocketAddr;

use ftp_proto::data::Codec;
use ftp_proto::{
    Action, Closing, DataEnd, DataEnding, DataFailure, DataMode, DateTime, Direction, Family,
    Handshake, LocalFailure, Protection,
};

pub(crate) fn action_words(action: &Action) -> String {
    match action {
        Action::ListenData {
            id,
            mode,
            local,
            from,
        } => {
            assert_eq!(local.port(), 0, "the driver picks the port");
            let family = match Family::of(local.ip()) {
                Family::V4 => "v4",
                Family::V6 => "v6",
            };
            let from = from.map(|ip| format!(" from={ip}")).unwrap_or_default();
            format!(
                "ListenData {} {family}{from} id={}",
                mode_word(*mode),
                id.to_raw()
            )
        }
        Action::ConnectData {
            id,
            mode,
            local,
            to,
        } => {
            let port = local.filter(|local| local.port() != 0);
            let port = port.map(|local| format!(" local-port={}", local.port()));
            let port = port.unwrap_or_default();
            format!(
                "ConnectData {} {to}{port} id={}",
                mode_word(*mode),
                id.to_raw()
            )
        }
        Action::AcceptData { id } => format!("AcceptData id={}", id.to_raw()),
        Action::MoveData {
            id,
            op,
            direction,
            protection,
            codec,
        } => {
            let direction = match direction {
                Direction::Send => "send",
                Direction::Receive => "receive",
            };
            let codec = match codec {
                Codec::Passthrough => "passthrough",
                Codec::Ascii(_) => "ascii",
                Codec::Composed(_) => "composed",
                #[cfg(feature = "deflate")]
                Codec::Deflate(_) => "deflate",
                other => panic!("a codec that this harness does not know: {other:?}"),
            };
            let private = match protection {
                Protection::Clear => "",
                Protection::Private => " private",
            };
            format!(
                "MoveData {direction}{private} {codec} op={} id={}",
                op.to_raw(),
                id.to_raw()
            )
        }
        Action::CloseData { id, how } => {
            let how = match how {
                Closing::Orderly => "orderly",
                Closing::Reset => "reset",
            };
            format!("CloseData {how} id={}", id.to_raw())
        }
        Action::StartTls => "StartTls".to_owned(),
        Action::StopTls => "StopTls".to_owned(),
        Action::Close => "Close".to_owned(),
        other => panic!("an action that this harness does not know: {other:?}"),
    }
}

pub(crate) fn data_failure(word: &str) -> DataFailure {
    match word {
        "refused" => DataFailure::Refused,
        "unreachable" => DataFailure::Unreachable,
        "timed-out" => DataFailure::TimedOut,
        "no-address" => DataFailure::NoAddress,
        "other" => DataFailure::Other,
        _ => panic!("no failure: {word}"),
    }
}

pub(crate) fn data_end(bytes: &str, ending: &str) -> DataEnd {
    let ending = match ending {
        "complete" => DataEnding::Complete,
        "reset" => DataEnding::Reset,
        "truncated" => DataEnding::Truncated,
        "handshake-failed" => DataEnding::HandshakeFailed,
        "unproven" => DataEnding::Unproven,
        "no-space" => DataEnding::Local(LocalFailure::NoSpace),
        "local" => DataEnding::Local(LocalFailure::Other),
        _ => panic!("no ending: {ending}"),
    };
    DataEnd {
        bytes: bytes.parse().expect("a number of bytes"),
        ending,
    }
}

pub(crate) fn handshake(word: &str) -> Handshake {
    match word {
        "full" => Handshake::Full,
        "resumed" => Handshake::Resumed,
        _ => panic!("no handshake: {word}"),
    }
}

pub(crate) fn address(word: &str) -> SocketAddr {
    word.parse()
        .unwrap_or_else(|_| panic!("no address: {word}"))
}

/// Bytes as a transcript writes them.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            0 => text.push_str("\\0"),
            b' '..=b'~' => text.push(byte as char),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

pub(crate) fn time_words(time: DateTime) -> String {
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

pub(crate) fn mode_word(mode: DataMode) -> &'static str {
    match mode {
        DataMode::Active => "active",
        DataMode::Passive => "passive",
    }
}
