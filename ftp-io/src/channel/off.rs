//! TLS where it is not built: types that have no value, so that the drivers are the same.

use std::io;
use std::task::Context;

#[cfg(feature = "server")]
use ftp_proto::Direction;
use ftp_proto::{Handshake, TlsInfo};

use super::{Part, TlsSummary, Waits, Wire};

#[derive(Debug)]
pub(crate) enum Connection {}

impl Connection {
    pub(crate) fn handshake(&mut self, _: &mut Context<'_>, _: &mut dyn Wire) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn read(
        &mut self,
        _: &mut Context<'_>,
        _: &mut dyn Wire,
        _: &mut [u8],
    ) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn write(
        &mut self,
        _: &mut Context<'_>,
        _: &mut dyn Wire,
        _: &[u8],
    ) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn close(&mut self, _: &mut Context<'_>, _: &mut dyn Wire) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn closed(&mut self, _: &mut Context<'_>, _: &mut dyn Wire) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn drain(&mut self, _: &mut Context<'_>, _: &mut dyn Wire) -> io::Result<()> {
        match *self {}
    }

    #[cfg(feature = "blocking")]
    pub(crate) const fn waits(&self) -> Waits {
        match *self {}
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn has_buffered(&mut self) -> bool {
        match *self {}
    }

    pub(crate) fn clear_bytes(&self) -> &[u8] {
        match *self {}
    }

    #[cfg(feature = "server")]
    pub(crate) const fn has_begun(&self) -> bool {
        match *self {}
    }

    pub(crate) fn handshake_kind(&self) -> Handshake {
        match *self {}
    }

    pub(crate) fn is_proven(&self) -> bool {
        match *self {}
    }

    pub(crate) fn requires_proof(&self) -> bool {
        match *self {}
    }

    pub(crate) fn info(&self) -> TlsInfo {
        match *self {}
    }

    pub(crate) fn summary(&self) -> TlsSummary {
        match *self {}
    }
}

#[cfg(any(feature = "blocking", feature = "client"))]
#[derive(Debug)]
pub(crate) enum ClientSide {}

#[cfg(any(feature = "blocking", feature = "client"))]
impl ClientSide {
    pub(crate) fn connection(&self, _: Part) -> Option<Box<Connection>> {
        match *self {}
    }
}

#[cfg(feature = "server")]
#[derive(Debug)]
pub(crate) enum ServerTls {}

#[cfg(feature = "server")]
#[derive(Debug)]
pub(crate) enum ServerSide {}

#[cfg(feature = "server")]
impl ServerSide {
    pub(crate) fn begin(tls: &ServerTls) -> Option<(Self, Box<Connection>)> {
        match *tls {}
    }

    pub(crate) fn established(&mut self, _: &Connection) {
        match *self {}
    }

    pub(crate) fn data(&self, _: Direction) -> Option<Box<Connection>> {
        match *self {}
    }

    pub(crate) fn early(&self) -> Option<Box<Connection>> {
        match *self {}
    }
}
