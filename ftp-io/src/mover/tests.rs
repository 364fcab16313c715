//! Transfers over loopback sockets with small buffers.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::task::{Context, Poll, Waker};

use ftp_proto::codec::command::TransferMode;
use ftp_proto::data::{Ascii, Codec, CodecOptions, TransferParameters};
use ftp_proto::server::Keep;
use ftp_proto::{DataEnding, Direction};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

use super::*;
use crate::storage::{Op, Reader, Sink, Source, Writer};

/// Two ends of one connection, nonblocking, that hold little in between.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let _ = SockRef::from(&listener).set_recv_buffer_size(4096);
    let there = TcpStream::connect(listener.local_addr().expect("an address")).expect("connected");
    let (here, _) = listener.accept().expect("accepted");
    for end in [&here, &there] {
        end.set_nonblocking(true).expect("nonblocking");
        let _ = SockRef::from(end).set_send_buffer_size(4096);
    }
    (here, there)
}

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Waits until the kernel says so, ten seconds at most.
fn wait(sockets: &[(&TcpStream, PollFlags)]) {
    let deadline = Timespec {
        tv_sec: 10,
        tv_nsec: 0,
    };
    let mut fds: Vec<_> = sockets
        .iter()
        .map(|(socket, what)| PollFd::from_borrowed_fd(socket.as_fd(), *what))
        .collect();
    let ready = poll(&mut fds, Some(&deadline)).expect("poll works");
    assert_ne!(ready, 0, "nothing happened in ten seconds");
}

/// One whole transfer between two drivers in one thread.
struct Transfer {
    sending: Sending,
    receiving: Receiving,
    budget: usize,
}

impl Transfer {
    fn new(send: Codec, receive: Codec) -> Self {
        Self {
            sending: Sending::new(send),
            receiving: Receiving::new(receive),
            budget: BUDGET,
        }
    }

    fn plain() -> Self {
        Self::new(Codec::Passthrough, Codec::Passthrough)
    }

    fn run(&mut self, source: &mut dyn Source, sink: &mut dyn Sink) -> (DataEnd, DataEnd) {
        let (from, to) = pair();
        loop {
            let sent = self.sending.step(&mut cx(), &from, source, self.budget);
            let received = self.receiving.step(&mut cx(), &to, sink, self.budget);
            match (sent, received) {
                (Step::Ended(sent), Step::Ended(received)) => return (sent, received),
                (_, Step::Ended(received)) => panic!("it ended too early: {received:?}"),
                (Step::Blocked(On::Socket), Step::Blocked(On::Socket)) => {
                    wait(&[(&from, PollFlags::OUT), (&to, PollFlags::IN)]);
                }
                (Step::Ended(_), Step::Blocked(On::Socket)) => wait(&[(&to, PollFlags::IN)]),
                _ => {}
            }
        }
    }
}

/// Bytes of which no piece is like another.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).expect("it is written");
    file.rewind().expect("at its beginning");
    file
}

fn content_of(file: &mut File) -> Vec<u8> {
    let mut content = Vec::new();
    file.rewind().expect("at its beginning");
    file.read_to_end(&mut content).expect("it is read");
    content
}

fn complete(bytes: usize) -> DataEnd {
    DataEnd {
        bytes: bytes as u64,
        ending: DataEnding::Complete,
    }
}

/// A source that tells its size, as a local file at a server does.
struct Sized(File, u64);

impl Source for Sized {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.0.poll_read(cx, buffer)
    }

    fn file(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }

    fn size(&self) -> Option<u64> {
        Some(self.1)
    }
}

#[test]
fn a_file_goes_into_a_file_inside_the_kernel() {
    let content = bytes(600_000);
    let (mut from, mut to) = (file_of(&content), file_of(b""));
    let mut transfer = Transfer::plain();
    let ends = transfer.run(&mut from, &mut to);
    assert_eq!(ends, (complete(content.len()), complete(content.len())));
    assert!(content_of(&mut to) == content, "the bytes differ");
    if cfg!(target_os = "linux") {
        assert_eq!(transfer.sending.way, Some(Way::Kernel));
        assert_eq!(transfer.receiving.way, Way::Kernel);
    }
}

#[test]
fn files_of_any_size_arrive_whole_by_either_way() {
    for size in [
        0,
        1,
        16 << 10,
        (16 << 10) + 1,
        32 << 10,
        (32 << 10) + 1,
        100_000,
    ] {
        let content = bytes(size);
        let both = (complete(size), complete(size));

        let mut to = file_of(b"");
        let mut from = Sized(file_of(&content), size as u64);
        assert_eq!(Transfer::plain().run(&mut from, &mut to), both, "{size}");
        assert!(content_of(&mut to) == content, "{size}: the bytes differ");

        let mut to = Writer(Vec::new());
        let mut from = Reader(&content[..]);
        assert_eq!(Transfer::plain().run(&mut from, &mut to), both, "{size}");
        assert!(to.0 == content, "{size}: the bytes differ");
    }
}

#[test]
fn a_transfer_starts_where_the_files_stand() {
    let (mut from, mut to) = (file_of(b"0123456789"), file_of(b"abcdefgh"));
    from.seek(SeekFrom::Start(6)).expect("an offset");
    to.seek(SeekFrom::Start(2)).expect("an offset");
    let ends = Transfer::plain().run(&mut from, &mut to);
    assert_eq!(ends, (complete(4), complete(4)));
    assert_eq!(content_of(&mut to), b"ab6789gh");
}

#[test]
fn a_small_budget_only_takes_more_steps() {
    let content = bytes(5_000);
    for budget in [0, 1, 7, 4_096] {
        let (mut from, mut to) = (file_of(&content), file_of(b""));
        let mut transfer = Transfer::plain();
        transfer.budget = budget;
        let ends = transfer.run(&mut from, &mut to);
        assert_eq!(ends, (complete(5_000), complete(5_000)));
        assert!(content_of(&mut to) == content, "the bytes differ");
    }
}

#[test]
fn a_step_moves_no_more_than_its_budget_of_a_file() {
    let (from, to) = pair();
    let mut source = file_of(&bytes(2_000));
    let mut sending = Sending::new(Codec::Passthrough);
    assert_eq!(
        sending.step(&mut cx(), &from, &mut source, 1_000),
        Step::Progress
    );
    assert_eq!(sending.bytes(), 1_000);
    wait(&[(&to, PollFlags::IN)]);
    let mut receiving = Receiving::new(Codec::Passthrough);
    let mut sink = file_of(b"");
    assert_eq!(
        receiving.step(&mut cx(), &to, &mut sink, 300),
        Step::Progress
    );
    assert_eq!(receiving.bytes(), 300);
    assert_eq!(content_of(&mut sink).len(), 300);
}

#[test]
fn a_file_that_splice_refuses_is_written_all_the_same() {
    let content = bytes(300_000);
    let path = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut to = OpenOptions::new()
        .append(true)
        .open(path.path())
        .expect("it opens");
    let mut transfer = Transfer::plain();
    let ends = transfer.run(&mut file_of(&content), &mut to);
    assert_eq!(ends.1, complete(content.len()));
    assert_eq!(transfer.receiving.way, Way::Buffer);
    assert!(
        fs::read(path.path()).expect("it is read") == content,
        "the bytes differ"
    );
}

#[test]
fn a_pipe_as_a_source_is_read_where_sendfile_refuses_it() {
    let content = bytes(10_000);
    let (output, mut input) = io::pipe().expect("a pipe");
    input.write_all(&content).expect("the pipe takes it");
    drop(input);
    let mut from = File::from(std::os::fd::OwnedFd::from(output));
    let mut to = Writer(Vec::new());
    let ends = Transfer::plain().run(&mut from, &mut to);
    assert_eq!(ends, (complete(10_000), complete(10_000)));
    assert!(to.0 == content, "the bytes differ");
}

#[test]
fn lines_change_on_their_way_and_change_back() {
    let text = "a line\nanother\n\nno end".repeat(5_000);
    let mut transfer = Transfer::new(
        Codec::Ascii(Ascii::new(Direction::Send)),
        Codec::Ascii(Ascii::new(Direction::Receive)),
    );
    let mut to = file_of(b"");
    let ends = transfer.run(&mut file_of(text.as_bytes()), &mut to);
    // What crossed the wire is counted: every line end is a byte longer there.
    let crossed = text.len() + text.matches('\n').count();
    assert_eq!(ends, (complete(crossed), complete(crossed)));
    assert!(content_of(&mut to) == text.as_bytes(), "the text differs");
}

#[test]
fn a_codec_that_holds_a_byte_back_gives_it_at_the_end() {
    let mut transfer = Transfer::new(
        Codec::Passthrough,
        Codec::Ascii(Ascii::new(Direction::Receive)),
    );
    let mut to = Writer(Vec::new());
    let ends = transfer.run(&mut Reader(&b"a\r\nb\r"[..]), &mut to);
    assert_eq!(ends.1, complete(5));
    assert_eq!(to.0, b"a\nb\r");
}

#[test]
fn a_peer_that_resets_is_no_end_of_the_file() {
    let (from, to) = pair();
    (&from).write_all(b"half of it").expect("it is sent");
    wait(&[(&to, PollFlags::IN)]);
    let mut receiving = Receiving::new(Codec::Passthrough);
    let mut sink = file_of(b"");
    let step = receiving.step(&mut cx(), &to, &mut sink, BUDGET);
    assert_eq!(step, Step::Blocked(On::Socket));
    crate::net::reset(from);
    wait(&[(&to, PollFlags::IN)]);
    let end = DataEnd {
        bytes: 10,
        ending: DataEnding::Reset,
    };
    let step = receiving.step(&mut cx(), &to, &mut sink, BUDGET);
    assert_eq!(step, Step::Ended(end));
    // It stays so.
    assert_eq!(
        receiving.step(&mut cx(), &to, &mut sink, BUDGET),
        Step::Ended(end)
    );
    assert!(receiving.error().is_some());
}

#[test]
fn sending_to_a_peer_that_resets_ends_in_reset() {
    let mut whole = file_of(&bytes(8 << 20));
    let mut endless = Reader(io::repeat(b'x'));
    let sources: [&mut dyn Source; 2] = [&mut whole, &mut endless];
    for source in sources {
        let (from, to) = pair();
        let mut sending = Sending::new(Codec::Passthrough);
        while sending.step(&mut cx(), &from, source, BUDGET) == Step::Progress {}
        crate::net::reset(to);
        wait(&[(&from, PollFlags::OUT)]);
        let Step::Ended(end) = sending.step(&mut cx(), &from, source, BUDGET) else {
            panic!("nobody is there to take more");
        };
        assert_eq!(end.ending, DataEnding::Reset);
        assert_eq!(end.bytes, sending.bytes());
    }
}

#[test]
fn a_full_disk_is_told_as_no_space() {
    let (from, to) = pair();
    (&from).write_all(b"more than fits").expect("it is sent");
    wait(&[(&to, PollFlags::IN)]);
    let mut receiving = Receiving::new(Codec::Passthrough);
    let mut sink = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a device that is full");
    let step = receiving.step(&mut cx(), &to, &mut sink, BUDGET);
    let end = DataEnd {
        bytes: 14,
        ending: DataEnding::Local(LocalFailure::NoSpace),
    };
    assert_eq!(step, Step::Ended(end));
}

#[test]
fn what_cannot_be_read_or_written_fails_on_this_side() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (from, to) = pair();
    let other = DataEnding::Local(LocalFailure::Other);
    (&from).write_all(b"x").expect("it is sent");
    wait(&[(&to, PollFlags::IN)]);
    let mut receiving = Receiving::new(Codec::Passthrough);
    let step = receiving.step(&mut cx(), &to, &mut Writer(Broken), BUDGET);
    assert!(
        matches!(step, Step::Ended(end) if end.ending == other),
        "{step:?}"
    );
    let mut sending = Sending::new(Codec::Passthrough);
    let step = sending.step(&mut cx(), &from, &mut Reader(Broken), BUDGET);
    assert!(
        matches!(step, Step::Ended(end) if end.ending == other),
        "{step:?}"
    );
    // No orderly end of the connection says that the file is whole.
    let error = (&to)
        .read(&mut [0; 1])
        .expect_err("nothing came, and no end");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn storage_that_answers_later_is_waited_for() {
    /// Gives and takes a byte at every other call.
    struct Slow<'a>(&'a mut Vec<u8>, bool);
    impl Slow<'_> {
        fn waits(&mut self) -> bool {
            self.1 = !self.1;
            self.1
        }
    }
    impl Source for Slow<'_> {
        fn poll_read(&mut self, _: &mut Context<'_>, to: &mut [u8]) -> Poll<io::Result<usize>> {
            if self.waits() {
                return Poll::Pending;
            }
            Poll::Ready(Ok(self.0.pop().map_or(0, |byte| {
                to[0] = byte;
                1
            })))
        }
    }
    impl Sink for Slow<'_> {
        fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            if self.waits() {
                return Poll::Pending;
            }
            self.0.push(bytes[0]);
            Poll::Ready(Ok(1))
        }
        fn finish(self: Box<Self>, _: Keep) -> Op<()> {
            Op::Ready(Ok(()))
        }
    }
    let (from, to) = pair();
    let mut source = b"cba".to_vec();
    let mut sending = Sending::new(Codec::Passthrough);
    let first = sending.step(&mut cx(), &from, &mut Slow(&mut source, false), BUDGET);
    assert_eq!(first, Step::Blocked(On::Storage));
    let (mut source, mut sink) = (Slow(&mut source, false), Vec::new());
    let mut waits = 0;
    while sending.step(&mut cx(), &from, &mut source, BUDGET) != Step::Ended(complete(3)) {
        waits += 1;
    }
    assert_eq!(waits, 4);
    wait(&[(&to, PollFlags::IN)]);
    let mut receiving = Receiving::new(Codec::Passthrough);
    let mut slow = Slow(&mut sink, false);
    let mut last = receiving.step(&mut cx(), &to, &mut slow, BUDGET);
    assert_eq!(last, Step::Blocked(On::Storage));
    while !matches!(last, Step::Ended(_)) {
        if last == Step::Blocked(On::Socket) {
            wait(&[(&to, PollFlags::IN)]);
        }
        last = receiving.step(&mut cx(), &to, &mut slow, BUDGET);
    }
    assert_eq!(last, Step::Ended(complete(3)));
    assert_eq!(sink, b"abc");
}

#[test]
fn a_transfer_cut_short_tells_what_it_moved() {
    let (from, _to) = pair();
    let mut endless = Reader(io::repeat(b'x'));
    let mut sending = Sending::new(Codec::Passthrough);
    while sending.step(&mut cx(), &from, &mut endless, BUDGET) == Step::Progress {}
    let end = sending.cut();
    assert_eq!(end.ending, DataEnding::Reset);
    assert!(end.bytes > 0);
    assert_eq!(end.bytes, sending.bytes());
}

/// What a peer sends, received in MODE B.
fn receive_blocks(from: TcpStream, to: &TcpStream, wire: &[u8], then: fn(TcpStream)) -> Receiving {
    let parameters = TransferParameters {
        mode: TransferMode::Block,
        ..TransferParameters::IMAGE
    };
    let codec = Codec::new(Direction::Receive, parameters, CodecOptions::default());
    let mut receiving = Receiving::new(codec.expect("a codec"));
    (&from).write_all(wire).expect("it fits");
    then(from);
    let mut sink = file_of(b"");
    while receiving.step(&mut cx(), to, &mut sink, BUDGET) == Step::Blocked(On::Socket) {
        wait(&[(to, PollFlags::IN)]);
    }
    receiving
}

#[test]
fn a_file_that_ends_by_itself_is_not_waited_for() {
    let (from, to) = pair();
    let peer = from.try_clone().expect("the connection stays open");
    let receiving = receive_blocks(from, &to, b"\x40\0\x03abc", drop);
    assert_eq!(receiving.cut().ending, DataEnding::Complete);
    assert_eq!(receiving.cut().bytes, 6);
    drop(peer);
}

#[test]
fn a_file_cut_short_is_not_complete() {
    let (from, to) = pair();
    let receiving = receive_blocks(from, &to, b"\x40\0\x03ab", drop);
    assert_eq!(receiving.cut().ending, DataEnding::Reset);
    assert!(receiving.error().is_some());
}
