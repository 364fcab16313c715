//! Quoted paths of 257 replies.

use ftp_proto::codec::path;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error;
use crate::text::{Name, to_str};

/// The path in the text of a 257 reply.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_257('"/a ""b""" is the current directory')
/// '/a "b"'
#[pyfunction]
pub(crate) fn parse_257<'py>(py: Python<'py>, text: Name) -> PyResult<Bound<'py, PyString>> {
    match path::read_257(&text.0) {
        Ok(path) => to_str(py, &path),
        Err(error) => Err(error::remote(py, &error.to_string(), None)),
    }
}

/// A path as the text of a 257 reply holds it.
///
/// >>> import ftp_py
/// >>> ftp_py.quote_path('/a "b"')
/// '"/a ""b"""'
#[pyfunction]
pub(crate) fn quote_path<'py>(py: Python<'py>, path: Name) -> PyResult<Bound<'py, PyString>> {
    let mut out = Vec::new();
    path::write_quoted(&mut out, &path.0);
    to_str(py, &out)
}
