//! Restart markers (RFC 959 §3.5): where a transfer in MODE B or C can be taken up again.

use bytes::Bytes;

use super::Fault;

/// A restart marker that came among the data, and where in the file it stands.
///
/// Both sides keep the two together: REST is given the sender's text when this side receives again,
/// and this side's position when it is the server that is told (110, RFC 959 §5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// What the sender calls this place: printable characters without space.
    pub text: Bytes,
    /// How many bytes the local file has up to here.
    pub position: u64,
}

/// Bytes of a marker's text at most. A number of 64 bits has 20.
pub(super) const LONGEST: usize = 64;

/// What is being read of a marker, and the last one that was.
#[derive(Clone, Debug)]
pub(super) struct Markers {
    text: [u8; LONGEST],
    length: usize,
    is_complete: bool,
}

impl Markers {
    pub(super) const fn new() -> Self {
        Self {
            text: [0; LONGEST],
            length: 0,
            is_complete: false,
        }
    }

    /// Takes bytes of a marker; how many.
    pub(super) fn text(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        self.forget();
        let free = self.text.get_mut(self.length..).unwrap_or_default();
        if bytes.len() > free.len() || !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(Fault::Malformed);
        }
        self.length += super::copy(bytes, free);
        Ok(bytes.len())
    }

    pub(super) fn complete(&mut self) -> Result<(), Fault> {
        self.is_complete = self.length > 0;
        if self.is_complete {
            Ok(())
        } else {
            Err(Fault::Malformed)
        }
    }

    /// Drops a marker that nobody asked for.
    pub(super) const fn forget(&mut self) {
        if self.is_complete {
            self.is_complete = false;
            self.length = 0;
        }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        self.is_complete
    }

    pub(super) fn take(&mut self) -> Option<Bytes> {
        let text = self.text.get(..self.length).filter(|_| self.is_complete)?;
        let text = Bytes::copy_from_slice(text);
        self.forget();
        Some(text)
    }
}
