//! The client's side: its session, and the application that gives it work and judges what comes.

use std::collections::VecDeque;

use ftp_proto::client::{ClientEvent, ClientSession, OperationError, Outcome};
use ftp_proto::{Direction, Instant, LocalFailure, OpId, Output, ProtocolError};

use super::event::{Event, Notice, Who};
use super::model::Model;
use super::network::Network;
use super::role::{Role, Said};
use super::task::Task;

/// A client session and what was asked of it.
#[derive(Debug)]
pub struct User {
    /// The session.
    pub session: ClientSession,
    /// Operations that have ended and were not judged yet.
    pub done: VecDeque<(OpId, Result<Outcome, OperationError>)>,
    /// Operations that run or wait, in their order.
    pub asked: VecDeque<(OpId, Asked)>,
    /// Why the session failed, if it has.
    pub error: Option<ProtocolError>,
    /// When an operation last ended or the first was asked for.
    pub last_step: u64,
    /// How many operations are still to be asked for.
    pub left: u64,
    refused: u64,
    aborts: Vec<OpId>,
}

/// An operation that was asked for.
#[derive(Debug)]
pub struct Asked {
    /// What.
    pub task: Task,
    /// Whether it was taken back.
    pub aborted: bool,
    /// After so many more outputs it is taken back.
    aborts_in: Option<u64>,
    /// Whether the server has begun with it.
    pub started: bool,
    /// What came, if it is a download.
    pub came: Vec<u8>,
    /// Whether this side's file failed.
    pub disk_failed: bool,
    at: usize,
    fails_after: Option<usize>,
    used: bool,
}

impl User {
    /// A session that was not asked for anything yet.
    pub fn new(session: ClientSession, tasks: u64) -> Self {
        Self {
            session,
            done: VecDeque::new(),
            asked: VecDeque::new(),
            error: None,
            last_step: 0,
            left: tasks,
            refused: 0,
            aborts: Vec::new(),
        }
    }

    /// Asks for more, some at a time.
    pub fn ask_more(&mut self, net: &mut Network, model: &Model) {
        let depth = net.random.between(1, 4);
        while self.left > 0 && (self.asked.len() as u64) < depth && !self.session.is_over() {
            self.left -= 1;
            let task = if self.left == 0 && net.scenario.quits {
                Task::Quit
            } else if model.is_lost {
                Task::home()
            } else if !model.logged_in && self.asked.is_empty() && net.random.percent(90) {
                Task::Login(net.random.percent(93))
            } else {
                Task::new(&mut net.random, model)
            };
            // The third refusal would end the session.
            let refused = matches!(task, Task::Login(false));
            self.refused += u64::from(refused);
            if !refused || self.refused < 3 {
                self.ask(net, task);
            }
        }
    }

    fn ask(&mut self, net: &mut Network, task: Task) {
        let op = match task.ask(&mut self.session) {
            Ok(op) => op,
            Err(error) => return net.fail(|| format!("{task:?} is misuse: {error}")),
        };
        net.note(|| format!("   C <- {} {task:?}", op.to_raw()));
        let mut aborts_in = None;
        if net.random.percent(net.scenario.aborts) && !matches!(task, Task::Quit) {
            if net.random.percent(50) {
                aborts_in = Some(net.random.below(16));
            } else {
                let most = net.random.pick(&[0, 1_000, 100_000, 2_000_000, 30_000_000]);
                self.abort_later(net, op, most);
            }
        }
        let fails = net.random.percent(net.scenario.faults.client_disk);
        let asked = Asked {
            task,
            aborted: false,
            aborts_in,
            started: false,
            came: Vec::new(),
            disk_failed: false,
            at: 0,
            fails_after: fails.then(|| net.random.length(4_000) - 1),
            used: false,
        };
        self.asked.push_back((op, asked));
    }

    fn abort_later(&mut self, net: &mut Network, op: OpId, most: u64) {
        self.aborts.push(op);
        let what = Notice::Application(self.aborts.len() - 1);
        let to = Who::Client;
        let delay = net.random.below(most + 1);
        net.after(delay, Event::Notice { to, what });
    }

    /// Counts what the session says towards the moment at which the operation is taken back.
    fn count(&mut self, net: &mut Network) {
        let Some(op) = self.running() else {
            return;
        };
        let Some(Asked {
            aborts_in: countdown @ Some(_),
            ..
        }) = self.find(op)
        else {
            return;
        };
        *countdown = countdown.and_then(|n| n.checked_sub(1));
        if countdown.is_none() {
            let most = net.random.pick(&[0, 1_000, 300_000]);
            self.abort_later(net, op, most);
        }
    }

    fn find(&mut self, op: OpId) -> Option<&mut Asked> {
        self.asked
            .iter_mut()
            .find(|(id, _)| *id == op)
            .map(|(_, asked)| asked)
    }

    /// The operation that is not done and was asked for before all others.
    fn running(&self) -> Option<OpId> {
        let is_done = |op: OpId| self.done.iter().any(|(done, _)| *done == op);
        let mut ids = self.asked.iter().map(|(id, _)| *id);
        ids.find(|id| !is_done(*id))
    }

    fn event(&mut self, net: &mut Network, event: ClientEvent) {
        net.note(|| match &event {
            ClientEvent::Done {
                op,
                result: Err(error),
            } => {
                format!("   C -> done {}: {error}", op.to_raw())
            }
            event => format!("   C -> {event:?}"),
        });
        net.record(Who::Client, || format!("{event:?}"));
        if let ClientEvent::Started { op, .. } = event
            && let Some(asked) = self.find(op)
        {
            asked.started = true;
        }
        if let ClientEvent::Done { op, result } = event {
            self.last_step = net.now();
            self.done.push_back((op, result));
        }
    }
}

impl Role for User {
    type Session = ClientSession;

    fn session(&mut self) -> &mut ClientSession {
        &mut self.session
    }

    fn poll(&mut self, net: &mut Network) -> Said {
        self.count(net);
        match self.session.poll_output(Instant::from_micros(net.now())) {
            Ok(Output::Send(bytes) | Output::SendUrgent(bytes)) => Said::Bytes(bytes.to_vec()),
            Ok(Output::Action(action)) => Said::Action(action),
            Ok(Output::Event(event)) => {
                // One that only waited may end while another runs.
                let running = self.running();
                let done = matches!(&event, ClientEvent::Done { op, .. } if Some(*op) == running);
                self.event(net, event);
                if done { Said::Done } else { Said::Event }
            }
            Ok(Output::Wait(wait)) => Said::Wait(wait),
            Ok(other) => {
                net.fail(|| format!("an output that nobody knows: {other:?}"));
                Said::Over
            }
            Err(error) => {
                net.note(|| format!("   C -> error: {error}"));
                self.error = Some(error);
                Said::Over
            }
        }
    }

    fn begin(&mut self, op: OpId, direction: Direction) -> Result<(), String> {
        let asked = self.find(op).ok_or("it was never asked for, or is done")?;
        let fits = match &asked.task {
            Task::Store { .. } => Direction::Send,
            Task::Retrieve { .. } | Task::List(..) => Direction::Receive,
            _ => return Err("it has no data".into()),
        };
        if fits != direction {
            return Err("the wrong way".into());
        }
        if !asked.started {
            return Err("before the server has begun".into());
        }
        if std::mem::replace(&mut asked.used, true) {
            return Err("for the second time".into());
        }
        Ok(())
    }

    fn read(&mut self, op: OpId, most: usize) -> Result<Vec<u8>, LocalFailure> {
        let asked = self.find(op).ok_or(LocalFailure::Other)?;
        if asked.fails_after.is_some_and(|n| asked.at >= n) {
            asked.disk_failed = true;
            return Err(LocalFailure::Other);
        }
        let content = asked.task.upload().ok_or(LocalFailure::Other)?;
        let end = content.len().min(asked.at + most);
        let piece = content[asked.at..end].to_vec();
        asked.at = end;
        Ok(piece)
    }

    fn write(&mut self, op: OpId, bytes: &[u8]) -> Result<(), LocalFailure> {
        let asked = self.find(op).ok_or(LocalFailure::Other)?;
        if asked
            .fails_after
            .is_some_and(|n| asked.came.len() + bytes.len() > n)
        {
            asked.disk_failed = true;
            return Err(LocalFailure::NoSpace);
        }
        asked.came.extend_from_slice(bytes);
        Ok(())
    }

    fn release(&mut self, _op: OpId) {}

    fn timer(&mut self, net: &mut Network, token: usize) {
        let Some(op) = self.aborts.get(token).copied() else {
            return;
        };
        if let Some(asked) = self.find(op) {
            asked.aborted = true;
            net.note(|| format!("   C <- abort {}", op.to_raw()));
            self.session.abort(op);
        }
    }
}
