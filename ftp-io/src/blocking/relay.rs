//! A file from one server to another, without a detour over this machine.

use ftp_proto::Direction;
use ftp_proto::client::{Relay, RelayEnd, RelayPart, StoreAs};
use ftp_proto::codec::reply::Reply;

use super::Client;
use crate::client::relay::{Half, Listener, Parts};
use crate::client::{Error, IntoArgument, RelayError, answer};

impl Client {
    /// Has this client's server send a file to another client's server, which stores it: the bytes
    /// do not come here (RFC 959 §5.2). Both are to be logged in, and both servers must be set up to
    /// open data connections with others than their clients, which few are: it invites abuse (RFC
    /// 2577). In TYPE I; the sender listens, and the receiver where that is refused. Gives the
    /// receiving server's final reply.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let (server, other) = (serve::Served::new(), serve::Served::new());
    /// use ftp_proto::client::StoreAs;
    ///
    /// # let (mut sender, mut receiver) = (server.blocking()?, other.blocking()?);
    /// sender.relay("motd", &mut receiver, StoreAs::Whole("copy".try_into()?))?;
    /// assert_eq!(receiver.size("copy")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What went wrong at which of the two servers.
    pub fn relay(
        &mut self,
        path: impl IntoArgument,
        receiver: &mut Self,
        target: StoreAs,
    ) -> Result<Reply, RelayError> {
        let path = path.into_argument();
        let path = path.map_err(|error| RelayError::Sender(error.into()))?;
        let parts = Parts::new(path, target);
        let Parts { sends, receives } = parts.clone();
        match halves(self, sends, receiver, receives) {
            Ok((_, stored)) => Ok(stored),
            Err(half) if half.asks_for_the_other_way() => {
                let Parts { sends, receives } = parts;
                halves(receiver, receives, self, sends)
                    .map(|(stored, _)| stored)
                    .map_err(|half| half.of(Listener::Receiver))
            }
            Err(half) => Err(half.of(Listener::Sender)),
        }
    }
}

/// One server listens, the other connects. Gives the final replies of both.
fn halves(
    listening: &mut Client,
    listens: RelayPart,
    connecting: &mut Client,
    connects: RelayPart,
) -> Result<(Reply, Reply), Half> {
    let offered = listening.ask(|session| session.offer_data(), answer::address);
    let to = offered.map_err(Half::Listening)?;
    let relay = Relay::new(connects, RelayEnd::ConnectsTo(to));
    let begun = Begun::new(connecting, relay).map_err(Half::Connecting)?;
    let relay = Relay::new(listens, RelayEnd::Listens);
    let heard = listening.ask(|session| session.relay(relay), answer::reply);
    let heard = heard.map_err(Half::Listening)?;
    let connected = begun.finish().map_err(Half::Connecting)?;
    Ok((heard, connected))
}

/// A half that its server has begun with. Dropped, it is aborted.
struct Begun<'a>(&'a mut Client);

impl<'a> Begun<'a> {
    fn new(client: &'a mut Client, relay: Relay) -> Result<Self, Error> {
        client.driver.core.begin(|session| session.relay(relay))?;
        // No byte of it moves here.
        client.driver.start(Direction::Send)?;
        Ok(Self(client))
    }

    fn finish(self) -> Result<Reply, Error> {
        answer::reply(self.0.driver.run(&mut crate::client::Nothing)?)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.driver.abandon();
    }
}
