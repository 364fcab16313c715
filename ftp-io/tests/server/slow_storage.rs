//! A storage that answers later, or never.

use std::fs;
use std::future::poll_fn;
use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ftp_io::server::{Permissions, Server, User, Users};
use ftp_io::storage::{Entries, LocalDirectory, Op, Sink, Source, Storage};
use ftp_proto::Timeouts;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::Metadata;
use ftp_proto::server::{Abilities, Change, Denied, Keep, Placement};

use crate::client::{Client, connect};
use crate::harness::Running;

/// A directory whose answers all come at the second asking, but that of the file `never`.
struct Slow(LocalDirectory);

fn later<T: Send + 'static>(op: Op<T>) -> Op<T> {
    let mut answer = match op {
        Op::Ready(answer) => Some(answer),
        pending @ Op::Pending(_) => return pending,
    };
    let mut has_waited = false;
    Op::Pending(Box::pin(poll_fn(move |cx| {
        if !std::mem::replace(&mut has_waited, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        answer.take().map_or(Poll::Pending, Poll::Ready)
    })))
}

fn never<T: Send + 'static>() -> Op<T> {
    Op::Pending(Box::pin(std::future::pending::<Result<T, Denied>>()))
}

impl Storage for Slow {
    fn metadata(&self, path: &VirtualPath) -> Op<Metadata> {
        later(self.0.metadata(path))
    }

    fn open_read(&self, path: &VirtualPath, offset: u64) -> Op<Box<dyn Source + Send>> {
        match path.name() {
            Some(b"never") => never(),
            _ => later(self.0.open_read(path, offset)),
        }
    }

    fn open_write(&self, path: &VirtualPath, place: Placement) -> Op<Box<dyn Sink + Send>> {
        later(match self.0.open_write(path, place) {
            Op::Ready(sink) => Op::Ready(sink.map(|sink| Box::new(SlowSink(sink)) as _)),
            pending @ Op::Pending(_) => pending,
        })
    }

    fn open_list(&self, path: &VirtualPath) -> Op<Box<dyn Entries + Send>> {
        later(self.0.open_list(path))
    }

    fn change(&self, change: Change) -> Op<()> {
        later(self.0.change(change))
    }

    fn abilities(&self) -> Abilities {
        self.0.abilities()
    }
}

/// A sink that is no file, and whose end comes later.
struct SlowSink(Box<dyn Sink + Send>);

impl Sink for SlowSink {
    fn poll_write(
        &mut self,
        cx: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.0.poll_write(cx, &bytes[..bytes.len().min(1_000)])
    }

    fn finish(self: Box<Self>, keep: Keep) -> Op<()> {
        later(self.0.finish(keep))
    }
}

fn running(answer: Duration) -> Running {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = Slow(LocalDirectory::open(directory.path()).expect("the directory"));
    let mut timeouts = Timeouts::server();
    timeouts.answer = answer;
    let builder = Server::builder(Arc::new(storage))
        .users(Users::new().with(User::new("ada", "secret", Permissions::READ_WRITE)))
        .listen_on((Ipv4Addr::LOCALHOST, 0).into())
        .timeouts(timeouts);
    Running::of(builder, directory)
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn answers_that_come_later_serve_every_command() {
    let server = running(LONG);
    let mut client = Client::logged_in(server.address());
    client.say("MKD d", 257);
    client.say("CWD d", 250);
    client.give("STOR f", &[7; 100_000]);
    assert!(client.say("SIZE f", 213).starts_with("213 100000\r\n"));
    assert!(client.fetch("RETR f") == [7; 100_000]);
    assert_eq!(client.fetch("NLST"), b"f\r\n");
    client.say("DELE f", 250);
    client.say("RETR f", 425);
}

#[test]
fn abor_is_answered_while_the_storage_opens_a_file() {
    let server = running(LONG);
    let mut client = Client::logged_in(server.address());
    let at = client.epsv();
    client.send("RETR never\r\nABOR\r\n");
    client.expect(426);
    client.expect(226);
    assert!(TcpStream::connect(at).is_err(), "nobody listens any more");
    client.say("NOOP", 200);
}

#[test]
fn an_answer_that_does_not_come_meets_its_deadline() {
    let server = running(Duration::from_millis(50));
    let mut client = Client::logged_in(server.address());
    client.epsv();
    client.say("RETR never", 451);
    client.say("NOOP", 200);
}

#[test]
fn an_upload_of_a_client_that_has_gone_is_kept_as_a_part() {
    let server = running(LONG);
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    data.write_all(&[7; 5_000]).expect("taken");
    client.say("STAT", 211);
    ftp_io::net::reset(client.socket());
    drop(client);
    server.await_event(|event| crate::sessions::ended(event).map(drop));
    drop(data);
    let kept = fs::read(server.file("f")).unwrap_or_default();
    assert!([7; 5_000].starts_with(&kept));
    let left = fs::read_dir(server.directory.path()).expect("there");
    assert!(left.count() <= 1, "no temporary file is left");
}

#[cfg(feature = "hash")]
#[test]
fn abor_takes_back_a_checksum_of_a_file_that_never_opens() {
    let server = running(LONG);
    let mut client = Client::logged_in(server.address());
    client.send("HASH never\r\nNOOP\r\n");
    client.send("ABOR\r\n");
    client.expect(426);
    client.expect(200);
    client.expect(226);
    // The thread that waited for it is free again.
    client.give("STOR f", b"123456789");
    assert_eq!(client.say("XCRC f", 250), "250 cbf43926\r\n");
}
