//! One transfer as a value: what it moves, over which data connection, and how far it is.

use core::time::Duration;

use super::event::{TransferKind, TransferOutcome};
use super::request::Opened;
use crate::codec::path::VirtualPath;
use crate::contract::{DataId, DataMode, OpId};
use crate::limits::Timeouts;
use crate::protection::Protection;

/// One transfer. It owns its data connection: whatever becomes of the transfer, the connection is
/// closed with it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) step: Step,
    /// Bytes that have crossed the data connection, as far as is known.
    pub(super) moved: u64,
    pub(super) kind: TransferKind,
    /// Where in the file it begins.
    pub(super) offset: u64,
    pub(super) path: VirtualPath,
    /// The question that opens the file.
    pub(super) op: OpId,
    pub(super) opened: Opened,
    pub(super) route: Route,
    /// The data connection, once it has a name.
    pub(super) data: Option<DataId>,
    /// Whether it is under TLS.
    pub(super) protection: Protection,
    /// The last word on the data connection was said.
    pub(super) is_data_closed: bool,
    /// Bytes have moved, or were about to.
    pub(super) has_started: bool,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The application is asked to open the file.
    OpeningFile,
    /// The file is open, the data connection is not yet.
    OpeningData,
    /// The data connection shakes hands, and 150 was said.
    Securing,
    /// Bytes move, and 150 was said.
    Moving,
    /// The data has ended, and the application is asked to keep an upload.
    Finishing(OpId, TransferOutcome),
}

/// Who opens the data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The client, to the address reserved for it.
    Accept,
    /// This side, to this port of the client.
    Connect { port: u16 },
}

impl Job {
    pub(super) fn awaits_answer(&self, id: OpId) -> bool {
        match self.step {
            Step::OpeningFile => self.op == id,
            Step::Finishing(asked, _) => asked == id,
            Step::OpeningData | Step::Securing | Step::Moving => false,
        }
    }

    pub(super) fn is_accepting(&self, id: DataId) -> bool {
        self.step == Step::OpeningData && self.route == Route::Accept && self.data == Some(id)
    }

    pub(super) fn is_connecting(&self, id: DataId) -> bool {
        self.step == Step::OpeningData && self.route != Route::Accept && self.data == Some(id)
    }

    /// A reserved address may fail before the connection is wanted, too.
    pub(super) fn is_opening_data(&self, id: DataId) -> bool {
        matches!(self.step, Step::OpeningFile | Step::OpeningData) && self.data == Some(id)
    }

    pub(super) fn is_securing(&self, id: DataId) -> bool {
        self.step == Step::Securing && self.data == Some(id)
    }

    pub(super) fn is_moving(&self, id: DataId) -> bool {
        self.step == Step::Moving && self.data == Some(id)
    }

    pub(super) fn awaits_end(&self, id: DataId) -> bool {
        matches!(self.step, Step::Securing | Step::Moving) && self.data == Some(id)
    }

    /// How long the present step may last.
    pub(super) const fn patience(&self, timeouts: &Timeouts) -> Duration {
        match self.step {
            Step::OpeningFile | Step::Finishing(..) => timeouts.answer,
            Step::OpeningData => timeouts.data_open,
            Step::Securing => timeouts.handshake,
            Step::Moving => timeouts.stall,
        }
    }
}

impl Step {
    pub(super) const fn can_be_cut(self) -> bool {
        matches!(
            self,
            Self::OpeningFile | Self::OpeningData | Self::Securing | Self::Moving
        )
    }
}

impl Route {
    pub(super) const fn mode(self) -> DataMode {
        match self {
            Self::Accept => DataMode::Passive,
            Self::Connect { .. } => DataMode::Active,
        }
    }
}
