//! A TCP of two machines and a stranger, in memory, and the record of a run.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use ftp_proto::DataFailure;

use super::event::{Agenda, Event, Fault, Notice, Segment, Who};
use super::random::Random;
use super::scenario::{Block, Delay, Scenario};
use super::wire::{Break, End, Listener, Owner, Stream};

/// The network, its clock, and the record of a run.
#[derive(Debug)]
pub struct Network {
    /// The rules of this run.
    pub scenario: Scenario,
    /// Chance.
    pub random: Random,
    /// The first rule that was seen broken.
    pub failure: Option<String>,
    /// The transcript, if one is kept.
    pub transcript: Option<String>,
    /// What each session said, if it is kept for comparison.
    pub outputs: Option<[Vec<String>; 2]>,
    /// Whether an upload may have lost its tail without a sign, since its sender vanished.
    pub sender_vanished: bool,
    /// After so many more outputs of the sessions, this happens.
    pub fault_in: Option<(u64, Fault)>,
    agenda: Agenda,
    streams: Vec<Stream>,
    listeners: Vec<Listener>,
    next_port: u16,
}

impl Network {
    /// A network on which nothing has happened yet.
    pub fn new(scenario: Scenario, random: Random, record: bool) -> Self {
        Self {
            scenario,
            random,
            failure: None,
            transcript: record.then(String::new),
            outputs: None,
            sender_vanished: false,
            fault_in: None,
            agenda: Agenda::default(),
            streams: Vec::new(),
            listeners: Vec::new(),
            next_port: 40_000,
        }
    }

    /// Microseconds since the start.
    pub const fn now(&self) -> u64 {
        self.agenda.now()
    }

    /// Writes a line of the transcript, if one is kept.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        let (seconds, micros) = (self.now() / 1_000_000, self.now() % 1_000_000);
        if let Some(transcript) = &mut self.transcript {
            let _ = writeln!(transcript, "{seconds:5}.{micros:06} {}", line());
        }
    }

    /// Keeps what a session said, if that is wanted.
    pub fn record(&mut self, who: Who, output: impl FnOnce() -> String) {
        if let Some(outputs) = &mut self.outputs {
            outputs[who.index()].push(output());
        }
    }

    /// Notes that a rule is broken; the first counts.
    pub fn fail(&mut self, what: impl FnOnce() -> String) {
        if self.failure.is_none() {
            let what = what();
            self.note(|| format!("!! {what}"));
            self.failure = Some(what);
        }
    }

    /// Counts an output of a session towards the step at which a misfortune waits.
    pub fn count(&mut self) {
        match &mut self.fault_in {
            Some((0, fault)) => {
                let fault = *fault;
                self.fault_in = None;
                self.after(0, Event::Fault(fault));
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
    }

    /// Lets something happen after a while.
    pub fn after(&mut self, micros: u64, event: Event) {
        self.at(self.now().saturating_add(micros), event);
    }

    /// Lets something happen at a moment.
    pub fn at(&mut self, at: u64, event: Event) {
        self.agenda.at(at, event);
    }

    /// What happens next; time moves there.
    pub fn await_next(&mut self) -> Option<Event> {
        self.agenda.pop()
    }

    /// A while of one kind.
    pub fn draw(&mut self, delay: Delay) -> u64 {
        self.random.between(delay.least, delay.most)
    }

    /// Where a machine is.
    pub const fn address(&self, who: Who) -> IpAddr {
        match who {
            Who::Client => self.scenario.client_ip,
            Who::Server => self.scenario.server_ip,
        }
    }

    /// Lays the control connection.
    pub fn lay_control(&mut self) -> usize {
        let (delay, window) = (self.scenario.control_delay, self.scenario.control_window);
        self.lay(delay, window, [Owner::Control, Owner::Control])
    }

    fn lay(&mut self, delay: Delay, window: usize, owners: [Owner; 2]) -> usize {
        self.streams.push(Stream {
            ends: owners.map(End::new),
            delay,
            window,
            is_black_hole: false,
            fuse: None,
        });
        self.streams.len() - 1
    }

    fn end(&mut self, stream: usize, who: Who) -> &mut End {
        &mut self.streams[stream].ends[who.index()]
    }

    /// Writes; how many bytes were taken, or `None` when the stream is broken.
    pub fn write(&mut self, stream: usize, who: Who, bytes: &[u8]) -> Option<usize> {
        let s = &self.streams[stream];
        let [me, peer] = [&s.ends[who.index()], &s.ends[who.other().index()]];
        if me.reset || me.closed || me.shut {
            return None;
        }
        let room = s.window.saturating_sub(peer.inbox.len() + peer.flying);
        let mut n = room.min(bytes.len());
        if n == 0 {
            return Some(0);
        }
        let broken = match &mut self.streams[stream].fuse {
            Some((left, how)) if *left <= n as u64 => {
                n = usize::try_from(*left).unwrap_or(n);
                Some(*how)
            }
            Some((left, _)) => {
                *left -= n as u64;
                None
            }
            None => None,
        };
        let peer = who.other();
        self.end(stream, peer).flying += n;
        let mut rest = &bytes[..n];
        while !rest.is_empty() {
            let cut = if self.random.percent(70) {
                rest.len()
            } else {
                self.random.length(rest.len())
            };
            let (segment, behind) = rest.split_at(cut);
            self.send(stream, peer, Segment::Bytes(segment.to_vec()));
            rest = behind;
        }
        if let Some(how) = broken {
            self.streams[stream].fuse = None;
            self.break_stream(stream, who, how);
        }
        Some(n)
    }

    /// Breaks a stream in which `sender` was sending.
    pub fn break_stream(&mut self, stream: usize, sender: Who, how: Break) {
        self.note(|| format!("** stream {stream} breaks: {how:?}"));
        match how {
            Break::Reset => {
                self.send(stream, Who::Client, Segment::Rst);
                self.send(stream, Who::Server, Segment::Rst);
            }
            Break::SenderGone => {
                self.sender_vanished |= sender == Who::Client;
                self.send(stream, sender.other(), Segment::Fin);
                let end = self.end(stream, sender);
                end.reset = true;
                end.shut = true;
                let delay = self.draw(self.streams[stream].delay);
                self.after(
                    delay,
                    Event::Segment {
                        stream,
                        to: sender,
                        what: Segment::Rst,
                    },
                );
            }
            Break::BlackHole => self.streams[stream].is_black_hole = true,
        }
    }

    /// Breaks whatever of this kind; the drivers see it when it reaches them.
    pub fn swallow(&mut self, stream: usize) {
        self.streams[stream].is_black_hole = true;
    }

    fn send(&mut self, stream: usize, to: Who, what: Segment) {
        let delay = self.draw(self.streams[stream].delay);
        let at = (self.now() + delay).max(self.end(stream, to).last_arrival);
        self.end(stream, to).last_arrival = at;
        self.at(at, Event::Segment { stream, to, what });
    }

    /// A segment arrives; who is to be told.
    pub fn arrive(&mut self, stream: usize, to: Who, what: Segment) -> Owner {
        if self.streams[stream].is_black_hole {
            return Owner::Nobody;
        }
        let forgets = matches!(what, Segment::Rst) && self.random.percent(50);
        let end = self.end(stream, to);
        match what {
            Segment::Bytes(bytes) => {
                end.flying = end.flying.saturating_sub(bytes.len());
                if end.closed {
                    if !end.reset {
                        end.reset = true;
                        self.send(stream, to.other(), Segment::Rst);
                    }
                    return Owner::Nobody;
                }
                if end.reset {
                    return Owner::Nobody;
                }
                end.inbox.extend(bytes);
            }
            Segment::Fin => end.fin = true,
            Segment::Rst => {
                end.reset = true;
                if forgets {
                    end.inbox.clear();
                }
            }
            Segment::Window => {}
        }
        if end.closed { Owner::Nobody } else { end.owner }
    }

    /// Reads at most so many bytes.
    pub fn read(&mut self, stream: usize, who: Who, most: usize) -> Vec<u8> {
        let end = self.end(stream, who);
        let n = end.inbox.len().min(most);
        let bytes: Vec<u8> = end.inbox.drain(..n).collect();
        if n > 0 {
            // Not drawn: how often is read must not shift what is drawn later.
            let delay = self.streams[stream].delay.least;
            let to = who.other();
            self.after(
                delay,
                Event::Segment {
                    stream,
                    to,
                    what: Segment::Window,
                },
            );
        }
        bytes
    }

    /// How many bytes wait to be read.
    pub fn readable(&self, stream: usize, who: Who) -> usize {
        self.streams[stream].ends[who.index()].inbox.len()
    }

    /// Whether the other end has closed in order and everything was read.
    pub fn is_at_end(&self, stream: usize, who: Who) -> bool {
        let end = &self.streams[stream].ends[who.index()];
        end.fin && end.inbox.is_empty()
    }

    /// Whether the stream was reset.
    pub fn is_reset(&self, stream: usize, who: Who) -> bool {
        self.streams[stream].ends[who.index()].reset
    }

    /// Says that no more is sent.
    pub fn shut(&mut self, stream: usize, who: Who) {
        let end = self.end(stream, who);
        if !end.shut && !end.closed && !end.reset {
            end.shut = true;
            self.send(stream, who.other(), Segment::Fin);
        }
    }

    /// Closes an end in order; as in life, what was not read turns that into a reset.
    pub fn close(&mut self, stream: usize, who: Who) {
        let end = self.end(stream, who);
        if end.closed {
            return;
        }
        if !end.inbox.is_empty() {
            return self.reset(stream, who);
        }
        self.shut(stream, who);
        self.end(stream, who).closed = true;
    }

    /// Closes an end with a reset.
    pub fn reset(&mut self, stream: usize, who: Who) {
        let end = self.end(stream, who);
        if end.closed {
            return;
        }
        end.closed = true;
        if !end.reset {
            end.reset = true;
            self.send(stream, who.other(), Segment::Rst);
        }
    }

    /// Reserves an address for a data connection.
    pub fn listen(&mut self, owner: Who, id: u32) -> usize {
        self.next_port += 1;
        let port = self.next_port;
        self.listeners.push(Listener {
            owner,
            id,
            port,
            open: true,
            backlog: VecDeque::new(),
        });
        self.listeners.len() - 1
    }

    /// The port of a listener.
    pub fn port(&self, listener: usize) -> u16 {
        self.listeners[listener].port
    }

    /// Lets go of an address; who waits there is reset.
    pub fn unlisten(&mut self, listener: usize) {
        let l = &mut self.listeners[listener];
        l.open = false;
        let owner = l.owner;
        for (stream, _) in std::mem::take(&mut l.backlog) {
            self.reset(stream, owner);
        }
    }

    /// Takes one who waits.
    pub fn accept(&mut self, listener: usize) -> Option<(usize, SocketAddr)> {
        self.listeners[listener].backlog.pop_front()
    }

    /// Whether somebody waits.
    pub fn has_waiting(&self, listener: usize) -> bool {
        !self.listeners[listener].backlog.is_empty()
    }

    /// Makes an end of a stream somebody's.
    pub fn adopt(&mut self, stream: usize, who: Who, id: u32) {
        self.end(stream, who).owner = Owner::Data(id);
    }

    /// Asks for a connection; the answer comes as a notice, or never.
    pub fn connect(&mut self, who: Who, id: u32, to: SocketAddr) {
        let mut delay = self.draw(self.scenario.data_delay);
        let block = match who {
            Who::Client => self.scenario.passive_block,
            Who::Server => self.scenario.active_block,
        };
        let chance = self.scenario.faults.connect_fails;
        let block = match block {
            Block::None if self.random.percent(chance) => {
                self.random.pick(&[Block::Refused, Block::BlackHole])
            }
            block => block,
        };
        if self.random.percent(chance) {
            // As long as a lost packet or two take, or as nobody waits for.
            delay += self.random.between(1_000_000, 60_000_000);
        }
        match block {
            Block::BlackHole => {}
            _ if to.ip() != self.address(who.other()) => {
                let result = Err(DataFailure::Unreachable);
                self.after(
                    delay,
                    Event::Notice {
                        to: who,
                        what: Notice::Connected { id, result },
                    },
                );
            }
            Block::Refused => {
                let result = Err(DataFailure::Refused);
                self.after(
                    delay,
                    Event::Notice {
                        to: who,
                        what: Notice::Connected { id, result },
                    },
                );
            }
            Block::None | Block::NoListener => {
                let (to, port) = (who.other(), to.port());
                self.after(
                    delay,
                    Event::Knock {
                        to,
                        port,
                        id: Some(id),
                    },
                );
            }
        }
    }

    /// A connection request arrives. `id` is the data connection of who asked, `None` a stranger.
    pub fn knock(&mut self, to: Who, port: u16, id: Option<u32>) {
        let from = to.other();
        let delay = self.draw(self.scenario.data_delay);
        let found = self
            .listeners
            .iter()
            .position(|l| l.owner == to && l.port == port && l.open);
        let Some(listener) = found else {
            if let Some(id) = id {
                let result = Err(DataFailure::Refused);
                self.after(
                    delay,
                    Event::Notice {
                        to: from,
                        what: Notice::Connected { id, result },
                    },
                );
            }
            return;
        };
        let (data_delay, window) = (self.scenario.data_delay, self.scenario.data_window);
        let stream = self.lay(data_delay, window, [Owner::Nobody; 2]);
        self.light_fuse(stream);
        let ip = match id {
            Some(_) => self.address(from),
            None => self.scenario.stranger_ip,
        };
        self.next_port += 1;
        let address = SocketAddr::new(ip, self.next_port);
        self.note(|| format!("   {address} connects to {to:?}'s port {port}: stream {stream}"));
        self.listeners[listener]
            .backlog
            .push_back((stream, address));
        if let Some(id) = id {
            let result = Ok(stream);
            self.after(
                delay,
                Event::Notice {
                    to: from,
                    what: Notice::Connected { id, result },
                },
            );
        }
        let id = self.listeners[listener].id;
        self.after(
            0,
            Event::Notice {
                to,
                what: Notice::Accept { id },
            },
        );
    }

    fn light_fuse(&mut self, stream: usize) {
        if self.random.percent(self.scenario.faults.data_breaks) {
            let after = match self.random.below(3) {
                0 => self.random.below(4),
                _ => self.random.below(6_000),
            };
            let how = self
                .random
                .pick(&[Break::Reset, Break::SenderGone, Break::BlackHole]);
            self.streams[stream].fuse = Some((after, how));
        }
    }
}
