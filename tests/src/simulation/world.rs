//! One run from its seed to its end, and what must hold in it.

use std::sync::Arc;

use ftp_proto::client::{ClientSession, OperationError, Outcome};
use ftp_proto::server::ServerSession;
use ftp_proto::{ControlAddresses, Instant, OpId};
use std::net::SocketAddr;

use super::driver::Driver;
use super::event::{Event, Fault, Who};
use super::host::Host;
use super::model::{Expected, Model, fits};
use super::network::Network;
use super::random::Random;
use super::scenario::{Cuts, Scenario};
use super::task::Task;
use super::user::{Asked, User};
use super::wire::{Break, Owner};

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// The rule that was broken, if one was.
    pub failure: Option<String>,
    /// What happened, if it was written down.
    pub transcript: Option<String>,
    /// What the client session and the server session said, if it was written down.
    pub outputs: Option<[Vec<String>; 2]>,
    /// Operations that succeeded.
    pub succeeded: usize,
    /// Operations that failed.
    pub failed: usize,
    /// When it was over.
    pub micros: u64,
}

/// A run, told what to do before it starts.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    seed: u64,
    records: bool,
    /// Without misfortune, and the control bytes handed in thus.
    calm: Option<Cuts>,
}

/// More events than any run has.
const ENDLESS: usize = 400_000;

impl Run {
    /// The run of a seed.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            records: false,
            calm: None,
        }
    }

    /// Keeps a transcript.
    pub const fn recorded(mut self) -> Self {
        self.records = true;
        self
    }

    /// Nothing goes wrong; the control bytes are handed in thus, and what was said is kept.
    pub const fn calm(mut self, cuts: Cuts) -> Self {
        self.calm = Some(cuts);
        self
    }

    /// Runs it.
    pub fn go(self) -> Report {
        let mut random = Random::new(self.seed);
        let mut scenario = Scenario::new(&mut random.fork());
        if let Some(cuts) = self.calm {
            scenario = scenario.without_misfortune();
            scenario.cuts = cuts;
            scenario.partial_writes = false;
        }
        let mut world = World::new(scenario, random, self.records);
        if self.calm.is_some() {
            world.net.outputs = Some([Vec::new(), Vec::new()]);
        }
        world.run();
        world.report()
    }
}

#[derive(Debug)]
struct World {
    net: Network,
    client: Driver<User>,
    server: Driver<Host>,
    control: usize,
    model: Model,
    succeeded: usize,
    failed: usize,
    client_over_at: Option<u64>,
}

/// After CWD to the root or a login it is known where one is.
fn tells_where(task: &Task) -> bool {
    match task {
        Task::Cwd(path) => path.as_bytes() == b"/",
        Task::Login(_) => true,
        _ => false,
    }
}

impl World {
    fn new(scenario: Scenario, mut random: Random, records: bool) -> Self {
        let tasks = scenario.tasks;
        let client_at = SocketAddr::new(scenario.client_ip, 33_333);
        let server_at = SocketAddr::new(scenario.server_ip, 21);
        let start = Instant::from_micros(0);
        let (own, peer) = (client_at, server_at);
        let client = ClientSession::new(
            scenario.client.clone(),
            ControlAddresses::new(own, peer),
            start,
        );
        let config = Arc::new(scenario.server.clone());
        let server = ServerSession::new(config, ControlAddresses::new(peer, own), start);
        let has_misfortune = scenario.faults.control;
        let mut net = Network::new(scenario, random.fork(), records);
        let control = net.lay_control();
        if has_misfortune {
            let fault = random.pick(&[
                Fault::ControlReset,
                Fault::ControlFin(Who::Client),
                Fault::ControlFin(Who::Server),
                Fault::ControlBlackHole,
                Fault::StopServer,
            ]);
            match random.below(3) {
                0 => net.after(random.below(100_000_000), Event::Fault(fault)),
                _ => net.fault_in = Some((random.below(400), fault)),
            }
        }
        Self {
            net,
            client: Driver::new(User::new(client, tasks), Who::Client, control),
            server: Driver::new(Host::new(server), Who::Server, control),
            control,
            model: Model::default(),
            succeeded: 0,
            failed: 0,
            client_over_at: None,
        }
    }

    fn run(&mut self) {
        let scenario = format!("{:#?}", self.net.scenario);
        self.net.note(|| scenario);
        self.client.role.ask_more(&mut self.net, &self.model);
        self.server.drive(&mut self.net);
        self.client.drive(&mut self.net);
        for _ in 0..ENDLESS {
            self.look();
            if self.net.failure.is_some() {
                return;
            }
            let Some(event) = self.net.await_next() else {
                return self.check_end();
            };
            self.step(event);
        }
        self.net.fail(|| "the run does not end".into());
    }

    fn step(&mut self, event: Event) {
        let net = &mut self.net;
        match event {
            Event::Segment { stream, to, what } => match (net.arrive(stream, to, what), to) {
                (Owner::Nobody, _) => {}
                (Owner::Control, Who::Client) => self.client.drive(net),
                (Owner::Control, Who::Server) => self.server.drive(net),
                (Owner::Data(id), Who::Client) => self.client.poke(net, id),
                (Owner::Data(id), Who::Server) => self.server.poke(net, id),
            },
            Event::Notice {
                to: Who::Client,
                what,
            } => self.client.notice(net, what),
            Event::Notice {
                to: Who::Server,
                what,
            } => self.server.notice(net, what),
            Event::Knock { to, port, id } => net.knock(to, port, id),
            Event::Fault(fault) => self.misfortune(fault),
        }
    }

    fn misfortune(&mut self, fault: Fault) {
        self.net.note(|| format!("** {fault:?}"));
        match fault {
            Fault::ControlReset => self
                .net
                .break_stream(self.control, Who::Client, Break::Reset),
            Fault::ControlFin(who) => self.net.shut(self.control, who),
            Fault::ControlBlackHole => self.net.swallow(self.control),
            Fault::StopServer => {
                self.server.role.session.stop();
                self.server.drive(&mut self.net);
            }
        }
    }

    /// After each event: judges what has ended, asks for more, and keeps the time.
    fn look(&mut self) {
        let had_done = !self.client.role.done.is_empty();
        while let Some((op, result)) = self.client.role.done.pop_front() {
            self.judge(op, result);
        }
        let user = &mut self.client.role;
        if had_done && user.asked.len() < 2 && user.left > 0 {
            user.ask_more(&mut self.net, &self.model);
            self.client.drive(&mut self.net);
        }
        let user = &self.client.role;
        if !self.client.is_over() && !user.asked.is_empty() {
            let took = self.net.now() - user.last_step;
            if took > self.net.scenario.longest_operation() {
                let first = &user.asked[0].1.task;
                self.net
                    .fail(|| format!("no end after {took} us: {first:?}"));
            }
        }
        if !self.client.is_over() && user.asked.is_empty() && user.left == 0 {
            // The application has all it wanted, and exits.
            self.client.vanish(&mut self.net);
        }
        if self.client.is_over() {
            self.look_at_end();
        }
    }

    fn look_at_end(&mut self) {
        if self.client_over_at.is_none() {
            self.client_over_at = Some(self.net.now());
            let error = self.client.role.error.clone();
            if self.net.scenario.is_fair()
                && let Some(error) = error
            {
                self.net
                    .fail(|| format!("the session failed in a fair run: {error}"));
            }
        }
        let waits = self.net.now() - self.client_over_at.unwrap_or(self.net.now());
        if !self.server.is_over() && waits > self.net.scenario.longest_end() {
            self.net.fail(|| "the server session does not end".into());
        }
    }

    fn judge(&mut self, op: OpId, result: Result<Outcome, OperationError>) {
        let at = self.client.role.asked.iter().position(|(id, _)| *id == op);
        let Some((_, asked)) = at.and_then(|at| self.client.role.asked.remove(at)) else {
            return self
                .net
                .fail(|| format!("operation {} is done twice or was never asked", op.to_raw()));
        };
        if at != Some(0) && !asked.aborted {
            self.net
                .fail(|| format!("operation {} overtakes another", op.to_raw()));
        }
        match &result {
            Ok(outcome) => self.judge_success(op, &asked, outcome),
            // It only waited, and another is being carried out.
            Err(OperationError::Aborted) if at != Some(0) => self.failed += 1,
            Err(error) => self.judge_failure(op, &asked, error),
        }
    }

    fn judge_success(&mut self, op: OpId, asked: &Asked, outcome: &Outcome) {
        self.succeeded += 1;
        let task = &asked.task;
        if self.model.is_lost && !tells_where(task) {
            self.model.tree = self.server.role.tree.clone();
            return;
        }
        let expected = self.model.expect(task, self.net.scenario.can_open_data());
        let fits = match expected {
            Expected::Success => self.model.check_outcome(task, outcome, &asked.came),
            other => Err(format!("it should have been {other:?}")),
        };
        if let Err(why) = fits {
            let op = op.to_raw();
            self.net
                .fail(|| format!("operation {op} succeeded, but {why} ({outcome:?})"));
        }
        // That it can be carried out was just seen.
        let _ = self.model.carry_out(task);
        if self.model.tree != self.server.role.tree {
            let op = op.to_raw();
            self.net
                .fail(|| format!("after operation {op} the storage is not as it should be"));
        }
    }

    fn judge_failure(&mut self, op: OpId, asked: &Asked, error: &OperationError) {
        self.failed += 1;
        let task = &asked.task;
        let net = &mut self.net;
        let expected = self.model.expect(task, net.scenario.can_open_data());
        let aborted = asked.aborted && matches!(error, OperationError::Aborted);
        if net.scenario.is_fair() && !aborted && !fits(expected, error) {
            net.fail(|| {
                format!(
                    "operation {} should have been {expected:?}, but {error}",
                    op.to_raw()
                )
            });
        }
        if !asked.aborted && matches!(error, OperationError::Aborted) {
            net.fail(|| format!("operation {} was aborted by nobody", op.to_raw()));
        }
        if !asked.disk_failed && matches!(error, OperationError::Local { .. }) {
            net.fail(|| format!("operation {}: the local file had not failed", op.to_raw()));
        }
        // It was carried out, or it was not; there is nothing between.
        if matches!(task, Task::Login(_)) && !aborted {
            self.model.logged_in = false;
            self.model.directory = None;
        }
        let actual = &self.server.role.tree;
        if self.model.is_lost || matches!(task, Task::List(..)) && !net.scenario.is_fair() {
            self.model.is_lost = true;
            self.model.tree = actual.clone();
            return;
        }
        let mut after = self.model.clone();
        let _ = after.carry_out(task);
        if actual == &self.model.tree {
            // It was not.
        } else if actual == &after.tree {
            self.model = after;
        } else if net.sender_vanished && asked.task.upload().is_some() {
            self.model.tree = actual.clone();
        } else {
            net.fail(|| format!("failed operation {} left something half done", op.to_raw()));
        }
    }

    fn check_end(&mut self) {
        let net = &mut self.net;
        if !self.client.is_over() {
            let first = self
                .client
                .role
                .asked
                .front()
                .map(|(_, asked)| asked.task.clone());
            return net.fail(|| format!("the client session waits for ever: {first:?}"));
        }
        if !self.server.is_over() {
            return net.fail(|| "the server session waits for ever".into());
        }
        for (who, open) in [
            ("C", self.client.open_data()),
            ("S", self.server.open_data()),
        ] {
            if let Some(id) = open {
                net.fail(|| format!("{who} has left data connection {id} open"));
            }
        }
        if let Some(op) = self.server.role.open_file() {
            net.fail(|| format!("what question {op} opened is still open"));
        }
    }

    fn report(self) -> Report {
        Report {
            micros: self.net.now(),
            failure: self.net.failure,
            transcript: self.net.transcript,
            outputs: self.net.outputs,
            succeeded: self.succeeded,
            failed: self.failed,
        }
    }
}
