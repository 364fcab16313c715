//! Passwords as argon2 hashes, and how many are computed at once.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use ftp_proto::server::Denied;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::storage::BoxFuture;

/// An argon2 hash of a password, with its salt and its cost, as a string of the PHC format.
///
/// ```
/// use ftp_io::server::PasswordHash;
///
/// let hash = PasswordHash::of("secret")?;
/// assert!(hash.to_string().starts_with("$argon2id$"));
/// assert!(hash.fits("secret") && !hash.fits("Secret"));
///
/// let read: PasswordHash = hash.to_string().parse()?;
/// assert!(read.fits("secret"));
/// assert!("secret".parse::<PasswordHash>().is_err());
/// # Ok::<(), ftp_io::server::PasswordHashError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(phc::PasswordHash);

/// How many password hashes are computed at once, and how many logins may wait for their turn.
///
/// Each that is computed takes a thread of the runtime's pool for blocking work, and memory: 19 MiB
/// with the cost that [`PasswordHash::of`] chooses.
///
/// ```
/// use ftp_io::server::{HashingLimits, Users};
///
/// let users = Users::new().with_hashing(HashingLimits { at_once: 1, waiting: 100 });
/// # drop(users);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingLimits {
    /// Computed at once, at least 1. Default: the processors of the machine, 4 at most.
    pub at_once: usize,
    /// Logins that wait; one more is refused, and not counted against the client. Default 512.
    pub waiting: usize,
}

/// Why something is no password hash.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordHashError {
    /// It is no string of the PHC format with an argon2 algorithm, a salt and a hash.
    #[error("expected an argon2 hash such as $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH")]
    NotArgon2,
    /// To check a password by it would take too much memory or time.
    #[error(
        "a hash with m={memory} KiB, t={passes} costs too much: \
         at most m={MEMORY_MAX} and t={PASSES_MAX} are taken"
    )]
    TooCostly {
        /// Memory in KiB.
        memory: u32,
        /// Passes over that memory.
        passes: u32,
    },
    /// The operating system gives no random numbers for a salt.
    #[error("cannot hash a password: {0}")]
    NotHashed(String),
}

/// The most memory that a hash may take, in KiB.
const MEMORY_MAX: u32 = 1 << 20;

/// The most passes over it.
const PASSES_MAX: u32 = 64;

impl PasswordHash {
    /// The hash of a password, by argon2id with a new salt at the cost that OWASP asks for at
    /// least: 19 MiB and two passes. It takes some tens of milliseconds.
    ///
    /// # Errors
    ///
    /// [`PasswordHashError::NotHashed`], when the operating system gives no random numbers.
    pub fn of(password: impl AsRef<[u8]>) -> Result<Self, PasswordHashError> {
        let hash: Result<phc::PasswordHash, _> = Argon2::default().hash_password(password.as_ref());
        hash.map(Self)
            .map_err(|error| PasswordHashError::NotHashed(error.to_string()))
    }

    /// Whether this is the hash of `password`. It takes as long as hashing it did.
    pub fn fits(&self, password: impl AsRef<[u8]>) -> bool {
        Argon2::default()
            .verify_password(password.as_ref(), &self.0)
            .is_ok()
    }

    /// A hash of nobody's password, as costly as this one.
    pub(super) fn of_nobody(&self) -> Self {
        let mut nobody = self.clone();
        // What argon2 makes of any password, but for an accident of 2^-128, is something else.
        let length = self.0.hash.map_or(32, |hash| hash.len());
        nobody.0.hash = phc::Output::new(&[0; phc::Output::MAX_LENGTH][..length]).ok();
        nobody
    }

    /// How much work it is: memory in KiB times passes.
    pub(super) fn cost(&self) -> u64 {
        Params::try_from(&self.0).map_or(0, |params| {
            u64::from(params.m_cost()) * u64::from(params.t_cost())
        })
    }
}

impl FromStr for PasswordHash {
    type Err = PasswordHashError;

    /// Reads a string of the PHC format.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = phc::PasswordHash::new(text).map_err(|_| PasswordHashError::NotArgon2)?;
        let is_known = Algorithm::try_from(hash.algorithm.as_str()).is_ok()
            && hash
                .version
                .is_none_or(|version| Version::try_from(version).is_ok());
        let params = Params::try_from(&hash).map_err(|_| PasswordHashError::NotArgon2)?;
        if !is_known || hash.salt.is_none() || hash.hash.is_none() {
            return Err(PasswordHashError::NotArgon2);
        }
        let (memory, passes) = (params.m_cost(), params.t_cost());
        if memory > MEMORY_MAX || passes > PASSES_MAX {
            return Err(PasswordHashError::TooCostly { memory, passes });
        }
        Ok(Self(hash))
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PasswordHash {
    /// The algorithm and its cost: whoever sees a hash can try passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({}, {})", self.0.algorithm, self.0.params)
    }
}

impl Default for HashingLimits {
    fn default() -> Self {
        let processors = std::thread::available_parallelism();
        Self {
            at_once: processors.map_or(1, |processors| processors.get().min(4)),
            waiting: 512,
        }
    }
}

/// Who computes hashes, off the tasks of sessions. A clone shares the limits.
#[derive(Clone, Debug)]
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    /// One for each that is computed or waits.
    places: Arc<Semaphore>,
}

impl Hashing {
    pub(super) fn new(limits: HashingLimits) -> Self {
        let at_once = limits.at_once.clamp(1, Semaphore::MAX_PERMITS);
        let places = at_once.saturating_add(limits.waiting);
        Self {
            turns: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Does `work` in its turn; [`Denied::Busy`] when too many wait.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<BoxFuture<Result<T, Denied>>, Denied> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Denied::Busy)?;
        let turns = Arc::clone(&self.turns);
        Ok(Box::pin(async move {
            let turn = turns.acquire_owned().await.map_err(|_| Denied::Failed)?;
            // Work that has begun goes on when nobody waits for it any more, and keeps its turn.
            let done = spawn_blocking(move || {
                let done = work();
                drop((turn, place));
                done
            });
            done.await.map_err(|_| Denied::Failed)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_that_can_be_checked_are_taken() {
        let good = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$\
                    qf2xS/xIbVY3eMqBHIfPSQMPXQcLmpIEMQSKNBBqvlo";
        assert!(good.parse::<PasswordHash>().is_ok());
        for bad in [
            "",
            "secret",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=7$m=64,t=1,p=1$c29tZXNhbHQ$qf2xS/xIbVY3eMqBHIfPSQ",
            "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$qf2xS/xIbVY3eMqBHIfPSQ",
            "$pbkdf2-sha256$i=1000$c29tZXNhbHQ$qf2xS/xIbVY3eMqBHIfPSQ",
            "$1$abcdefgh$abcdefghijklmnopqrstuv",
        ] {
            assert_eq!(
                bad.parse::<PasswordHash>(),
                Err(PasswordHashError::NotArgon2),
                "{bad}"
            );
        }
        let costly = good.replace("m=64", "m=4194304");
        assert_eq!(
            costly.parse::<PasswordHash>(),
            Err(PasswordHashError::TooCostly {
                memory: 4_194_304,
                passes: 1
            })
        );
    }

    #[test]
    fn nobodys_hash_costs_as_much_and_fits_nothing() {
        let hash = PasswordHash::of("secret").expect("random numbers");
        let nobody = hash.of_nobody();
        assert_eq!(nobody.cost(), hash.cost());
        assert!(!nobody.fits("secret") && !nobody.fits(""));
    }

    #[test]
    fn a_hash_is_not_shown() {
        let hash = PasswordHash::of("secret").expect("random numbers");
        let digest = hash.to_string();
        let digest = digest.rsplit('$').next().expect("a digest");
        assert!(!format!("{hash:?}").contains(digest));
    }

    #[test]
    fn one_too_many_is_busy_and_a_place_that_is_left_can_be_taken() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async {
            let hashing = Hashing::new(HashingLimits {
                at_once: 1,
                waiting: 1,
            });
            let first = hashing.run(|| 1).expect("a turn");
            let second = hashing.run(|| 2).expect("a place");
            assert_eq!(hashing.run(|| 3).err(), Some(Denied::Busy));
            assert_eq!(first.await, Ok(1));
            let third = hashing.run(|| 3).expect("a place");
            drop(third);
            assert_eq!(second.await, Ok(2));
        });
    }
}
