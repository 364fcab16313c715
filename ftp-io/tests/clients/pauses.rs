//! Who makes the bytes of a transfer, or takes them, may pause: that is no stall of the network.

use std::io;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ftp_io::client::ClientOptions;
use ftp_io::storage::{Op, Sink, Source};
use ftp_proto::Timeouts;
use ftp_proto::client::{Store, StoreAs};
use ftp_proto::server::Keep;

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, path};

/// A pause of whoever waits at it.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<(bool, Option<Waker>)>>);

impl Gate {
    fn open(&self) {
        let mut gate = self.0.lock().expect("no panic");
        gate.0 = true;
        if let Some(waker) = gate.1.take() {
            waker.wake();
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut gate = self.0.lock().expect("no panic");
        if gate.0 {
            return Poll::Ready(());
        }
        gate.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Two halves with a pause between them.
struct Producer {
    halves: Vec<&'static [u8]>,
    gate: Gate,
}

impl Source for Producer {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.halves.len() < 2 && self.gate.poll(cx).is_pending() {
            return Poll::Pending;
        }
        let half = self.halves.pop().unwrap_or_default();
        buffer[..half.len()].copy_from_slice(half);
        Poll::Ready(Ok(half.len()))
    }
}

/// Takes nothing before the end of the pause.
struct Consumer {
    taken: Vec<u8>,
    gate: Gate,
}

impl Sink for Consumer {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.gate.poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.taken.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }
}

/// With a deadline for stalls that is long over when the NOOP comes that keeps the control
/// connection alive.
fn options() -> ClientOptions {
    let mut timeouts = Timeouts::client();
    timeouts.stall = Duration::from_millis(50);
    timeouts.keep_alive = Duration::from_millis(400);
    ClientOptions {
        timeouts,
        ..ClientOptions::default()
    }
}

fn of_a_producer(kind: Kind) {
    let gate = Gate::default();
    let opened = gate.clone();
    let server = Scripted::new(move |control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut first = [0; 4];
        data.read_exact(&mut first).expect("the first half");
        control.expect("NOOP");
        opened.open();
        let mut second = String::new();
        data.read_to_string(&mut second).expect("the second half");
        assert_eq!((&first, &second[..]), (b"half", "way"));
        control.say("226 Stored.");
        control.say("200 Here.");
        control.answer("NOOP", "200 Here.");
    });
    let mut client = server.client(kind, options());
    let halves = vec![&b"way"[..], b"half"];
    let mut producer = Producer { halves, gate };
    let store = Store::new(StoreAs::Whole(path("f")));
    let transfer = client.store(store, &mut producer).expect("no stall");
    assert_eq!(transfer.bytes, 7);
    client.noop().expect("the session goes on");
    server.ended();
}

fn of_a_consumer(kind: Kind) {
    let gate = Gate::default();
    let opened = gate.clone();
    let server = Scripted::new(move |control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        data.write_all(b"halfway").expect("a reader");
        control.expect("NOOP");
        opened.open();
        crate::scripted::finish(data);
        control.say("226 Done.");
        control.say("200 Here.");
        control.answer("NOOP", "200 Here.");
    });
    let mut client = server.client(kind, options());
    let taken = Vec::new();
    let mut consumer = Consumer { taken, gate };
    client.retrieve(path("f"), &mut consumer).expect("no stall");
    assert_eq!(consumer.taken, b"halfway");
    client.noop().expect("the session goes on");
    server.ended();
}

both! {
    of_a_producer
    of_a_consumer
}
