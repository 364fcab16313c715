//! PORT, EPRT, LPRT, PASV, EPSV, LPSV, PRET: how the next data connection will be opened.

use alloc::format;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr, SocketAddrV4};

use super::session::{ServerSession, Work};
use crate::codec::address::{self, LongAddress};
use crate::codec::command::{Argument, Command, ExtendedPassive};
use crate::contract::{Action, Closing, DataId, DataMode, Family};

/// How the next data connection will be opened. It lies between the command that prepared it and
/// the transfer that takes it; there is one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    None,
    /// This side listens at a reserved address.
    Passive(DataId),
    /// This side will connect to the control connection's peer at this port.
    Active {
        port: u16,
    },
}

/// An address is being reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listening {
    pub(super) id: DataId,
    reply: ListeningReply,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListeningReply {
    /// 227, an IPv4 address and a port (RFC 959).
    Passive,
    /// 229, a port (RFC 2428 §3).
    ExtendedPassive,
    /// 228, an address of either family (RFC 1639 §5).
    LongPassive,
}

/// A PORT or EPRT may name privileged ports of nobody (RFC 2577 §3).
const LOWEST_PORT: u16 = 1024;

impl ServerSession {
    /// PORT, EPRT and LPRT. Only the client's own address and an unprivileged port are taken, and
    /// nothing connects before a transfer is wanted: otherwise this server would knock at any
    /// machine's doors for anybody (RFC 2577 §3). One wording for every refusal, so that it tells
    /// nothing.
    pub(super) fn active(&mut self, to: SocketAddr) {
        self.close_channel();
        let peer = self.addresses.peer.ip().to_canonical();
        let named = to.ip().to_canonical();
        // lftp 4.9 on loopback announces `::`, which can only mean itself; the connection goes to
        // the peer's own address whatever was named.
        if (named == peer || named.is_unspecified()) && to.port() >= LOWEST_PORT {
            self.channel = Channel::Active { port: to.port() };
            self.reply::<200>("The data connection will go there.");
        } else {
            self.reply::<501>("That address is not allowed.");
        }
    }

    /// PASV, which can tell IPv4 addresses only.
    pub(super) fn passive(&mut self) {
        self.close_channel();
        if self.addresses.family() == Family::V6 {
            return self.reply::<425>("PASV is for IPv4; use EPSV.");
        }
        self.listen(ListeningReply::Passive);
    }

    pub(super) fn extended_passive(&mut self, what: ExtendedPassive) {
        match what {
            ExtendedPassive::All => {
                self.settings.only_extended_passive = true;
                self.reply::<200>("EPSV only from now on.");
            }
            ExtendedPassive::Family(family) if family != self.addresses.family() => {
                self.reply_family_unknown();
            }
            ExtendedPassive::Family(_) | ExtendedPassive::Any => {
                self.close_channel();
                self.listen(ListeningReply::ExtendedPassive);
            }
        }
    }

    /// LPSV, for either family.
    pub(super) fn long_passive(&mut self) {
        self.close_channel();
        self.listen(ListeningReply::LongPassive);
    }

    /// PRET: every file is here, wherever the data connection will be.
    pub(super) fn announce_transfer(&mut self, line: &Argument) {
        match Command::decode(&line.to_bytes()) {
            Ok(
                Command::Retr(_)
                | Command::Stor(_)
                | Command::Appe(_)
                | Command::Stou(_)
                | Command::List(_)
                | Command::Nlst(_)
                | Command::Mlsd(_),
            ) => self.reply::<200>("Go on with PASV or EPSV."),
            _ => self.reply::<501>("That is no transfer."),
        }
    }

    /// The address is reserved: tells it to the client.
    pub(super) fn listening(&mut self, listening: Listening, announced: SocketAddr) {
        let announced = SocketAddr::new(announced.ip().to_canonical(), announced.port());
        match (listening.reply, announced.ip()) {
            (_, _) if announced.port() == 0 => self.listening_failed(listening.id),
            (ListeningReply::Passive, IpAddr::V4(ip)) => {
                self.channel = Channel::Passive(listening.id);
                let mut text = Vec::from(&b"Entering Passive Mode ("[..]);
                address::write_port(&mut text, SocketAddrV4::new(ip, announced.port()));
                text.extend_from_slice(b").");
                self.reply::<227>(text);
            }
            (ListeningReply::Passive, IpAddr::V6(_)) => self.listening_failed(listening.id),
            (ListeningReply::ExtendedPassive, _) => {
                self.channel = Channel::Passive(listening.id);
                let port = announced.port();
                self.reply::<229>(format!("Entering Extended Passive Mode (|||{port}|)"));
            }
            (ListeningReply::LongPassive, _) => {
                self.channel = Channel::Passive(listening.id);
                let mut text = Vec::from(&b"Entering Long Passive Mode ("[..]);
                LongAddress(announced).write(&mut text);
                text.push(b')');
                self.reply::<228>(text);
            }
        }
    }

    pub(super) fn listening_failed(&mut self, id: DataId) {
        self.close_data(id, Closing::Orderly);
        self.reply::<425>("No address to listen on is to be had now.");
    }

    /// Lets go of a data connection that was prepared and not used.
    pub(super) fn close_channel(&mut self) {
        if let Channel::Passive(id) = core::mem::replace(&mut self.channel, Channel::None) {
            self.close_data(id, Closing::Orderly);
        }
    }

    /// RFC 2428 §2: the list of what would do.
    pub(super) fn reply_family_unknown(&mut self) {
        let number = address::family_number(self.addresses.family());
        self.reply::<522>(format!("Network protocol not supported, use ({number})"));
    }

    /// The same in the numbers of LPRT (RFC 1639 §4).
    pub(super) fn reply_long_family_unknown(&mut self) {
        let number = match self.addresses.family() {
            Family::V4 => 4,
            Family::V6 => 6,
        };
        self.reply::<521>(format!("Supported address families are ({number})"));
    }

    fn listen(&mut self, reply: ListeningReply) {
        let id = self.next_data_id();
        self.outbox.action(Action::ListenData {
            id,
            mode: DataMode::Passive,
            local: self.addresses.local_at(0),
            from: Some(self.addresses.peer.ip()),
        });
        self.enter(Work::Listening(Listening { id, reply }));
    }
}
