//! A server that refuses a data connection because its handshake resumed nothing. The transfer is
//! tried once more, with all of the file.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use ftp_io::client::{ClientOptions, Error};
use ftp_io::storage::{Reader, Source};
use ftp_proto::client::{Login, Store, StoreAs, Tls};
use ftp_proto::codec::command::Password;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::both;
use crate::harness::{Identity, content, path};
use crate::kind::{Client, Kind};
use crate::peer;

/// It has no tickets to give, and refuses the first upload when it has read so much of it.
struct Refusing {
    at: SocketAddr,
    identity: Identity,
    /// What came over the second data connection.
    thread: JoinHandle<Option<Vec<u8>>>,
}

impl Refusing {
    fn after(read: usize) -> Self {
        let identity = Identity::of("127.0.0.1");
        let mut tls = (*peer::config(&identity)).clone();
        tls.send_tls13_tickets = 0;
        let tls = Arc::new(tls);
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let at = listener.local_addr().expect("bound");
        let thread = std::thread::spawn(move || serve(&listener, &tls, read));
        Self {
            at,
            identity,
            thread,
        }
    }

    fn client(&self, kind: Kind) -> Client {
        let options = ClientOptions {
            tls: Tls::Implicit,
            tls_config: Some(self.identity.trusted().build().expect("a configuration")),
            ..ClientOptions::default()
        };
        let mut client =
            Client::connect(kind, "127.0.0.1", self.at.port(), options).expect("a session");
        let password = Password::try_from("secret").expect("a password");
        client
            .login(Login::new(path("ada"), password))
            .expect("logged in");
        client
    }

    fn stored(self) -> Option<Vec<u8>> {
        self.thread.join().expect("the script went as it should")
    }
}

fn serve(listener: &TcpListener, tls: &Arc<ServerConfig>, read: usize) -> Option<Vec<u8>> {
    let shake = |stream| {
        let connection = ServerConnection::new(Arc::clone(tls)).expect("a connection");
        StreamOwned::new(connection, stream)
    };
    let (control, _) = listener.accept().expect("a client");
    let mut control = BufReader::new(shake(control));
    let say = |control: &mut BufReader<StreamOwned<_, _>>, text: &str| {
        control.get_mut().write_all(text.as_bytes()).expect("taken");
    };
    say(&mut control, "220 Hello.\r\n");
    let passive = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = passive.local_addr().expect("bound").port();
    let mut uploads = 0;
    let mut stored = None;
    loop {
        let mut line = String::new();
        if control.read_line(&mut line).unwrap_or(0) == 0 {
            return stored;
        }
        match line.get(..4) {
            Some("USER") => say(&mut control, "230 Logged in.\r\n"),
            Some("EPSV") => say(&mut control, &format!("229 Here (|||{port}|)\r\n")),
            Some("REST") => say(&mut control, "350 From there.\r\n"),
            Some("STOR") => {
                let (data, _) = passive.accept().expect("a client");
                say(&mut control, "150 Send it.\r\n");
                let mut data = shake(data);
                uploads += 1;
                if uploads == 1 {
                    data.read_exact(&mut vec![0; read]).expect("some of it");
                    drop(data);
                    say(&mut control, "522 Resume the session.\r\n");
                } else {
                    let mut bytes = Vec::new();
                    // An upload that was given up is reset.
                    stored = data.read_to_end(&mut bytes).ok().map(|_| bytes);
                    say(&mut control, "226 Got it.\r\n");
                }
            }
            _ => say(&mut control, "200 Fine.\r\n"),
        }
    }
}

fn store(kind: Kind, server: &Refusing, at: StoreAs, source: &mut (dyn Source + Send)) {
    let mut client = server.client(kind);
    client.store(Store::new(at), source).expect("stored");
    client.noop().expect("the session lives");
}

fn a_small_upload_is_sent_again_as_a_whole(kind: Kind) {
    let server = Refusing::after(6);
    let whole = StoreAs::Whole(path("f"));
    store(kind, &server, whole, &mut Reader(&b"Hello."[..]));
    assert_eq!(server.stored().as_deref(), Some(&b"Hello."[..]));
}

fn a_stream_is_sent_again_as_a_whole(kind: Kind) {
    let server = Refusing::after(100_000);
    let sent = content(3 << 20);
    let whole = StoreAs::Whole(path("f"));
    store(kind, &server, whole, &mut Reader(&sent[..]));
    assert!(server.stored().is_some_and(|stored| stored == sent));
}

/// From the place where it stood, which need not be its beginning.
fn a_large_file_is_sent_again_from_where_it_stood(kind: Kind) {
    let server = Refusing::after(100_000);
    let sent = content(20 << 20);
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&sent).expect("room");
    file.seek(SeekFrom::Start(1000)).expect("an offset");
    let rest = StoreAs::At(path("f"), 1000);
    store(kind, &server, rest, &mut file);
    assert!(server.stored().is_some_and(|stored| stored == sent[1000..]));
}

fn what_is_written_is_sent_again_as_a_whole(kind: Kind) {
    let server = Refusing::after(6);
    let sent = content(1 << 20);
    let mut client = server.client(kind);
    let mut writer = client.write("f").expect("agreed to");
    for piece in sent.chunks(1000) {
        writer.write_all(piece).expect("taken");
    }
    writer.finish().expect("stored");
    client.noop().expect("the session lives");
    drop(client);
    assert!(server.stored().is_some_and(|stored| stored == sent));
}

/// What cannot be read again is never half a file that is called whole.
fn a_stream_that_is_too_long_to_be_kept_is_an_error(kind: Kind) {
    let server = Refusing::after(10 << 20);
    let sent = content(20 << 20);
    let mut client = server.client(kind);
    let store = Store::new(StoreAs::Whole(path("f")));
    let end = client.store(store, &mut Reader(&sent[..]));
    assert!(matches!(end, Err(Error::Local(_))), "{:?}", end.err());
    client.noop().expect("the session lives");
    drop(client);
    assert_eq!(server.stored(), None);
}

both! {
    a_small_upload_is_sent_again_as_a_whole
    a_stream_is_sent_again_as_a_whole
    a_large_file_is_sent_again_from_where_it_stood
    what_is_written_is_sent_again_as_a_whole
    a_stream_that_is_too_long_to_be_kept_is_an_error
}
