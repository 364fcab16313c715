//! REST and RANG: which bytes the next transfer is about.

use alloc::format;

use super::session::{ServerSession, Settings};
use crate::codec::command::{ByteRange, TransferMode};
use crate::data::TransferParameters;

/// What the next transfer, or HASH, is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// From this byte on. (REST)
    At(u64),
    /// These bytes. (RANG)
    Within(ByteRange),
}

impl Start {
    pub(super) const BEGINNING: Self = Self::At(0);

    pub(super) const fn range(self) -> ByteRange {
        match self {
            Self::At(offset) => ByteRange::from(offset),
            Self::Within(range) => range,
        }
    }

    pub(super) const fn offset(self) -> u64 {
        self.range().first()
    }
}

impl Settings {
    /// What REST or RANG said, which holds once.
    pub(super) fn take_start(&mut self) -> Start {
        self.options.as_mut().map_or(Start::BEGINNING, |options| {
            core::mem::replace(&mut options.start, Start::BEGINNING)
        })
    }
}

impl ServerSession {
    /// REST counts bytes as they are stored, which says nothing about a converted stream. In MODE B
    /// and C it gives back a restart marker, which does in every type (RFC 959 §3.5).
    pub(super) fn restart_at(&mut self, offset: u64) {
        let mode = self.settings.parameters.mode;
        let has_markers = matches!(mode, TransferMode::Block | TransferMode::Compressed);
        if offset > 0 && self.settings.is_text() && !has_markers {
            self.reply::<504>("REST is for TYPE I.");
        } else {
            self.settings.take_start();
            if offset > 0 {
                self.settings.options().start = Start::At(offset);
            }
            self.reply::<350>(format!("The next transfer begins at {offset}."));
        }
    }

    /// RANG is for bytes as they are stored (draft-bryan-ftp-range §5).
    pub(super) fn set_range(&mut self, range: Option<ByteRange>) {
        self.settings.take_start();
        let Some(range) = range else {
            return self.reply::<350>("The next transfer is whole.");
        };
        let parameters = self.settings.parameters;
        let plain = TransferParameters::IMAGE;
        if self.settings.is_text()
            || parameters.mode != plain.mode
            || parameters.structure != plain.structure
        {
            return self.reply::<551>("RANG is for TYPE I, MODE S and STRU F.");
        }
        self.settings.options().start = Start::Within(range);
        let (first, last) = (range.first(), range.last());
        self.reply::<350>(format!("The next transfer is from {first} to {last}."));
    }
}
