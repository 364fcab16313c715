//! Many clients of one server in one process, for `tests/scale.rs`: `crowd idle ADDRESS N`,
//! `crowd idle-tls ADDRESS N` or `crowd slow ADDRESS N`.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;

use ftp_io::blocking::Client;
use ftp_io::client::ClientOptions;
use ftp_io::storage::Writer;
use ftp_io::tls::ClientTls;
use ftp_proto::client::{Login, Tls};
use ftp_proto::codec::command::{Argument, Password};
use ftp_tests::raw::Control;
use ftp_tests::scale::{Descriptors, allow_descriptors};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, server, count] = &arguments[..] else {
        return Err("expected idle, idle-tls or slow, an address and a number".into());
    };
    let (server, count) = (server.parse()?, count.parse()?);
    // A slow transfer has a data connection besides.
    let (run, descriptors): (fn(SocketAddr, u64) -> _, _) = match what.as_str() {
        "idle" => (idle, count),
        "idle-tls" => (idle_under_tls, count),
        "slow" => (slow, 2 * count),
        _ => return Err("expected idle, idle-tls or slow".into()),
    };
    allow_descriptors(descriptors + 100, Descriptors::Taken)
        .map_err(|trouble| format!("{trouble:?}"))?;
    run(server, count)
}

/// Sessions that are logged in and have done something, and then nothing more until the server
/// ends.
fn idle(server: SocketAddr, count: u64) -> Result<(), Box<dyn Error>> {
    let mut sessions = Vec::new();
    for at in 0..count {
        let mut session = Control::logged_in(server)?;
        session.ask("TYPE I", "200")?;
        session.ask("CWD sub", "250")?;
        if at % 10 == 0 {
            let mut data = session.transfer("RETR ../small")?;
            std::io::copy(&mut data, &mut std::io::sink())?;
            session.expect("226")?;
        }
        sessions.push(session);
    }
    println!("ready");
    // The reply that nobody asked for is the server's last word.
    let _ = sessions.first_mut().map(|session| session.expect("421"));
    Ok(())
}

/// The same under TLS, on both connections.
fn idle_under_tls(server: SocketAddr, count: u64) -> Result<(), Box<dyn Error>> {
    let trust = ClientTls::builder().danger_accept_any_certificate();
    let options = ClientOptions {
        tls: Tls::Required,
        tls_config: Some(trust.build()?),
        ..ClientOptions::default()
    };
    let mut watch = Control::logged_in(server)?;
    let mut sessions = Vec::new();
    for at in 0..count {
        let host = server.ip().to_string();
        let mut client = Client::connect(&host, server.port(), options.clone())?;
        client.login(Login::new(
            Argument::try_from("anonymous")?,
            Password::try_from("tests@example.org")?,
        ))?;
        client.change_directory("sub")?;
        if at % 10 == 0 {
            let path = Argument::try_from("../small")?;
            client.retrieve(path, &mut Writer(std::io::sink()))?;
        }
        sessions.push(client);
    }
    println!("ready");
    // One more, in clear, waits for the server's last word.
    let _ = watch.expect("421");
    Ok(())
}

/// Transfers of all kinds at once, each so slow that it waits between two kilobytes. None ends
/// before the last has moved its share.
fn slow(server: SocketAddr, count: u64) -> Result<(), Box<dyn Error>> {
    let mut transfers: Vec<(Control, TcpStream, Way)> = Vec::new();
    for at in 0..count {
        let mut session = Control::logged_in(server)?;
        let (kind, command, way) = match at % 5 {
            0 => ("I", "RETR large".to_owned(), Way::Down),
            1 => ("A", "RETR large".to_owned(), Way::Down),
            2 => ("I", format!("STOR up-{at}"), Way::Up),
            3 => ("A", format!("STOR up-{at}"), Way::Up),
            _ => ("A", "MLSD many".to_owned(), Way::Down),
        };
        session.ask(&format!("TYPE {kind}"), "200")?;
        let data = session.transfer(&command)?;
        transfers.push((session, data, way));
    }
    let mut piece = [b'x'; 1024];
    for _ in 0..ROUNDS {
        for (_, data, way) in &mut transfers {
            match way {
                Way::Down => data.read_exact(&mut piece)?,
                Way::Up => data.write_all(&[b'x'; 1024])?,
            }
        }
    }
    for (mut session, data, way) in transfers {
        // Of a download, with bytes that nobody has read: the server is told by a reset.
        drop(data);
        match way {
            // It was still running: the server had more to send.
            Way::Down => session.expect("426")?,
            Way::Up => session.expect("226")?,
        };
    }
    println!("whole");
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Down,
    Up,
}

/// Kilobytes of each transfer.
const ROUNDS: usize = 64;
