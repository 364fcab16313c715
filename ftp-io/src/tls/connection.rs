//! One TLS connection over a nonblocking socket.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::task::Context;

use bytes::Bytes;
use ftp_proto::{Handshake, TlsInfo};
use rustls::{HandshakeKind, ProtocolVersion};

use super::proof::Proof;
use crate::channel::{Part, TlsSummary, Waits, Wire};

/// The state of TLS on one connection. It holds no socket: that comes with each call, which does
/// what can be done now and says [`io::ErrorKind::WouldBlock`] where more would have to wait for
/// what [`waits`](Self::waits) tells.
pub(crate) struct Connection {
    inner: rustls::Connection,
    /// At a server, on a data connection: whether the handshake shows whose it is.
    proof: Option<Proof>,
    /// Received and not yet given to TLS: less than a record, but for a moment.
    incoming: Incoming,
    room: usize,
    /// Bytes of the last write, which is not through yet.
    pending: usize,
    waits: Waits,
    /// The peer has sent something.
    has_begun: bool,
    /// TCP has ended.
    at_end: bool,
    is_closing: bool,
    has_peer_closed: bool,
}

/// Bytes of records that are not whole yet.
#[derive(Default)]
struct Incoming {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Connection {
    pub(super) fn new(
        inner: impl Into<rustls::Connection>,
        part: Part,
        proof: Option<Proof>,
    ) -> Self {
        let mut inner = inner.into();
        if part == Part::Data {
            inner.set_buffer_limit(Some(UNSENT));
        }
        Self {
            inner,
            proof,
            incoming: Incoming::default(),
            room: match part {
                Part::Control => RECORD,
                Part::Data => AT_ONCE,
            },
            pending: 0,
            waits: Waits::default(),
            has_begun: false,
            at_end: false,
            is_closing: false,
            has_peer_closed: false,
        }
    }

    /// Shakes hands.
    ///
    /// # Errors
    ///
    /// What the peer did, or why it is not trusted; it is told by an alert.
    pub(crate) fn handshake(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
    ) -> io::Result<()> {
        self.waits = Waits::default();
        loop {
            self.flush(cx, wire)?;
            if !self.inner.is_handshaking() {
                return Ok(());
            }
            if self.feed(cx, wire)? {
                continue;
            }
            if self.at_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.receive(cx, wire)?;
        }
    }

    /// Reads; 0 when the peer has said close_notify.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] where TCP ends without it.
    pub(crate) fn read(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        room: &mut [u8],
    ) -> io::Result<usize> {
        self.waits = Waits::default();
        // An answer that TLS itself owes, as to a change of keys; it does not hold up reading.
        match self.flush(cx, wire) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
        let mut filled = 0;
        loop {
            match self.inner.reader().read(&mut room[filled..]) {
                Ok(0) => return Ok(filled),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.feed(cx, wire)? {
                        continue;
                    }
                    if filled > 0 {
                        return Ok(filled);
                    }
                    if self.at_end {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.receive(cx, wire)?;
                }
                Err(error) => return Err(error),
            }
            if filled == room.len() {
                return Ok(filled);
            }
        }
    }

    /// Writes; how many bytes are with the operating system. Bytes that were offered and blocked
    /// are to be offered again.
    pub(crate) fn write(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        bytes: &[u8],
    ) -> io::Result<usize> {
        self.waits = Waits::default();
        if self.pending == 0 {
            self.pending = self.inner.writer().write(bytes)?;
        }
        self.flush(cx, wire)?;
        Ok(std::mem::take(&mut self.pending).min(bytes.len()))
    }

    /// Says close_notify.
    pub(crate) fn close(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> io::Result<()> {
        self.waits = Waits::default();
        if !self.is_closing {
            self.is_closing = true;
            self.inner.send_close_notify();
        }
        self.flush(cx, wire)
    }

    /// Waits for the peer's close_notify. What it still sends before is an error: it was to wait.
    pub(crate) fn closed(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> io::Result<()> {
        match self.read(cx, wire, &mut [0; 1])? {
            0 => Ok(()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Reads to the end of TCP, whatever comes.
    pub(crate) fn drain(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> io::Result<()> {
        let mut unread = [0; 4096];
        for _ in 0..DRAINED {
            if self.at_end {
                return Ok(());
            }
            match self.read(cx, wire, &mut unread) {
                Ok(0) => {
                    let received = wire.receive(cx, &mut unread);
                    self.waits.reading |= is_blocked(&received);
                    self.at_end = received? == 0;
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // Nobody says so much behind the end.
        Ok(())
    }

    pub(crate) const fn waits(&self) -> Waits {
        self.waits
    }

    /// Whether something may be read without the socket.
    pub(crate) fn has_buffered(&mut self) -> bool {
        record(self.incoming.held()).is_some()
            || self
                .inner
                .process_new_packets()
                .is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
    }

    /// Bytes behind the peer's close_notify that have been received with it: they are in clear.
    pub(crate) fn clear_bytes(&self) -> &[u8] {
        self.incoming.held()
    }

    /// Whether the peer has sent anything yet.
    #[cfg(feature = "server")]
    pub(crate) const fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// After the handshake: how it came to its end.
    pub(crate) fn handshake_kind(&self) -> Handshake {
        match self.inner.handshake_kind() {
            Some(HandshakeKind::Resumed) => Handshake::Resumed,
            _ => Handshake::Full,
        }
    }

    /// After the handshake of a data connection at a server: whether it is the session's own.
    pub(crate) fn is_proven(&self) -> bool {
        match (&self.proof, &self.inner) {
            (Some(proof), rustls::Connection::Server(connection)) => proof.holds(connection),
            _ => true,
        }
    }

    /// Whether a connection that is not proven is refused.
    pub(crate) fn requires_proof(&self) -> bool {
        self.proof.as_ref().is_some_and(Proof::is_required)
    }

    /// After the handshake of a control connection.
    pub(crate) fn info(&self) -> TlsInfo {
        let mut info = TlsInfo::new(self.handshake_kind());
        let certificates = self.inner.peer_certificates();
        info.certificate = certificates
            .and_then(|certificates| certificates.first())
            .map(|certificate| Bytes::copy_from_slice(certificate));
        info
    }

    pub(crate) fn summary(&self) -> TlsSummary {
        let suite = self.inner.negotiated_cipher_suite();
        TlsSummary {
            version: match self.version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                _ => "TLS",
            },
            cipher: suite
                .and_then(|suite| suite.suite().as_str())
                .unwrap_or("an unknown cipher"),
            handshake: self.handshake_kind(),
        }
    }

    pub(super) fn version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    /// Sends what TLS has to send.
    fn flush(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> io::Result<()> {
        while self.inner.wants_write() {
            let sent = self.inner.write_tls(&mut Sender {
                cx: &mut *cx,
                wire: &mut *wire,
            });
            self.waits.writing |= is_blocked(&sent);
            if sent? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Receives once.
    fn receive(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> io::Result<()> {
        let received = wire.receive(cx, self.incoming.room(self.room));
        self.waits.reading |= is_blocked(&received);
        match received {
            Ok(0) => self.at_end = true,
            Ok(received) => {
                self.incoming.end += received;
                self.has_begun = true;
            }
            Err(error) => {
                self.incoming.release();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Gives TLS the next record, if it is whole; whether there was one. One at a time, so that
    /// what follows close_notify is not taken for more of it.
    fn feed(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> io::Result<bool> {
        let length = record(self.incoming.held()).filter(|_| !self.has_peer_closed);
        let Some(length) = length else {
            self.incoming.release();
            return Ok(false);
        };
        let mut record = &self.incoming.bytes[self.incoming.start..][..length];
        while !record.is_empty() {
            self.inner.read_tls(&mut record)?;
            match self.inner.process_new_packets() {
                Ok(state) => self.has_peer_closed = state.peer_has_closed(),
                Err(error) => {
                    // The alert; a peer that does not take it will not miss it.
                    let _ = self.flush(cx, wire);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            }
        }
        self.incoming.start += length;
        Ok(true)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("waits", &self.waits)
            .field("is_closing", &self.is_closing)
            .finish_non_exhaustive()
    }
}

impl Incoming {
    /// Room behind what is held, `size` in all.
    fn room(&mut self, size: usize) -> &mut [u8] {
        if self.bytes.len() < size {
            self.bytes.resize(size, 0);
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        &mut self.bytes[self.end..]
    }

    /// Gives the memory back, if nothing is held.
    fn release(&mut self) {
        if self.start == self.end {
            *self = Self::default();
        }
    }

    fn held(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }
}

/// What TLS writes to.
struct Sender<'a, 'b> {
    cx: &'a mut Context<'b>,
    wire: &'a mut dyn Wire,
}

impl Write for Sender<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.wire.send(self.cx, pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_blocked<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// The length of the record that the bytes begin with, if it is there as a whole. What is no
/// record is handed over as it is, for TLS to refuse.
fn record(bytes: &[u8]) -> Option<usize> {
    let (&kind, rest) = bytes.split_first()?;
    if !(20..=24).contains(&kind) {
        return Some(bytes.len());
    }
    let &[_, _, high, low, ..] = rest else {
        return None;
    };
    let length = HEADER + usize::from(u16::from_be_bytes([high, low]));
    match length {
        _ if length > RECORD => Some(bytes.len()),
        _ => (length <= bytes.len()).then_some(length),
    }
}

/// Bytes before a record's content (RFC 8446 §5.1).
const HEADER: usize = 5;

/// Bytes in the largest record: of TLS 1.2, whose ciphers may add more (RFC 5246 §6.2.3).
const RECORD: usize = HEADER + (16 << 10) + 2048;

/// Bytes of a data connection that are received at once.
const AT_ONCE: usize = 64 << 10;

/// Bytes that TLS keeps for a data connection before they are sent.
const UNSENT: usize = 256 << 10;

/// How often some bytes behind the end are read and thrown away.
const DRAINED: usize = 1024;
