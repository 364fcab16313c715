//! Addresses, and the texts of PORT, EPRT, 227 and 229 that tell them.

use std::ffi::{c_char, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use ftp_proto::codec::address::{
    read_227, read_229, read_eprt, read_port, write_227, write_229, write_eprt, write_port,
};

use crate::handle::guard;
use crate::result::{Failure, ftp_result};
use crate::text::{buffer, bytes, given, text, write, write_text};

/// An IP address and a port. `ftp_address_from_sockaddr` and `ftp_address_to_sockaddr` change it
/// into what sockets know and back.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ftp_address {
    /// The address in network order: all 16 bytes of IPv6, the first 4 of IPv4.
    pub ip: [u8; 16],
    /// The scope of a link-local IPv6 address (`sin6_scope_id`), else 0.
    pub scope: u32,
    /// The port, in the order of the machine.
    pub port: u16,
    /// 4 or 6; 0 where there is no address.
    pub family: u8,
    /// 0.
    pub reserved: u8,
}

impl From<SocketAddr> for ftp_address {
    fn from(address: SocketAddr) -> Self {
        let mut made = Self {
            port: address.port(),
            ..Self::from(address.ip())
        };
        if let SocketAddr::V6(address) = address {
            made.scope = address.scope_id();
        }
        made
    }
}

impl From<IpAddr> for ftp_address {
    fn from(ip: IpAddr) -> Self {
        let mut made = Self::default();
        match ip {
            IpAddr::V4(ip) => {
                made.family = 4;
                made.ip[..4].copy_from_slice(&ip.octets());
            }
            IpAddr::V6(ip) => {
                made.family = 6;
                made.ip = ip.octets();
            }
        }
        made
    }
}

impl ftp_address {
    fn read(&self) -> Result<SocketAddr, Failure> {
        let [a, b, c, d, ..] = self.ip;
        match self.family {
            4 => Ok((Ipv4Addr::new(a, b, c, d), self.port).into()),
            6 => {
                let ip = Ipv6Addr::from(self.ip);
                Ok(SocketAddrV6::new(ip, self.port, 0, self.scope).into())
            }
            _ => Err(Failure::new(
                ftp_result::FtpErrorRange,
                "an address is of family 4 or 6",
            )),
        }
    }
}

/// An address that the caller gives.
///
/// # Safety
/// As [`given`].
pub(crate) unsafe fn address(place: *const ftp_address) -> Result<SocketAddr, Failure> {
    // SAFETY: as this function asks.
    unsafe { given(place) }?.read()
}

fn v4(address: SocketAddr) -> Result<SocketAddrV4, Failure> {
    match (address.ip().to_canonical(), address.port()) {
        (IpAddr::V4(ip), port) => Ok(SocketAddrV4::new(ip, port)),
        (IpAddr::V6(_), _) => Err(Failure::new(
            ftp_result::FtpErrorFamily,
            "PORT and 227 tell addresses of IPv4",
        )),
    }
}

/// Takes an address out of a `struct sockaddr` of `len` bytes, as `accept`, `getsockname` and
/// `getpeername` give it. `FTP_ERROR_FAMILY` for a family other than `AF_INET` and `AF_INET6`,
/// `FTP_ERROR_RANGE` for too few bytes.
#[cfg(unix)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_address_from_sockaddr(
    sockaddr: *const c_void,
    len: usize,
    address: *mut ftp_address,
) -> ftp_result {
    guard(|| {
        // SAFETY: there are so many bytes, and there is room for the address, as the header asks.
        unsafe {
            crate::text::must_be_given(sockaddr)?;
            let found = of_sockaddr(bytes(sockaddr, len)?)?;
            write(address, found.into())
        }
    })
}

#[cfg(unix)]
fn of_sockaddr(bytes: &[u8]) -> Result<SocketAddr, Failure> {
    /// A structure out of its bytes.
    ///
    /// # Safety
    /// Every pattern of bytes is a `T`.
    unsafe fn of_bytes<T>(bytes: &[u8]) -> Result<T, Failure> {
        match bytes.len() >= size_of::<T>() {
            // SAFETY: there are bytes enough, and any will do.
            true => Ok(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() }),
            false => Err(ftp_result::FtpErrorRange.into()),
        }
    }
    let short = std::mem::offset_of!(libc::sockaddr, sa_data);
    let head = bytes.get(..short).ok_or(ftp_result::FtpErrorRange)?;
    let mut whole = [0; size_of::<libc::sockaddr>()];
    whole[..short].copy_from_slice(head);
    // SAFETY: the structures are numbers only.
    unsafe {
        match i32::from(of_bytes::<libc::sockaddr>(&whole)?.sa_family) {
            libc::AF_INET => {
                let at = of_bytes::<libc::sockaddr_in>(bytes)?;
                let ip = Ipv4Addr::from(u32::from_be(at.sin_addr.s_addr));
                Ok((ip, u16::from_be(at.sin_port)).into())
            }
            libc::AF_INET6 => {
                let at = of_bytes::<libc::sockaddr_in6>(bytes)?;
                let (ip, port) = (at.sin6_addr.s6_addr.into(), u16::from_be(at.sin6_port));
                Ok(SocketAddrV6::new(ip, port, 0, at.sin6_scope_id).into())
            }
            _ => Err(ftp_result::FtpErrorFamily.into()),
        }
    }
}

/// Makes a `struct sockaddr` of an address, for `connect` and `bind`, in a buffer of `capacity`
/// bytes, which a `struct sockaddr_storage` is large enough for; `len` is set to the bytes used.
/// `FTP_ERROR_RANGE` for an address without a family, `FTP_ERROR_BUFFER_TOO_SMALL`.
#[cfg(unix)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_address_to_sockaddr(
    address: *const ftp_address,
    sockaddr: *mut c_void,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks, and the structures are numbers only.
    guard(|| unsafe {
        crate::text::must_be_given(sockaddr)?;
        let into = buffer(sockaddr, capacity)?;
        let used = match self::address(address)? {
            SocketAddr::V4(at) => {
                let mut made: libc::sockaddr_in = std::mem::zeroed();
                made.sin_family = libc::AF_INET as libc::sa_family_t;
                made.sin_port = at.port().to_be();
                made.sin_addr.s_addr = u32::from(*at.ip()).to_be();
                put(into, &made)?
            }
            SocketAddr::V6(at) => {
                let mut made: libc::sockaddr_in6 = std::mem::zeroed();
                made.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                made.sin6_port = at.port().to_be();
                made.sin6_addr.s6_addr = at.ip().octets();
                made.sin6_scope_id = at.scope_id();
                put(into, &made)?
            }
        };
        write(len, used)
    })
}

/// Copies a structure of numbers into a buffer; its size.
#[cfg(unix)]
fn put<T: Copy>(into: &mut [u8], made: &T) -> Result<usize, Failure> {
    if into.len() < size_of::<T>() {
        return Err(ftp_result::FtpErrorBufferTooSmall.into());
    }
    // SAFETY: the structure has no byte that was not set to zero first, and there is room.
    unsafe { into.as_mut_ptr().cast::<T>().write_unaligned(*made) };
    Ok(size_of::<T>())
}

/// Reads `192.0.2.1:21` or `[2001:db8::1]:21`. `FTP_ERROR_DECODE` for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_address_parse(
    text: *const c_char,
    len: usize,
    address: *mut ftp_address,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let text = std::str::from_utf8(self::text(text, len)?).unwrap_or_default();
        let parsed: SocketAddr = text.parse().map_err(|_| ftp_result::FtpErrorDecode)?;
        write(address, parsed.into())
    })
}

/// Writes `192.0.2.1:21` or `[2001:db8::1]:21` to a buffer of `capacity` bytes, without a NUL;
/// `len` is set to the bytes written, or, with `FTP_ERROR_BUFFER_TOO_SMALL`, to those needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_address_write(
    address: *const ftp_address,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let text = self::address(address)?.to_string();
        write_text(text.as_bytes(), buffer, capacity, len)
    })
}

/// Reads the argument of PORT, `h1,h2,h3,h4,p1,p2` (RFC 959 §5.3.2). Strict; port 0 is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_port_read(
    argument: *const c_char,
    len: usize,
    address: *mut ftp_address,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let read = read_port(text(argument, len)?)?;
        write(address, SocketAddr::V4(read).into())
    })
}

/// Writes the argument of PORT to a buffer of `capacity` bytes; `len` is set to the bytes written or
/// needed. `FTP_ERROR_FAMILY` for IPv6.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_port_write(
    address: *const ftp_address,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let mut made = Vec::new();
        write_port(&mut made, v4(self::address(address)?)?);
        write_text(&made, buffer, capacity, len)
    })
}

/// Finds the address in the text of a 227 reply, with parentheses or without (RFC 1123
/// §4.1.2.6). Port 0 is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_227_read(
    text: *const c_char,
    len: usize,
    address: *mut ftp_address,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let read = read_227(self::text(text, len)?)?;
        write(address, SocketAddr::V4(read).into())
    })
}

/// Writes `(h1,h2,h3,h4,p1,p2)`, for the text of a 227 reply; as `ftp_port_write`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_227_write(
    address: *const ftp_address,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let mut made = Vec::new();
        write_227(&mut made, v4(self::address(address)?)?);
        write_text(&made, buffer, capacity, len)
    })
}

/// Finds the port in the text of a 229 reply, `(|||port|)` with any delimiter (RFC 2428 §3). Port 0
/// is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_229_read(
    text: *const c_char,
    len: usize,
    port: *mut u16,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe { write(port, read_229(self::text(text, len)?)?) })
}

/// Writes `(|||port|)`, for the text of a 229 reply, to a buffer of `capacity` bytes; `len` is set
/// to the bytes written or needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_229_write(
    port: u16,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let mut made = Vec::new();
        write_229(&mut made, port);
        write_text(&made, buffer, capacity, len)
    })
}

/// Reads the argument of EPRT, `|1|host|port|` or `|2|host|port|` with any delimiter (RFC 2428 §2).
/// `FTP_ERROR_FAMILY` for a network protocol other than 1 and 2, else `FTP_ERROR_DECODE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_eprt_read(
    argument: *const c_char,
    len: usize,
    address: *mut ftp_address,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let read = read_eprt(text(argument, len)?)?;
        write(address, read.into())
    })
}

/// Writes the argument of EPRT to a buffer of `capacity` bytes; `len` is set to the bytes written
/// or needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_eprt_write(
    address: *const ftp_address,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let mut made = Vec::new();
        write_eprt(&mut made, self::address(address)?);
        write_text(&made, buffer, capacity, len)
    })
}
