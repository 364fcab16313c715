//! `ftp-cli user`: keeps a file of users.

use std::fs::{self, File, Permissions as Mode};
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use ftp_io::server::{Account, PasswordHash, Permissions, UsersFile};
use ftp_io::tls::Fingerprint;
use ftp_proto::Secret;
use ftp_proto::codec::path::VirtualPath;
use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::args::{
    NewPasswordArgs, PERMISSIONS, User, UserAdd, UserList, UserPassword, UserRemove,
};
use crate::connection::EscapeAsciiText;
use crate::fault::Fault;
use crate::login;

pub(crate) fn run(job: &User) -> Result<(), Fault> {
    match job {
        User::Add(job) => add(job),
        User::Password(job) => password(job),
        User::Remove(job) => remove(job),
        User::List(job) => list(job),
        User::Hash(job) => {
            let hash = new_hash(&job.password, "Password: ")?;
            print(&format!("{hash}\n"))
        }
    }
}

fn add(job: &UserAdd) -> Result<(), Fault> {
    if job.name.is_empty() || job.name.chars().any(char::is_control) {
        return Err(Fault::usage(
            "a name must have letters, and no control characters",
        ));
    }
    let home = VirtualPath::root();
    let home = match job.home.strip_prefix('/') {
        Some("") => Some(home),
        Some(rest) => home.join(rest.as_bytes()).ok(),
        None => None,
    };
    let home = home.ok_or_else(|| {
        Fault::usage("--home must begin with /, which is the directory that is served")
    })?;
    let account = Account::new(granted(job)).at_home(home);
    let mut users = Editing::begin(&job.file, IfMissing::Make)?;
    if users
        .table()
        .is_some_and(|table| table.contains_key(&job.name))
    {
        return Err(Fault::new(format!(
            "{} is a user of {} already",
            job.name,
            job.file.display()
        ))
        .advise("For another password: ftp-cli user password NAME --file FILE"));
    }
    let certificates = job.certificate.iter().map(|file| {
        let read = Fingerprint::of_file(file);
        read.map_err(|error| Fault::new(format!("cannot read the certificate: {error}")))
    });
    let certificates: Vec<Fingerprint> = certificates.collect::<Result<_, _>>()?;
    let hash = match job.no_password {
        true => None,
        false => Some(new_hash(
            &job.password,
            &format!("Password of {}: ", job.name),
        )?),
    };
    let mut text = users.document.to_string();
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(&match &hash {
        Some(hash) if certificates.is_empty() => UsersFile::entry(&job.name, hash, &account),
        hash => UsersFile::certified_entry(&job.name, hash.as_ref(), &certificates, &account),
    });
    users.write(&text)
}

fn granted(job: &UserAdd) -> Permissions {
    if job.read_only {
        Permissions::READ_ONLY
    } else if job.permissions.is_empty() {
        Permissions::READ_WRITE
    } else {
        let all = job.permissions.iter();
        all.fold(Permissions::NONE, |all, one| all.and(*one))
    }
}

fn password(job: &UserPassword) -> Result<(), Fault> {
    let mut users = Editing::begin(&job.file, IfMissing::Fail)?;
    let missing = no_user(&job.name, &job.file);
    let user = users
        .table()
        .and_then(|table| table.get_mut(&job.name)?.as_table_like_mut())
        .ok_or(missing)?;
    let hash = new_hash(&job.password, &format!("New password of {}: ", job.name))?;
    user.insert("hash", toml_edit::value(hash.to_string()));
    let text = users.document.to_string();
    users.write(&text)
}

fn remove(job: &UserRemove) -> Result<(), Fault> {
    let mut users = Editing::begin(&job.file, IfMissing::Fail)?;
    users
        .table()
        .and_then(|table| table.remove(&job.name))
        .ok_or_else(|| no_user(&job.name, &job.file))?;
    let text = users.document.to_string();
    users.write(&text)
}

fn no_user(name: &str, file: &Path) -> Fault {
    Fault::new(format!("{name} is no user of {}", file.display()))
}

/// A line for each user: name, permissions, home.
fn list(job: &UserList) -> Result<(), Fault> {
    let mut users = Editing::begin(&job.file, IfMissing::Fail)?;
    let mut lines = String::new();
    if let Some(table) = users.table() {
        for (name, user) in table.iter() {
            lines += &line(name, user);
        }
    }
    if let Some(anonymous) = users.document.get("anonymous") {
        lines += &line("anonymous", anonymous);
    }
    print(&lines)
}

fn line(name: &str, user: &Item) -> String {
    let told = user.get("permissions").and_then(Item::as_array);
    let words: Vec<&str> = match told {
        Some(words) => words.iter().filter_map(|word| word.as_str()).collect(),
        None => PERMISSIONS
            .iter()
            .filter(|(_, permission)| Permissions::READ_ONLY.allow(*permission))
            .map(|(word, _)| *word)
            .collect(),
    };
    let home = user.get("home").and_then(Item::as_str).unwrap_or("/");
    format!(
        "{}\t{}\t{}\n",
        name.as_bytes().escape_ascii_text(),
        words.join(","),
        home.as_bytes().escape_ascii_text()
    )
}

/// What becomes of a file that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IfMissing {
    Make,
    Fail,
}

/// A file of users that nobody else changes meanwhile.
struct Editing {
    path: PathBuf,
    document: DocumentMut,
    /// Holds the lock; `None` if there is no file yet.
    before: Option<File>,
}

impl Editing {
    fn begin(path: &Path, if_missing: IfMissing) -> Result<Self, Fault> {
        // A symbolic link stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let failed = |error: io::Error| Fault::file(&path, "read", &error);
        let mut text = String::new();
        let before = match locked(&path) {
            Ok(mut file) => {
                // What the server would not take is not built upon; the error tells the line.
                UsersFile::open(&path).map_err(|error| Fault::new(error.to_string()))?;
                file.read_to_string(&mut text).map_err(failed)?;
                Some(file)
            }
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && if_missing == IfMissing::Make =>
            {
                None
            }
            Err(error) => return Err(failed(error)),
        };
        let document = text
            .parse()
            .map_err(|_| Fault::new(format!("{} is no TOML", path.display())))?;
        Ok(Self {
            path,
            document,
            before,
        })
    }

    /// The users, if there are any.
    fn table(&mut self) -> Option<&mut dyn TableLike> {
        self.document.get_mut("users")?.as_table_like_mut()
    }

    /// Puts a new file in place of the old one, with its mode and its owner; a new one is closed to
    /// others.
    fn write(self, text: &str) -> Result<(), Fault> {
        let failed = |error: io::Error| Fault::file(&self.path, "write", &error);
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut beside = NamedTempFile::new_in(folder).map_err(failed)?;
        beside.write_all(text.as_bytes()).map_err(failed)?;
        UsersFile::open(beside.path()).map_err(|error| Fault::new(error.fault.to_string()))?;
        if let Some(before) = &self.before {
            let before = before.metadata().map_err(failed)?;
            let mode = Mode::from_mode(before.mode() & 0o777);
            // First the owner: changing it takes bits of the mode away.
            if let Err(error) = fchown(beside.as_file(), Some(before.uid()), Some(before.gid()))
                && beside
                    .as_file()
                    .metadata()
                    .is_ok_and(|new| new.uid() != before.uid())
            {
                return Err(failed(error));
            }
            beside.as_file().set_permissions(mode).map_err(failed)?;
        }
        beside.as_file().sync_all().map_err(failed)?;
        let persisted = match &self.before {
            Some(_) => beside.persist(&self.path),
            None => beside.persist_noclobber(&self.path),
        };
        persisted.map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// Opens the file when nobody else holds it.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let file = File::open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        let opened = file.metadata()?;
        let there = fs::metadata(path)?;
        // Who held it may have put another in its place.
        if (there.dev(), there.ino()) == (opened.dev(), opened.ino()) {
            return Ok(file);
        }
    }
}

fn new_hash(args: &NewPasswordArgs, prompt: &str) -> Result<PasswordHash, Fault> {
    let password = new_password(args, prompt)?;
    if password.expose().is_empty() {
        return Err(Fault::usage("an empty password lets everybody in"));
    }
    if password
        .expose()
        .iter()
        .any(|byte| b"\0\r\n".contains(byte))
    {
        return Err(Fault::usage(
            "the password holds CR or NUL, which FTP cannot send",
        ));
    }
    PasswordHash::of(password.expose())
        .map_err(|error| Fault::new(format!("the password cannot be hashed: {error}")))
}

fn new_password(args: &NewPasswordArgs, prompt: &str) -> Result<Secret<Vec<u8>>, Fault> {
    if let Some(path) = &args.password_file {
        return login::read(path);
    }
    if !io::stdin().is_terminal() {
        return login::read(Path::new("-"));
    }
    let typed = |prompt: &str| {
        login::ask_at_terminal(prompt)?.ok_or_else(|| Fault::new("there is no terminal to ask at"))
    };
    let first = typed(prompt)?;
    match typed("The same again: ")? == first {
        true => Ok(first),
        false => Err(Fault::usage(
            "the two passwords differ; nothing was changed",
        )),
    }
}

fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::new(format!("cannot print: {error}")))
        }
        _ => Ok(()),
    }
}
