//! Runs sessions in a program that links the C library and nothing of Rust's `std`.
//!
//! It plays the driver of RFC 959's shortest dialogue and compares the codes of the replies; then
//! it has a client and a server exchange files through the driver of the bare example. That it
//! links is the proof that `ftp-proto` needs no `std`: the allocator and the panic handler below
//! would be there twice.
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../../../ftp-proto/examples/bare/driver.rs"]
mod driver;
#[path = "../../../ftp-proto/examples/bare/link.rs"]
#[allow(dead_code, reason = "a network of sockets needs more of it")]
mod link;
#[path = "../../../ftp-proto/examples/bare/play.rs"]
mod play;
#[path = "../../../ftp-proto/examples/bare/transfer.rs"]
mod transfer;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::net::{Ipv4Addr, SocketAddr};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use ftp_proto::client::DataPolicy;
use ftp_proto::codec::command::{FormatControl, RepresentationType};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Grant, Permissions, Request, ServerConfig, ServerEvent, ServerSession};
use ftp_proto::{Action, ControlAddresses, Instant, Output};

#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    let replies = dialogue(b"USER u\r\nPASS p\r\nPWD\r\nPORT 1,2\r\nNONSENSE\r\nQUIT\r\n");
    print(&replies);
    let codes = replies
        .split(|&byte| byte == b'\n')
        .map(|line| line.get(..3).unwrap_or(line));
    let expected: [&[u8]; 8] = [b"220", b"331", b"230", b"257", b"501", b"500", b"221", b""];
    if codes.eq(expected) && files_come_back() && play::gives_up_on_silence() {
        0
    } else {
        1
    }
}

/// Whether files are the same after the way to a server and back, in both modes.
fn files_come_back() -> bool {
    let ascii = RepresentationType::Ascii(FormatControl::NonPrint);
    let mut file = [b'\n'; 5_000];
    for (byte, n) in file.iter_mut().step_by(3).zip(0_u8..=255) {
        *byte = n;
    }
    for policy in [DataPolicy::Passive, DataPolicy::Active] {
        for representation in [RepresentationType::Image, ascii] {
            match play::play(policy, representation, &file) {
                Ok(played) if played.bytes == file.len() && played.sent == played.received => {}
                Ok(_) => {
                    print(b"what came back is not what was sent\n");
                    return false;
                }
                Err(error) => {
                    print(error.as_bytes());
                    return false;
                }
            }
        }
    }
    true
}

/// Feeds the commands to a session until it closes, and returns all that it sent.
fn dialogue(commands: &[u8]) -> Vec<u8> {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 21));
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, 40000));
    let now = Instant::from_micros(0);
    let addresses = ControlAddresses::new(here, there);
    let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
    let mut left = commands;
    let mut sent = Vec::new();
    loop {
        match session.poll_output(now) {
            Output::Send(bytes) | Output::SendUrgent(bytes) => {
                let taken = bytes.len();
                sent.extend_from_slice(bytes);
                session.sent(taken);
            }
            Output::Action(Action::Close) => return sent,
            Output::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
                let grant = Grant {
                    permissions: Permissions::READ_ONLY,
                    home: VirtualPath::root(),
                };
                session.answer(ask, Ok(grant));
            }
            Output::Event(_) => {}
            Output::Wait(wait) => {
                let (now_read, rest) = left.split_at(wait.read.min(left.len()));
                if now_read.is_empty() {
                    return Vec::new();
                }
                if session.handle_input(now_read) != now_read.len() {
                    return Vec::new();
                }
                left = rest;
            }
            // Another action: not in this dialogue.
            _ => return Vec::new(),
        }
    }
}

fn print(text: &[u8]) {
    // SAFETY: the pointer and the length are those of a live slice, which `write` only reads.
    let _ = unsafe { write(1, text.as_ptr().cast(), text.len()) };
}

/// Hands out a fixed piece of memory once and takes nothing back.
struct Bump {
    memory: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

// SAFETY: `used` gives every byte of `memory` to one caller only.
unsafe impl Sync for Bump {}

// SAFETY: a block lies inside `memory`, is aligned, and overlaps no other block.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.memory.get().cast::<u8>();
        // Room to align, whatever the address of the memory is.
        let Some(size) = layout.size().checked_add(layout.align()) else {
            return ptr::null_mut();
        };
        let take = |used: usize| used.checked_add(size).filter(|&end| end <= SIZE);
        match self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        {
            Ok(at) => {
                // SAFETY: `at + size` lies inside `memory`, and aligning skips less than `align`.
                unsafe {
                    let block = start.add(at);
                    block.add(block.align_offset(layout.align()))
                }
            }
            Err(_) => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

#[global_allocator]
static MEMORY: Bump = Bump {
    memory: UnsafeCell::new([0; SIZE]),
    used: AtomicUsize::new(0),
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    print(b"panic\n");
    // SAFETY: `abort` takes nothing and does not return.
    unsafe { abort() }
}

/// Asked for by the `alloc` that comes with the toolchain, which was built to unwind; this program
/// aborts instead, so nothing calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {
    // SAFETY: `abort` takes nothing and does not return.
    unsafe { abort() }
}

/// The same.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    // SAFETY: `abort` takes nothing and does not return.
    unsafe { abort() }
}

unsafe extern "C" {
    fn write(file: c_int, bytes: *const c_void, count: usize) -> isize;
    fn abort() -> !;
}

const SIZE: usize = 1 << 20;
