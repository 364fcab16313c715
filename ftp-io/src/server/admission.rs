//! How many sessions there may be, in all and for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts sessions, and lets in those that the limits allow.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) sessions: usize,
    pub(super) sessions_for_one_address: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    /// Only addresses that have a session.
    by_address: HashMap<IpAddr, usize>,
}

/// A session's place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Admission {
    pub(super) fn new(sessions: usize, sessions_for_one_address: usize) -> Self {
        Self {
            sessions,
            sessions_for_one_address,
            counts: Mutex::default(),
        }
    }

    /// A place for a client at this address, if there is one.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= self.sessions || of_address >= self.sessions_for_one_address {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Place {
            admission: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_place_that_is_left_can_be_taken_again() {
        let (one, other) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
        let admission = Arc::new(Admission::new(3, 2));
        let first = admission.admit(one.into());
        let second = admission.admit(one.to_ipv6_mapped().into());
        assert!(first.is_some() && second.is_some());
        assert!(admission.admit(one.into()).is_none(), "two for one address");
        let third = admission.admit(other.into());
        assert!(third.is_some());
        assert!(admission.admit(other.into()).is_none(), "three in all");
        drop((first, second));
        let again = admission.admit(other.into());
        assert!(again.is_some());
        drop((third, again));
        assert!(
            admission
                .counts
                .lock()
                .expect("whole")
                .by_address
                .is_empty()
        );
    }
}
