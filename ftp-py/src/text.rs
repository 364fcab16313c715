//! Names: `str` by UTF-8 with surrogateescape, so that every name has one and comes back as it was.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

/// Bytes as a `str`.
pub(crate) fn to_str<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(PyString::new(py, text)),
        Err(_) => PyString::from_encoded_object(
            PyBytes::new(py, bytes).as_any(),
            Some(c"utf-8"),
            Some(c"surrogateescape"),
        ),
    }
}

/// A name that a caller gave: `str`, `bytes`, or what `os.fspath` makes one of.
pub(crate) struct Name(pub(crate) Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Name {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = given.py();
        if let Ok(text) = given.cast::<PyString>() {
            return Ok(Self(match text.to_str() {
                Ok(text) => text.as_bytes().to_vec(),
                // It holds surrogates, by which other bytes than UTF-8 are told.
                Err(_) => text
                    .call_method1("encode", ("utf-8", "surrogateescape"))?
                    .extract()?,
            }));
        }
        if let Ok(bytes) = given.cast::<PyBytes>() {
            return Ok(Self(bytes.as_bytes().to_vec()));
        }
        if let Ok(bytes) = given.cast::<PyByteArray>() {
            return Ok(Self(bytes.to_vec()));
        }
        let path = py.import("os")?.call_method1("fspath", (given,))?;
        path.extract()
    }
}
