//! The drivers of this workspace, each as a program that [`checklist`](crate::checklist) can take.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::checklist::{Driver, Side};
use crate::library::{self, Linking};
use crate::{Trouble, cargo};

/// A driver of this workspace, as an example program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The name of the program.
    pub name: &'static str,
    /// Its source, from the root of the workspace.
    pub source: &'static str,
    /// The crates that it uses besides `ftp-proto` and the standard library.
    pub crates: &'static [&'static str],
    /// What it can drive.
    pub sides: &'static [Side],
}

/// Every driver.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "blocking_driver",
        source: "ftp-io/src/blocking",
        crates: &["ftp-io"],
        sides: &[Side::Client],
    },
    Example {
        name: "tokio_driver",
        source: "ftp-io/src/asynchronous",
        crates: &["ftp-io"],
        sides: &[Side::Client],
    },
    Example {
        name: "tokio_server_driver",
        source: "ftp-io/src/server",
        crates: &["ftp-io"],
        sides: &[Side::Server],
    },
    Example {
        name: "smol",
        source: "ftp-proto/examples/smol.rs",
        crates: &["async-io", "futures-lite", "rustix", "socket2"],
        sides: &[Side::Client, Side::Server],
    },
    Example {
        name: "mio",
        source: "ftp-proto/examples/mio.rs",
        crates: &["mio", "rustix", "socket2"],
        sides: &[Side::Client, Side::Server],
    },
    Example {
        name: "io_uring",
        source: "ftp-proto/examples/io_uring/main.rs",
        crates: &["io-uring", "rustix", "socket2"],
        sides: &[Side::Client, Side::Server],
    },
    Example {
        name: "threads",
        source: "ftp-proto/examples/threads.rs",
        crates: &["rustix", "socket2"],
        sides: &[Side::Client, Side::Server],
    },
    Example {
        name: "epoll_client",
        source: "ftp-ffi/examples/epoll_client.c",
        crates: &[],
        sides: &[Side::Client],
    },
    Example {
        name: "epoll_server",
        source: "ftp-ffi/examples/epoll_server.c",
        crates: &[],
        sides: &[Side::Server],
    },
    // Its driver needs no crate and no `std`; what joins its byte queues to sockets does.
    Example {
        name: "bare",
        source: "ftp-proto/examples/bare/driver.rs",
        crates: &[],
        sides: &[Side::Client, Side::Server],
    },
];

impl Example {
    /// Whether it drives sessions of this side.
    pub fn has(&self, side: Side) -> bool {
        self.sides.contains(&side)
    }

    /// Its program. One in C is compiled with what compiler there is, and shares the library.
    ///
    /// # Errors
    /// `Failed`, with what was said, when it cannot be built; `Missing` without a compiler.
    pub fn driver(&self) -> Result<Driver, Trouble> {
        if self.source.ends_with(".c") {
            let program = library::example(self.name, library::any_compiler()?, Linking::Shared)?;
            return Ok(Driver::new(self.name, program));
        }
        self.rust_driver()
    }

    /// A program in Rust, built from what the work tree holds now, once for each test program.
    /// `cargo test --workspace` builds the examples of all members anyway, with the same features,
    /// so that nothing is left to be built then. `FTP_DRIVERS` names a folder of programs to be
    /// tested instead.
    ///
    /// # Errors
    /// `Failed`, with what cargo said, when it cannot be built.
    fn rust_driver(&self) -> Result<Driver, Trouble> {
        static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let folder = BUILT
            .get_or_init(|| match std::env::var_os("FTP_DRIVERS") {
                Some(given) => Ok(given.into()),
                None => Ok(cargo::build(&["--workspace", "--examples"])?.join("examples")),
            })
            .as_deref()
            .map_err(Trouble::failed)?;
        let program = folder.join(self.name);
        match program.is_file() {
            true => Ok(Driver::new(self.name, program)),
            false => Err(Trouble::failed(format_args!(
                "{} was not built",
                program.display()
            ))),
        }
    }
}
