//! A range of ports, as a firewall opens it.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::str::FromStr;

use thiserror::Error;

/// Ports from a first to a last one, both included, neither 0.
///
/// ```
/// use ftp_io::net::PortRange;
///
/// let ports: PortRange = "50000-50099".parse()?;
/// assert_eq!(ports.count(), 100);
/// assert!("50099-50000".parse::<PortRange>().is_err());
/// # Ok::<(), ftp_io::net::PortRangeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The ports that do not belong to root, of which programs get those that they do not choose.
    pub const UNPRIVILEGED: Self = Self {
        first: 1024,
        last: 65_535,
    };

    /// The ports from `first` to `last`.
    ///
    /// # Errors
    ///
    /// `first` is 0 or above `last`.
    pub const fn new(first: u16, last: u16) -> Result<Self, PortRangeError> {
        if first == 0 {
            return Err(PortRangeError::Zero);
        }
        if first > last {
            return Err(PortRangeError::Backwards { first, last });
        }
        Ok(Self { first, last })
    }

    /// The lowest port.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The highest port.
    pub const fn last(self) -> u16 {
        self.last
    }

    /// How many ports there are, at least 1.
    pub const fn count(self) -> u32 {
        (self.last as u32) - (self.first as u32) + 1
    }

    /// Whether `port` is one of them.
    pub const fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// Every port once, from one on that nobody foresees: a port that the next client will get
    /// must not be guessed (RFC 2577 §8).
    pub(super) fn shuffled(self) -> impl Iterator<Item = u16> {
        let count = self.count();
        let start = u32::try_from(random_below(count as usize)).unwrap_or(0);
        (0..count).filter_map(move |step| {
            u16::try_from(u32::from(self.first) + (start + step) % count).ok()
        })
    }
}

/// A number below `count`, or 0, that nobody foresees: the standard library seeds its hash tables
/// so.
pub(crate) fn random_below(count: usize) -> usize {
    let random = RandomState::new().build_hasher().finish();
    usize::try_from(random % count.max(1) as u64).unwrap_or(0)
}

impl FromStr for PortRange {
    type Err = PortRangeError;

    /// `A-B`, or `A` for one port.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            // `u16::from_str` would take a sign.
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        match (port(first), port(last)) {
            (Some(first), Some(last)) => Self::new(first, last),
            _ => Err(PortRangeError::NotPorts(text.to_owned())),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Why something is no range of ports.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PortRangeError {
    /// It is not two numbers.
    #[error("expected a range of ports such as 50000-50099, found {0:?}")]
    NotPorts(String),
    /// It begins at 0, which stands for any port.
    #[error("expected a range of ports that begins at 1 or above, found 0")]
    Zero,
    /// It ends before it begins.
    #[error("expected a range of ports from a lower to a higher one, found {first}-{last}")]
    Backwards {
        /// The first port given.
        first: u16,
        /// The last port given.
        last: u16,
    },
}
