//! FTP clients as their users run them: none is told who is to open data connections.
//!
//! ```no_run
//! use ftp_tests::clients::{CATALOGUE, Task, Visit};
//!
//! # fn main() -> Result<(), ftp_tests::Trouble> {
//! let folder = std::env::temp_dir();
//! for program in CATALOGUE.iter().filter(|program| program.can(Task::Get)) {
//!     let got = program.run(&Visit {
//!         task: Task::Get,
//!         server: ([127, 0, 0, 1], 2121).into(),
//!         user: "tester",
//!         password: "hunter2",
//!         remote: "seen.txt",
//!         local: &folder.join("got"),
//!         folder: &folder,
//!     })?;
//!     println!("{}: {}", program.name, got.status);
//! }
//! # Ok(())
//! # }
//! ```

mod script;
mod tool;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::Trouble;
use crate::process::Finished;

/// A client program, or a library with a script of ours in `tests/clients`.
#[derive(Debug)]
pub struct Program {
    /// What people call it; a name for a test too.
    pub name: &'static str,
    /// What it can do. The names of files and users are put into addresses and scripts as they
    /// are: they must hold letters, digits, `.`, `-`, `_` and `/` alone.
    tasks: &'static [Task],
    command: fn(&Visit<'_>) -> Result<Command, Trouble>,
    version: fn() -> Result<Command, Trouble>,
}

/// What a client is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Download the file `remote` to `local`, which is not there yet.
    Get,
    /// Upload the file `local` as `remote`.
    Put,
    /// List the directory `remote`, the login directory if it is empty.
    List,
}

/// One task at one server.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// What to do.
    pub task: Task,
    /// Whom to ask.
    pub server: SocketAddr,
    /// Who asks.
    pub user: &'a str,
    /// That user's password.
    pub password: &'a str,
    /// A path at the server, from the login directory on.
    pub remote: &'a str,
    /// The client's own file; unused by `List`.
    pub local: &'a Path,
    /// Where the client's output goes, and what it needs besides.
    pub folder: &'a Path,
}

/// All of them.
pub const CATALOGUE: &[Program] = &[
    Program {
        name: "curl",
        tasks: ALL,
        command: tool::curl,
        version: || tool::version("curl"),
    },
    Program {
        name: "wget",
        tasks: &[Task::Get, Task::List],
        command: tool::wget,
        version: || tool::version("wget"),
    },
    Program {
        name: "wget2",
        tasks: &[Task::Get],
        command: tool::wget2,
        version: || tool::version("wget2"),
    },
    Program {
        name: "aria2",
        tasks: &[Task::Get],
        command: tool::aria2,
        version: || tool::version("aria2c"),
    },
    Program {
        name: "lftp",
        tasks: ALL,
        command: tool::lftp,
        version: || tool::version("lftp"),
    },
    Program {
        name: "ncftp",
        tasks: ALL,
        command: tool::ncftp,
        version: || tool::version("ncftpget"),
    },
    Program {
        name: "tnftp",
        tasks: ALL,
        command: tool::tnftp,
        version: tool::tnftp_version,
    },
    Program {
        name: "inetutils-ftp",
        tasks: ALL,
        command: tool::inetutils,
        version: || tool::version("inetutils-ftp"),
    },
    Program {
        name: "Python ftplib",
        tasks: ALL,
        command: |visit| script::python("ftplib").map(|made| script::with(made, visit)),
        version: || script::python("ftplib").map(script::version),
    },
    Program {
        name: "Python aioftp",
        tasks: ALL,
        command: |visit| script::python("aioftp").map(|made| script::with(made, visit)),
        version: || script::python("aioftp").map(script::version),
    },
    Program {
        name: "Java Commons Net",
        tasks: ALL,
        command: |visit| script::commons_net().map(|made| script::with(made, visit)),
        version: || script::commons_net().map(script::version),
    },
    Program {
        name: "Java URLConnection",
        tasks: ALL,
        command: |visit| script::url_connection().map(|made| script::with(made, visit)),
        version: || script::url_connection().map(script::version),
    },
    Program {
        name: "C# FtpWebRequest (mono)",
        tasks: ALL,
        command: |visit| script::ftp_web_request().map(|made| script::with(made, visit)),
        version: || script::ftp_web_request().map(script::version),
    },
    Program {
        name: "Perl Net::FTP",
        tasks: ALL,
        command: |visit| script::perl().map(|made| script::with(made, visit)),
        version: || script::perl().map(script::version),
    },
    Program {
        name: "tcllib ftp",
        tasks: ALL,
        command: |visit| script::tcllib().map(|made| script::with(made, visit)),
        version: || script::tcllib().map(script::version),
    },
    Program {
        name: "PHP ftp_connect",
        tasks: ALL,
        command: |visit| script::php("php_ftp").map(|made| script::with(made, visit)),
        version: || script::php("php_ftp").map(script::version),
    },
    Program {
        name: "PHP ftp://",
        tasks: ALL,
        command: |visit| script::php("php_url").map(|made| script::with(made, visit)),
        version: || script::php("php_url").map(script::version),
    },
    Program {
        name: "Ruby net-ftp",
        tasks: ALL,
        command: |visit| script::ruby().map(|made| script::with(made, visit)),
        version: || script::ruby().map(script::version),
    },
    Program {
        name: "Node basic-ftp",
        tasks: ALL,
        command: |visit| script::basic_ftp().map(|made| script::with(made, visit)),
        version: || script::basic_ftp().map(script::version),
    },
    Program {
        name: "ftp-cli",
        tasks: ALL,
        command: tool::ours,
        version: tool::our_version,
    },
];

impl Program {
    /// Whether it can do a task at all.
    pub fn can(&self, task: Task) -> bool {
        self.tasks.contains(&task)
    }

    /// Does a task and waits for the program's end, whatever its exit status.
    ///
    /// # Errors
    /// `Missing` when the program is not there, `Failed` when it does not end in time.
    pub fn run(&self, visit: &Visit<'_>) -> Result<Finished, Trouble> {
        super::run((self.command)(visit)?, "client", visit.folder)
    }

    /// The version that it tells, if it tells one.
    ///
    /// # Errors
    /// `Missing` when the program is not there, `Failed` when it does not end in time.
    pub fn version(&self, folder: &Path) -> Result<Option<String>, Trouble> {
        let told = super::run((self.version)()?, "version", folder)?;
        let told = told.stdout_text() + &told.stderr_text();
        let is_version = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_digit())
                && word.contains('.')
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
        };
        let mut words = told
            .split([' ', '\n', '\t', '/'])
            .map(|word| word.trim_matches(','));
        Ok(words.find(is_version).map(str::to_owned))
    }
}

impl Visit<'_> {
    /// The address of the file or directory, with the name and the password.
    fn url(&self) -> String {
        let end = match self.task {
            Task::List if !self.remote.is_empty() => "/",
            _ => "",
        };
        format!(
            "ftp://{}:{}@{}/{}{end}",
            self.user, self.password, self.server, self.remote
        )
    }

    /// The host as programs take it outside of addresses.
    fn host(&self) -> String {
        self.server.ip().to_string()
    }

    fn port(&self) -> String {
        self.server.port().to_string()
    }
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::List => "list",
        })
    }
}

const ALL: &[Task] = &[Task::Get, Task::Put, Task::List];
