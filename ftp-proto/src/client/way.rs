//! The ways of opening a data connection, in the order in which they are tried.

use core::fmt;

use super::config::DataPolicy;
use crate::contract::{DataMode, Family};

/// A command by which client and server agree on a data connection.
///
/// ```
/// use ftp_proto::DataMode;
/// use ftp_proto::client::Way;
///
/// assert_eq!((Way::Epsv.verb(), Way::Epsv.mode()), ("EPSV", DataMode::Passive));
/// assert_eq!(Way::Port.mode(), DataMode::Active);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Passive, the server tells a port (RFC 2428 §3).
    Epsv,
    /// Passive, the server tells an IPv4 address and a port (RFC 959 §4.1.2).
    Pasv,
    /// Active, this side tells an address of either family (RFC 2428 §2).
    Eprt,
    /// Active, this side tells an IPv4 address (RFC 959 §4.1.2).
    Port,
}

impl Way {
    /// Who opens the data connection.
    pub const fn mode(self) -> DataMode {
        match self {
            Self::Epsv | Self::Pasv => DataMode::Passive,
            Self::Eprt | Self::Port => DataMode::Active,
        }
    }

    /// The command's verb.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Epsv => "EPSV",
            Self::Pasv => "PASV",
            Self::Eprt => "EPRT",
            Self::Port => "PORT",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb())
    }
}

/// Which ways the session has seen to work and not to work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KnownWays {
    /// Ways not to be tried again.
    skipped: u8,
    /// The way of the last whole transfer.
    proven: Option<Way>,
}

impl KnownWays {
    /// The first way to try that is not among those `tried`, or none.
    pub(super) fn next(
        self,
        policy: DataPolicy,
        family: Family,
        tried: impl Fn(Way) -> bool,
    ) -> Option<Way> {
        let ways = ladder(policy, family);
        let untried = || ways.iter().copied().filter(|way| !tried(*way));
        // Where everything is to be skipped, nothing was learned: begin again.
        let all_skipped = ways.iter().all(|way| self.skipped & way.bit() != 0);
        untried().find(|way| all_skipped || self.skipped & way.bit() == 0)
    }

    pub(super) fn skip(&mut self, way: Way) {
        self.skipped |= way.bit();
    }

    pub(super) fn prove(&mut self, way: Way) {
        self.proven = Some(way);
        self.skipped &= !way.bit();
    }

    pub(super) fn is_proven(self, way: Way) -> bool {
        self.proven == Some(way)
    }
}

/// PASV and PORT cannot tell an IPv6 address.
const fn ladder(policy: DataPolicy, family: Family) -> &'static [Way] {
    match (policy, family) {
        (DataPolicy::Passive, Family::V4) => &[Way::Epsv, Way::Pasv],
        (DataPolicy::Passive, Family::V6) => &[Way::Epsv],
        (DataPolicy::Active, Family::V4) => &[Way::Eprt, Way::Port],
        (DataPolicy::Active, Family::V6) => &[Way::Eprt],
        (DataPolicy::Auto, Family::V4) => &[Way::Epsv, Way::Pasv, Way::Eprt, Way::Port],
        (DataPolicy::Auto, Family::V6) => &[Way::Epsv, Way::Eprt],
        (DataPolicy::Only(Way::Pasv | Way::Port), Family::V6) => &[],
        (DataPolicy::Only(Way::Epsv), _) => &[Way::Epsv],
        (DataPolicy::Only(Way::Pasv), _) => &[Way::Pasv],
        (DataPolicy::Only(Way::Eprt), _) => &[Way::Eprt],
        (DataPolicy::Only(Way::Port), _) => &[Way::Port],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_way_is_not_tried_first() {
        let mut known = KnownWays::default();
        known.skip(Way::Epsv);
        let next = known.next(DataPolicy::Passive, Family::V4, |_| false);
        assert_eq!(next, Some(Way::Pasv));
    }

    #[test]
    fn when_all_ways_are_skipped_all_are_tried_again() {
        let mut known = KnownWays::default();
        known.skip(Way::Epsv);
        let next = known.next(DataPolicy::Passive, Family::V6, |_| false);
        assert_eq!(next, Some(Way::Epsv));
    }

    #[test]
    fn a_way_asked_for_alone_is_the_only_one_tried() {
        let known = KnownWays::default();
        for way in [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port] {
            let policy = DataPolicy::Only(way);
            assert_eq!(known.next(policy, Family::V4, |_| false), Some(way));
            assert_eq!(known.next(policy, Family::V4, |tried| tried == way), None);
        }
        let pasv = DataPolicy::Only(Way::Pasv);
        assert_eq!(known.next(pasv, Family::V6, |_| false), None);
    }

    #[test]
    fn passive_never_crosses_to_active() {
        let tried = |way| matches!(way, Way::Epsv | Way::Pasv);
        let known = KnownWays::default();
        assert_eq!(known.next(DataPolicy::Passive, Family::V4, tried), None);
        assert_eq!(
            known.next(DataPolicy::Auto, Family::V4, tried),
            Some(Way::Eprt)
        );
    }
}
