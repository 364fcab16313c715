//! From the command line to a client that is logged in.

use std::fmt::Display;

use ftp_io::blocking::Client;
use ftp_io::client::{ClientOptions, Error, FtpUrl, Notice, Observer, Scheme};
use ftp_io::tls::ClientTls;
use ftp_proto::client::DataPolicy;
use ftp_proto::codec::reply::Reply;

use crate::args::{ClientArgs, DataArgs, TlsArgs};
use crate::fault::{Exit, Fault};
use crate::login::{self, Secrets};
use crate::progress::Progress;

/// One connection at a time: what is asked of the same server and user in turn shares it.
pub(crate) struct Visits {
    options: ClientOptions,
    is_verbose: bool,
    secrets: Secrets,
    open: Option<(Client, FtpUrl)>,
    pub(crate) progress: Progress,
}

impl Visits {
    pub(crate) fn new(args: &ClientArgs, verbose: bool) -> Result<Self, Fault> {
        let progress = Progress::new();
        let mut options = ClientOptions {
            data: policy(&args.data),
            active_ports: args.data.active_ports,
            active_address: args.data.active_address,
            observer: Some(observer(verbose, progress.clone())),
            tls_config: tls(&args.tls)?,
            ..ClientOptions::default()
        };
        if let Some(limit) = args.data.open_timeout {
            options.connect_timeout = limit;
            options.timeouts.data_open = limit;
        }
        Ok(Self {
            options,
            is_verbose: verbose,
            secrets: Secrets::new(&args.login)?,
            open: None,
            progress,
        })
    }

    /// Connects and logs in where the address says, unless that is done already, and does
    /// something there.
    pub(crate) fn at<T>(
        &mut self,
        url: &FtpUrl,
        act: impl FnOnce(&mut Client) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (mut client, at) = match self.open.take() {
            Some((client, at)) if is_same_visit(&at, url) => (client, at),
            other => {
                leave(other);
                (self.connect(url)?, url.clone())
            }
        };
        let done = act(&mut client);
        // A session that is over is of no use to who comes next.
        if !matches!(&done, Err(fault) if fault.exit() == Exit::Session) {
            self.open = Some((client, at));
        }
        done
    }

    fn connect(&mut self, url: &FtpUrl) -> Result<Client, Fault> {
        let login = self.secrets.login(url)?;
        let mut client = Client::connect(&url.host, url.port, url.options(self.options.clone())?)?;
        let has_password = url.user.is_some() && login.password.is_some();
        client.login(login).map_err(login::refused)?;
        if self.is_verbose && has_password && url.scheme == Scheme::Ftp {
            self.progress.say("* the password went in clear");
        }
        Ok(client)
    }
}

impl Drop for Visits {
    fn drop(&mut self) {
        leave(self.open.take());
    }
}

/// Says goodbye. What was asked is done by now, whatever the answer.
fn leave(open: Option<(Client, FtpUrl)>) {
    if let Some((client, _)) = open {
        let _ = client.quit();
    }
}

fn is_same_visit(one: &FtpUrl, other: &FtpUrl) -> bool {
    one.scheme == other.scheme
        && one.host == other.host
        && one.port == other.port
        && one.user == other.user
        && one.password == other.password
}

/// Does the same for each of several things. One that fails is told of, and does not stop the
/// others, unless the server cannot be visited at all.
pub(crate) fn each<T>(
    things: impl IntoIterator<Item = T>,
    mut act: impl FnMut(T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut things = things.into_iter().peekable();
    let mut done = false;
    let mut failed: Option<Exit> = None;
    while let Some(thing) = things.next() {
        match act(thing) {
            Ok(()) => done = true,
            Err(fault) if !done && failed.is_none() && things.peek().is_none() => {
                return Err(fault);
            }
            Err(fault) => {
                fault.say();
                failed.get_or_insert(fault.exit());
                if fault.exit().ends_visit() {
                    break;
                }
            }
        }
    }
    match failed {
        None => Ok(()),
        Some(_) if done => Err(Fault::said(Exit::Partial)),
        Some(exit) => Err(Fault::said(exit)),
    }
}

/// The path of an address as a person reads it.
pub(crate) fn named(url: &FtpUrl) -> impl Display {
    match &url.path {
        Some(path) => path.as_bytes().escape_ascii_text(),
        None => String::from("/"),
    }
}

/// Whom to trust, if anything is said about it.
pub(crate) fn tls(args: &TlsArgs) -> Result<Option<ClientTls>, Fault> {
    let says_nothing = args.ca.is_none()
        && args.pin.is_empty()
        && !args.insecure
        && args.cert.is_none()
        && args.tls_max.is_none();
    if says_nothing {
        return Ok(None);
    }
    let mut builder = ClientTls::builder();
    if let Some(file) = &args.ca {
        builder = builder.root_file(file).map_err(Error::from)?;
    }
    for pin in &args.pin {
        builder = builder.pin(*pin);
    }
    if args.insecure {
        builder = builder.danger_accept_any_certificate();
    }
    if let (Some(certificate), Some(key)) = (&args.cert, &args.key) {
        let shown = builder.certificate_files(certificate, key);
        builder = shown.map_err(Error::from)?;
    }
    if let Some(version) = args.tls_max {
        builder = builder.max_version(version);
    }
    Ok(Some(builder.build().map_err(Error::from)?))
}

const fn policy(data: &DataArgs) -> DataPolicy {
    if let Some(way) = data.way {
        DataPolicy::Only(way)
    } else if data.active {
        DataPolicy::Active
    } else if data.auto {
        DataPolicy::Auto
    } else {
        DataPolicy::Passive
    }
}

fn observer(verbose: bool, progress: Progress) -> Observer {
    Observer::new(move |notice| match notice {
        Notice::Sent(line) if verbose => {
            progress.say(&format!("> {}", line.escape_ascii_text()));
        }
        Notice::Received(reply) if verbose => {
            for line in reply_lines(reply) {
                progress.say(&format!("< {line}"));
            }
        }
        Notice::ControlSecured(tls) if verbose => {
            progress.say(&format!("* the control connection is under {tls}"));
        }
        Notice::ControlCleared if verbose => {
            progress.say("* the control connection is in clear");
        }
        Notice::DataSecured(tls) if verbose => {
            progress.say(&format!("* the data connection is under {tls}"));
        }
        Notice::DataNotSecured(error) if verbose => {
            progress.say(&format!(
                "* the TLS handshake on the data connection failed: {error}"
            ));
        }
        Notice::Progress(moved) => progress.moved(moved),
        _ => {}
    })
}

/// A reply as it came, line by line, each with the code in front.
pub(crate) fn reply_lines(reply: &Reply) -> Vec<String> {
    let code = reply.code();
    let mut lines: Vec<String> = reply
        .lines()
        .map(|line| format!("{code}-{}", line.escape_ascii_text()))
        .collect();
    if let Some(last) = lines.last_mut() {
        *last = format!("{code} {}", reply.last_line().escape_ascii_text());
    }
    lines
}

/// Bytes from elsewhere as text that cannot upset a terminal.
pub(crate) trait EscapeAsciiText {
    /// UTF-8 as it is, control characters and everything else escaped.
    fn escape_ascii_text(&self) -> String;
}

impl EscapeAsciiText for [u8] {
    fn escape_ascii_text(&self) -> String {
        let mut text = String::with_capacity(self.len());
        for chunk in self.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() {
                    text.extend(c.escape_default());
                } else {
                    text.push(c);
                }
            }
            text.extend(chunk.invalid().escape_ascii().map(char::from));
        }
        text
    }
}
