//! Listings: read, and written line by line.

use std::ffi::{c_char, c_void};

use bytes::Bytes;
use ftp_proto::DateTime;
use ftp_proto::listing::{
    Entry, Kind, ListingOptions, ListingReader, ListingStyle, Metadata, Shape, safe_leaf, write,
};

use crate::enumeration::enumeration;
use crate::handle::{Handle, ask, free, guard, last_error, make, new, opaque, with};
use crate::result::{Failure, ftp_result};
use crate::text::{bytes, ftp_slice, given, must_be_given, text, write_text};
use crate::time::{ftp_modified, zone};

/// One entry of a directory: what a listing tells of it, and what answers
/// `FTP_SERVER_EVENT_KIND_METADATA`. Texts that are not known have no `data`; numbers that are not
/// known have 0 in the field before them. A program that fills one in sets all of it to 0 first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ftp_entry {
    /// The name, byte for byte; empty where a line could not be read.
    pub name: ftp_slice,
    /// The line it was read from, without its end; of an entry of two lines both, LF between them.
    pub raw: ftp_slice,
    /// The owner's name or number.
    pub owner: ftp_slice,
    /// The group's name or number.
    pub group: ftp_slice,
    /// The MLSx fact `perm`: what this user may do with it (RFC 3659 §7.5.5), as it came.
    pub perm: ftp_slice,
    /// What a symbolic link points to.
    pub target: ftp_slice,
    /// A value that is the same for two names of one file (RFC 3659 §7.5.2).
    pub unique: ftp_slice,
    /// What it is: an `ftp_kind`.
    pub kind: i32,
    /// 1 where `size` is known.
    pub has_size: u8,
    /// 1 where `modified` is known.
    pub has_modified: u8,
    /// 1 where `mode` is known.
    pub has_mode: u8,
    /// 1 where `links` is known.
    pub has_links: u8,
    /// Bytes in it.
    pub size: u64,
    /// How many names it has.
    pub links: u64,
    /// When it was last modified.
    pub modified: ftp_modified,
    /// Unix permission bits, 07777 at most.
    pub mode: u16,
    /// 0.
    pub reserved: [u8; 6],
    /// 0: room for what later versions tell.
    pub room: [u64; 4],
}

/// What an entry is.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_kind {
    /// The listing does not say.
    Unknown = 0,
    /// A file.
    File = 1,
    /// A directory.
    Directory = 2,
    /// The directory that was listed (MLSx `cdir`, or the name `.`).
    CurrentDirectory = 3,
    /// The one above it (MLSx `pdir`, or the name `..`).
    ParentDirectory = 4,
    /// A symbolic link.
    Link = 5,
    /// A device, a socket, a pipe: something else.
    Other = 6,
}
enumeration!(ftp_kind = Kind {
    Unknown,
    File,
    Directory,
    CurrentDirectory,
    ParentDirectory,
    Link,
    Other,
} otherwise Unknown);

/// What the lines of a listing are, as the command says that asked for it.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_shape {
    /// Lines of a format to be found out. (LIST)
    Lines = 0,
    /// Facts and names. (MLSD)
    Machine = 1,
    /// Names alone. (NLST)
    Names = 2,
}
enumeration!(ftp_shape = Shape { Lines, Machine, Names } otherwise Lines);

/// How a listing is to be written.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_listing_style {
    /// As `ls -l` does, without names that begin with a dot. (LIST)
    Unix = 0,
    /// As `ls -la` does.
    UnixAll = 1,
    /// Names alone, without those that begin with a dot. (NLST)
    Names = 2,
    /// All names.
    NamesAll = 3,
    /// Facts and a name. (MLSD, RFC 3659 §7)
    Machine = 4,
}
enumeration!(ftp_listing_style {
    Unix,
    UnixAll,
    Names,
    NamesAll,
    Machine
});

impl From<ListingStyle> for ftp_listing_style {
    fn from(style: ListingStyle) -> Self {
        match style {
            ListingStyle::Unix { all: false } => Self::Unix,
            ListingStyle::Unix { all: true } => Self::UnixAll,
            ListingStyle::Names { all: false } => Self::Names,
            ListingStyle::Names { all: true } => Self::NamesAll,
            _ => Self::Machine,
        }
    }
}

impl From<ftp_listing_style> for ListingStyle {
    fn from(style: ftp_listing_style) -> Self {
        match style {
            ftp_listing_style::Unix => Self::Unix { all: false },
            ftp_listing_style::UnixAll => Self::Unix { all: true },
            ftp_listing_style::Names => Self::Names { all: false },
            ftp_listing_style::NamesAll => Self::Names { all: true },
            ftp_listing_style::Machine => Self::Machine,
        }
    }
}

impl From<&Entry> for ftp_entry {
    fn from(entry: &Entry) -> Self {
        Self {
            name: ftp_slice::of(entry.name()),
            raw: ftp_slice::of(entry.raw()),
            owner: ftp_slice::of_option(entry.owner()),
            group: ftp_slice::of_option(entry.group()),
            perm: ftp_slice::of_option(entry.perm()),
            target: ftp_slice::of_option(entry.target()),
            unique: ftp_slice::of_option(entry.unique()),
            kind: ftp_kind::from(entry.kind()) as i32,
            has_size: entry.size().is_some().into(),
            has_modified: entry.modified().is_some().into(),
            has_mode: entry.mode().is_some().into(),
            has_links: entry.links().is_some().into(),
            size: entry.size().unwrap_or(0),
            links: entry.links().unwrap_or(0),
            modified: entry.modified().map(Into::into).unwrap_or_default(),
            mode: entry.mode().unwrap_or(0),
            reserved: [0; 6],
            room: [0; 4],
        }
    }
}

/// An entry that the caller tells.
///
/// # Safety
/// Its slices point to what they say.
pub(crate) unsafe fn entry(told: &ftp_entry) -> Result<Entry, Failure> {
    /// A text that may be left out, copied.
    ///
    /// # Safety
    /// The slice points to what it says.
    unsafe fn part(slice: ftp_slice) -> Result<Option<Bytes>, Failure> {
        // SAFETY: as this function asks.
        let text = unsafe { crate::text::optional_text(slice.data, slice.len) }?;
        Ok(text.map(Bytes::copy_from_slice))
    }
    if told.has_mode != 0 && told.mode > 0o7777 {
        return Err(Failure::new(
            ftp_result::FtpErrorRange,
            "permission bits are 07777 at most",
        ));
    }
    // SAFETY: the slices are as this function asks.
    unsafe {
        let modified = (told.has_modified != 0).then(|| told.modified.read());
        let metadata = Metadata {
            kind: ftp_kind::from_raw(told.kind)?.into(),
            size: (told.has_size != 0).then_some(told.size),
            modified: modified.transpose()?,
            mode: (told.has_mode != 0).then_some(told.mode),
            perm: part(told.perm)?,
            owner: part(told.owner)?,
            group: part(told.group)?,
            links: (told.has_links != 0).then_some(told.links),
            target: part(told.target)?,
            unique: part(told.unique)?,
        };
        Ok(Entry::new(part(told.name)?.unwrap_or_default(), &metadata))
    }
}

/// What a reader is told about a listing before it comes. One thread at a time.
pub struct ftp_listing_options(Handle<ListingOptions>);
opaque!(ftp_listing_options, ListingOptions);

/// Options with their defaults. `now` is the time in seconds since 1970: a date without a year is
/// the last such day before tomorrow. NULL if that is past the years 1 to 9999.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_listing_options_new(now: i64) -> *mut ftp_listing_options {
    match DateTime::from_unix(now) {
        Some(now) => new(|| ListingOptions::new(now)),
        None => std::ptr::null_mut(),
    }
}

/// Frees options; NULL is nothing to free. Readers made with them live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_options_free(options: *mut ftp_listing_options) {
    // SAFETY: as the header asks.
    unsafe { free(options) }
}

/// What the last call on these options that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_options_last_error(
    options: *const ftp_listing_options,
) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(options) }
}

/// What the command promises: an `ftp_shape`. Default `FTP_SHAPE_LINES`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_options_set_shape(
    options: *mut ftp_listing_options,
    shape: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(options, |options| {
            options.shape = ftp_shape::from_raw(shape)?.into();
            Ok(())
        })
    }
}

/// The text of the reply to SYST: formats of that system are tried first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_options_set_system(
    options: *mut ftp_listing_options,
    system: *const c_char,
    system_len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(options, |options| {
            options.system = Bytes::copy_from_slice(text(system, system_len)?);
            Ok(())
        })
    }
}

/// Whose clock the server's lines tell: an `ftp_zone`, with `FTP_ZONE_EAST` so many minutes east of
/// universal time, less than a day. Default `FTP_ZONE_UNKNOWN`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_options_set_zone(
    options: *mut ftp_listing_options,
    zone: i32,
    minutes_east: i16,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(options, |options| {
            options.zone = self::zone(zone, minutes_east)?;
            Ok(())
        })
    }
}

/// Bounds: bytes in one line (a longer one becomes an entry that is not read; default 8,192),
/// entries (default 1,048,576) and bytes in the whole listing (default 268,435,456).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_options_set_bounds(
    options: *mut ftp_listing_options,
    line: usize,
    entries: usize,
    bytes: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(options, |options| {
            options.max_line = line;
            options.max_entries = entries;
            options.max_bytes = bytes;
            Ok(())
        })
    }
}

/// Reads a listing of any format, from bytes in any cut. One thread at a time.
pub struct ftp_listing_reader(Handle<Reader>);
opaque!(ftp_listing_reader, Reader);

pub(crate) struct Reader {
    reader: ListingReader,
    last: Option<Entry>,
}

/// A reader at the start of a listing, which is NULL unless the result is `FTP_OK`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_new(
    options: *const ftp_listing_options,
    reader: *mut *mut ftp_listing_reader,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        make(reader, || {
            let mut copied = None;
            let result = with(options, |options| {
                copied = Some(options.clone());
                Ok(())
            });
            let options = copied.ok_or_else(|| Failure::from(result))?;
            Ok(Reader {
                reader: ListingReader::new(options),
                last: None,
            })
        })
    }
}

/// Frees a reader; NULL is nothing to free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_free(reader: *mut ftp_listing_reader) {
    // SAFETY: as the header asks.
    unsafe { free(reader) }
}

/// What the last call on this reader that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_last_error(
    reader: *const ftp_listing_reader,
) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(reader) }
}

/// Takes the next bytes of the listing, all of them. Take entries until there are none before the
/// next push, and memory stays what one push and one line need. Ignored behind the end and behind
/// an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_push(
    reader: *mut ftp_listing_reader,
    data: *const c_void,
    len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(reader, |reader| {
            reader.reader.push(bytes(data, len)?);
            Ok(())
        })
    }
}

/// Says that the listing is at its end: the last line may lack its line end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_finish(reader: *mut ftp_listing_reader) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(reader, |reader| {
            reader.reader.finish();
            Ok(())
        })
    }
}

/// The next entry. `found` is set to whether there is one: if not, push more, or the listing is at
/// its end. A line that cannot be read is an entry too, with an empty name and the line in `raw`.
/// Slices stay until the next call on this reader. `FTP_ERROR_TOO_MANY_ENTRIES` and
/// `FTP_ERROR_TOO_MANY_BYTES`, once, when a bound is passed; nothing follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_next(
    reader: *mut ftp_listing_reader,
    entry: *mut ftp_entry,
    found: *mut bool,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(reader, |reader| {
            must_be_given(entry)?;
            must_be_given(found)?;
            found.write(false);
            reader.last = reader.reader.next_entry().transpose()?;
            if let Some(last) = &reader.last {
                entry.write(last.into());
                found.write(true);
            }
            Ok(())
        })
    }
}

/// The format of the listing, as in `unix`, `dos` or `mlsx`, once it is known; it stays for good.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_reader_format(reader: *const ftp_listing_reader) -> ftp_slice {
    // SAFETY: as the header asks.
    let format = unsafe { ask(reader, None, |reader| reader.reader.format()) };
    ftp_slice::of_option(format.map(str::as_bytes))
}

/// Writes one entry's line, CRLF included, in an `ftp_listing_style` to a buffer of `capacity`
/// bytes. `now` is the time in seconds since 1970. `len` is set to the bytes written, or, with
/// `FTP_ERROR_BUFFER_TOO_SMALL`, to those needed; it is 0 for an entry that the style leaves out or
/// whose name no listing can tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_listing_write(
    style: i32,
    entry: *const ftp_entry,
    now: i64,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    guard(|| unsafe {
        let style = ftp_listing_style::from_raw(style)?.into();
        let now = DateTime::from_unix(now).ok_or(ftp_result::FtpErrorRange)?;
        let mut made = Vec::new();
        write(style, &self::entry(given(entry)?)?, now, &mut made);
        write_text(&made, buffer, capacity, len)
    })
}

/// Whether a name from a server may become the name of a local file, on any system: it is one name,
/// not `.` or `..`, without `/`, `\`, `:` and control bytes, no device of Windows, 255 bytes at most.
/// False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_is_safe_leaf(name: *const c_char, name_len: usize) -> bool {
    let mut is_safe = false;
    // SAFETY: as the header asks.
    let _ = guard(|| unsafe {
        is_safe = safe_leaf(text(name, name_len)?).is_some();
        Ok(())
    });
    is_safe
}
