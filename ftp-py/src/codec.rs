//! What file bytes go through, on buffers.

use std::sync::Mutex;

use ftp_proto::data;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;

/// What the bytes of one transfer pass through between the file and the data connection. It comes
/// with ``MoveData``; a passthrough changes nothing and need not be called.
///
/// >>> import ftp_py
/// >>> codec = ftp_py.Codec("send", "ascii")
/// >>> codec.is_passthrough
/// False
/// >>> codec.convert(b"one\ntwo\n", last=True)
/// b'one\r\ntwo\r\n'
/// >>> target = bytearray(4)
/// >>> codec = ftp_py.Codec("receive", "ascii")
/// >>> codec.run(memoryview(b"a\r\nb"), target, last=True)
/// (4, 3, True)
/// >>> bytes(target[:3])
/// b'a\nb'
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct Codec(pub(crate) Mutex<data::Codec>);

impl Codec {
    pub(crate) fn of(codec: data::Codec) -> Self {
        Self(Mutex::new(codec))
    }

    fn with<T>(&self, act: impl FnOnce(&mut data::Codec) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(|broken| broken.into_inner()))
    }
}

#[pymethods]
impl Codec {
    #[new]
    fn new(direction: &str, representation: &str) -> PyResult<Self> {
        let direction = match direction {
            "send" => ftp_proto::Direction::Send,
            "receive" => ftp_proto::Direction::Receive,
            _ => return Err(PyValueError::new_err("a direction is 'send' or 'receive'")),
        };
        let parameters = match representation {
            "ascii" => data::TransferParameters::DEFAULT,
            "image" => data::TransferParameters::IMAGE,
            _ => return Err(PyValueError::new_err("a type is 'ascii' or 'image'")),
        };
        data::Codec::new(direction, parameters, data::CodecOptions::default())
            .map(Self::of)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Which it is: ``passthrough``, ``ascii``, ``composed`` or ``deflate``.
    #[getter]
    fn kind(&self) -> &'static str {
        self.with(|codec| match codec {
            data::Codec::Passthrough => "passthrough",
            data::Codec::Ascii(_) => "ascii",
            data::Codec::Composed(_) => "composed",
            data::Codec::Deflate(_) => "deflate",
            _ => "other",
        })
    }

    /// Whether the bytes are the same on both sides.
    #[getter]
    fn is_passthrough(&self) -> bool {
        self.with(|codec| codec.is_passthrough())
    }

    /// Whether the file has ended by a mark of its own (MODE B and C).
    #[getter]
    fn has_ended(&self) -> bool {
        self.with(|codec| codec.has_ended())
    }

    /// Takes some of ``source``, puts some into ``target``, both of them buffers; gives the bytes
    /// read, the bytes written, and whether the file has ended. ``last`` says that ``source`` is
    /// the end: then call until it has.
    #[pyo3(signature = (source, target, last = false))]
    fn run(
        &self,
        py: Python<'_>,
        source: PyBuffer<u8>,
        target: PyBuffer<u8>,
        last: bool,
    ) -> PyResult<(usize, usize, bool)> {
        if target.readonly() {
            return Err(PyBufferError::new_err("the target cannot be written"));
        }
        if !target.is_c_contiguous() {
            return Err(PyBufferError::new_err("the target is not contiguous"));
        }
        let source = source.to_vec(py)?;
        // The whole target is written back, since a buffer is written as a whole.
        let mut written = target.to_vec(py)?;
        let ran = self.with(|codec| codec.run(&source, &mut written, last));
        let progress =
            ran.map_err(|fault| error::named(py, "DataError", &fault.to_string(), None))?;
        target.copy_from_slice(py, &written)?;
        Ok((progress.read, progress.written, progress.finished))
    }

    /// Takes all of ``data`` and gives what it becomes. ``last`` says that nothing follows.
    #[pyo3(signature = (data, last = false))]
    fn convert<'py>(
        &self,
        py: Python<'py>,
        data: PyBuffer<u8>,
        last: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let source = data.to_vec(py)?;
        let converted = self.with(|codec| {
            let mut rest = &source[..];
            let mut all = Vec::with_capacity(source.len() + source.len() / 16 + 64);
            let mut target = vec![0; 64 * 1024];
            loop {
                let progress = codec.run(rest, &mut target, last)?;
                rest = rest.get(progress.read..).unwrap_or_default();
                all.extend_from_slice(target.get(..progress.written).unwrap_or_default());
                let is_still = progress.read == 0 && progress.written == 0;
                if progress.finished || is_still {
                    return Ok::<_, data::Fault>(all);
                }
            }
        });
        match converted {
            Ok(all) => Ok(PyBytes::new(py, &all)),
            Err(fault) => Err(error::named(py, "DataError", &fault.to_string(), None)),
        }
    }
}
