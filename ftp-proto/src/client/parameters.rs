//! TYPE, STRU and MODE as a transfer needs them, said where the server has them otherwise.

use super::link::Purpose;
use super::operation::Learned;
use crate::codec::command::{Command, FileStructure, RepresentationType, TransferMode};
use crate::data::TransferParameters;

/// The transfer parameters that a transfer needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Any will do if `None`.
    pub(super) representation: Option<RepresentationType>,
    pub(super) structure: FileStructure,
    pub(super) mode: TransferMode,
}

impl From<TransferParameters> for Wanted {
    fn from(parameters: TransferParameters) -> Self {
        Self {
            representation: Some(parameters.representation),
            structure: parameters.structure,
            mode: parameters.mode,
        }
    }
}

impl Wanted {
    /// The next of them to be said, or none if the server has all as they are needed.
    pub(super) fn next(&self, learned: &Learned) -> Option<(Purpose, Command)> {
        let representation = self
            .representation
            .filter(|wanted| learned.representation != Some(*wanted))
            .map(|wanted| (Purpose::Type, Command::Type(wanted)));
        let structure = (learned.structure != Some(self.structure))
            .then(|| (Purpose::Structure, Command::Stru(self.structure)));
        let mode =
            (learned.mode != Some(self.mode)).then(|| (Purpose::Mode, Command::Mode(self.mode)));
        // A server that has records of text alone takes STRU F before TYPE I, and TYPE A before
        // STRU R.
        match self.structure {
            FileStructure::File => structure.or(representation),
            FileStructure::Record | FileStructure::Page => representation.or(structure),
        }
        .or(mode)
    }

    /// Takes note of the reply to one of them.
    pub(super) fn on_reply(&self, learned: &mut Learned, purpose: Purpose, is_accepted: bool) {
        match purpose {
            Purpose::Structure => learned.structure = is_accepted.then_some(self.structure),
            Purpose::Mode => learned.mode = is_accepted.then_some(self.mode),
            _ => learned.representation = self.representation.filter(|_| is_accepted),
        }
    }
}
