//! Giving up a call that waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Whether to give up what a blocking client waits for: asked when a signal has come, and several
/// times a second. A program in another language runs its signal handlers here.
///
/// ```
/// use std::net::TcpListener;
///
/// use ftp_io::blocking::Client;
/// use ftp_io::client::{ClientOptions, Error, Interrupt};
///
/// // Nobody greets there.
/// let silent = TcpListener::bind("127.0.0.1:0")?;
/// let options = ClientOptions {
///     interrupt: Some(Interrupt::new(|| true)),
///     ..ClientOptions::default()
/// };
/// let port = silent.local_addr()?.port();
/// let connected = Client::connect("127.0.0.1", port, options);
/// assert!(matches!(connected, Err(Error::Interrupted)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Interrupt(Arc<dyn Fn() -> bool + Send + Sync>);

impl Interrupt {
    /// Asks `gives_up`, which should be quick.
    pub fn new(gives_up: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(gives_up))
    }

    pub(crate) fn gives_up(&self) -> bool {
        (self.0)()
    }

    /// A signal can come just before a wait begins, and then ends none: so none is longer.
    pub(crate) const LONGEST_WAIT: Duration = Duration::from_millis(250);
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupt")
    }
}
