//! Listings: entries, and readers of every format.

use std::sync::Mutex;

use bytes::Bytes;
use ftp_proto::codec::facts;
use ftp_proto::listing::{self, Kind, ListingError, ListingOptions, Metadata, Shape};
use ftp_proto::{Modified, Zone};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyString};

use crate::text::{Name, to_str};
use crate::{error, moment};

/// One entry of a directory. What a listing does not tell is ``None``, never a guess.
///
/// >>> import ftp_py
/// >>> entry = ftp_py.parse_facts("type=file;size=5;modify=20261122120000; a file")
/// >>> entry.name, entry.kind, entry.size
/// ('a file', 'file', 5)
/// >>> entry.modified
/// datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)
/// >>> ftp_py.Entry("made", kind="directory").is_dir
/// True
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct Entry(pub(crate) listing::Entry);

#[pymethods]
impl Entry {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("name", "kind")
    }

    #[new]
    #[pyo3(signature = (
        name, *, kind = "unknown", size = None, modified = None, mode = None, links = None,
        perm = None, owner = None, group = None, target = None, unique = None
    ))]
    #[allow(
        clippy::too_many_arguments,
        reason = "keywords in Python, all of them optional"
    )]
    fn new(
        name: Name,
        kind: &str,
        size: Option<u64>,
        modified: Option<&Bound<'_, PyDateTime>>,
        mode: Option<u16>,
        links: Option<u64>,
        perm: Option<Name>,
        owner: Option<Name>,
        group: Option<Name>,
        target: Option<Name>,
        unique: Option<Name>,
    ) -> PyResult<Self> {
        let text = |name: Option<Name>| name.map(|name| Bytes::from(name.0));
        let metadata = Metadata {
            kind: kind_of(kind)?,
            size,
            modified: modified
                .map(|at| moment::read(at).map(Modified::utc))
                .transpose()?,
            mode,
            perm: text(perm),
            owner: text(owner),
            group: text(group),
            links,
            target: text(target),
            unique: text(unique),
        };
        Ok(Self(listing::Entry::new(name.0, &metadata)))
    }

    /// The name; empty where a line could not be read.
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        to_str(py, self.0.name())
    }

    /// What it is: ``file``, ``directory``, ``current``, ``parent``, ``link``, ``other`` or
    /// ``unknown``.
    #[getter]
    pub(crate) fn kind(&self) -> &'static str {
        match self.0.kind() {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::CurrentDirectory => "current",
            Kind::ParentDirectory => "parent",
            Kind::Link => "link",
            Kind::Unknown => "unknown",
            _ => "other",
        }
    }

    /// Whether it is a file.
    #[getter]
    fn is_file(&self) -> bool {
        self.0.kind() == Kind::File
    }

    /// Whether it is a directory of any kind.
    #[getter]
    fn is_dir(&self) -> bool {
        matches!(
            self.0.kind(),
            Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory
        )
    }

    /// Bytes in it.
    #[getter]
    fn size(&self) -> Option<u64> {
        self.0.size()
    }

    /// When it was modified; naive where nobody knows whose clock it is.
    #[getter]
    fn modified<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        let modified = self.0.modified();
        modified.map(|it| moment::modified(py, it)).transpose()
    }

    /// How exactly that was told: to the ``day``, ``minute``, ``second`` or ``fraction``.
    #[getter]
    fn precision(&self) -> Option<&'static str> {
        let modified = self.0.modified()?;
        Some(moment::precision_word(modified.precision))
    }

    /// Unix permission bits.
    #[getter]
    fn mode(&self) -> Option<u16> {
        self.0.mode()
    }

    /// How many names it has.
    #[getter]
    fn links(&self) -> Option<u64> {
        self.0.links()
    }

    /// The MLSx fact ``perm``: what this user may do with it (RFC 3659 §7.5.5).
    #[getter]
    fn perm<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        part(py, self.0.perm())
    }

    /// The owner's name or number.
    #[getter]
    fn owner<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        part(py, self.0.owner())
    }

    /// The group's name or number.
    #[getter]
    fn group<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        part(py, self.0.group())
    }

    /// What a symbolic link points to.
    #[getter]
    fn target<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        part(py, self.0.target())
    }

    /// A value that is the same for two names of one file (RFC 3659 §7.5.2).
    #[getter]
    fn unique<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        part(py, self.0.unique())
    }

    /// The line that it was read from, without its end; empty if it was not read.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.raw())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<Self>()
            .is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.name().hash(&mut hasher);
        self.0.size().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!("Entry({}, kind='{}'", self.name(py)?.repr()?, self.kind());
        if let Some(size) = self.size() {
            text.push_str(&format!(", size={size}"));
        }
        if let Some(modified) = self.modified(py)? {
            text.push_str(&format!(", modified={}", modified.repr()?));
        }
        text.push(')');
        Ok(text)
    }
}

/// Reads a listing of any format, from bytes in any cut.
///
/// >>> import ftp_py
/// >>> reader = ftp_py.ListingReader()
/// >>> reader.push(b"-rw-r--r-- 1 alice staff 5 Nov 21 2025 a f")
/// []
/// >>> [entry.name for entry in reader.push(b"ile\r\n")]
/// ['a file']
/// >>> reader.finish()
/// []
/// >>> reader.format
/// 'unix'
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct ListingReader(Mutex<listing::ListingReader>);

impl ListingReader {
    fn take(
        &self,
        py: Python<'_>,
        feed: impl FnOnce(&mut listing::ListingReader),
    ) -> PyResult<Vec<Entry>> {
        let (entries, error) = {
            let mut reader = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
            feed(&mut reader);
            all(&mut reader)
        };
        match error {
            Some(error) => Err(too_long(py, error)),
            None => Ok(entries),
        }
    }
}

#[pymethods]
impl ListingReader {
    #[new]
    #[pyo3(signature = (
        *, now = None, shape = "lines", system = None, zone = None,
        max_entries = None, max_bytes = None
    ))]
    fn new(
        now: Option<&Bound<'_, PyDateTime>>,
        shape: &str,
        system: Option<Name>,
        zone: Option<i16>,
        max_entries: Option<usize>,
        max_bytes: Option<u64>,
    ) -> PyResult<Self> {
        let options = options(now, shape, system, zone, max_entries, max_bytes)?;
        Ok(Self(listing::ListingReader::new(options).into()))
    }

    /// Takes the next bytes; the entries that are whole by now.
    fn push(&self, py: Python<'_>, data: Name) -> PyResult<Vec<Entry>> {
        self.take(py, |reader| reader.push(&data.0))
    }

    /// Says that the listing is at its end; the entries that were held back.
    fn finish(&self, py: Python<'_>) -> PyResult<Vec<Entry>> {
        self.take(py, listing::ListingReader::finish)
    }

    /// The format, named as its file in ``tests/listings``, once it is known.
    #[getter]
    fn format(&self) -> Option<&'static str> {
        let reader = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        reader.format()
    }
}

/// Reads a whole listing of any format: LIST by default, ``shape="machine"`` for MLSD and
/// ``"names"`` for NLST. ``now`` settles dates without a year, and is the wall clock if not given;
/// ``zone`` is whose clock the lines tell, in minutes east of UTC.
///
/// >>> import datetime, ftp_py
/// >>> now = datetime.datetime(2026, 11, 22, tzinfo=datetime.timezone.utc)
/// >>> data = b"drwxr-xr-x 2 ada staff 4096 Nov 21 14:05 pub\r\n"
/// >>> ftp_py.parse_listing(data, now=now)
/// [Entry('pub', kind='directory', size=4096, modified=datetime.datetime(2026, 11, 21, 14, 5))]
#[pyfunction]
#[pyo3(signature = (
    data, *, now = None, shape = "lines", system = None, zone = None,
    max_entries = None, max_bytes = None
))]
#[allow(
    clippy::too_many_arguments,
    reason = "keywords in Python, all of them optional"
)]
pub(crate) fn parse_listing(
    py: Python<'_>,
    data: Name,
    now: Option<&Bound<'_, PyDateTime>>,
    shape: &str,
    system: Option<Name>,
    zone: Option<i16>,
    max_entries: Option<usize>,
    max_bytes: Option<u64>,
) -> PyResult<Vec<Entry>> {
    let options = options(now, shape, system, zone, max_entries, max_bytes)?;
    let (entries, error) = py.detach(|| {
        let mut reader = listing::ListingReader::new(options);
        reader.push(&data.0);
        reader.finish();
        all(&mut reader)
    });
    match error {
        Some(error) => Err(too_long(py, error)),
        None => Ok(entries),
    }
}

/// One line of MLSD or MLST (RFC 3659 §7): facts and a name.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_facts("type=dir;unix.mode=0755; pub").mode == 0o755
/// True
#[pyfunction]
pub(crate) fn parse_facts(py: Python<'_>, line: Name) -> PyResult<Entry> {
    match facts::read_entry(&Bytes::from(line.0)) {
        Ok(entry) => Ok(Entry(entry)),
        Err(error) => Err(error::remote(py, &error.to_string(), None)),
    }
}

/// An entry as a line of MLSD holds it.
///
/// >>> import ftp_py
/// >>> ftp_py.format_facts(ftp_py.Entry("pub", kind="directory"))
/// 'type=dir; pub'
#[pyfunction]
pub(crate) fn format_facts<'py>(
    py: Python<'py>,
    entry: &Bound<'py, Entry>,
) -> PyResult<Bound<'py, PyString>> {
    let mut out = Vec::new();
    facts::write_entry(&mut out, &entry.get().0);
    to_str(py, &out)
}

/// The time in a reply to MDTM or in a fact, in UTC.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_time("20261122120000")
/// datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)
#[pyfunction]
pub(crate) fn parse_time<'py>(py: Python<'py>, text: Name) -> PyResult<Bound<'py, PyDateTime>> {
    match facts::read_time(&text.0) {
        Ok(at) => moment::utc(py, at),
        Err(error) => Err(error::remote(py, &error.to_string(), None)),
    }
}

/// A time as MDTM and facts have it; a naive one is taken to be UTC.
///
/// >>> import datetime, ftp_py
/// >>> ftp_py.format_time(datetime.datetime(2026, 11, 22, 12))
/// '20261122120000'
#[pyfunction]
pub(crate) fn format_time(time: &Bound<'_, PyDateTime>) -> PyResult<String> {
    let mut out = Vec::new();
    facts::write_time(&mut out, moment::read(time)?);
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The name of a local file for a name that a server told; ``None`` for one that would leave the
/// directory, or is none.
///
/// >>> import ftp_py
/// >>> ftp_py.safe_leaf("motd"), ftp_py.safe_leaf("../motd")
/// ('motd', None)
#[pyfunction]
pub(crate) fn safe_leaf<'py>(
    py: Python<'py>,
    name: Name,
) -> PyResult<Option<Bound<'py, PyString>>> {
    part(py, listing::safe_leaf(&name.0))
}

pub(crate) fn kind_of(word: &str) -> PyResult<Kind> {
    Ok(match word {
        "file" => Kind::File,
        "directory" => Kind::Directory,
        "current" => Kind::CurrentDirectory,
        "parent" => Kind::ParentDirectory,
        "link" => Kind::Link,
        "other" => Kind::Other,
        "unknown" => Kind::Unknown,
        _ => return Err(PyValueError::new_err(format!("no kind of entry: {word}"))),
    })
}

fn options(
    now: Option<&Bound<'_, PyDateTime>>,
    shape: &str,
    system: Option<Name>,
    zone: Option<i16>,
    max_entries: Option<usize>,
    max_bytes: Option<u64>,
) -> PyResult<ListingOptions> {
    let now = now.map(moment::read).transpose()?;
    let mut options = ListingOptions::new(now.unwrap_or_else(moment::now));
    options.shape = match shape {
        "lines" => Shape::Lines,
        "machine" => Shape::Machine,
        "names" => Shape::Names,
        _ => {
            return Err(PyValueError::new_err(
                "a shape is 'lines', 'machine' or 'names'",
            ));
        }
    };
    options.system = system.map_or_else(Bytes::new, |system| system.0.into());
    options.zone = zone.map_or(Zone::Unknown, Zone::East);
    options.max_entries = max_entries.unwrap_or(options.max_entries);
    options.max_bytes = max_bytes.unwrap_or(options.max_bytes);
    Ok(options)
}

fn all(reader: &mut listing::ListingReader) -> (Vec<Entry>, Option<ListingError>) {
    let mut entries = Vec::new();
    while let Some(next) = reader.next_entry() {
        match next {
            Ok(entry) => entries.push(Entry(entry)),
            Err(error) => return (entries, Some(error)),
        }
    }
    (entries, None)
}

pub(crate) fn too_long(py: Python<'_>, error: ListingError) -> PyErr {
    error::remote(py, &error.to_string(), None)
}

fn part<'py>(py: Python<'py>, part: Option<&[u8]>) -> PyResult<Option<Bound<'py, PyString>>> {
    part.map(|part| to_str(py, part)).transpose()
}
