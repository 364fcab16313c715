//! `doctor`, at servers that work and at some that do not.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::Value;

use crate::site::{Ran, Site, run, tool};

#[test]
fn where_all_is_open_every_way_works() {
    let site = Site::new();
    let ran = site.run(["doctor", &site.url(""), "--json"]).ok();
    let report = report(&ran);
    for way in ["EPSV", "PASV", "EPRT", "PORT"] {
        assert_eq!(outcome(&report, way), "works", "{report:#}");
    }
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    assert_eq!(report["server"], site.address().to_string());
    let ran = site.run(["doctor", &site.url("")]).ok();
    let text = ran.stdout_text();
    assert!(text.contains("PASV  passive  works, after "), "{text}");
    assert!(text.contains("There is nothing to mend."), "{text}");
}

#[test]
fn a_wrong_address_in_227_is_told_though_pasv_works() {
    let server = Scripted::new(|line, talk| match line {
        "PASV" => Some(format!("227 Here (10,0,0,9,{})", talk.data_port())),
        _ => None,
    });
    let ran = doctor(&server, &["--json"]).ok();
    let report = report(&ran);
    assert_eq!(outcome(&report, "PASV"), "works", "{report:#}");
    let found = finding(&report, "other-address-announced");
    assert_eq!(found["side"], "server");
    assert_eq!(found["ways"], Value::from(vec!["PASV"]));
    let says = found["says"].as_str().unwrap();
    assert!(says.contains("tells 10.0.0.9"), "{says}");
}

#[test]
fn a_refused_pasv_is_the_servers_and_says_nothing_of_the_other_ways() {
    let server = Scripted::new(|line, _| match line {
        "PASV" => Some("502 No.".into()),
        _ => None,
    });
    let ran = doctor(&server, &["--json"]).ends(1);
    let report = report(&ran);
    assert_eq!(outcome(&report, "PASV"), "command-refused", "{report:#}");
    assert_eq!(outcome(&report, "EPSV"), "works", "{report:#}");
    let found = finding(&report, "command-refused");
    assert_eq!(found["side"], "server");
    assert_eq!(found["causes"].as_array().unwrap().len(), 1);
}

#[test]
fn a_refused_port_may_be_nat_or_the_server_and_both_are_named() {
    let server = Scripted::new(|line, _| match line.split(' ').next() {
        Some("PORT" | "EPRT") => Some("500 Illegal.".into()),
        _ => None,
    });
    let ran = doctor(&server, &["--json"]).ends(1);
    let report = report(&ran);
    let found = finding(&report, "command-refused");
    assert_eq!(found["ways"], Value::from(vec!["EPRT", "PORT"]));
    assert_eq!(found["side"], "unknown");
    assert_eq!(causes(found), ["client-nat", "server"]);
    assert!(found["tell_apart"].is_string());
}

#[test]
fn a_data_connection_that_nobody_opens_ends_in_time_and_blames_nobody() {
    let server = Scripted::new(|line, _| match line.split(' ').next() {
        // The server takes the command and never connects.
        Some("PORT") => Some("200 Certainly.".into()),
        _ => None,
    });
    let ran = doctor(&server, &["--json"]).ends(1);
    let report = report(&ran);
    assert_eq!(outcome(&report, "PORT"), "nobody-came", "{report:#}");
    assert_eq!(outcome(&report, "EPRT"), "works", "{report:#}");
    assert_eq!(finding(&report, "ways-differ")["side"], "unknown");
    let found = finding(&report, "data-nobody-came");
    assert_eq!(found["side"], "unknown");
    let names = ["client-firewall", "client-nat", "server-firewall"];
    assert_eq!(causes(found), names);
    let rule = found["causes"][0]["rules"][0].as_str().unwrap();
    assert!(rule.starts_with("active data: TCP in"), "{rule}");
}

#[test]
fn a_passive_port_where_nobody_listens_is_rejected() {
    let server = Scripted::new(|line, talk| match line {
        "EPSV" | "PASV" => {
            let port = talk.client;
            Some(match line {
                "EPSV" => format!("229 Here (|||{port}|)"),
                _ => format!("227 Here (127,0,0,1,{})", halves(port)),
            })
        }
        _ => None,
    });
    let ran = doctor(&server, &["--json"]).ends(1);
    let report = report(&ran);
    let found = finding(&report, "data-rejected");
    assert_eq!(found["ways"], Value::from(vec!["EPSV", "PASV"]));
    assert_eq!(found["side"], "unknown");
    let text = doctor(&server, &[]).ends(1).stdout_text();
    assert!(text.contains("These look alike:"), "{text}");
    assert!(
        text.contains("passive data: TCP in, from any address"),
        "{text}"
    );
    assert!(text.contains("To find out: "), "{text}");
}

#[test]
fn a_reply_that_names_no_address_is_told_apart() {
    let server = Scripted::new(|line, _| match line {
        "PASV" => Some("227 Somewhere over there".into()),
        _ => None,
    });
    let ran = doctor(&server, &["--json"]).ends(1);
    let report = report(&ran);
    assert_eq!(outcome(&report, "PASV"), "reply-unreadable", "{report:#}");
}

#[test]
fn nobody_there_and_nobody_let_in_are_told_apart() {
    let site = Site::new();
    let url = site.url_as("alice:wrong@", "");
    let ran = site.run(["doctor", &url, "--json"]).ends(4);
    let refused = report(&ran);
    assert_eq!(finding(&refused, "login-refused")["side"], "unknown");
    assert!(!ran.stdout_text().contains("wrong@"), "{ran:?}");
    // Taken, so that no other test listens there.
    let nobody = TcpStream::connect(site.address()).unwrap();
    let url = format!("ftp://{}/", nobody.local_addr().unwrap());
    let ran = site.run(["doctor", &url, "--json"]).ends(3);
    let absent = report(&ran);
    let causes = causes(finding(&absent, "control-rejected"));
    assert_eq!(causes[0], "server-not-listening");
}

fn doctor(server: &Scripted, options: &[&str]) -> Ran {
    let mut command = tool();
    command
        .arg("doctor")
        .arg(format!("ftp://{}/", server.address))
        .args(options);
    run(command, b"")
}

pub(crate) fn report(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

pub(crate) fn outcome<'a>(report: &'a Value, way: &str) -> &'a str {
    let ways = report["ways"].as_array().unwrap();
    let found = ways.iter().find(|seen| seen["way"] == way);
    found.and_then(|seen| seen["outcome"].as_str()).unwrap()
}

pub(crate) fn finding<'a>(report: &'a Value, name: &str) -> &'a Value {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["finding"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

pub(crate) fn causes(finding: &Value) -> Vec<&str> {
    let causes = finding["causes"].as_array().unwrap();
    let names = causes.iter().map(|cause| cause["cause"].as_str().unwrap());
    names.collect()
}

/// A server with an empty directory, which does what it is told before it does what is right. It
/// ends with the tests.
struct Scripted {
    address: SocketAddr,
}

/// One session of it.
#[derive(Debug)]
pub(crate) struct Talk {
    /// The client's port of the control connection: nobody listens there, or ever will.
    client: u16,
    /// Where the next data connection is taken from: passive.
    data: Option<TcpListener>,
    /// Where the next data connection goes to: active.
    to: Option<SocketAddr>,
}

/// What is said to a command in place of the right thing.
type Script = fn(&str, &mut Talk) -> Option<String>;

impl Scripted {
    fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for control in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || serve(control, script));
            }
        });
        Self { address }
    }
}

impl Talk {
    /// A session with a client at this port.
    pub(crate) const fn with(client: u16) -> Self {
        Self {
            client,
            data: None,
            to: None,
        }
    }

    /// The two halves of a new port, as 227 writes them.
    fn data_port(&mut self) -> String {
        halves(self.listen())
    }

    fn listen(&mut self) -> u16 {
        let data = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = data.local_addr().unwrap().port();
        self.data = Some(data);
        port
    }

    /// Opens the data connection.
    pub(crate) fn open(&mut self) -> Option<TcpStream> {
        match (self.data.take(), self.to.take()) {
            (Some(data), _) => data.accept().ok().map(|(stream, _)| stream),
            (None, Some(to)) => TcpStream::connect(to).ok(),
            (None, None) => None,
        }
    }

    pub(crate) fn reply(&mut self, line: &str) -> String {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "USER" => "331 Password?".into(),
            "PASS" => "230 Welcome.".into(),
            "TYPE" => "200 Fine.".into(),
            "EPSV" => format!("229 Here (|||{}|)", self.listen()),
            "PASV" => format!("227 Here (127,0,0,1,{})", self.data_port()),
            "PORT" => {
                let numbers: Vec<u16> = argument.split(',').map(|n| n.parse().unwrap()).collect();
                let port = numbers[4] * 256 + numbers[5];
                self.to = Some(SocketAddr::from(([127, 0, 0, 1], port)));
                "200 Fine.".into()
            }
            "EPRT" => {
                let port = argument.split('|').nth(3).unwrap().parse().unwrap();
                self.to = Some(SocketAddr::from(([127, 0, 0, 1], port)));
                "200 Fine.".into()
            }
            // A client that gives up finds out by the two where the replies stand.
            "ABOR" => "226 Nothing to end.".into(),
            "NOOP" => "200 Fine.".into(),
            "QUIT" => "221 Goodbye.".into(),
            _ => "502 What?".into(),
        }
    }
}

fn halves(port: u16) -> String {
    format!("{},{}", port / 256, port % 256)
}

fn serve(mut control: TcpStream, script: Script) -> Option<()> {
    let lines = BufReader::new(control.try_clone().ok()?);
    let client = control.peer_addr().ok()?.port();
    let mut say = |text: &str| control.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 Hello.")?;
    let mut talk = Talk::with(client);
    for line in lines.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        // Telnet's signals before ABOR are no part of it.
        let line = line.trim_end().trim_start_matches(|c: char| !c.is_ascii());
        let reply = match script(line, &mut talk) {
            Some(reply) => reply,
            None if line == "LIST" => {
                say("150 Here it comes.")?;
                // Nothing goes through it.
                match talk.open().map(drop) {
                    Some(()) => "226 That was all.".into(),
                    None => continue,
                }
            }
            None => talk.reply(line),
        };
        say(&reply)?;
    }
    None
}
