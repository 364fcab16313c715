//! Standard input while something else still writes it: a thread waits for its bytes, so that the
//! session can keep its connection alive, and hear that the server gives up.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use ftp_io::storage::Source;

/// What a program writes into a pipe, or somebody on a terminal.
#[derive(Debug)]
pub(crate) struct Producer {
    /// Until the first byte is asked for: of a transfer that is refused nothing is read.
    input: Option<File>,
    pieces: Option<Receiver<io::Result<Vec<u8>>>>,
    piece: io::Cursor<Vec<u8>>,
    reader: Arc<Mutex<Option<Waker>>>,
}

impl Producer {
    pub(crate) fn new(input: File) -> Self {
        Self {
            input: Some(input),
            pieces: None,
            piece: io::Cursor::default(),
            reader: Arc::default(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some(input) = self.input.take() {
            let (sender, pieces) = sync_channel(AHEAD);
            let reader = Arc::clone(&self.reader);
            thread::Builder::new().spawn(move || read(input, &sender, &reader))?;
            self.pieces = Some(pieces);
        }
        Ok(())
    }

    /// The next piece, an empty one at the end.
    fn poll_piece(&self, cx: &Context<'_>) -> Poll<io::Result<Vec<u8>>> {
        // Before looking, so that what comes meanwhile wakes.
        *lock(&self.reader) = Some(cx.waker().clone());
        let piece = self.pieces.as_ref().map(Receiver::try_recv);
        match piece {
            Some(Ok(piece)) => Poll::Ready(piece),
            Some(Err(TryRecvError::Empty)) => Poll::Pending,
            Some(Err(TryRecvError::Disconnected)) | None => Poll::Ready(Ok(Vec::new())),
        }
    }
}

impl Source for Producer {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.begin()?;
        loop {
            let read = self.piece.read(buffer)?;
            if read > 0 {
                return Poll::Ready(Ok(read));
            }
            match self.poll_piece(cx)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(piece) if piece.is_empty() => return Poll::Ready(Ok(0)),
                Poll::Ready(piece) => self.piece = io::Cursor::new(piece),
            }
        }
    }
}

/// Reads until the end, an error, or until nobody wants more.
fn read(mut input: File, pieces: &SyncSender<io::Result<Vec<u8>>>, reader: &Mutex<Option<Waker>>) {
    let mut buffer = vec![0; PIECE];
    loop {
        let piece = match input.read(&mut buffer) {
            Ok(read) => Ok(buffer[..read].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = !matches!(&piece, Ok(piece) if !piece.is_empty());
        let is_wanted = pieces.send(piece).is_ok();
        if let Some(waker) = lock(reader).take() {
            waker.wake();
        }
        if is_last || !is_wanted {
            return;
        }
    }
}

fn lock(reader: &Mutex<Option<Waker>>) -> std::sync::MutexGuard<'_, Option<Waker>> {
    reader.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that are read at once, as many as a pipe holds.
const PIECE: usize = 64 << 10;

/// Pieces that are read ahead.
const AHEAD: usize = 4;
