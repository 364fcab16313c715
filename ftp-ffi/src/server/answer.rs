//! Questions that wait for their answers, and the answers.

use std::ffi::c_char;

use bytes::Bytes;
use ftp_proto::OpId;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::Entry;
use ftp_proto::server::{Ask, Denied, Grant, Opened, Permissions, ServerSession};

use super::{Server, ftp_server};
use crate::enumeration::enumeration;
use crate::handle::with;
use crate::listing::{self, ftp_entry};
use crate::result::{Failure, ftp_result};
use crate::text::{given, optional_text, text};

/// The user may see names and facts.
pub const FTP_PERMISSION_LIST: u32 = 1;
/// The user may read files.
pub const FTP_PERMISSION_READ: u32 = 2;
/// The user may create and change files, and their times.
pub const FTP_PERMISSION_WRITE: u32 = 4;
/// The user may delete files and directories.
pub const FTP_PERMISSION_DELETE: u32 = 8;
/// The user may rename.
pub const FTP_PERMISSION_RENAME: u32 = 16;
/// The user may make directories.
pub const FTP_PERMISSION_MAKE: u32 = 32;
/// The user may list and read.
pub const FTP_PERMISSION_READ_ONLY: u32 = 3;
/// The user may do everything.
pub const FTP_PERMISSION_READ_WRITE: u32 = 63;

/// Why the application does not do what was asked. The session turns it into a reply.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_denied {
    /// Something failed that is not the client's business.
    Failed = 0,
    /// The credentials are not good.
    BadCredentials = 1,
    /// There is nothing at that path.
    NotFound = 2,
    /// The storage does not permit it.
    NotPermitted = 3,
    /// There is something at that path already.
    Exists = 4,
    /// A directory was expected.
    NotDirectory = 5,
    /// A file was expected.
    IsDirectory = 6,
    /// The directory is not empty.
    NotEmpty = 7,
    /// The storage cannot have a file of that name.
    BadName = 8,
    /// The offset lies beyond the end of the file.
    BadOffset = 9,
    /// There is no space left.
    NoSpace = 10,
    /// A quota is used up.
    QuotaExceeded = 11,
    /// Somebody else uses it now; later it may work.
    Busy = 12,
    /// The storage cannot do such a thing at all.
    Unsupported = 13,
}
enumeration!(ftp_denied = Denied {
    Failed,
    BadCredentials,
    NotFound,
    NotPermitted,
    Exists,
    NotDirectory,
    IsDirectory,
    NotEmpty,
    BadName,
    BadOffset,
    NoSpace,
    QuotaExceeded,
    Busy,
    Unsupported,
} otherwise Failed);

/// The right to answer one question, whatever its answer is.
#[derive(Debug)]
pub(crate) enum AnyAsk {
    Grant(Ask<Grant>),
    Entry(Ask<Entry>),
    Opened(Ask<Opened>),
    Done(Ask<()>),
}

macro_rules! any_ask {
    ($($variant:ident($answer:ty)),*) => {
        $(impl From<Ask<$answer>> for AnyAsk {
            fn from(ask: Ask<$answer>) -> Self {
                Self::$variant(ask)
            }
        })*

        impl AnyAsk {
            fn id(&self) -> OpId {
                match self {
                    $(Self::$variant(ask) => ask.id(),)*
                }
            }

            fn deny(self, session: &mut ServerSession, denied: Denied) {
                match self {
                    $(Self::$variant(ask) => session.answer(ask, Err(denied)),)*
                }
            }
        }
    };
}
any_ask!(Grant(Grant), Entry(Entry), Opened(Opened), Done(()));

/// The questions that wait for their answers. There are few: the session asks one at a time, but for
/// those that it has taken back.
#[derive(Debug, Default)]
pub(crate) struct Asked(Vec<(AnyAsk, Standing)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Open,
    /// Its answer is ignored, and need not come.
    TakenBack,
}

/// Questions that were taken back and whose answers are still known for what they are.
const MOST_TAKEN_BACK: usize = 16;

impl Asked {
    /// Keeps the right to answer; the question's number.
    pub(crate) fn add(&mut self, ask: AnyAsk) -> u32 {
        let id = ask.id().to_raw();
        self.0.push((ask, Standing::Open));
        id
    }

    /// The session has taken a question back.
    pub(crate) fn cancel(&mut self, op: OpId) {
        for (ask, standing) in &mut self.0 {
            if ask.id() == op {
                *standing = Standing::TakenBack;
            }
        }
        let is_taken_back = |(_, standing): &(AnyAsk, Standing)| *standing == Standing::TakenBack;
        if self.0.iter().filter(|asked| is_taken_back(asked)).count() > MOST_TAKEN_BACK
            && let Some(oldest) = self.0.iter().position(is_taken_back)
        {
            self.0.remove(oldest);
        }
    }

    /// The right to answer the question of this number, if `fits`.
    fn take(&mut self, op: u32, fits: impl FnOnce(&AnyAsk) -> bool) -> Result<AnyAsk, Failure> {
        let at = self.0.iter().position(|(ask, _)| ask.id().to_raw() == op);
        let at = at.ok_or(ftp_result::FtpErrorNotAsked)?;
        match fits(&self.0[at].0) {
            true => {
                let (ask, _) = self.0.remove(at);
                if self.0.is_empty() {
                    self.0 = Vec::new();
                }
                Ok(ask)
            }
            false => Err(ftp_result::FtpErrorWrongAnswer.into()),
        }
    }
}

impl Server {
    fn grant(&mut self, op: u32, grant: Grant) -> Result<(), Failure> {
        if let AnyAsk::Grant(ask) = self.asked.take(op, |ask| matches!(ask, AnyAsk::Grant(_)))? {
            self.session.answer(ask, Ok(grant));
        }
        Ok(())
    }

    fn tell_entry(&mut self, op: u32, entry: Entry) -> Result<(), Failure> {
        if let AnyAsk::Entry(ask) = self.asked.take(op, |ask| matches!(ask, AnyAsk::Entry(_)))? {
            self.session.answer(ask, Ok(entry));
        }
        Ok(())
    }

    fn tell_opened(&mut self, op: u32, opened: Opened) -> Result<(), Failure> {
        if let AnyAsk::Opened(ask) = self
            .asked
            .take(op, |ask| matches!(ask, AnyAsk::Opened(_)))?
        {
            self.session.answer(ask, Ok(opened));
        }
        Ok(())
    }

    fn tell_done(&mut self, op: u32) -> Result<(), Failure> {
        if let AnyAsk::Done(ask) = self.asked.take(op, |ask| matches!(ask, AnyAsk::Done(_)))? {
            self.session.answer(ask, Ok(()));
        }
        Ok(())
    }
}

/// Answers `FTP_SERVER_EVENT_KIND_AUTHENTICATE` and `..._IDENTIFY`: the user may do what the sum of
/// some `FTP_PERMISSION_...` says, and begins in the directory `home`.
///
/// What holds for every answer: `FTP_ERROR_NOT_ASKED` for a number that is no question's or whose
/// question was answered, `FTP_ERROR_WRONG_ANSWER` where another kind of answer is asked for; the
/// question waits on then. An answer to one that was taken back is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_answer_granted(
    server: *mut ftp_server,
    op: u32,
    permissions: u32,
    home: *const c_char,
    home_len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(server, |server| {
            let permissions = self::permissions(permissions)?;
            let home = VirtualPath::root().join(text(home, home_len)?)?;
            server.grant(op, Grant { permissions, home })
        })
    }
}

fn permissions(bits: u32) -> Result<Permissions, Failure> {
    const EACH: [(u32, Permissions); 6] = [
        (FTP_PERMISSION_LIST, Permissions::LIST),
        (FTP_PERMISSION_READ, Permissions::READ),
        (FTP_PERMISSION_WRITE, Permissions::WRITE),
        (FTP_PERMISSION_DELETE, Permissions::DELETE),
        (FTP_PERMISSION_RENAME, Permissions::RENAME),
        (FTP_PERMISSION_MAKE, Permissions::MAKE),
    ];
    if bits & !FTP_PERMISSION_READ_WRITE != 0 {
        return Err(Failure::new(
            ftp_result::FtpErrorEnum,
            "there is no such permission",
        ));
    }
    let granted = EACH.iter().filter(|(bit, _)| bits & bit != 0);
    Ok(granted.fold(Permissions::NONE, |all, (_, one)| all.and(*one)))
}

/// Answers `FTP_SERVER_EVENT_KIND_METADATA`: what is at the path. The name may be left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_answer_entry(
    server: *mut ftp_server,
    op: u32,
    entry: *const ftp_entry,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(server, |server| {
            let entry = listing::entry(given(entry)?)?;
            server.tell_entry(op, entry)
        })
    }
}

/// Answers `FTP_SERVER_EVENT_KIND_OPEN_READ`, `..._OPEN_WRITE` and `..._OPEN_LIST`: it is open.
/// `size` is how many bytes will follow, for the 150 reply, or `FTP_UNKNOWN`; `name` is the one that
/// STOU made, for the others NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_answer_opened(
    server: *mut ftp_server,
    op: u32,
    size: u64,
    name: *const c_char,
    name_len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(server, |server| {
            let opened = Opened {
                size: (size != u64::MAX).then_some(size),
                name: optional_text(name, name_len)?.map(Bytes::copy_from_slice),
            };
            server.tell_opened(op, opened)
        })
    }
}

/// Answers `FTP_SERVER_EVENT_KIND_FINISH` and the changes: it is done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_answer_done(server: *mut ftp_server, op: u32) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { with(server, |server| server.tell_done(op)) }
}

/// Answers any question: it is not done, as an `ftp_denied` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_answer_denied(
    server: *mut ftp_server,
    op: u32,
    denied: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(server, |server| {
            let denied = ftp_denied::from_raw(denied)?.into();
            let ask = server.asked.take(op, |_| true)?;
            ask.deny(&mut server.session, denied);
            Ok(())
        })
    }
}
