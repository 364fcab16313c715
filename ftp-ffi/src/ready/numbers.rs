//! Enumerations of the second level alone.

use ftp_proto::client::ListingKind;

use crate::enumeration::enumeration;

/// The newest version of TLS that is spoken.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_ready_tls_version {
    /// TLS 1.2, which some servers need for data connections.
    Tls12 = 12,
    /// TLS 1.3, the default.
    Tls13 = 13,
}
#[cfg(feature = "tls")]
enumeration!(ftp_ready_tls_version { Tls12, Tls13 });

/// How a transfer goes on behind what an earlier one has left.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_ready_resume {
    /// It does not: the whole file is transferred, in place of what is there.
    None = 0,
    /// From where the shorter file ends, by REST.
    Restart = 1,
    /// The same by APPE, for servers that take no REST before STOR. For uploads only.
    Append = 2,
}
enumeration!(ftp_ready_resume {
    None,
    Restart,
    Append
});

/// In which form a listing is asked for.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_ready_listing_kind {
    /// MLSD, or LIST where the server has none.
    Best = 0,
    /// MLSD and nothing else.
    Machine = 1,
    /// LIST: whatever the server writes.
    Native = 2,
    /// NLST: names alone.
    Names = 3,
}
enumeration!(ftp_ready_listing_kind {
    Best,
    Machine,
    Native,
    Names
});

impl ftp_ready_listing_kind {
    /// The form asked for, and whether LIST is tried where there is no MLSD.
    pub(super) const fn asked(self) -> (ListingKind, bool) {
        match self {
            Self::Best => (ListingKind::Machine, true),
            Self::Machine => (ListingKind::Machine, false),
            Self::Native => (ListingKind::Native, false),
            Self::Names => (ListingKind::Names, false),
        }
    }
}

#[cfg(feature = "tls")]
impl From<ftp_ready_tls_version> for ftp_io::tls::MaxVersion {
    fn from(version: ftp_ready_tls_version) -> Self {
        match version {
            ftp_ready_tls_version::Tls12 => Self::Tls12,
            ftp_ready_tls_version::Tls13 => Self::Tls13,
        }
    }
}
