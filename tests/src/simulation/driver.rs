//! One driver for both roles, as the contract asks for it, with the contract's rules checked.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ftp_proto::data::Codec;
use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataFailure, DataId, Direction, Instant, OpId,
    Session, Wait,
};

use super::event::{Event, Notice, Who};
use super::mover::{Mover, Pumped};
use super::network::Network;
use super::role::{Role, Said};
use super::scenario::{Block, Cuts};

/// A driver and the session that it drives.
#[derive(Debug)]
pub struct Driver<R> {
    /// The session and its application.
    pub role: R,
    who: Who,
    control: usize,
    data: BTreeMap<u32, Data>,
    /// `Close` was said, or the session has failed.
    over: bool,
    closed: bool,
    eof: bool,
    lost: bool,
    wake: Option<u64>,
    line: Vec<u8>,
}

#[derive(Debug)]
struct Data {
    state: State,
    /// `CloseData` was said.
    closed: bool,
    /// `MoveData` was said, and `handle_data_ended` is owed.
    owes_end: bool,
}

#[derive(Debug)]
enum State {
    Reserving,
    Listening(usize),
    Accepting(usize),
    Connecting,
    Open(usize),
    Moving(usize, Box<Mover>),
    /// The bytes have ended; the socket is still there.
    Ended(usize),
    Gone,
}

/// More polls at one moment than this say that the session does not come to rest.
const RESTLESS: usize = 5_000;

impl<R: Role> Driver<R> {
    /// A driver on a control connection.
    pub fn new(role: R, who: Who, control: usize) -> Self {
        Self {
            role,
            who,
            control,
            data: BTreeMap::new(),
            over: false,
            closed: false,
            eof: false,
            lost: false,
            wake: None,
            line: Vec::new(),
        }
    }

    /// Whether the session has said its last word.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether no data connection is left over, and the one that is if there is.
    pub fn open_data(&self) -> Option<u32> {
        self.data
            .iter()
            .find(|(_, data)| !data.closed)
            .map(|(id, _)| *id)
    }

    /// The id whose end the session was not told of yet.
    pub fn owed_end(&self) -> Option<u32> {
        self.data
            .iter()
            .find(|(_, data)| data.owes_end)
            .map(|(id, _)| *id)
    }

    /// The loop: polls until there is nothing more to do now.
    pub fn drive(&mut self, net: &mut Network) {
        for _ in 0..RESTLESS {
            if self.over {
                return;
            }
            net.count();
            let wait = match self.role.poll(net) {
                Said::Bytes(bytes) => {
                    let taken = self.send(net, &bytes);
                    if taken > 0 {
                        continue;
                    }
                    self.role.session().wait()
                }
                Said::Action(action) => {
                    net.record(self.who, || format!("{action:?}"));
                    self.act(net, action);
                    continue;
                }
                Said::Event => continue,
                Said::Done => {
                    if let Some(id) = self.open_data() {
                        net.fail(|| format!("an operation is done and data connection {id} open"));
                    }
                    continue;
                }
                Said::Wait(wait) => {
                    let now = Instant::from_micros(net.now());
                    if wait.deadline.is_some_and(|at| at <= now) {
                        net.fail(|| format!("{:?} waits for what is past: {wait:?}", self.who));
                    }
                    wait
                }
                Said::Over => {
                    self.drop_everything(net);
                    return;
                }
            };
            if !self.take_input(net, wait) {
                self.set_alarm(net, wait);
                return;
            }
        }
        net.fail(|| format!("{:?} does not come to rest", self.who));
    }

    /// Writes; how many bytes were taken.
    fn send(&mut self, net: &mut Network, bytes: &[u8]) -> usize {
        let most = if net.scenario.partial_writes {
            net.random.length(bytes.len())
        } else {
            bytes.len()
        };
        let taken = net.write(self.control, self.who, &bytes[..most]);
        // A broken connection takes everything; that it is broken shows by reading.
        let taken = taken.unwrap_or(most);
        if taken > 0 {
            self.role.session().sent(taken);
            if net.transcript.is_some() || net.outputs.is_some() {
                self.show(net, &bytes[..taken]);
            }
        }
        taken
    }

    fn show(&mut self, net: &mut Network, bytes: &[u8]) {
        for byte in bytes {
            self.line.push(*byte);
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                let text = line.trim_ascii_end().escape_ascii().to_string();
                let who = self.initial();
                net.record(self.who, || text.clone());
                net.note(|| format!("{who}: {text}"));
            }
        }
    }

    fn take_input(&mut self, net: &mut Network, wait: Wait) -> bool {
        // One line and its end is all that a session holds.
        let bound = net.scenario.client.limits.line + 2;
        if wait.read > bound {
            net.fail(|| format!("{:?} would take {} bytes", self.who, wait.read));
        }
        let readable = net.readable(self.control, self.who);
        let most = readable.min(wait.read);
        if most > 0 {
            let n = match net.scenario.cuts {
                Cuts::Whole => most,
                Cuts::EveryByte => 1,
                Cuts::Random => net.random.length(most),
            };
            let bytes = net.read(self.control, self.who, n);
            let taken = self.role.session().handle_input(&bytes);
            if taken != bytes.len() {
                let (who, n) = (self.who, bytes.len());
                net.fail(|| format!("{who:?} took {taken} of {n} bytes, and allowed {wait:?}"));
            }
            return true;
        }
        if net.is_reset(self.control, self.who) && readable == 0 && !self.lost {
            self.lost = true;
            self.role.session().handle_lost();
            return true;
        }
        if net.is_at_end(self.control, self.who) && !self.eof && !self.lost {
            self.eof = true;
            self.role.session().handle_eof();
            return true;
        }
        false
    }

    fn set_alarm(&mut self, net: &mut Network, wait: Wait) {
        let Some(at) = wait.deadline.map(Instant::as_micros) else {
            return;
        };
        if self.wake.is_none_or(|wake| at < wake) {
            self.wake = Some(at);
            let what = Notice::Wake;
            net.at(at, Event::Notice { to: self.who, what });
        }
    }

    fn act(&mut self, net: &mut Network, action: Action) {
        let who = self.initial();
        net.note(|| format!("   {who} -> {action:?}"));
        match action {
            Action::ListenData {
                id, local, from, ..
            } => {
                let id = self.new_data(net, id, State::Reserving);
                if local.port() != 0 {
                    net.fail(|| format!("{who} listens at {local}"));
                }
                if from != Some(net.address(self.who.other())) {
                    net.fail(|| format!("{who} listens for {from:?}"));
                }
                let block = match self.who {
                    Who::Client => net.scenario.active_block,
                    Who::Server => net.scenario.passive_block,
                };
                let fails = net.scenario.faults.listen_fails;
                let result = if block == Block::NoListener || net.random.percent(fails) {
                    Err(DataFailure::NoAddress)
                } else {
                    Ok(net.listen(self.who, id))
                };
                self.later(net, Notice::Listening { id, result });
            }
            Action::ConnectData { id, to, .. } => {
                let id = self.new_data(net, id, State::Connecting);
                net.connect(self.who, id, to);
            }
            Action::AcceptData { id } => self.accept_wanted(net, id.to_raw()),
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            } => {
                self.move_data(net, id.to_raw(), op, direction, codec);
            }
            Action::CloseData { id, how } => self.close_data(net, id.to_raw(), how),
            Action::Close => {
                self.over = true;
                self.closed = true;
                if let Some(id) = self.open_data() {
                    net.fail(|| format!("{who} has closed and left data connection {id} open"));
                }
                net.close(self.control, self.who);
            }
            other => net.fail(|| format!("{who}: an action that nobody knows: {other:?}")),
        }
    }

    fn new_data(&mut self, net: &mut Network, id: DataId, state: State) -> u32 {
        let id = id.to_raw();
        if let Some((last, _)) = self.data.last_key_value()
            && *last >= id
        {
            let (who, last) = (self.initial(), *last);
            net.fail(|| format!("{who}: data connection {id} behind {last}"));
        }
        if let Some(open) = self.open_data() {
            let who = self.initial();
            net.fail(|| format!("{who} opens data connection {id} and still has {open}"));
        }
        let data = Data {
            state,
            closed: false,
            owes_end: false,
        };
        self.data.insert(id, data);
        id
    }

    fn accept_wanted(&mut self, net: &mut Network, id: u32) {
        let who = self.initial();
        match self.data.get_mut(&id) {
            Some(Data {
                state,
                closed: false,
                ..
            }) => {
                if let State::Listening(listener) = *state {
                    *state = State::Accepting(listener);
                    if net.has_waiting(listener) {
                        self.later(net, Notice::Accept { id });
                    }
                } else {
                    net.fail(|| format!("{who} accepts at {id}, which does not listen"));
                }
            }
            _ => net.fail(|| format!("{who} accepts at {id}, which it does not have")),
        }
    }

    fn move_data(
        &mut self,
        net: &mut Network,
        id: u32,
        op: OpId,
        direction: Direction,
        codec: Codec,
    ) {
        let who = self.initial();
        let Some(data) = self.data.get_mut(&id).filter(|data| !data.closed) else {
            return net.fail(|| format!("{who} moves over {id}, which it does not have"));
        };
        let State::Open(stream) = data.state else {
            return net.fail(|| format!("{who} moves over {id}, which is not open"));
        };
        if let Err(why) = self.role.begin(op, direction) {
            return net.fail(|| format!("{who} moves {op:?}: {why}"));
        }
        data.owes_end = true;
        data.state = State::Moving(stream, Box::new(Mover::new(op, direction, codec)));
        self.pump_soon(net, id);
    }

    fn close_data(&mut self, net: &mut Network, id: u32, how: Closing) {
        let who = self.initial();
        let Some(data) = self.data.get_mut(&id) else {
            return net.fail(|| format!("{who} closes {id}, which it never had"));
        };
        if std::mem::replace(&mut data.closed, true) {
            return net.fail(|| format!("{who} closes {id} twice"));
        }
        data.owes_end = false;
        match std::mem::replace(&mut data.state, State::Gone) {
            State::Reserving | State::Connecting | State::Gone => {}
            State::Listening(listener) | State::Accepting(listener) => net.unlisten(listener),
            State::Open(stream) | State::Ended(stream) => part(net, stream, self.who, how),
            State::Moving(stream, mover) => {
                part(net, stream, self.who, how);
                let end = DataEnd {
                    bytes: mover.moved,
                    ending: DataEnding::Reset,
                };
                self.role.release(mover.op);
                // Not owed any more, and to be ignored.
                self.later(net, Notice::Ended { id, end });
            }
        }
    }

    /// The session has failed: nothing of it is left.
    fn drop_everything(&mut self, net: &mut Network) {
        let who = self.initial();
        net.note(|| format!("   {who} drops everything"));
        self.over = true;
        for data in self.data.values_mut() {
            data.closed = true;
            data.owes_end = false;
            match std::mem::replace(&mut data.state, State::Gone) {
                State::Reserving | State::Connecting | State::Gone => {}
                State::Listening(listener) | State::Accepting(listener) => net.unlisten(listener),
                State::Open(stream) | State::Ended(stream) | State::Moving(stream, _) => {
                    net.reset(stream, self.who);
                }
            }
        }
        net.close(self.control, self.who);
    }

    /// Ends the control connection from outside of the session, as a program that exits does.
    pub fn vanish(&mut self, net: &mut Network) {
        self.drop_everything(net);
    }

    fn later(&mut self, net: &mut Network, what: Notice) {
        let delay = net.draw(net.scenario.driver_delay);
        net.after(delay, Event::Notice { to: self.who, what });
    }

    /// Something that this driver waited for.
    pub fn notice(&mut self, net: &mut Network, what: Notice) {
        match what {
            Notice::Wake => {
                self.wake = None;
                self.report_progress();
            }
            Notice::Listening { id, result } => self.on_listening(net, id, result),
            Notice::Connected { id, result } => self.on_connected(net, id, result),
            Notice::Accept { id } => self.on_accept(net, id),
            Notice::Pump { id } => self.on_pump(net, id),
            Notice::Ended { id, end } => {
                if let Some(data) = self.data.get_mut(&id).filter(|_| !self.over) {
                    data.owes_end = false;
                    let who = self.initial();
                    net.note(|| format!("   {who} <- ended {id}: {end:?}"));
                    self.role
                        .session()
                        .handle_data_ended(DataId::from_raw(id), end);
                }
            }
            Notice::Application(token) => self.role.timer(net, token),
        }
        self.drive(net);
    }

    fn report_progress(&mut self) {
        for (id, data) in &self.data {
            if let State::Moving(_, mover) = &data.state {
                self.role
                    .session()
                    .handle_data_progress(DataId::from_raw(*id), mover.moved);
            }
        }
    }

    /// Whether an answer about this id is to be given: one that is closed may still be answered,
    /// as by a thread that did not hear of it yet.
    fn is_answered(&self, net: &mut Network, id: u32) -> bool {
        let closed = self.data.get(&id).is_none_or(|data| data.closed);
        !self.over && (!closed || net.random.percent(50))
    }

    fn on_listening(&mut self, net: &mut Network, id: u32, result: Result<usize, DataFailure>) {
        let answered = self.is_answered(net, id);
        let who = self.initial();
        let waits = match self.data.get_mut(&id) {
            Some(data) if !data.closed => Some(data),
            _ => None,
        };
        match result {
            Ok(listener) => {
                let ip = match self.who {
                    Who::Client => net.scenario.client_ip,
                    Who::Server => net.scenario.announced_ip,
                };
                let announced = SocketAddr::new(ip, net.port(listener));
                match waits {
                    Some(data) => data.state = State::Listening(listener),
                    None => net.unlisten(listener),
                }
                if net.random.percent(net.scenario.strangers) {
                    let delay = net.draw(net.scenario.data_delay) * 2;
                    let (to, port) = (self.who, announced.port());
                    net.after(delay, Event::Knock { to, port, id: None });
                }
                if answered {
                    net.note(|| format!("   {who} <- listening {id}: {announced}"));
                    self.role
                        .session()
                        .handle_data_listening(DataId::from_raw(id), announced);
                }
            }
            Err(why) => {
                if let Some(data) = waits {
                    data.state = State::Gone;
                }
                if answered {
                    net.note(|| format!("   {who} <- failed {id}: {why:?}"));
                    self.role
                        .session()
                        .handle_data_failed(DataId::from_raw(id), why);
                }
            }
        }
    }

    fn on_connected(&mut self, net: &mut Network, id: u32, result: Result<usize, DataFailure>) {
        let answered = self.is_answered(net, id);
        let who = self.initial();
        let waits = match self.data.get_mut(&id) {
            Some(data) if !data.closed => Some(data),
            _ => None,
        };
        match result {
            Ok(stream) => {
                match waits {
                    Some(data) => {
                        net.adopt(stream, self.who, id);
                        data.state = State::Open(stream);
                    }
                    None => net.reset(stream, self.who),
                }
                if answered {
                    net.note(|| format!("   {who} <- connected {id}"));
                    self.role
                        .session()
                        .handle_data_connected(DataId::from_raw(id));
                }
            }
            Err(why) => {
                if let Some(data) = waits {
                    data.state = State::Gone;
                }
                if answered {
                    net.note(|| format!("   {who} <- failed {id}: {why:?}"));
                    self.role
                        .session()
                        .handle_data_failed(DataId::from_raw(id), why);
                }
            }
        }
    }

    /// Asks about those who wait until one is kept.
    fn on_accept(&mut self, net: &mut Network, id: u32) {
        let who = self.initial();
        loop {
            let Some(data) = self.data.get_mut(&id).filter(|data| !data.closed) else {
                return;
            };
            let State::Accepting(listener) = data.state else {
                return;
            };
            let Some((stream, from)) = net.accept(listener) else {
                return;
            };
            let verdict = self
                .role
                .session()
                .handle_data_accepted(DataId::from_raw(id), from);
            net.note(|| format!("   {who} <- accepted {id} from {from}: {verdict:?}"));
            match verdict {
                Accepted::Keep => {
                    let known = from.ip() == net.address(self.who.other());
                    if !known {
                        net.fail(|| format!("{who} keeps a connection from {from}"));
                    }
                    data.state = State::Open(stream);
                    net.adopt(stream, self.who, id);
                    net.unlisten(listener);
                    return;
                }
                Accepted::Drop => net.reset(stream, self.who),
            }
        }
    }

    /// Something happened at an end of a data connection.
    pub fn poke(&mut self, net: &mut Network, id: u32) {
        self.pump_soon(net, id);
    }

    fn pump_soon(&mut self, net: &mut Network, id: u32) {
        if let Some(Data {
            state: State::Moving(_, mover),
            ..
        }) = self.data.get_mut(&id)
            && !std::mem::replace(&mut mover.is_pump_due, true)
        {
            let delay = net.draw(net.scenario.pump_delay);
            let what = Notice::Pump { id };
            net.after(delay, Event::Notice { to: self.who, what });
        }
    }

    fn on_pump(&mut self, net: &mut Network, id: u32) {
        let Some(data) = self.data.get_mut(&id) else {
            return;
        };
        let State::Moving(stream, mover) = &mut data.state else {
            return;
        };
        mover.is_pump_due = false;
        let (stream, who) = (*stream, self.who);
        let step = match mover.direction {
            Direction::Send => mover.send(net, stream, who, &mut self.role),
            Direction::Receive => mover.receive(net, stream, who, &mut self.role),
        };
        match step {
            Pumped::More => self.pump_soon(net, id),
            Pumped::Blocked => {}
            Pumped::Over(ending) => {
                let end = DataEnd {
                    bytes: mover.moved,
                    ending,
                };
                let op = mover.op;
                data.state = State::Ended(stream);
                self.role.release(op);
                self.later(net, Notice::Ended { id, end });
            }
        }
    }

    const fn initial(&self) -> &'static str {
        match self.who {
            Who::Client => "C",
            Who::Server => "S",
        }
    }
}

fn part(net: &mut Network, stream: usize, who: Who, how: Closing) {
    match how {
        Closing::Orderly => net.close(stream, who),
        Closing::Reset => net.reset(stream, who),
    }
}
