//! Addresses of data connections in commands and replies (RFC 959 §5.3.2, RFC 2428).

use alloc::vec::Vec;
use core::net::{SocketAddr, SocketAddrV4};

use crate::contract::Family;
use crate::error::DecodeError;

/// Reads the argument of PORT: `h1,h2,h3,h4,p1,p2`. Strict; port 0 is refused.
pub fn read_port(argument: &[u8]) -> Result<SocketAddrV4, DecodeError> {
    todo!()
}
/// Appends `h1,h2,h3,h4,p1,p2`.
pub fn write_port(out: &mut Vec<u8>, address: SocketAddrV4) {
    todo!()
}
/// Finds six numbers up to 255 in the text of a 227 reply, parentheses or not (RFC 1123 §4.1.2.6). Port 0 is refused.
pub fn read_227(text: &[u8]) -> Result<SocketAddrV4, DecodeError> {
    todo!()
}
/// Reads the argument of EPRT. `Ok(Err(n))` for a network protocol number other than 1 and 2. Strict.
pub fn read_eprt(argument: &[u8]) -> Result<Result<SocketAddr, u32>, DecodeError> {
    todo!()
}
/// Appends `|1|192.0.2.1|1234|` or `|2|2001:db8::1|1234|`.
pub fn write_eprt(out: &mut Vec<u8>, address: SocketAddr) {
    todo!()
}
/// Finds `(|||port|)` in the text of a 229 reply: any delimiter 33 to 126 that is no digit, `(||port|)` too. Port 0 is refused.
pub fn read_229(text: &[u8]) -> Result<u16, DecodeError> {
    todo!()
}
/// The number of a family in EPRT and EPSV.
pub const fn family_number(family: Family) -> u8 {
    todo!()
}
