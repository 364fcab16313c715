//! How many sessions there may be: in all, from one address, and before somebody has logged in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Which limit a client was one too many for.
///
/// ```
/// use ftp_io::server::Limit;
///
/// assert_eq!(Limit::OneAddress.to_string(), "too many sessions from one address");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Sessions in all.
    All,
    /// Sessions from its address.
    OneAddress,
    /// Sessions in which nobody has logged in yet.
    BeforeLogin,
}

/// How many sessions there may be at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sessions {
    pub(super) all: usize,
    pub(super) from_one_address: usize,
    pub(super) before_login: usize,
}

/// Counts sessions, and lets in those that the limits allow.
#[derive(Debug)]
pub(super) struct Admission {
    sessions: Sessions,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    before_login: usize,
    /// Only addresses that have a session.
    by_address: HashMap<IpAddr, usize>,
}

/// A session's place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
    is_logged_in: bool,
}

impl Admission {
    pub(super) fn new(sessions: Sessions) -> Self {
        Self {
            sessions,
            counts: Mutex::default(),
        }
    }

    /// A place for a client at this address, or the limit that is reached.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Limit> {
        let address = address.to_canonical();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= self.sessions.all {
            return Err(Limit::All);
        }
        if of_address >= self.sessions.from_one_address {
            return Err(Limit::OneAddress);
        }
        if counts.before_login >= self.sessions.before_login {
            return Err(Limit::BeforeLogin);
        }
        counts.all += 1;
        counts.before_login += 1;
        counts.by_address.insert(address, of_address + 1);
        Ok(Place {
            admission: Arc::clone(self),
            address,
            is_logged_in: false,
        })
    }
}

impl Place {
    /// Somebody has logged in, and counts from now on as one who has.
    pub(super) fn logged_in(&mut self) {
        if !std::mem::replace(&mut self.is_logged_in, true) {
            let counts = &self.admission.counts;
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.before_login = counts.before_login.saturating_sub(1);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.logged_in();
        let counts = &self.admission.counts;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        match counts.by_address.get_mut(&self.address) {
            Some(of_address) if *of_address > 1 => *of_address -= 1,
            _ => {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

impl Default for Sessions {
    /// As many from one address as in all: behind address translation many clients have one.
    fn default() -> Self {
        Self {
            all: 1_000,
            from_one_address: 1_000,
            before_login: 500,
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::All => "too many sessions",
            Self::OneAddress => "too many sessions from one address",
            Self::BeforeLogin => "too many sessions without a login",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn admission(all: usize, from_one_address: usize, before_login: usize) -> Arc<Admission> {
        Arc::new(Admission::new(Sessions {
            all,
            from_one_address,
            before_login,
        }))
    }

    #[test]
    fn a_place_that_is_left_can_be_taken_again() {
        let admission = admission(3, 2, 3);
        let mapped = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped();
        let first = admission.admit(ONE).expect("a place");
        let second = admission.admit(mapped.into()).expect("a place");
        assert_eq!(admission.admit(ONE).err(), Some(Limit::OneAddress));
        let third = admission.admit(OTHER).expect("a place");
        assert_eq!(admission.admit(OTHER).err(), Some(Limit::All));
        drop((first, second));
        let again = admission.admit(OTHER).expect("a place");
        drop((third, again));
        let counts = admission.counts.lock().expect("whole");
        assert!(counts.by_address.is_empty());
        assert_eq!((counts.all, counts.before_login), (0, 0));
    }

    #[test]
    fn a_login_makes_room_for_one_without() {
        let admission = admission(10, 10, 1);
        let mut first = admission.admit(ONE).expect("a place");
        assert_eq!(admission.admit(OTHER).err(), Some(Limit::BeforeLogin));
        first.logged_in();
        first.logged_in();
        let second = admission.admit(OTHER).expect("a place");
        assert_eq!(admission.admit(OTHER).err(), Some(Limit::BeforeLogin));
        drop(first);
        assert_eq!(admission.admit(OTHER).err(), Some(Limit::BeforeLogin));
        drop(second);
        admission.admit(OTHER).expect("a place");
    }
}
