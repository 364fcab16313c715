//! A transfer between two servers: who has which half, and which of them failed.

use ftp_proto::client::{OperationError, RelayPart, StoreAs};
use ftp_proto::codec::command::Argument;

use super::Error;

/// Why a file did not get from one server to the other. Both sessions go on.
///
/// ```
/// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
/// # serve::run(async |server| {
/// use ftp_io::client::RelayError;
/// use ftp_proto::client::StoreAs;
///
/// # let (mut sender, mut receiver) = (server.client().await?, server.client().await?);
/// let target = StoreAs::Whole("copy".try_into()?);
/// let relayed = sender.relay("nothing", &mut receiver, target).await;
/// assert!(matches!(relayed, Err(RelayError::Sender(_))));
/// sender.noop().await?;
/// receiver.noop().await?;
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// At the server that has the file.
    #[error("the sending server failed")]
    Sender(#[source] Error),
    /// At the server that was to store it.
    #[error("the receiving server failed")]
    Receiver(#[source] Error),
}

/// Which of the two servers listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    Sender,
    Receiver,
}

/// Which half has failed.
#[derive(Debug)]
pub(crate) enum Half {
    Listening(Error),
    /// The server that was to connect; whether the other should try to.
    Connecting(Error),
}

/// What each server does with which file.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) sends: RelayPart,
    pub(crate) receives: RelayPart,
}

impl Parts {
    pub(crate) const fn new(path: Argument, target: StoreAs) -> Self {
        Self {
            sends: RelayPart::Sends(path),
            receives: RelayPart::Receives(target),
        }
    }
}

impl Half {
    /// Whether it is worth trying with the other server listening: this one refused to connect, and
    /// nothing has moved.
    pub(crate) const fn asks_for_the_other_way(&self) -> bool {
        matches!(
            self,
            Self::Connecting(Error::Operation(OperationError::Refused(_)))
        )
    }

    pub(crate) fn of(self, listener: Listener) -> RelayError {
        match (self, listener) {
            (Self::Listening(error), Listener::Sender)
            | (Self::Connecting(error), Listener::Receiver) => RelayError::Sender(error),
            (Self::Listening(error), Listener::Receiver)
            | (Self::Connecting(error), Listener::Sender) => RelayError::Receiver(error),
        }
    }
}
