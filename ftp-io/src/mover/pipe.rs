//! Pipes through which bytes go from a socket into a file without being copied here.

use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use rustix::io::Result;
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};

/// An empty pipe. A step borrows one and gives it back, so that a few serve any number of uploads.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) output: OwnedFd,
    pub(super) input: OwnedFd,
}

impl Pipe {
    pub(super) fn borrow() -> Result<Self> {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(pipe) = idle {
            return Ok(pipe);
        }
        let (output, input) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // A user has pages for some 64 pipes of this size; a smaller one is only slower.
        let _ = fcntl_setpipe_size(&input, SIZE);
        Ok(Self { output, input })
    }

    /// For a pipe that is empty again; one that is not must be dropped.
    pub(super) fn give_back(self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(self);
        }
    }
}

/// Bytes in a pipe: smaller ones cost more calls for each byte.
pub(super) const SIZE: usize = 1 << 20;

/// Pipes that nobody uses now.
static IDLE: Mutex<Vec<Pipe>> = Mutex::new(Vec::new());

/// How many of those are kept: about as many as there are threads that step.
const IDLE_MAX: usize = 16;
