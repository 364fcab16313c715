//! Addresses of data connections, in commands and replies.

use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use ftp_proto::codec::address;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use pyo3::{Borrowed, IntoPyObjectExt};

use crate::error;
use crate::text::Name;

/// An address as Python's sockets have it: host and port, of IPv6 perhaps flow and scope behind
/// them.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub(crate) SocketAddr);

impl<'py> FromPyObject<'_, 'py> for Address {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let parts = given
            .cast::<PyTuple>()
            .map_err(|_| PyTypeError::new_err("an address is a tuple (host, port, ...)"))?;
        let host: String = parts.get_item(0)?.extract()?;
        let port: u16 = parts.get_item(1)?.extract()?;
        // A link-local address may have its scope behind a percent sign too.
        let (host, zone) = host.split_once('%').unwrap_or((&host, ""));
        let ip: IpAddr = host
            .parse()
            .map_err(|_| PyValueError::new_err("an address begins with an IP address"))?;
        let part = |at: usize| match parts.get_item(at) {
            Ok(part) => part.extract::<u32>(),
            Err(_) => Ok(0),
        };
        Ok(Self(match ip {
            IpAddr::V4(ip) => SocketAddrV4::new(ip, port).into(),
            IpAddr::V6(ip) => {
                let scope = match part(3)? {
                    0 => zone.parse().unwrap_or(0),
                    scope => scope,
                };
                SocketAddrV6::new(ip, port, part(2)?, scope).into()
            }
        }))
    }
}

impl<'py> IntoPyObject<'py> for Address {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let host = PyString::new(py, &self.0.ip().to_string()).into_bound_py_any(py)?;
        let port = self.0.port().into_bound_py_any(py)?;
        match self.0 {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => PyTuple::new(
                py,
                [
                    host,
                    port,
                    v6.flowinfo().into_bound_py_any(py)?,
                    v6.scope_id().into_bound_py_any(py)?,
                ],
            ),
            _ => PyTuple::new(py, [host, port]),
        }
    }
}

/// The address in the text of a 227 reply.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_227("Entering Passive Mode (192,0,2,1,195,80)")
/// ('192.0.2.1', 50000)
#[pyfunction]
pub(crate) fn parse_227(py: Python<'_>, text: Name) -> PyResult<Address> {
    read(py, address::read_227(&text.0)).map(|it| Address(it.into()))
}

/// The port in the text of a 229 reply.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_229("Entering Extended Passive Mode (|||50000|)")
/// 50000
#[pyfunction]
pub(crate) fn parse_229(py: Python<'_>, text: Name) -> PyResult<u16> {
    read(py, address::read_229(&text.0))
}

/// The address in the argument of PORT.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_port("192,0,2,1,195,80")
/// ('192.0.2.1', 50000)
#[pyfunction]
pub(crate) fn parse_port(py: Python<'_>, argument: Name) -> PyResult<Address> {
    read(py, address::read_port(&argument.0)).map(|it| Address(it.into()))
}

/// The address in the argument of EPRT.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_eprt("|2|2001:db8::1|50000|")
/// ('2001:db8::1', 50000)
#[pyfunction]
pub(crate) fn parse_eprt(py: Python<'_>, argument: Name) -> PyResult<Address> {
    read(py, address::read_eprt(&argument.0)).map(Address)
}

/// The argument of PORT for an IPv4 address.
///
/// >>> import ftp_py
/// >>> ftp_py.format_port(("192.0.2.1", 50000))
/// '192,0,2,1,195,80'
#[pyfunction]
pub(crate) fn format_port(address: Address) -> PyResult<String> {
    let address = v4(address)?;
    Ok(written(|out| address::write_port(out, address)))
}

/// The argument of EPRT for an address of either family.
///
/// >>> import ftp_py
/// >>> ftp_py.format_eprt(("2001:db8::1", 50000))
/// '|2|2001:db8::1|50000|'
#[pyfunction]
pub(crate) fn format_eprt(address: Address) -> String {
    written(|out| address::write_eprt(out, address.0))
}

/// What the text of a 227 reply holds for an IPv4 address.
///
/// >>> import ftp_py
/// >>> ftp_py.format_227(("192.0.2.1", 50000))
/// '(192,0,2,1,195,80)'
#[pyfunction]
pub(crate) fn format_227(address: Address) -> PyResult<String> {
    let address = v4(address)?;
    Ok(written(|out| address::write_227(out, address)))
}

/// What the text of a 229 reply holds for a port.
///
/// >>> import ftp_py
/// >>> ftp_py.format_229(50000)
/// '(|||50000|)'
#[pyfunction]
pub(crate) fn format_229(port: u16) -> String {
    written(|out| address::write_229(out, port))
}

fn v4(address: Address) -> PyResult<SocketAddrV4> {
    match address.0 {
        SocketAddr::V4(address) => Ok(address),
        SocketAddr::V6(_) => Err(PyValueError::new_err("only an IPv4 address fits")),
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn read<T>(py: Python<'_>, result: Result<T, impl std::fmt::Display>) -> PyResult<T> {
    result.map_err(|error| error::remote(py, &error.to_string(), None))
}
