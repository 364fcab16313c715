//! What the sessions have in common: all that a driver's loop calls.

use core::net::SocketAddr;

use crate::client::{ClientEvent, ClientSession};
use crate::contract::{
    Accepted, ControlAddresses, DataEnd, DataFailure, DataId, Instant, Output, Wait,
};
use crate::data::Marker;
use crate::error::ProtocolError;
use crate::protection::{Handshake, TlsInfo};
use crate::server::{ServerEvent, ServerSession};

/// A session as its driver sees it, so that one loop drives clients and servers.
///
/// Each method is the one that the session has under the same name.
pub trait Session {
    /// What the session tells its application.
    type Event: core::fmt::Debug;

    /// The next thing to do.
    ///
    /// # Errors
    ///
    /// The peer broke the protocol, went silent or went away: the driver drops every socket. A
    /// server never says so; its last word is `Action::Close`.
    fn poll_output(&mut self, now: Instant) -> Result<Output<'_, Self::Event>, ProtocolError>;

    /// So many of the bytes offered were written.
    fn sent(&mut self, bytes: usize);

    /// Nothing can be sent any more: a write to the control connection has failed. What can be read
    /// is still read, and its end told.
    fn handle_send_lost(&mut self);

    /// Takes bytes that came on the control connection; how many were taken, which is all that
    /// [`Wait::read`] allowed. After the end of the session all are taken, and forgotten.
    #[must_use = "bytes that were not taken have to be handed over again"]
    fn handle_input(&mut self, bytes: &[u8]) -> usize;

    /// The peer will send nothing more on the control connection.
    fn handle_eof(&mut self);

    /// The control connection broke: nothing can be sent or received any more.
    fn handle_lost(&mut self);

    /// A listener is bound; `announced` is the address that the peer must be told.
    fn handle_data_listening(&mut self, id: DataId, announced: SocketAddr);

    /// A connection came to the listener: is it the data connection?
    fn handle_data_accepted(&mut self, id: DataId, from: SocketAddr) -> Accepted;

    /// The data connection asked for by `ConnectData` is made.
    fn handle_data_connected(&mut self, id: DataId);

    /// The data connection asked for, or its listener, cannot be had.
    fn handle_data_failed(&mut self, id: DataId, why: DataFailure);

    /// So many bytes have crossed the data connection in all.
    fn handle_data_progress(&mut self, id: DataId, total: u64);

    /// The TLS handshake of a data connection is done; bytes are about to move.
    fn handle_data_secured(&mut self, id: DataId, handshake: Handshake);

    /// A restart marker came among the data, in MODE B or C; what was received before it is
    /// written. Between `MoveData` and `handle_data_ended`.
    ///
    /// ```
    /// use ftp_proto::data::Codec;
    /// use ftp_proto::{DataId, Session};
    ///
    /// /// Tells a session, of either side, what the last call of a codec has found.
    /// fn tell(session: &mut impl Session, id: DataId, codec: &mut Codec) {
    ///     if let Some(marker) = codec.take_marker() {
    ///         session.handle_data_marker(id, marker);
    ///     }
    /// }
    /// ```
    fn handle_data_marker(&mut self, id: DataId, marker: Marker);

    /// The bytes have stopped moving.
    fn handle_data_ended(&mut self, id: DataId, end: DataEnd);

    /// The control connection is under TLS.
    fn handle_tls_established(&mut self, info: TlsInfo);

    /// The control connection could not be brought under TLS, or out of it in order.
    fn handle_tls_failed(&mut self);

    /// TLS has ended on the control connection, which goes on in clear.
    fn handle_tls_stopped(&mut self);

    /// What the session waits for, at any time.
    fn wait(&self) -> Wait;

    /// Whether the session has come to its end: nothing is read any more, and what is still queued
    /// leads to `Action::Close`.
    fn is_over(&self) -> bool;

    /// The two ends of the control connection.
    fn addresses(&self) -> &ControlAddresses;
}

/// The methods that are the same on both sides.
macro_rules! delegate {
    () => {
        fn sent(&mut self, bytes: usize) {
            self.sent(bytes);
        }

        fn handle_send_lost(&mut self) {
            self.handle_send_lost();
        }

        fn handle_input(&mut self, bytes: &[u8]) -> usize {
            self.handle_input(bytes)
        }

        fn handle_eof(&mut self) {
            self.handle_eof();
        }

        fn handle_lost(&mut self) {
            self.handle_lost();
        }

        fn handle_data_listening(&mut self, id: DataId, announced: SocketAddr) {
            self.handle_data_listening(id, announced);
        }

        fn handle_data_accepted(&mut self, id: DataId, from: SocketAddr) -> Accepted {
            self.handle_data_accepted(id, from)
        }

        fn handle_data_connected(&mut self, id: DataId) {
            self.handle_data_connected(id);
        }

        fn handle_data_failed(&mut self, id: DataId, why: DataFailure) {
            self.handle_data_failed(id, why);
        }

        fn handle_data_progress(&mut self, id: DataId, total: u64) {
            self.handle_data_progress(id, total);
        }

        fn handle_data_secured(&mut self, id: DataId, handshake: Handshake) {
            self.handle_data_secured(id, handshake);
        }

        fn handle_data_marker(&mut self, id: DataId, marker: Marker) {
            self.handle_data_marker(id, marker);
        }

        fn handle_data_ended(&mut self, id: DataId, end: DataEnd) {
            self.handle_data_ended(id, end);
        }

        fn handle_tls_established(&mut self, info: TlsInfo) {
            self.handle_tls_established(info);
        }

        fn handle_tls_failed(&mut self) {
            self.handle_tls_failed();
        }

        fn handle_tls_stopped(&mut self) {
            self.handle_tls_stopped();
        }

        fn wait(&self) -> Wait {
            self.wait()
        }

        fn is_over(&self) -> bool {
            self.is_over()
        }

        fn addresses(&self) -> &ControlAddresses {
            self.addresses()
        }
    };
}

impl Session for ClientSession {
    type Event = ClientEvent;

    fn poll_output(&mut self, now: Instant) -> Result<Output<'_, ClientEvent>, ProtocolError> {
        self.poll_output(now)
    }

    delegate!();
}

impl Session for ServerSession {
    type Event = ServerEvent;

    fn poll_output(&mut self, now: Instant) -> Result<Output<'_, ServerEvent>, ProtocolError> {
        Ok(self.poll_output(now))
    }

    delegate!();
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;
    use core::net::Ipv4Addr;

    use super::*;
    use crate::client::{ClientConfig, Login, Outcome};
    use crate::codec::command::{Argument, Password};
    use crate::codec::path::VirtualPath;
    use crate::contract::Action;
    use crate::server::{Grant, Permissions, Request, ServerConfig};

    /// Drives a session until it waits: its bytes go to `wire`; whether it said `Close`.
    fn drive<S: Session>(
        session: &mut S,
        wire: &mut Vec<u8>,
        mut tell: impl FnMut(&mut S, S::Event),
    ) -> bool {
        loop {
            match session.poll_output(Instant::default()) {
                Ok(Output::Send(bytes)) => {
                    wire.extend_from_slice(bytes);
                    let taken = bytes.len();
                    session.sent(taken);
                }
                Ok(Output::Event(event)) => tell(session, event),
                Ok(Output::Action(Action::Close)) => return true,
                Ok(Output::Wait(_)) => return false,
                Ok(Output::Action(action)) => panic!("not expected: {action:?}"),
                _ => panic!("the session failed"),
            }
        }
    }

    #[test]
    fn one_loop_drives_both_sides() {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (here, there) = (at(2121), at(40_000));
        let now = Instant::default();
        let addresses = ControlAddresses::new(here, there);
        let mut server = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
        let addresses = ControlAddresses::new(there, here);
        let mut client = ClientSession::new(ClientConfig::default(), addresses, now);
        let user = Argument::try_from("alice").expect("a name");
        let password = Password::try_from("secret").expect("a password");
        let login = client.login(Login::new(user, password)).expect("room");
        client.quit().expect("room");

        let mut done = Vec::new();
        for _ in 0..9 {
            let (mut down, mut up) = (Vec::new(), Vec::new());
            let server_closed = drive(&mut server, &mut down, |server, event| {
                if let ServerEvent::Request(Request::Authenticate(ask, _)) = event {
                    let permissions = Permissions::READ_ONLY;
                    let home = VirtualPath::root();
                    server.answer(ask, Ok(Grant { permissions, home }));
                }
            });
            assert_eq!(Session::handle_input(&mut client, &down), down.len());
            let client_closed = drive(&mut client, &mut up, |_, event| {
                if let ClientEvent::Done { op, result } = event {
                    done.push((op, matches!(result, Ok(Outcome::Reply(_)))));
                }
            });
            if server_closed {
                assert!(client_closed);
                break;
            }
            assert_eq!(Session::handle_input(&mut server, &up), up.len());
        }
        assert_eq!(done.len(), 2);
        assert_eq!(done.first(), Some(&(login, true)));
    }
}
