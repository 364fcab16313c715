//! What becomes of an upload whose process is killed.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use ftp_io::client::ClientOptions;
use ftp_io::storage::Reader;
use ftp_proto::client::{Store, StoreAs};

use crate::both;
use crate::kind::{Client, Kind};
use crate::scripted::{Scripted, login, path};

both! {
    a_killed_upload_does_not_look_whole
}

fn a_killed_upload_does_not_look_whole(kind: Kind) {
    if let Some(server) = std::env::var_os(SERVER) {
        let server = server.into_string().expect("an address");
        return upload_without_end(kind, server.parse().expect("an address"));
    }
    let (flows, flowing) = mpsc::channel();
    let server = Scripted::new(move |control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut buffer = vec![0; 1 << 16];
        data.read_exact(&mut buffer).expect("the beginning");
        flows.send(()).expect("a test");
        let end = loop {
            match data.read(&mut buffer) {
                Ok(0) => panic!("an orderly end: the file looks whole"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(end.kind(), io::ErrorKind::ConnectionReset);
    });
    let module = match kind {
        Kind::Blocking => "blocking",
        Kind::Tokio => "on_tokio",
    };
    let program = std::env::current_exe().expect("a program");
    let mut client = Command::new(program)
        .arg(format!(
            "killed::{module}::a_killed_upload_does_not_look_whole"
        ))
        .arg("--exact")
        .env(SERVER, server.address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program once more");
    // Without a beginning the script has failed, and says why.
    let _ = flowing.recv();
    client.kill().expect("a child");
    client.wait().expect("a child");
    server.ended();
}

/// What the child does until it is killed.
fn upload_without_end(kind: Kind, server: SocketAddr) {
    let options = ClientOptions::default();
    let host = server.ip().to_string();
    let mut client = Client::connect(kind, &host, server.port(), options).expect("a greeting");
    client.login(login()).expect("a login");
    let store = Store::new(StoreAs::Whole(path("f")));
    let _ = client.store(store, &mut Reader(io::repeat(7)));
}

/// Where the child finds the server.
const SERVER: &str = "FTP_TEST_SERVER_OF_THE_KILLED";
