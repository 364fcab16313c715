//! What follows from what was seen. Where two causes look alike from here, both are named, with what
//! tells them apart.

use std::net::SocketAddr;

use ftp_io::firewall::{Modes, Purpose, Setup, Side};
use ftp_io::tls::TlsSummary;
use ftp_proto::client::Way;
use ftp_proto::{DataMode, Family, Handshake};

use super::probe::{ControlStep, Examination, Outcome, Patient, Try, is_public};
use super::tls;

/// Something that a person should know.
#[derive(Debug)]
pub(super) struct Finding {
    /// Its name for programs.
    pub(super) name: &'static str,
    /// The ways that it is about; none of them if it is about the control connection.
    pub(super) ways: Vec<Way>,
    /// What was seen, in a sentence or two.
    pub(super) says: String,
    /// What gives this picture, as seen from here. One alone is certain.
    pub(super) causes: Vec<Cause>,
    /// How to find out which of several it is.
    pub(super) apart: Option<String>,
}

/// What may be at the bottom of a finding.
#[derive(Debug)]
pub(super) struct Cause {
    /// Its name for programs.
    pub(super) name: &'static str,
    /// On which side, if it is on one.
    pub(super) side: Option<Side>,
    /// What it is, and what mends it.
    pub(super) says: String,
    /// What a firewall must let through.
    pub(super) rules: Vec<String>,
}

impl Finding {
    /// The side that the cause is on, where that can be told.
    pub(super) fn side(&self) -> Option<Side> {
        let first = self.causes.first()?.side?;
        let all = self.causes.iter().all(|cause| cause.side == Some(first));
        all.then_some(first)
    }
}

/// All of them.
pub(super) fn findings(patient: &Patient, seen: &Examination) -> Vec<Finding> {
    if let Some(trouble) = &seen.trouble {
        return vec![control(patient, &trouble.step, &trouble.said)];
    }
    let Some(server) = seen.server else {
        return Vec::new();
    };
    let scene = Scene {
        patient,
        seen,
        server,
    };
    let mut all = Vec::new();
    let mut rest: Vec<&Try> = seen.tries.iter().collect();
    while let Some(first) = rest.first().copied() {
        let failure = |tried: &Try| {
            tried
                .tls
                .as_ref()
                .and_then(|tls| tls.as_ref().err().cloned())
        };
        let alike = |tried: &&Try| {
            tried.outcome == first.outcome
                && tried.way.mode() == first.way.mode()
                && failure(tried) == failure(first)
        };
        let ways = rest.iter().copied().filter(alike).map(|t| t.way).collect();
        all.extend(scene.failure(first, ways));
        rest.retain(|tried| !alike(tried));
    }
    all.extend(scene.announced());
    all.extend(scene.followed());
    all.extend(scene.not_resumed());
    all
}

struct Scene<'a> {
    patient: &'a Patient,
    seen: &'a Examination,
    server: SocketAddr,
}

impl Scene<'_> {
    fn failure(&self, tried: &Try, ways: Vec<Way>) -> Option<Finding> {
        let seconds = self.patient.options.timeouts.data_open.as_secs_f64();
        let said = tried.said.clone().unwrap_or_default();
        let (name, says) = match tried.outcome {
            Outcome::Works | Outcome::Impossible => return None,
            Outcome::Rejected => (
                "data-rejected",
                "The server told a port, and this machine's connection to it was refused at once."
                    .to_owned(),
            ),
            Outcome::Dropped => (
                "data-dropped",
                format!(
                    "The server told a port, and this machine's connection to it met silence for \
                     {seconds} seconds: something drops it."
                ),
            ),
            Outcome::Unreachable => (
                "data-unreachable",
                format!("The server told a port, and this machine cannot connect to it: {said}."),
            ),
            Outcome::NotTaken => (
                "data-not-taken",
                format!(
                    "This machine connected to the port that the server told, and the server says \
                     that it has no data connection: {said}."
                ),
            ),
            Outcome::CouldNotConnect => (
                "data-not-made",
                format!("The server says that it could not connect to this machine: {said}."),
            ),
            Outcome::NobodyCame => (
                "data-nobody-came",
                format!(
                    "The server took the command, and no connection of it has come to this machine \
                     in {seconds} seconds: something drops it."
                ),
            ),
            Outcome::Refused(_) => ("command-refused", format!("{}.", capital(&said))),
            Outcome::Unreadable => ("reply-unreadable", format!("{}.", capital(&said))),
            Outcome::NoPort => (
                "no-local-port",
                format!("This machine has no port to listen at: {said}."),
            ),
            Outcome::NotSecured => {
                return Some(self.unsecured(tried, ways));
            }
            Outcome::NotResumed(code) => (
                "resumption-required",
                format!(
                    "The data connection did not resume the control connection's TLS session, and \
                     the server refused it with {code}: {said}."
                ),
            ),
            Outcome::NoListing => (
                "listing-failed",
                format!(
                    "The data connection came about, and the listing did not come through it whole: \
                     {said}."
                ),
            ),
            Outcome::ListingRefused => ("listing-refused", format!("{}.", capital(&said))),
            Outcome::Broken => ("session-broke", format!("{}.", capital(&said))),
        };
        let (causes, apart) = self.causes(tried);
        Some(Finding {
            name,
            ways,
            says,
            causes,
            apart,
        })
    }

    fn causes(&self, tried: &Try) -> (Vec<Cause>, Option<String>) {
        match tried.outcome {
            Outcome::Rejected | Outcome::Dropped | Outcome::Unreachable => {
                (self.unmade_passive(), Some(self.apart_passive()))
            }
            Outcome::CouldNotConnect | Outcome::NobodyCame => {
                (self.unmade_active(), Some(self.apart_active()))
            }
            Outcome::NotTaken => (
                vec![
                    cause(
                        "another-address",
                        Side::Client,
                        "A NAT before this machine lets its connections out by several addresses, \
                         and the server takes a data connection from the control connection's alone.",
                    ),
                    Cause {
                        side: None,
                        ..cause(
                            "something-between",
                            Side::Server,
                            "Something between the two machines accepts connections in the server's \
                             place and does not hand this one on.",
                        )
                    },
                ],
                Some(
                    "The server's log tells from which address a connection came, if any did."
                        .to_owned(),
                ),
            ),
            Outcome::Refused(code) => self.refused(tried, code),
            Outcome::NotResumed(code) => tls::unresumed(code),
            Outcome::Unreadable => (
                vec![cause(
                    "server",
                    Side::Server,
                    "The server, or something that rewrites its replies, writes what RFC 959 and \
                     RFC 2428 do not allow.",
                )],
                None,
            ),
            Outcome::NoPort => (
                vec![cause(
                    "this-machine",
                    Side::Client,
                    "Another range of ports may be given with --active-ports.",
                )],
                None,
            ),
            Outcome::ListingRefused => (
                vec![cause(
                    "server",
                    Side::Server,
                    "This is about the directory or the user's rights, and says nothing of firewalls.",
                )],
                None,
            ),
            Outcome::NoListing => (
                vec![cause_anywhere(
                    "broken-transfer",
                    "The server failed, or the connection was cut or fell silent on the way: \
                     packets that are too large for a link and vanish there look so.",
                )],
                Some(
                    "Another try in the same way: a failing server says why in its reply; a cut \
                     connection ends at about the same number of bytes each time."
                        .to_owned(),
                ),
            ),
            Outcome::Broken => (
                vec![cause_anywhere(
                    "session",
                    "The server ended the session or fell silent, or something between cut it. \
                     Servers that allow one address few sessions do so too: each way is tried in \
                     one of its own.",
                )],
                Some("The server's log tells why it ended the session, if it did.".to_owned()),
            ),
            Outcome::Works | Outcome::Impossible | Outcome::NotSecured => (Vec::new(), None),
        }
    }

    fn unsecured(&self, tried: &Try, ways: Vec<Way>) -> Finding {
        let failure = tried.tls.as_ref().and_then(|tls| tls.as_ref().err());
        let (name, causes, apart) = tls::data(self.patient, failure);
        let said = tried.said.clone().unwrap_or_default();
        Finding {
            name,
            ways,
            says: format!(
                "The data connection came about, and its TLS handshake failed: {}.",
                tried.handshake.as_ref().unwrap_or(&said)
            ),
            causes,
            apart,
        }
    }

    fn not_resumed(&self) -> Option<Finding> {
        let is_full = |tried: &&Try| {
            let full = |summary: &TlsSummary| summary.handshake == Handshake::Full;
            let tls = tried.tls.as_ref().and_then(|tls| tls.as_ref().ok());
            tried.outcome == Outcome::Works && tls.is_some_and(full)
        };
        let tries: Vec<&Try> = self.seen.tries.iter().filter(is_full).collect();
        tls::full_handshakes(&tries)
    }

    /// What is to be said of firewalls besides.
    const fn blinded(&self) -> &'static str {
        match self.seen.tls {
            Some(_) => {
                " A helper that follows FTP is of no use there: TLS hides the dialogue from it."
            }
            None => "",
        }
    }

    fn unmade_passive(&self) -> Vec<Cause> {
        let mut causes = vec![
            Cause {
                rules: self.rules(DataMode::Passive, Side::Server),
                ..cause(
                    "server-firewall",
                    Side::Server,
                    &format!(
                        "A firewall at the server does not let its passive ports in. The server \
                         should be told a range of them, and the firewall let that in.{}",
                        self.blinded()
                    ),
                )
            },
            cause(
                "server-nat",
                Side::Server,
                "A NAT before the server forwards its control port and not its passive ports. It \
                 must forward them, each to the same port.",
            ),
            Cause {
                rules: self.rules(DataMode::Passive, Side::Client),
                ..cause(
                    "client-firewall",
                    Side::Client,
                    "A firewall on this side does not let this machine out to the server's passive \
                     ports.",
                )
            },
        ];
        if self
            .told_elsewhere()
            .is_some_and(|told| is_public(told.ip()))
        {
            causes.push(cause(
                "told-elsewhere",
                Side::Server,
                "The server is to be reached at the address that it tells in its reply to PASV. \
                 This client connects to that of the control connection, as most do.",
            ));
        }
        causes
    }

    fn apart_passive(&self) -> String {
        format!(
            "Run this from a machine in another network: what fails there too lies at the server. \
             Or look at the server, where `tcpdump -n 'src host {} and tcp[tcpflags] & tcp-syn != \
             0'` shows whether this machine's connections arrive: if they do, its firewall stops \
             them.",
            self.known_as()
        )
    }

    fn unmade_active(&self) -> Vec<Cause> {
        vec![
            Cause {
                rules: self.rules(DataMode::Active, Side::Client),
                ..cause(
                    "client-firewall",
                    Side::Client,
                    &format!(
                        "A firewall at this machine or on this side does not let the server's \
                         connection in.{}",
                        self.blinded()
                    ),
                )
            },
            cause(
                "client-nat",
                Side::Client,
                "A NAT before this machine does not forward the port to it. It must forward a range, \
                 each port to the same port, which --active-ports gives to this program and \
                 --active-address the NAT's outer address; or passive mode is used.",
            ),
            Cause {
                rules: self.rules(DataMode::Active, Side::Server),
                ..cause(
                    "server-firewall",
                    Side::Server,
                    "A firewall at the server does not let its connections out.",
                )
            },
        ]
    }

    fn apart_active(&self) -> String {
        format!(
            "Look at this machine, where `tcpdump -n 'src host {} and tcp[tcpflags] & tcp-syn != 0'` \
             shows whether the server's connections arrive: if they do, this machine's firewall \
             stops them. If they do not, look for the same at the NAT or firewall before it; what \
             does not arrive there was stopped at the server.",
            self.server.ip()
        )
    }

    fn refused(&self, tried: &Try, code: u16) -> (Vec<Cause>, Option<String>) {
        let server = |says: &str| cause("server", Side::Server, says);
        let lacks = matches!(code, 502 | 504 | 522);
        if tried.way.mode() == DataMode::Passive || lacks {
            let says = match code {
                502 | 504 | 522 => "The server has no such command, or not in this form.",
                421..=499 => {
                    "The server cannot now: all ports of its passive range may be taken, or the \
                     range be too small."
                }
                _ => "The server does not allow this mode, or does not know the command.",
            };
            return (vec![server(says)], None);
        }
        let told = tried
            .told
            .map_or(String::new(), |told| format!(" {}", told.ip()));
        let shows = match (tried.told, is_public(self.server.ip())) {
            (Some(told), true) if !is_public(told.ip()) => {
                " It is a private one, and the server's is not: the server sees another."
            }
            _ => "",
        };
        let nat = format!(
            "A NAT before this machine: the server sees it by another address than{told}, which it \
             was told, and must not connect to third parties (RFC 2577).{shows} Passive mode needs \
             none of this; active mode needs a range of ports that the NAT forwards, given with \
             --active-ports, and the NAT's outer address with --active-address."
        );
        (
            vec![
                cause("client-nat", Side::Client, &nat),
                server("The server does not allow active mode, or does not know the command."),
            ],
            Some(
                "Run this at a machine without NAT, or look into the server's configuration: a \
                 server that allows active mode refuses the wrong address alone."
                    .to_owned(),
            ),
        )
    }

    /// The address in the reply to PASV, if it is not the one that the server was reached at.
    fn told_elsewhere(&self) -> Option<SocketAddr> {
        let pasv = self
            .seen
            .tries
            .iter()
            .find(|tried| tried.way == Way::Pasv)?;
        pasv.told.filter(|told| told.ip() != self.server.ip())
    }

    fn announced(&self) -> Option<Finding> {
        let told = self.told_elsewhere()?;
        let server = self.server.ip();
        let is_inner = !is_public(told.ip()) && is_public(server);
        let (name, what) = match is_inner {
            true => (
                "private-address-announced",
                "a private one, which leads nowhere from here",
            ),
            false => ("other-address-announced", "another one"),
        };
        let works = self
            .seen
            .tries
            .iter()
            .any(|tried| tried.way == Way::Pasv && tried.outcome == Outcome::Works);
        let here = match works {
            true => {
                "PASV works here because this client does not go by that address; one that \
                     does fails."
            }
            false => "This client does not go by that address; that is not why PASV fails here.",
        };
        // One that is public may be right, where control and data come in by two doors.
        let here = match (works, is_inner) {
            (false, false) => "This client does not go by that address.",
            _ => here,
        };
        let says = format!(
            "The reply to PASV tells {}, {what}: the server was reached at {server}. {here}",
            told.ip()
        );
        let mend = format!(
            "The server should announce the address that clients reach it by, {server} here: \
             `ftp-cli serve --announce`, vsftpd's pasv_address, ProFTPD's MasqueradeAddress, \
             Pure-FTPd's -P."
        );
        Some(Finding {
            name,
            ways: vec![Way::Pasv],
            says,
            causes: vec![cause("announced-address", Side::Server, &mend)],
            apart: None,
        })
    }

    /// Two commands for one mode, of which one alone leads to a connection.
    fn followed(&self) -> Option<Finding> {
        let unmade = |outcome| {
            matches!(
                outcome,
                Outcome::Rejected
                    | Outcome::Dropped
                    | Outcome::CouldNotConnect
                    | Outcome::NobodyCame
            )
        };
        for (one, other) in [(Way::Epsv, Way::Pasv), (Way::Eprt, Way::Port)] {
            let find = |way| self.seen.tries.iter().find(|tried| tried.way == way);
            let (Some(one), Some(other)) = (find(one), find(other)) else {
                continue;
            };
            let (works, fails) = match (one.outcome, other.outcome) {
                (Outcome::Works, failed) if unmade(failed) => (one.way, other.way),
                (failed, Outcome::Works) if unmade(failed) => (other.way, one.way),
                _ => continue,
            };
            let helper = cause_anywhere(
                "helper",
                &format!(
                    "Something between reads the dialogue and lets in what it understands: it has \
                     not followed {fails}, as where the address told is not the sender's own. TLS \
                     would blind it for both."
                ),
            );
            let ports = cause_anywhere(
                "some-ports",
                "Not all ports are treated alike, and the two were given different ones.",
            );
            return Some(Finding {
                name: "ways-differ",
                ways: vec![works, fails],
                says: format!(
                    "{works} and {fails} lead to connections of the same kind, and one alone was \
                     made."
                ),
                // Nobody between reads a dialogue under TLS.
                causes: match self.seen.tls {
                    None => vec![helper, ports],
                    Some(_) => vec![ports],
                },
                apart: Some(
                    "Run this several times: what depends on the ports changes, what depends on a \
                     reader of the dialogue does not."
                        .to_owned(),
                ),
            });
        }
        None
    }

    /// What the firewall of a side must let through for a mode.
    fn rules(&self, mode: DataMode, side: Side) -> Vec<String> {
        let mut setup = Setup::new(self.server.port());
        setup.family = Family::of(self.server.ip());
        setup.modes = match mode {
            DataMode::Passive => Modes::Passive,
            DataMode::Active => Modes::Active,
        };
        setup.active_ports = self.patient.options.active_ports;
        if side == Side::Client {
            setup.server.address = Some(self.server.ip());
        }
        let plan = setup.plan(side);
        let data = plan
            .rules
            .iter()
            .filter(|rule| rule.purpose != Purpose::Control);
        data.map(ToString::to_string).collect()
    }

    /// This machine's address, for somebody at the server.
    fn known_as(&self) -> String {
        match self.seen.client {
            Some(at) if is_public(at.ip()) || !is_public(self.server.ip()) => at.ip().to_string(),
            _ => "THIS-MACHINE-AS-THE-SERVER-SEES-IT".to_owned(),
        }
    }
}

/// What keeps the control connection from being of use.
fn control(patient: &Patient, step: &ControlStep, said: &str) -> Finding {
    if let ControlStep::Handshake(Some(failure)) = step {
        return tls::control(patient, failure, said);
    }
    let port = patient.url.port;
    let between = || {
        vec![
            cause(
                "server-firewall",
                Side::Server,
                &format!("A firewall or NAT before the server does not let TCP port {port} in."),
            ),
            cause(
                "client-firewall",
                Side::Client,
                &format!(
                    "A firewall on this side does not let this machine out to TCP port {port}."
                ),
            ),
        ]
    };
    let elsewhere = "Run this from a machine in another network: what fails there too lies at the \
                     server. At the server, `ftp-cli doctor ftp://localhost/` leaves out what is \
                     between.";
    let (name, causes, apart) = match step {
        ControlStep::TlsRefused(verb) => {
            let (causes, apart) = tls::refused(verb);
            return Finding {
                name: "tls-refused",
                ways: Vec::new(),
                says: format!("{}.", capital(said)),
                causes,
                apart,
            };
        }
        ControlStep::Name => (
            "name-unknown",
            vec![cause_anywhere(
                "name",
                "The name is misspelt, or this machine's name service does not know it.",
            )],
            Some("Give the server's address in place of its name."),
        ),
        ControlStep::Rejected => {
            let mut causes = vec![cause(
                "server-not-listening",
                Side::Server,
                &format!("No server listens at port {port}."),
            )];
            causes.extend(between());
            ("control-rejected", causes, Some(elsewhere))
        }
        ControlStep::Dropped => {
            let mut causes = between();
            causes.push(cause(
                "server-down",
                Side::Server,
                "There is no machine at this address now.",
            ));
            ("control-dropped", causes, Some(elsewhere))
        }
        ControlStep::Unreachable => (
            "control-unreachable",
            vec![cause_anywhere(
                "route",
                "This machine, or a router on the way, knows no way to the server's address.",
            )],
            Some("`ip route get ADDRESS` shows whether this machine knows one."),
        ),
        ControlStep::Greeting => (
            "greeting-refused",
            vec![cause(
                "server",
                Side::Server,
                "The server takes no session of this machine now: it is full, closed, or shuts this \
                 address out.",
            )],
            None,
        ),
        ControlStep::Login => (
            "login-refused",
            vec![cause_anywhere(
                "login",
                "The name or the password is wrong, or the server does not let this user in.",
            )],
            Some("The server's log tells whether it knows the user; servers do not say so."),
        ),
        ControlStep::Session | ControlStep::Handshake(_) => (
            "session-broke",
            vec![cause_anywhere(
                "session",
                "What answers is no FTP server, or it fell silent or went away, or something \
                 between cut the connection.",
            )],
            Some("The first lines with -v show who answers."),
        ),
    };
    Finding {
        name,
        ways: Vec::new(),
        says: format!("{}.", capital(said)),
        causes,
        apart: apart.map(str::to_owned),
    }
}

pub(super) fn cause(name: &'static str, side: Side, says: &str) -> Cause {
    Cause {
        name,
        side: Some(side),
        says: says.to_owned(),
        rules: Vec::new(),
    }
}

pub(super) fn cause_anywhere(name: &'static str, says: &str) -> Cause {
    Cause {
        side: None,
        ..cause(name, Side::Client, says)
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}
