//! What a program asks of servers that have more than RFC 959 and RFC 3659.

use ftp_proto::DateTime;
use ftp_proto::codec::command::{Argument, Combination, FactChanges, PartOfFile};
use ftp_proto::codec::facts::Facts;
use ftp_proto::codec::hash::{Checksum, HashAlgorithm};
use ftp_proto::codec::reply::Reply;

use super::client::Client;
use crate::client::{Error, IntoArgument, answer};

impl Client {
    /// The checksum of a file, or of a part of it, by one of XCRC, XMD5, XSHA1, XSHA256 and XSHA512. The
    /// server has the time of `Timeouts::final_reply` to compute it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::command::PartOfFile;
    /// use ftp_proto::codec::hash::HashAlgorithm;
    ///
    /// # let mut client = server.blocking()?;
    /// let part = PartOfFile { path: "motd".try_into()?, range: None };
    /// let checksum = client.checksum(HashAlgorithm::Crc32, part)?;
    /// assert_eq!(checksum.value.len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or
    /// no such command.
    pub fn checksum(
        &mut self,
        algorithm: HashAlgorithm,
        part: PartOfFile,
    ) -> Result<Checksum, Error> {
        self.ask(
            |session| session.checksum(algorithm, part),
            answer::checksum,
        )
    }

    /// The checksum of a file by the algorithm that [`choose_hash`](Self::choose_hash) has chosen, or that
    /// the server uses by itself (HASH, draft-bryan-ftpext-hash).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::hash::HashAlgorithm;
    ///
    /// # let mut client = server.blocking()?;
    /// client.choose_hash(HashAlgorithm::Sha512)?;
    /// let checksum = client.hash("motd")?;
    /// assert_eq!(checksum.algorithm, Some(HashAlgorithm::Sha512));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or
    /// no HASH.
    pub fn hash(&mut self, path: impl IntoArgument) -> Result<Checksum, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.hash(path), answer::checksum)
    }

    /// Chooses the algorithm of [`hash`](Self::hash) (OPTS HASH).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::hash::HashAlgorithm;
    ///
    /// # let mut client = server.blocking()?;
    /// client.choose_hash(HashAlgorithm::Md5)?;
    /// assert_eq!(client.hash("motd")?.value.len(), 16);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): the server does not have it.
    pub fn choose_hash(&mut self, algorithm: HashAlgorithm) -> Result<Reply, Error> {
        self.ask(|session| session.choose_hash(algorithm), answer::reply)
    }

    /// How many bytes a directory, or the working directory, still has room for (AVBL).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert!(client.available_space(None)? > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): the server does not tell.
    pub fn available_space(&mut self, path: Option<Argument>) -> Result<u64, Error> {
        self.ask(|session| session.available_space(path), answer::size)
    }

    /// Sets the time of modification of a file, in UTC (MFMT, draft-somers-ftp-mfxx §3).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::DateTime;
    ///
    /// # let mut client = server.blocking()?;
    /// let day = DateTime::from_date(2026, 1, 2).ok_or("a day of the calendar")?;
    /// client.set_modified("motd", day)?;
    /// assert_eq!(client.modified("motd")?, day);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): it may not be set.
    pub fn set_modified(
        &mut self,
        path: impl IntoArgument,
        time: DateTime,
    ) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.set_modified(path, time), answer::reply)
    }

    /// Sets the time of creation of a file, in UTC (MFCT, draft-somers-ftp-mfxx §4).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::DateTime;
    ///
    /// # let mut client = server.blocking()?;
    /// let day = DateTime::from_date(2026, 1, 2).ok_or("a day of the calendar")?;
    /// // A server on Linux cannot.
    /// assert!(client.set_created("motd", day).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): it may not be set.
    pub fn set_created(&mut self, path: impl IntoArgument, time: DateTime) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.set_created(path, time), answer::reply)
    }

    /// Sets facts of a file (MFF, draft-somers-ftp-mfxx §5).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::command::FactChanges;
    ///
    /// # let mut client = server.blocking()?;
    /// let facts = FactChanges::new([("UNIX.mode", "0600")])?;
    /// client.set_facts("motd", facts)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): they may not be set.
    pub fn set_facts(
        &mut self,
        path: impl IntoArgument,
        facts: FactChanges,
    ) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.set_facts(path, facts), answer::reply)
    }

    /// Sets the permission bits of a file (SITE CHMOD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.change_mode("motd", 0o600)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): they may not be set.
    pub fn change_mode(&mut self, path: impl IntoArgument, mode: u16) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.change_mode(path, mode), answer::reply)
    }

    /// Sets the times of the last access and of modification of a file, in UTC (SITE UTIME).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::DateTime;
    ///
    /// # let mut client = server.blocking()?;
    /// let day = DateTime::from_date(2026, 1, 2).ok_or("a day of the calendar")?;
    /// client.set_times("motd", day, day)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): they may not be set.
    pub fn set_times(
        &mut self,
        path: impl IntoArgument,
        accessed: DateTime,
        modified: DateTime,
    ) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(
            |session| session.set_times(path, accessed, modified),
            answer::reply,
        )
    }

    /// Makes a symbolic link at `path` that leads to `target` (SITE SYMLINK).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.link("motd", "news")?;
    /// assert_eq!(client.size("news")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is something at
    /// `path`, or there are no links.
    pub fn link(
        &mut self,
        target: impl IntoArgument,
        path: impl IntoArgument,
    ) -> Result<Reply, Error> {
        let (target, path) = (target.into_argument()?, path.into_argument()?);
        self.ask(|session| session.link(target, path), answer::reply)
    }

    /// Puts the parts of a file together; the server deletes them then (COMB).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::command::Combination;
    ///
    /// # let mut client = server.blocking()?;
    /// let files = Combination::new("whole".try_into()?, vec!["motd".try_into()?])?;
    /// client.combine(files)?;
    /// assert_eq!(client.size("whole")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): a part is not there, or
    /// there is no COMB.
    pub fn combine(&mut self, files: Combination) -> Result<Reply, Error> {
        self.ask(|session| session.combine(files), answer::reply)
    }

    /// Has MLST and MLSD tell these facts only (OPTS MLST, RFC 3659 §7.9).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::facts::Facts;
    ///
    /// # let mut client = server.blocking()?;
    /// client.choose_facts(Facts::named(b"size;"))?;
    /// let entry = client.facts(Some("motd".try_into()?))?;
    /// assert_eq!((entry.size(), entry.modified()), (Some(7), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such option.
    pub fn choose_facts(&mut self, facts: Facts) -> Result<Reply, Error> {
        self.ask(|session| session.choose_facts(facts), answer::reply)
    }

    /// Carries out a command of this server's own (SITE).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// let reply = client.site("HELP")?;
    /// assert_eq!(reply.code().to_u16(), 214);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such command.
    pub fn site(&mut self, what: impl IntoArgument) -> Result<Reply, Error> {
        let what = what.into_argument()?;
        self.ask(|session| session.site(what), answer::reply)
    }

    /// Says which of the server's hosts is meant, before the login (HOST, RFC 7151).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// // To be said before the login; and this server has no hosts.
    /// assert!(client.choose_host("ftp.example.com").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such host.
    pub fn choose_host(&mut self, name: impl IntoArgument) -> Result<Reply, Error> {
        let name = name.into_argument()?;
        self.ask(|session| session.choose_host(name), answer::reply)
    }

    /// Chooses the language of replies, or the server's own (LANG, RFC 2640 §4).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.choose_language(None)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such language.
    pub fn choose_language(&mut self, tag: Option<Argument>) -> Result<Reply, Error> {
        self.ask(|session| session.choose_language(tag), answer::reply)
    }
}
