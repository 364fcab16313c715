//! Whose a data connection is, shown by the session that its handshake resumes.
//!
//! Each control connection has a ticket key and a store of sessions of its own. With TLS 1.3 each
//! connection is given a random name, which its tickets carry. The control connection's name
//! counts, and a data connection's from the moment on that it has itself shown one that counts;
//! without that, the tickets of a full handshake, which anybody may do, would prove the next. With
//! TLS 1.2 tickets carry no name: there only the control connection makes any.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::{ProducesTickets, ServerConnection, StoresServerSessions};
use rustls::{HandshakeKind, ProtocolVersion};

use super::crypto::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use super::crypto::rand::{SecureRandom, SystemRandom};

/// What is done about a data connection that does not resume its control connection's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataProof {
    /// It is served, and an event tells of it. No ticket is sent on uploads: a client that never
    /// reads there would lose the file by it.
    #[default]
    Prefer,
    /// It is refused with 522. Clients that never resume cannot transfer anything. Uploads send a
    /// ticket, so that the next transfer can be proven.
    Require,
    /// It is not looked at.
    Off,
}

/// What the tickets of one session are made with.
pub(super) struct Secrets {
    key: LessSafeKey,
    random: SystemRandom,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    control: Name,
    names: VecDeque<Name>,
    /// Sessions of TLS 1.2, by their id, for clients that take no tickets.
    sessions: VecDeque<(Vec<u8>, Vec<u8>)>,
}

type Name = [u8; 16];

impl Secrets {
    /// New ones; `None` without a source of random numbers.
    pub(super) fn new() -> Option<Self> {
        let random = SystemRandom::new();
        let mut key = [0; 32];
        random.fill(&mut key).ok()?;
        let mut control = Name::default();
        random.fill(&mut control).ok()?;
        Some(Self {
            key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).ok()?),
            random,
            kept: Mutex::new(Kept {
                control,
                ..Kept::default()
            }),
        })
    }

    pub(super) fn control_name(&self) -> Name {
        self.with(|kept| kept.control)
    }

    fn with<R>(&self, look: impl FnOnce(&mut Kept) -> R) -> R {
        look(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn seal(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).ok()?;
        let mut ticket = Vec::with_capacity(NONCE_LEN + plain.len() + CHACHA20_POLY1305.tag_len());
        ticket.extend_from_slice(&nonce);
        let mut sealed = plain.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)
            .ok()?;
        ticket.append(&mut sealed);
        Some(ticket)
    }

    fn open(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = ticket.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key.open_in_place(nonce, Aad::empty(), &mut plain);
        let length = length.ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// A session's secrets, as one of its connections uses them.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) secrets: Arc<Secrets>,
    pub(super) makes: Makes,
}

/// Whether a connection makes tickets and sessions, or only takes those made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Makes {
    Tickets,
    Nothing,
}

impl ProducesTickets for Use {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        LIFETIME
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        match self.makes {
            Makes::Tickets => self.secrets.seal(plain),
            Makes::Nothing => None,
        }
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.secrets.open(ticket)
    }
}

impl StoresServerSessions for Use {
    fn put(&self, id: Vec<u8>, session: Vec<u8>) -> bool {
        let makes = self.makes == Makes::Tickets;
        if makes {
            self.secrets.with(|kept| {
                if kept.sessions.len() == SESSIONS {
                    kept.sessions.pop_front();
                }
                kept.sessions.push_back((id, session));
            });
        }
        makes
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.secrets.with(|kept| {
            let found = kept.sessions.iter().find(|(known, _)| known == id);
            found.map(|(_, session)| session.clone())
        })
    }

    /// Nothing that is kept here is good for one time only.
    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.get(id)
    }

    fn can_cache(&self) -> bool {
        self.makes == Makes::Tickets
    }
}

/// What a data connection's handshake must show.
#[derive(Debug)]
pub(super) struct Proof {
    secrets: Arc<Secrets>,
    control: Option<ProtocolVersion>,
    own: Name,
    policy: DataProof,
}

impl Proof {
    /// With the name that the connection's own tickets carry; `None` without a source of random
    /// numbers.
    pub(super) fn new(
        secrets: &Arc<Secrets>,
        control: Option<ProtocolVersion>,
        policy: DataProof,
    ) -> Option<(Self, Name)> {
        let mut own = Name::default();
        secrets.random.fill(&mut own).ok()?;
        let proof = Self {
            secrets: Arc::clone(secrets),
            control,
            own,
            policy,
        };
        Some((proof, own))
    }

    pub(super) fn is_required(&self) -> bool {
        self.policy == DataProof::Require
    }

    /// After the handshake; once.
    pub(super) fn holds(&self, connection: &ServerConnection) -> bool {
        if self.policy == DataProof::Off {
            return true;
        }
        let version = connection.protocol_version();
        if connection.handshake_kind() != Some(HandshakeKind::Resumed) || version != self.control {
            return false;
        }
        match version {
            Some(ProtocolVersion::TLSv1_3) => connection
                .received_resumption_data()
                .is_some_and(|shown| self.vouch(shown)),
            // Only the control connection has made what was resumed.
            _ => true,
        }
    }

    /// Whether the name that was shown counts; then this connection's does too.
    fn vouch(&self, shown: &[u8]) -> bool {
        self.secrets.with(|kept| {
            let mut known = std::iter::once(&kept.control).chain(&kept.names);
            let is_known = known.any(|name| name == shown);
            if is_known && !kept.names.contains(&self.own) {
                if kept.names.len() == NAMES {
                    kept.names.pop_front();
                }
                kept.names.push_back(self.own);
            }
            is_known
        })
    }
}

/// RFC 8446 §4.6.1: a week at most. The key dies with the session.
const LIFETIME: u32 = 7 * 24 * 3600;

/// Data connections whose tickets still count; a client keeps fewer tickets.
const NAMES: usize = 64;

/// The control connection's own, and again after a second AUTH.
const SESSIONS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(secrets: &Arc<Secrets>) -> Proof {
        let version = Some(ProtocolVersion::TLSv1_3);
        Proof::new(secrets, version, DataProof::Prefer)
            .expect("random numbers")
            .0
    }

    #[test]
    fn a_name_counts_only_after_one_that_counts_was_shown() {
        let secrets = Arc::new(Secrets::new().expect("random numbers"));
        let (first, second, third) = (proof(&secrets), proof(&secrets), proof(&secrets));
        // A full handshake was refused, and its ticket is shown by the next.
        assert!(!second.vouch(&first.own));
        assert!(!third.vouch(&second.own));
        assert!(first.vouch(&secrets.control_name()));
        assert!(second.vouch(&first.own));
        assert!(third.vouch(&second.own));
    }

    #[test]
    fn the_names_of_data_connections_are_bounded_and_the_first_stays() {
        let secrets = Arc::new(Secrets::new().expect("random numbers"));
        let first = proof(&secrets);
        assert!(first.vouch(&secrets.control_name()));
        for _ in 0..NAMES {
            assert!(proof(&secrets).vouch(&secrets.control_name()));
        }
        assert_eq!(secrets.with(|kept| kept.names.len()), NAMES);
        assert!(!proof(&secrets).vouch(&first.own));
        assert!(proof(&secrets).vouch(&secrets.control_name()));
    }

    #[test]
    fn tickets_are_read_by_their_own_session_only() {
        let [one, other] = [(); 2].map(|()| Secrets::new().expect("random numbers"));
        let ticket = one.seal(b"a session").expect("a ticket");
        assert_eq!(one.open(&ticket).as_deref(), Some(&b"a session"[..]));
        assert_eq!(other.open(&ticket), None);
        assert_eq!(one.open(&ticket[..NONCE_LEN - 1]), None);
        assert_eq!(one.open(&[]), None);
        let mut changed = ticket;
        changed[NONCE_LEN] ^= 1;
        assert_eq!(one.open(&changed), None);
    }
}
