//! Peers that do not speak FTP at all, known by the first bytes that they send.

/// What the first bytes of a session say about who speaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FirstBytes {
    Awaited,
    /// The first byte of a TLS record was seen.
    Handshake,
    /// The first line is not whole yet.
    Line,
    /// A TLS ClientHello.
    NotFtp,
    Passed,
}

impl FirstBytes {
    /// A TLS record that begins a handshake starts with 22 and the major version 3.
    pub(super) fn look_at(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            *self = match (&self, byte) {
                (Self::Awaited, 0x16) => Self::Handshake,
                (Self::Awaited, _) => Self::Line,
                (Self::Handshake, 0x03) => Self::NotFtp,
                (Self::Handshake, _) => Self::Line,
                (Self::Line | Self::NotFtp | Self::Passed, _) => return,
            };
        }
    }
}

/// Whether a session's first line belongs to another protocol: a page or a program that was made
/// to speak to this port must not reach the commands further down (CVE-2021-3618).
pub(super) fn is_other_protocol(line: &[u8]) -> bool {
    const HTTP: [&[u8]; 9] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"DELETE ",
        b"CONNECT ",
        b"OPTIONS ",
        b"TRACE ",
        b"PATCH ",
    ];
    line.starts_with(b"SSH-") || HTTP.iter().any(|verb| line.starts_with(verb))
}
