//! What a seed makes of a run: settings of both sessions, the network's ways, and its misfortunes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ftp_proto::client::{ClientConfig, DataPolicy, PassiveHost, Pipelining};
use ftp_proto::server::ServerConfig;
use ftp_proto::{DataMode, Family, Timeouts};

use super::random::Random;

/// A while between two bounds, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Delay {
    /// At least.
    pub least: u64,
    /// At most.
    pub most: u64,
}

/// What keeps data connections of one direction from being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Nothing.
    None,
    /// Every request is refused.
    Refused,
    /// Requests vanish.
    BlackHole,
    /// The one who is to listen cannot.
    NoListener,
}

/// How the bytes of the control connection are handed to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// In pieces of random length.
    Random,
    /// Each byte by itself.
    EveryByte,
    /// All that is there.
    Whole,
}

/// Misfortunes, most of them as percentages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Of connection requests.
    pub connect_fails: u64,
    /// Of reservations.
    pub listen_fails: u64,
    /// Of data connections.
    pub data_breaks: u64,
    /// Of files at the client.
    pub client_disk: u64,
    /// Of files at the server.
    pub server_disk: u64,
    /// Of questions that the application denies.
    pub denied: u64,
    /// Of questions that are answered late or never.
    pub slow_answers: u64,
    /// Whether something befalls the control connection, or the server is stopped.
    pub control: bool,
}

/// The rules of one run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The client session's settings.
    pub client: ClientConfig,
    /// The server session's settings.
    pub server: ServerConfig,
    /// Where the client is.
    pub client_ip: IpAddr,
    /// Where the server is.
    pub server_ip: IpAddr,
    /// Where somebody else is.
    pub stranger_ip: IpAddr,
    /// What the server believes its address to be, which it tells in 227.
    pub announced_ip: IpAddr,
    /// Of the control connection.
    pub control_delay: Delay,
    /// Of data connections.
    pub data_delay: Delay,
    /// Of what a driver does beside the loop.
    pub driver_delay: Delay,
    /// Between two pieces that a driver moves.
    pub pump_delay: Delay,
    /// Of the server's application.
    pub answer_delay: Delay,
    /// Bytes that may be under way.
    pub control_window: usize,
    /// Bytes that may be under way.
    pub data_window: usize,
    /// How control bytes are handed in.
    pub cuts: Cuts,
    /// Whether control bytes are written in pieces.
    pub partial_writes: bool,
    /// Passive mode's obstacle.
    pub passive_block: Block,
    /// Active mode's obstacle.
    pub active_block: Block,
    /// Of listeners that a stranger knocks at.
    pub strangers: u64,
    /// Of operations that the application aborts.
    pub aborts: u64,
    /// Misfortunes.
    pub faults: Faults,
    /// How many operations the client's application asks for.
    pub tasks: u64,
    /// Whether it says QUIT in the end.
    pub quits: bool,
}

impl Scenario {
    /// The run of a seed.
    pub fn new(random: &mut Random) -> Self {
        let family = if random.percent(60) {
            Family::V4
        } else {
            Family::V6
        };
        let [client_ip, server_ip, stranger_ip, announced_ip] = addresses(family, random);
        // A command through a small window takes many round trips, and deadlines are not for that.
        let (control_window, slowest) =
            random.pick(&[(3, 3_000), (40, 30_000), (400, 300_000), (8_000, 300_000)]);
        let control_delay = delay(random, slowest);
        let mut scenario = Self {
            client: client_config(random),
            server: server_config(random),
            client_ip,
            server_ip,
            stranger_ip,
            announced_ip,
            control_delay,
            data_delay: delay(random, 300_000),
            driver_delay: delay(random, 100_000),
            pump_delay: delay(random, 50_000),
            answer_delay: delay(random, 200_000),
            control_window,
            data_window: random.pick(&[100, 1_000, 8_000, 65_536]),
            cuts: Cuts::Random,
            partial_writes: random.percent(50),
            passive_block: block(random),
            active_block: block(random),
            strangers: random.pick(&[0, 0, 30]),
            aborts: random.pick(&[0, 0, 0, 40]),
            faults: Faults::default(),
            tasks: random.between(2, 14),
            quits: random.percent(85),
        };
        if scenario.client.passive_host == PassiveHost::Trust {
            scenario.announced_ip = scenario.server_ip;
        }
        if random.percent(55) {
            scenario.faults = faults(random);
        }
        scenario
    }

    /// The same world in which nothing goes wrong and nobody changes his mind.
    pub fn without_misfortune(mut self) -> Self {
        self.faults = Faults::default();
        self.passive_block = Block::None;
        self.active_block = Block::None;
        self.strangers = 0;
        self.aborts = 0;
        self
    }

    /// Whether every operation has to end as the model says.
    pub fn is_fair(&self) -> bool {
        let f = &self.faults;
        !f.control
            && [
                f.connect_fails,
                f.listen_fails,
                f.data_breaks,
                f.client_disk,
                f.server_disk,
                f.denied,
                f.slow_answers,
            ]
            .iter()
            .all(|percent| *percent == 0)
    }

    /// Whether the client's policy has a way that is open.
    pub fn can_open_data(&self) -> bool {
        let passive = self.passive_block == Block::None;
        let active = self.active_block == Block::None;
        match self.client.data {
            DataPolicy::Passive => passive,
            DataPolicy::Active => active,
            DataPolicy::Auto => passive || active,
            DataPolicy::Only(way) => match way.mode() {
                DataMode::Passive => passive,
                DataMode::Active => active,
            },
        }
    }

    /// No operation may take longer than this: for every way, each of its commands, the data
    /// connection, its bytes, ABOR and the final reply may use their deadlines up.
    pub fn longest_operation(&self) -> u64 {
        let t = &self.client.timeouts;
        let way = t.reply * 10
            + t.data_open * 2
            + t.stall * 2
            + t.final_reply * 3
            + t.abort * 2
            + t.send * 2
            + self.server.timeouts.refused_login * 3;
        micros(way * 5 + t.greeting + Duration::from_secs(600))
    }

    /// When a server session without a client must be over.
    pub fn longest_end(&self) -> u64 {
        let t = &self.server.timeouts;
        micros(t.idle * 2 + t.stall + t.data_open + t.answer * 4 + t.send * 2 + t.login)
            + 60_000_000
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn delay(random: &mut Random, scale: u64) -> Delay {
    let most = random.pick(&[0, scale / 100, scale / 10, scale]);
    Delay {
        least: if random.percent(50) { most / 2 } else { 0 },
        most,
    }
}

fn block(random: &mut Random) -> Block {
    match random.below(100) {
        0..88 => Block::None,
        88..92 => Block::Refused,
        92..96 => Block::BlackHole,
        _ => Block::NoListener,
    }
}

fn addresses(family: Family, random: &mut Random) -> [IpAddr; 4] {
    let hosts = match family {
        Family::V4 => [
            Ipv4Addr::new(192, 0, 2, 1),
            Ipv4Addr::new(198, 51, 100, 2),
            Ipv4Addr::new(203, 0, 113, 3),
            Ipv4Addr::new(10, 0, 0, 4),
        ]
        .map(IpAddr::V4),
        Family::V6 => {
            [1, 2, 3, 4].map(|n| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, n)))
        }
    };
    let [client, server, stranger, private] = hosts;
    let announced = if random.percent(30) { private } else { server };
    [client, server, stranger, announced]
}

fn client_config(random: &mut Random) -> ClientConfig {
    let seconds =
        |random: &mut Random, least, most| Duration::from_secs(random.between(least, most));
    let mut config = ClientConfig::default();
    config.data = random.pick(&[DataPolicy::Passive, DataPolicy::Active, DataPolicy::Auto]);
    config.passive_host = random.pick(&[
        PassiveHost::Peer,
        PassiveHost::PeerIfPrivate,
        PassiveHost::Trust,
    ]);
    config.pipelining = random.pick(&[Pipelining::Off, Pipelining::Within]);
    let mut timeouts = Timeouts::client();
    timeouts.greeting = seconds(random, 30, 60);
    timeouts.reply = seconds(random, 40, 60);
    timeouts.final_reply = seconds(random, 60, 120);
    timeouts.data_open = seconds(random, 10, 40);
    timeouts.stall = seconds(random, 30, 60);
    timeouts.abort = Duration::from_millis(random.between(1, 10_000));
    timeouts.send = seconds(random, 30, 60);
    if random.percent(60) {
        timeouts.keep_alive = Duration::from_millis(random.pick(&[20, 200, 1_000, 5_000]));
    }
    config.timeouts = timeouts;
    config
}

fn server_config(random: &mut Random) -> ServerConfig {
    let seconds =
        |random: &mut Random, least, most| Duration::from_secs(random.between(least, most));
    let mut config = ServerConfig::default();
    let mut timeouts = Timeouts::server();
    timeouts.login = seconds(random, 100, 200);
    timeouts.idle = seconds(random, 300, 400);
    timeouts.data_open = seconds(random, 10, 40);
    timeouts.stall = seconds(random, 30, 300);
    timeouts.answer = seconds(random, 10, 30);
    timeouts.refused_login = seconds(random, 0, 2);
    timeouts.send = seconds(random, 30, 60);
    config.timeouts = timeouts;
    config
}

fn faults(random: &mut Random) -> Faults {
    let connects = random.pick(&[10, 30, 60]);
    let mut some = |percent| if random.percent(30) { percent } else { 0 };
    Faults {
        connect_fails: some(connects),
        listen_fails: some(20),
        data_breaks: some(35),
        client_disk: some(20),
        server_disk: some(20),
        denied: some(15),
        slow_answers: some(12),
        control: some(1) == 1,
    }
}
