//! From the command line to a client that is logged in.

use ftp_io::blocking::Client;
use ftp_io::client::{ClientOptions, FtpUrl, Notice, Observer};
use ftp_proto::client::DataPolicy;
use indicatif::ProgressBar;

use crate::args::DataOptions;
use crate::fault::Fault;
use crate::progress;

/// Connects and logs in; the transfer's progress moves `bar`.
pub(crate) fn open(
    url: &FtpUrl,
    data: &DataOptions,
    verbose: bool,
    bar: &ProgressBar,
) -> Result<Client, Fault> {
    let mut options = ClientOptions {
        data: policy(data),
        active_ports: data.active_ports,
        active_address: data.active_address,
        observer: Some(observer(verbose, bar.clone())),
        ..ClientOptions::default()
    };
    if let Some(limit) = data.open_timeout {
        options.connect_timeout = limit;
        options.timeouts.data_open = limit;
    }
    Ok(Client::connect_url(url, options)?)
}

const fn policy(data: &DataOptions) -> DataPolicy {
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

fn observer(verbose: bool, bar: ProgressBar) -> Observer {
    Observer::new(move |notice| match notice {
        Notice::Sent(line) if verbose => {
            progress::say(&bar, &format!("> {}", line.escape_ascii_text()));
        }
        Notice::Received(reply) if verbose => {
            let code = reply.code();
            let lines: Vec<&[u8]> = reply.lines().collect();
            for (n, line) in lines.iter().enumerate() {
                let mark = if n + 1 == lines.len() { ' ' } else { '-' };
                progress::say(&bar, &format!("< {code}{mark}{}", line.escape_ascii_text()));
            }
        }
        Notice::Progress(moved) => progress::moved(&bar, moved),
        _ => {}
    })
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
