//! What a driver needs of a session and its application, whichever side they are.

use std::net::SocketAddr;

use ftp_proto::{
    Accepted, Action, DataEnd, DataFailure, DataId, Direction, LocalFailure, OpId, Wait,
};

use super::network::Network;

/// A session with its application.
pub trait Role {
    /// What `poll_output` said; events were carried out.
    fn poll(&mut self, net: &mut Network) -> Said;
    /// As `poll_output` would say.
    fn wait(&self) -> Wait;
    /// Bytes were written.
    fn sent(&mut self, n: usize);
    /// Bytes came; how many were taken.
    fn input(&mut self, bytes: &[u8]) -> usize;
    /// The peer sends no more.
    fn eof(&mut self);
    /// The control connection broke.
    fn lost(&mut self);
    /// See the contract.
    fn listening(&mut self, id: DataId, announced: SocketAddr);
    /// See the contract.
    fn accepted(&mut self, id: DataId, from: SocketAddr) -> Accepted;
    /// See the contract.
    fn connected(&mut self, id: DataId);
    /// See the contract.
    fn failed(&mut self, id: DataId, why: DataFailure);
    /// See the contract.
    fn progress(&mut self, id: DataId, total: u64);
    /// See the contract.
    fn ended(&mut self, id: DataId, end: DataEnd);
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
