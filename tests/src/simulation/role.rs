//! What a driver needs of a session and its application, whichever side they are.

use ftp_proto::{Action, Direction, LocalFailure, OpId, Session, Wait};

use super::network::Network;

/// A session with its application.
pub trait Role {
    /// Which side it is.
    type Session: Session;

    /// The session itself, for all but `poll_output`.
    fn session(&mut self) -> &mut Self::Session;
    /// What `poll_output` said; events were carried out.
    fn poll(&mut self, net: &mut Network) -> Said;
    /// A transfer's bytes are about to move: whether the file that `op` names may be used so.
    fn begin(&mut self, op: OpId, direction: Direction) -> Result<(), String>;
    /// Some bytes of a file, none at its end.
    fn read(&mut self, op: OpId, most: usize) -> Result<Vec<u8>, LocalFailure>;
    /// Bytes for a file.
    fn write(&mut self, op: OpId, bytes: &[u8]) -> Result<(), LocalFailure>;
    /// The driver is done with the file.
    fn release(&mut self, op: OpId);
    /// The application's own timer.
    fn timer(&mut self, net: &mut Network, token: usize);
}

/// What a session said, owned.
#[derive(Debug)]
pub enum Said {
    /// Bytes for the control connection.
    Bytes(Vec<u8>),
    /// Something to begin.
    Action(Action),
    /// An event, which the application has got.
    Event,
    /// The same: an operation has ended.
    Done,
    /// Nothing more for now.
    Wait(Wait),
    /// The session is over by an error.
    Over,
}
