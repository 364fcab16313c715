//! Which of a host's addresses is tried when (Happy Eyeballs, RFC 8305).

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::Error;

/// The attempts to connect to one host: the next begins when the last has failed, or when it has
/// taken [`STAGGER`], and the first that succeeds wins.
#[derive(Debug)]
pub(crate) struct Race {
    waiting: VecDeque<SocketAddr>,
    /// When the next attempt begins if none fails before.
    next_at: Duration,
    deadline: Duration,
    failed: Option<(SocketAddr, io::Error)>,
}

impl Race {
    /// A race over these addresses, which ends at `deadline` after its start.
    ///
    /// # Errors
    ///
    /// None of them is of the family of the local address to leave from.
    pub(crate) fn new(
        host: &str,
        addresses: impl IntoIterator<Item = SocketAddr>,
        from: Option<IpAddr>,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let of_the_family = |to: &SocketAddr| from.is_none_or(|f| f.is_ipv4() == to.is_ipv4());
        let waiting = interleave(addresses.into_iter().filter(of_the_family));
        if waiting.is_empty() {
            return Err(Error::Resolve {
                host: host.to_owned(),
                source: io::Error::new(io::ErrorKind::NotFound, "it has no address"),
            });
        }
        Ok(Self {
            waiting,
            next_at: Duration::ZERO,
            deadline,
            failed: None,
        })
    }

    /// The address to begin with now, so long after the start and with so many attempts running.
    pub(crate) fn begin(&mut self, elapsed: Duration, running: usize) -> Option<SocketAddr> {
        if running > 0 && elapsed < self.next_at {
            return None;
        }
        let address = self.waiting.pop_front()?;
        self.next_at = elapsed + STAGGER;
        Some(address)
    }

    /// An attempt has failed.
    pub(crate) fn fail(&mut self, address: SocketAddr, error: io::Error) {
        self.next_at = Duration::ZERO;
        self.failed = Some((address, error));
    }

    /// When to look again, whatever happens until then.
    pub(crate) fn due(&self) -> Duration {
        match self.waiting.is_empty() {
            true => self.deadline,
            false => self.next_at.min(self.deadline),
        }
    }

    /// Why nobody has won, with the addresses of the attempts that still run.
    pub(crate) fn lost(
        &mut self,
        elapsed: Duration,
        running: impl IntoIterator<Item = SocketAddr>,
    ) -> Option<Error> {
        let mut running = running.into_iter().peekable();
        let error = |(address, source)| Error::Connect { address, source };
        if elapsed >= self.deadline {
            let late = running.last().or(self.waiting.pop_front())?;
            return Some(error((late, io::ErrorKind::TimedOut.into())));
        }
        if running.peek().is_some() || !self.waiting.is_empty() {
            return None;
        }
        self.failed.take().map(error)
    }
}

/// The addresses in turn of both families, beginning with the first one's (RFC 8305 §4).
fn interleave(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let addresses: Vec<SocketAddr> = addresses.collect();
    let first_is_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut one, mut other): (VecDeque<_>, VecDeque<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_ipv6);
    let mut mixed = VecDeque::with_capacity(one.len() + other.len());
    while !(one.is_empty() && other.is_empty()) {
        mixed.extend(one.pop_front());
        mixed.extend(other.pop_front());
    }
    mixed
}

/// RFC 8305 §5: the Connection Attempt Delay.
pub(crate) const STAGGER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn race(addresses: &[&str], from: Option<IpAddr>) -> Result<Race, Error> {
        let addresses = addresses.iter().map(|text| at(text));
        Race::new("host", addresses, from, Duration::from_secs(30))
    }

    #[test]
    fn families_take_turns_beginning_with_the_first() {
        let mut race = race(
            &[
                "[::1]:21",
                "[::2]:21",
                "[::3]:21",
                "1.1.1.1:21",
                "2.2.2.2:21",
            ],
            None,
        )
        .expect("addresses");
        let mut order = Vec::new();
        let mut now = Duration::ZERO;
        while let Some(address) = race.begin(now, order.len()) {
            order.push(address);
            now += STAGGER;
        }
        let wanted = [
            "[::1]:21",
            "1.1.1.1:21",
            "[::2]:21",
            "2.2.2.2:21",
            "[::3]:21",
        ];
        assert_eq!(order, wanted.map(at));
    }

    #[test]
    fn the_next_waits_for_its_time_or_for_a_failure() {
        let mut race = race(&["[::1]:21", "1.1.1.1:21", "[::2]:21"], None).expect("addresses");
        assert_eq!(race.begin(Duration::ZERO, 0), Some(at("[::1]:21")));
        assert_eq!(race.begin(Duration::from_millis(249), 1), None);
        assert_eq!(race.due(), STAGGER);
        assert_eq!(race.begin(STAGGER, 1), Some(at("1.1.1.1:21")));
        race.fail(at("[::1]:21"), io::ErrorKind::ConnectionRefused.into());
        assert_eq!(race.begin(STAGGER, 1), Some(at("[::2]:21")));
        assert_eq!(race.due(), Duration::from_secs(30));
    }

    #[test]
    fn the_last_failure_or_the_deadline_ends_it() {
        let mut race = race(&["[::1]:21", "1.1.1.1:21"], None).expect("addresses");
        let one = race.begin(Duration::ZERO, 0).expect("the first");
        race.fail(one, io::ErrorKind::ConnectionRefused.into());
        assert!(race.lost(Duration::ZERO, []).is_none());
        let two = race.begin(Duration::ZERO, 0).expect("the second");
        assert!(race.lost(Duration::ZERO, [two]).is_none());
        let late = race.lost(Duration::from_secs(30), [two]);
        assert!(matches!(
            late,
            Some(Error::Connect { address, source })
                if address == two && source.kind() == io::ErrorKind::TimedOut
        ));
        race.fail(two, io::ErrorKind::ConnectionRefused.into());
        assert!(matches!(
            race.lost(Duration::ZERO, []),
            Some(Error::Connect { address, .. }) if address == two
        ));
    }

    #[test]
    fn a_local_address_leaves_its_own_family() {
        let from = "127.0.0.1".parse().expect("an address");
        let mut kept = race(&["[::1]:21", "1.1.1.1:21"], Some(from)).expect("addresses");
        assert_eq!(kept.begin(Duration::ZERO, 0), Some(at("1.1.1.1:21")));
        assert!(kept.waiting.is_empty());
        assert!(matches!(
            race(&["[::1]:21"], Some(from)),
            Err(Error::Resolve { .. })
        ));
    }
}
