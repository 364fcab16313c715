//! Calls that wait for a socket, each on a thread of its own, and that can be called off.

use std::io::{self, ErrorKind, PipeReader, PipeWriter};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use socket2::Socket;

/// A socket that threads may wait on, and where they send the news of it. Dropping this calls them
/// off; the socket is closed when the last of them has let go of it.
pub struct Wire<N> {
    pub socket: Arc<Socket>,
    news: Sender<N>,
    is_wanted: Arc<PipeReader>,
    /// Closed with this, which shows at the other end of the pipe.
    _wanted: PipeWriter,
}

impl<N: Send + 'static> Wire<N> {
    pub fn new(socket: impl Into<Socket>, news: &Sender<N>) -> io::Result<Self> {
        let socket = socket.into();
        socket.set_nonblocking(true)?;
        let (is_wanted, _wanted) = io::pipe()?;
        Ok(Self {
            socket: Arc::new(socket),
            news: news.clone(),
            is_wanted: Arc::new(is_wanted),
            _wanted,
        })
    }

    /// Makes a call on a thread of its own, again and again for as long as it would block; what it
    /// gave is the news. One that is called off fails with [`ErrorKind::ConnectionAborted`].
    pub fn begin<T>(
        &self,
        when: PollFlags,
        mut call: impl FnMut(&Socket) -> io::Result<T> + Send + 'static,
        news: impl FnOnce(io::Result<T>) -> N + Send + 'static,
    ) {
        let (socket, is_wanted) = (self.socket.clone(), self.is_wanted.clone());
        let mut call = move || loop {
            let mut waited = [
                PollFd::new(&socket, when),
                PollFd::new(&is_wanted, PollFlags::IN),
            ];
            poll(&mut waited, None)?;
            if !waited[1].revents().is_empty() {
                return Err(ErrorKind::ConnectionAborted.into());
            }
            match call(&socket) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                result => return result,
            }
        };
        let tell = self.news.clone();
        // Nobody listens any more when the session is over.
        thread::spawn(move || drop(tell.send(news(call()))));
    }
}
