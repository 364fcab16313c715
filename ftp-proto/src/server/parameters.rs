//! The transfer parameters: TYPE, STRU, MODE, OPTS MODE Z, and the codec that follows from them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::event::TransferKind;
use super::session::ServerSession;
use crate::codec::command::{FileStructure, FormatControl, RepresentationType, TransferMode};
use crate::contract::Direction;
use crate::data::{CodePage, Codec, CodecOptions, Level, LineEnds, TransferParameters};

/// Which transfer parameters a server takes besides those that every server must (RFC 1123
/// §4.1.2.13: TYPE A, I and L 8, MODE S, STRU F), and what they leave open. The default takes all.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{Heard, at_server, replies};
/// use ftp_proto::server::{ServerConfig, ServerSession, Transfers};
///
/// # use ftp_proto::codec::path::VirtualPath;
/// # use ftp_proto::server::{Grant, Permissions, Request, ServerEvent};
/// let answer = |transfers| {
///     let mut config = ServerConfig::default();
///     config.transfers = transfers;
///     let mut session = ServerSession::new(config.into(), at_server(), Default::default());
///     let commands = "USER ada\r\nPASS secret\r\nMODE B\r\n";
///     let said = replies(&mut session, commands, |session, heard| match heard {
/// #       Heard::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
/// #           let (permissions, home) = (Permissions::READ_ONLY, VirtualPath::root());
/// #           session.answer(ask, Ok(Grant { permissions, home }));
/// #       }
///         _ => {}
///     });
///     said.lines().last().map(|line| line[..3].to_owned())
/// };
/// assert_eq!(answer(Transfers::PLAIN).as_deref(), Some("504"));
/// assert_eq!(answer(Transfers::default()).as_deref(), Some("200"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfers {
    /// TYPE E, and what it means; `None` refuses it.
    pub ebcdic: Option<CodePage>,
    /// STRU R, for text.
    pub records: bool,
    /// MODE B.
    pub block: bool,
    /// MODE C.
    pub compressed: bool,
    /// MODE Z, and how hard a download is compressed unless the client says otherwise; `None`
    /// refuses it. Compressing costs some 300 KiB and much time of a processor for each download.
    /// Without the feature `deflate` it is refused in any case.
    pub deflate: Option<Level>,
    /// Downloads in MODE B and C: a restart marker each time that so many bytes of the file were
    /// sent.
    pub markers: Option<NonZeroU64>,
}

impl Default for Transfers {
    fn default() -> Self {
        Self {
            ebcdic: Some(CodePage::default()),
            records: true,
            block: true,
            compressed: true,
            deflate: Some(Level::default()),
            markers: None,
        }
    }
}

impl Transfers {
    /// What every server must take, and nothing else.
    pub const PLAIN: Self = Self {
        ebcdic: None,
        records: false,
        block: false,
        compressed: false,
        deflate: None,
        markers: None,
    };

    const fn takes(&self, parameters: TransferParameters) -> bool {
        let representation = match parameters.representation {
            RepresentationType::Ebcdic(_) => self.ebcdic.is_some(),
            _ => true,
        };
        let structure = match parameters.structure {
            FileStructure::Record => self.records,
            _ => true,
        };
        let mode = match parameters.mode {
            TransferMode::Stream => true,
            TransferMode::Block => self.block,
            TransferMode::Compressed => self.compressed,
            TransferMode::Deflate => self.deflate.is_some(),
        };
        representation && structure && mode
    }
}

impl ServerSession {
    pub(super) fn set_representation(&mut self, representation: RepresentationType) {
        let parameters = self.settings.parameters;
        self.set_parameters(
            TransferParameters {
                representation,
                ..parameters
            },
            |p| format!("Type is {}.", type_words(p.representation)),
        );
    }

    pub(super) fn set_structure(&mut self, structure: FileStructure) {
        let parameters = self.settings.parameters;
        self.set_parameters(
            TransferParameters {
                structure,
                ..parameters
            },
            |p| format!("Structure is {}.", structure_letter(p.structure)),
        );
    }

    pub(super) fn set_mode(&mut self, mode: TransferMode) {
        let parameters = self.settings.parameters;
        self.set_parameters(TransferParameters { mode, ..parameters }, |p| {
            format!("Mode is {}.", mode_letter(p.mode))
        });
    }

    /// 504 leaves the parameters as they were (RFC 959 §4.2).
    fn set_parameters(
        &mut self,
        parameters: TransferParameters,
        words: fn(TransferParameters) -> String,
    ) {
        if !self.config.transfers.takes(parameters) {
            return self.reply::<504>("That is not taken here.");
        }
        match parameters.check() {
            Ok(()) => {
                self.settings.parameters = parameters;
                self.reply::<200>(words(parameters));
            }
            Err(unsupported) => self.reply::<504>(format!("Not done: {unsupported}.")),
        }
    }

    /// OPTS MODE: `Z` and pairs of a name and a value (draft-preston-ftpext-deflate §3.2).
    pub(super) fn set_mode_options(&mut self, options: &[u8]) {
        let mut words = options
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let can = self.config.transfers.deflate.is_some() && cfg!(feature = "deflate");
        if !can
            || !words
                .next()
                .is_some_and(|mode| mode.eq_ignore_ascii_case(b"Z"))
        {
            return self.reply::<501>("There is no such option.");
        }
        let mut level = self.level();
        while let Some(name) = words.next() {
            let value = words.next().unwrap_or_default();
            let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
            if is(b"LEVEL")
                && let &[digit] = value
                && let Some(wanted) = Level::new(digit.wrapping_sub(b'0'))
            {
                level = wanted;
            } else if !(is(b"ENGINE") && value.eq_ignore_ascii_case(b"ZLIB")
                || is(b"METHOD") && value == b"8")
            {
                return self.reply::<501>("MODE Z has ENGINE ZLIB, METHOD 8 and LEVEL 0 to 9.");
            }
        }
        self.settings.level = Some(level);
        self.reply::<200>(format!(
            "MODE Z ENGINE ZLIB METHOD 8 LEVEL {}",
            level.to_u8()
        ));
    }

    /// Whether the transfer modes have what FEAT calls `MODE Z`.
    pub(super) fn has_deflate(&self) -> bool {
        let parameters = TransferParameters {
            mode: TransferMode::Deflate,
            ..TransferParameters::IMAGE
        };
        self.config.transfers.takes(parameters) && parameters.check().is_ok()
    }

    /// What the bytes of a transfer go through that begins at `offset`.
    pub(super) fn codec(&self, kind: TransferKind, offset: u64) -> Codec {
        let direction = if kind.is_upload() {
            Direction::Receive
        } else {
            Direction::Send
        };
        let transfers = &self.config.transfers;
        let is_listing = matches!(kind, TransferKind::List(_));
        let options = CodecOptions {
            code_page: transfers.ebcdic.unwrap_or_default(),
            level: self.level(),
            offset,
            markers: transfers.markers.filter(|_| !is_listing),
            // The writer of listings ends its lines with CRLF itself.
            line_ends: if is_listing {
                LineEnds::Crlf
            } else {
                LineEnds::Lf
            },
        };
        // What cannot be had was refused when it was asked for.
        Codec::new(direction, self.settings.parameters, options).unwrap_or(Codec::Passthrough)
    }

    /// TYPE, MODE and STRU as STAT tells them.
    pub(super) fn parameter_words(&self) -> Vec<u8> {
        let TransferParameters {
            representation,
            structure,
            mode,
        } = self.settings.parameters;
        let words = format!(
            "TYPE {}, MODE {}, STRU {}",
            type_words(representation),
            mode_letter(mode),
            structure_letter(structure)
        );
        words.into_bytes()
    }

    fn level(&self) -> Level {
        let level = self.settings.level.or(self.config.transfers.deflate);
        level.unwrap_or_default()
    }
}

fn type_words(representation: RepresentationType) -> String {
    let (letter, control) = match representation {
        RepresentationType::Ascii(control) => ("A", control),
        RepresentationType::Ebcdic(control) => ("E", control),
        RepresentationType::Image | RepresentationType::Local(8) => ("I", FormatControl::NonPrint),
        RepresentationType::Local(bits) => return format!("L {bits}"),
    };
    let control = match control {
        FormatControl::NonPrint => "",
        FormatControl::Telnet => " T",
        FormatControl::CarriageControl => " C",
    };
    format!("{letter}{control}")
}

const fn structure_letter(structure: FileStructure) -> char {
    match structure {
        FileStructure::File => 'F',
        FileStructure::Record => 'R',
        FileStructure::Page => 'P',
    }
}

const fn mode_letter(mode: TransferMode) -> char {
    match mode {
        TransferMode::Stream => 'S',
        TransferMode::Block => 'B',
        TransferMode::Compressed => 'C',
        TransferMode::Deflate => 'Z',
    }
}

#[cfg(all(test, feature = "deflate"))]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;
    use core::net::SocketAddr;

    use super::super::{Grant, Permissions, Request, ServerConfig, ServerEvent};
    use super::*;
    use crate::codec::path::VirtualPath;
    use crate::contract::{ControlAddresses, Instant, Output};

    /// The last lines of what is answered to these commands, once somebody is logged in.
    fn answers(commands: &str, count: usize) -> Vec<String> {
        let at = |port| SocketAddr::from(([192, 0, 2, 1], port));
        let addresses = ControlAddresses::new(at(21), at(40_000));
        let now = Instant::default();
        let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
        let input = format!("USER a\r\nPASS b\r\n{commands}");
        assert_eq!(session.handle_input(input.as_bytes()), input.len());
        let mut sent = Vec::new();
        loop {
            match session.poll_output(now) {
                Output::Send(bytes) => {
                    sent.extend_from_slice(bytes);
                    let taken = bytes.len();
                    session.sent(taken);
                }
                Output::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
                    let home = VirtualPath::root();
                    let permissions = Permissions::READ_ONLY;
                    session.answer(ask, Ok(Grant { permissions, home }));
                }
                Output::Wait(_) => break,
                _ => {}
            }
        }
        let text = String::from_utf8(sent).expect("ASCII");
        let lines: Vec<String> = text.lines().map(Into::into).collect();
        lines[lines.len() - count..].to_vec()
    }

    #[test]
    fn mode_z_and_its_options() {
        let commands = "MODE Z\r\nOPTS MODE Z LEVEL 9\r\nopts mode z engine zlib level 1\r\n\
                        OPTS MODE Z LEVEL 10\r\nOPTS MODE Z ENGINE LZMA\r\nOPTS MODE C\r\n\
                        OPTS MODE Z LEVEL\r\n";
        let refused = "501 MODE Z has ENGINE ZLIB, METHOD 8 and LEVEL 0 to 9.";
        assert_eq!(
            answers(commands, 7),
            [
                "200 Mode is Z.",
                "200 MODE Z ENGINE ZLIB METHOD 8 LEVEL 9",
                "200 MODE Z ENGINE ZLIB METHOD 8 LEVEL 1",
                refused,
                refused,
                "501 There is no such option.",
                refused,
            ]
        );
    }

    #[test]
    fn feat_lists_mode_z() {
        assert!(answers("FEAT\r\n", 9).contains(&" MODE Z".into()));
    }
}
