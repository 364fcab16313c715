//! The readers that ours is compared with, each a process.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ftp_proto::listing::Kind;

use crate::lftp;

/// What a reader told of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) kind: char,
    pub(crate) size: Option<u64>,
    /// `YYYYMMDDhhmm`, UTC.
    pub(crate) time: Option<String>,
    pub(crate) target: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Lftp,
    CommonsNet,
    FileListing,
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::Lftp, Self::CommonsNet, Self::FileListing];

    /// The formats that it reads, of those that we do.
    pub(crate) fn formats(self) -> &'static [&'static str] {
        match self {
            // It has readers for OS/2 and OS/400 too, which take neither years since 1900 nor the
            // year first.
            Self::Lftp => &["unix", "dos", "eplf", "mac"],
            Self::CommonsNet => &[
                "unix", "dos", "mlsx", "vms", "os400", "mvs", "os2", "netware", "mac",
            ],
            Self::FileListing => &["unix", "dos"],
        }
    }

    /// What is not installed of it.
    pub(crate) fn missing(self) -> Option<String> {
        let runs = |program: &str, arguments: &[&str]| {
            let output = Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .output();
            output.is_ok_and(|output| output.status.success())
        };
        match self {
            Self::Lftp => (!runs("lftp", &["--version"])).then(|| "lftp".into()),
            Self::CommonsNet if !runs("javac", &["-version"]) => Some("a JDK".into()),
            Self::CommonsNet => (!Path::new(JAR).exists()).then(|| JAR.into()),
            Self::FileListing => {
                let found = runs("perl", &["-MFile::Listing", "-e", "1"]);
                (!found).then(|| "Perl's File::Listing".into())
            }
        }
    }

    /// Has it read a listing.
    pub(crate) fn read(self, format: &str, listing: &str) -> Result<Vec<Told>, String> {
        let script = |name: &str| -> PathBuf {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/listings_peers")
                .join(name)
        };
        let mut command = match self {
            Self::Lftp => return lftp::read(listing),
            Self::CommonsNet => {
                let mut command = Command::new("java");
                command
                    .args(["-Xshare:auto", "-cp", JAR])
                    .arg(script("CommonsNet.java"));
                command
            }
            Self::FileListing => {
                let mut command = Command::new("perl");
                command.arg(script("file_listing.pl"));
                command
            }
        };
        command
            .arg(format)
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{self}: {error}"))?;
        let mut stdin = child.stdin.take().expect("a pipe");
        let listing = listing.as_bytes().to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&listing));
        let output = child
            .wait_with_output()
            .map_err(|error| format!("{self}: {error}"))?;
        let written = writer.join().expect("the writer does not panic");
        if !output.status.success() || written.is_err() {
            return Err(format!(
                "{self}: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().filter_map(told).collect())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lftp => "lftp",
            Self::CommonsNet => "commons_net",
            Self::FileListing => "file_listing",
        })
    }
}

/// The letter that all readers have for a kind.
pub(crate) fn letter(kind: Kind) -> char {
    match kind {
        Kind::File => '-',
        Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => 'd',
        Kind::Link => 'l',
        _ => '?',
    }
}

/// Kind, size, time, name and target, with a tab between.
fn told(line: &str) -> Option<Told> {
    let mut fields = line.split('\t');
    Some(Told {
        kind: fields.next()?.chars().next()?,
        size: fields.next()?.parse().ok(),
        time: Some(fields.next()?.to_owned()).filter(|time| !time.is_empty()),
        name: fields.next()?.to_owned(),
        target: fields.next().unwrap_or_default().to_owned(),
    })
}

/// Where Debian has Commons Net.
const JAR: &str = "/usr/share/java/commons-net.jar";
