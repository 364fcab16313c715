//! lftp reads a listing only from a server, so here is one: a user logs in as anyone and finds one directory.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use crate::peers::Told;

/// Has lftp list a directory whose listing is this.
pub(crate) fn read(listing: &str) -> Result<Vec<Told>, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let script = format!(
        "set ftp:use-feat no; set ftp:use-mdtm no; set ftp:use-size no; set ftp:prefer-epsv no; set net:max-retries 1; \
         set net:timeout 10; set cmd:fail-exit yes; set file:charset UTF-8; set ftp:charset UTF-8; set ftp:timezone UTC; \
         set ftp:sync-mode yes; set ftp:use-ip-tos no; set ftp:ssl-allow no; set ftp:list-empty-ok yes; \
         open -u anyone,any ftp://{address}; cls -1 -a -q -F --block-size=1 --size --date --time-style=T%Y%m%d%H%M"
    );
    let mut child = Command::new("lftp")
        .args(["--norc", "-c", &script])
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("lftp: {error}"))?;
    // The server ends with lftp: each of its connections does.
    let listing = listing.to_owned();
    let server = std::thread::spawn(move || serve(&listener, &listing));
    let mut text = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    std::io::Read::read_to_string(&mut output, &mut text).map_err(|error| error.to_string())?;
    let status = child.wait().map_err(|error| error.to_string())?;
    // Lets the server go if lftp never came.
    drop(TcpStream::connect(address));
    let served = server.join().expect("the server does not panic");
    if !status.success() {
        return Err(format!("lftp failed: {text} (the server: {served:?})"));
    }
    Ok(text.lines().filter_map(told).collect())
}

/// One session: enough of RFC 959 for a LIST.
fn serve(listener: &TcpListener, listing: &str) -> std::io::Result<()> {
    let (mut control, _) = listener.accept()?;
    let mut commands = BufReader::new(control.try_clone()?);
    let mut data: Option<TcpListener> = None;
    control.write_all(b"220 ready\r\n")?;
    let mut line = String::new();
    while commands.read_line(&mut line)? > 0 {
        let verb = line
            .trim_end()
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        match verb.as_str() {
            "USER" => control.write_all(b"331 password?\r\n")?,
            "PASS" => control.write_all(b"230 welcome\r\n")?,
            "TYPE" | "CWD" | "NOOP" => control.write_all(b"200 ok\r\n")?,
            "PWD" => control.write_all(b"257 \"/\" is current\r\n")?,
            "PASV" => {
                let reserved = TcpListener::bind("127.0.0.1:0")?;
                let port = reserved.local_addr()?.port();
                data = Some(reserved);
                let reply = format!("227 (127,0,0,1,{},{})\r\n", port >> 8, port & 255);
                control.write_all(reply.as_bytes())?;
            }
            "LIST" => match data.take() {
                Some(reserved) => {
                    control.write_all(b"150 here it comes\r\n")?;
                    let (mut connection, _) = reserved.accept()?;
                    connection.write_all(listing.as_bytes())?;
                    drop(connection);
                    control.write_all(b"226 done\r\n")?;
                }
                None => control.write_all(b"425 no data connection\r\n")?,
            },
            "QUIT" => {
                control.write_all(b"221 goodbye\r\n")?;
                return Ok(());
            }
            _ => control.write_all(b"502 not implemented\r\n")?,
        }
        line.clear();
    }
    Ok(())
}

/// A line of `cls -F`: size, time and name, with a sign behind a directory or a link.
fn told(line: &str) -> Option<Told> {
    let at = line
        .find('T')
        .filter(|&at| line.get(at + 13..at + 14) == Some(" "))?;
    let (size, rest) = line.split_at(at);
    let (time, name) = (rest.get(1..13)?, rest.get(14..)?);
    let (name, kind) = match (name.strip_suffix('/'), name.strip_suffix('@')) {
        (Some(name), _) => (name, 'd'),
        (_, Some(name)) => (name, 'l'),
        _ => (name, '-'),
    };
    Some(Told {
        name: name.to_owned(),
        kind,
        size: size.trim().parse().ok(),
        time: Some(time.to_owned()),
        target: String::new(),
    })
}
