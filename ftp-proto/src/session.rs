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
///
/// A driver of either side, with sockets, files and TLS that are always ready:
///
/// ```
/// use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Retrieve, Tls};
/// use ftp_proto::server::{ServerConfig, ServerSession};
/// use ftp_proto::{Accepted, Action, ControlAddresses, DataEnd, DataFailure, DataMode, Handshake};
/// use ftp_proto::{Instant, Output, Session, TlsInfo, Wait};
///
/// /// What there is to be done about the control connection.
/// #[derive(Debug, PartialEq)]
/// enum Next {
///     Write(Vec<u8>),
///     Wait(Wait),
///     Over,
/// }
///
/// fn drive<S: Session>(session: &mut S, tell: impl Fn(&mut S, S::Event)) -> Next {
///     loop {
///         match session.poll_output(Instant::default()) {
///             Ok(Output::Send(bytes) | Output::SendUrgent(bytes)) => {
///                 let bytes = bytes.to_vec();
///                 session.sent(bytes.len());
///                 return Next::Write(bytes);
///             }
///             Ok(Output::Event(event)) => tell(session, event),
///             Ok(Output::Action(Action::Close)) => return Next::Over,
///             Ok(Output::Action(action)) => begin(session, action),
///             Ok(Output::Wait(wait)) => return Next::Wait(wait),
///             _ => return Next::Over,
///         }
///     }
/// }
///
/// fn begin<S: Session>(session: &mut S, action: Action) {
///     let here = session.addresses().local;
///     let there = session.addresses().peer;
///     match action {
///         Action::StartTls => session.handle_tls_established(TlsInfo::new(Handshake::Full)),
///         Action::StopTls => session.handle_tls_stopped(),
///         Action::ConnectData { id, mode: DataMode::Passive, .. } => session.handle_data_connected(id),
///         Action::ConnectData { id, .. } => session.handle_data_failed(id, DataFailure::Refused),
///         Action::ListenData { id, .. } => {
///             session.handle_data_listening(id, (here.ip(), 50_000).into());
///         }
///         Action::AcceptData { id } => {
///             assert_eq!(session.handle_data_accepted(id, there), Accepted::Keep);
///         }
///         Action::MoveData { id, .. } => {
///             session.handle_data_secured(id, Handshake::Full);
///             session.handle_data_progress(id, 5);
///             session.handle_data_ended(id, DataEnd::complete(5));
///         }
///         _ => {}
///     }
/// }
///
/// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:990".parse()?);
/// let mut config = ClientConfig::default();
/// config.tls = Tls::Implicit;
/// let mut client = ClientSession::new(config, addresses, Instant::default());
/// client.retrieve(Retrieve::new("f".try_into()?))?;
/// let ended = std::cell::Cell::new(false);
/// let tell = |_: &mut _, event| {
///     if let ClientEvent::Done { result, .. } = event {
///         ended.set(result.is_ok());
///     }
/// };
/// for reply in ["220", "200 PBSZ", "200 PROT", "200 TYPE", "229 (|||50000|)", "150", "226"] {
///     while let Next::Write(_) = drive(&mut client, tell) {}
///     let reply = format!("{reply}\r\n");
///     assert_eq!(Session::handle_input(&mut client, reply.as_bytes()), reply.len());
/// }
/// assert!(matches!(drive(&mut client, tell), Next::Wait(wait) if wait == client.wait()));
/// assert!(ended.get());
///
/// // The same with a server, and three ways in which a connection ends.
/// let addresses = ControlAddresses::new(addresses.peer, addresses.local);
/// for end in [Session::handle_eof, Session::handle_lost, Session::handle_send_lost] {
///     let config = ServerConfig::default().into();
///     let mut server = ServerSession::new(config, addresses, Instant::default());
///     assert!(matches!(drive(&mut server, |_, _| {}), Next::Write(greeting) if greeting.starts_with(b"220 ")));
///     end(&mut server);
///     assert_eq!(drive(&mut server, |_, _| {}), Next::Over);
///     assert!(server.is_over());
/// }
/// let config = ServerConfig::default().into();
/// let mut server = ServerSession::with_implicit_tls(config, addresses, Instant::default());
/// let _ = Session::poll_output(&mut server, Instant::default()); // `StartTls`
/// Session::handle_tls_failed(&mut server);
/// assert!(server.is_over());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// All has crossed this data connection, close_notify too, and only the peer's own end of it is
    /// waited for: should that not come, nothing is lost. Between `MoveData` and
    /// `handle_data_ended`; a driver that does not wait never says it.
    ///
    /// ```
    /// use ftp_proto::{DataEnd, DataEnding, DataId, Session};
    ///
    /// /// Tells a client's session of an upload: of its last byte, and of its end.
    /// fn tell(session: &mut impl Session, id: DataId, bytes: u64) {
    ///     session.handle_data_progress(id, bytes);
    ///     session.handle_data_crossed(id);
    ///     // When the server has closed its side:
    ///     session.handle_data_ended(id, DataEnd { bytes, ending: DataEnding::Complete });
    /// }
    /// ```
    fn handle_data_crossed(&mut self, id: DataId) {
        let _ = id;
    }

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

    fn handle_data_crossed(&mut self, id: DataId) {
        self.handle_data_crossed(id);
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
