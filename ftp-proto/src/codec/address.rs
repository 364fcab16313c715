//! Addresses of data connections in commands and replies (RFC 959 §5.3.2, RFC 2428).
//!
//! ```
//! use ftp_proto::Family;
//! use ftp_proto::codec::address::{
//!     EprtError, family_number, read_227, read_229, read_eprt, read_port, write_227, write_229,
//!     write_eprt, write_port,
//! };
//!
//! let at = "192.0.2.1:50000".parse()?;
//! let mut argument = Vec::new();
//! write_port(&mut argument, at);
//! assert_eq!(argument, b"192,0,2,1,195,80");
//! assert_eq!(read_port(&argument)?, at);
//! let mut text = b"Passive mode ".to_vec();
//! write_227(&mut text, at);
//! assert_eq!(text, b"Passive mode (192,0,2,1,195,80)");
//! assert_eq!(read_227(&text)?, at);
//!
//! let at = "[2001:db8::1]:50000".parse()?;
//! let mut argument = Vec::new();
//! write_eprt(&mut argument, at);
//! assert_eq!(argument, b"|2|2001:db8::1|50000|");
//! assert_eq!(read_eprt(&argument)?, at);
//! assert_eq!(read_eprt(b"|3|a host|50000|"), Err(EprtError::Family(3)));
//! let mut text = b"Passive mode ".to_vec();
//! write_229(&mut text, 50_000);
//! assert_eq!(text, b"Passive mode (|||50000|)");
//! assert_eq!(read_229(&text)?, 50_000);
//! assert_eq!(family_number(Family::V6), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use core::str::FromStr;

use nom::bytes::complete::{tag, take_till};
use nom::character::complete::{space0, u8 as decimal_u8, u16 as decimal_u16, u32 as decimal_u32};
use nom::combinator::{all_consuming, map, map_opt, verify};
use nom::number::complete::be_u8;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::text::write_decimal;
use crate::contract::Family;
use crate::error::DecodeError;

/// Why the argument of EPRT names no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EprtError {
    /// It is malformed: 501.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is of a network protocol other than 1 and 2: 522 (RFC 2428 §2).
    #[error("network protocol {0} is not known")]
    Family(u32),
}

/// Reads the argument of PORT: `h1,h2,h3,h4,p1,p2`. Strict; port 0 is refused.
///
/// # Errors
/// A [`DecodeError`].
pub fn read_port(argument: &[u8]) -> Result<SocketAddrV4, DecodeError> {
    let numbers = six(preceded(tag(","), decimal_u8));
    match all_consuming(numbers).parse(argument) {
        Ok((_, numbers)) => with_port(numbers, argument, 0),
        Err(e) => Err(error("h1,h2,h3,h4,p1,p2", argument, &e)),
    }
}

/// Appends `h1,h2,h3,h4,p1,p2`.
pub fn write_port(out: &mut Vec<u8>, address: SocketAddrV4) {
    for octet in address.ip().octets() {
        write_decimal(out, octet.into());
        out.push(b',');
    }
    let [high, low] = address.port().to_be_bytes();
    write_decimal(out, high.into());
    out.push(b',');
    write_decimal(out, low.into());
}

/// Finds the first six numbers up to 255 with commas between them in the text of a 227 reply,
/// parentheses or not (RFC 1123 §4.1.2.6). Spaces after the commas are tolerated. Port 0 is
/// refused.
///
/// # Errors
/// A [`DecodeError`].
pub fn read_227(text: &[u8]) -> Result<SocketAddrV4, DecodeError> {
    // A try goes over six numbers at most and begins where a number does, so that each byte is
    // looked at six times at most.
    let mut before = b' ';
    for (at, &byte) in text.iter().enumerate() {
        if byte.is_ascii_digit() && !before.is_ascii_digit() {
            let mut numbers = six(preceded((tag(","), space0), decimal_u8));
            let rest = text.get(at..).unwrap_or_default();
            if let Ok((_, numbers)) = numbers.parse(rest) {
                return with_port(numbers, text, at);
            }
        }
        before = byte;
    }
    Err(DecodeError::new(
        "six numbers up to 255 with commas between them",
        text,
        0,
    ))
}

/// Appends `(h1,h2,h3,h4,p1,p2)`, for the text of a 227 reply.
pub fn write_227(out: &mut Vec<u8>, address: SocketAddrV4) {
    out.push(b'(');
    write_port(out, address);
    out.push(b')');
}

/// Reads the argument of EPRT: `|1|host|port|`, any delimiter 33 to 126 that is no digit. Strict;
/// port 0 is refused. An IPv4-mapped IPv6 address becomes the IPv4 one.
///
/// # Errors
/// [`EprtError::Family`] for a network protocol number other than 1 and 2, else
/// [`EprtError::Decode`].
pub fn read_eprt(argument: &[u8]) -> Result<SocketAddr, EprtError> {
    const EXPECTED: &str = "|1|host|port| or |2|host|port|";
    let (_, (family, (at, host), port)) = all_consuming(|input| eprt(input, argument.len()))
        .parse(argument)
        .map_err(|e| error(EXPECTED, argument, &e))?;
    let host = core::str::from_utf8(host).unwrap_or_default();
    let ip = match family {
        1 => Ipv4Addr::from_str(host).ok().map(IpAddr::V4),
        2 => core::net::Ipv6Addr::from_str(host)
            .ok()
            .map(|ip| IpAddr::V6(ip).to_canonical()),
        other => return Err(EprtError::Family(other)),
    };
    let ip = ip.ok_or_else(|| DecodeError::new("an address of that protocol", argument, at))?;
    Ok(SocketAddr::new(ip, port))
}

/// Appends `|1|192.0.2.1|1234|` or `|2|2001:db8::1|1234|`. An IPv4-mapped IPv6 address is written
/// as the IPv4 one.
pub fn write_eprt(out: &mut Vec<u8>, address: SocketAddr) {
    use core::fmt::Write as _;

    struct Text<'a>(&'a mut Vec<u8>);
    impl core::fmt::Write for Text<'_> {
        fn write_str(&mut self, s: &str) -> core::fmt::Result {
            self.0.extend_from_slice(s.as_bytes());
            Ok(())
        }
    }

    let ip = address.ip().to_canonical();
    let family = family_number(Family::of(ip));
    // A Vec takes all that is written to it.
    let _ = write!(Text(out), "|{family}|{ip}|{}|", address.port());
}

/// Finds `(|||port|)` in the text of a 229 reply: any delimiter 33 to 126 that is no digit,
/// `(||port|)` too. Port 0 is refused.
///
/// # Errors
/// A [`DecodeError`].
pub fn read_229(text: &[u8]) -> Result<u16, DecodeError> {
    // A try reads delimiters and one number, which holds no parenthesis to begin another try with.
    for (at, _) in text.iter().enumerate().filter(|&(_, &b)| b == b'(') {
        let rest = text.get(at..).unwrap_or_default();
        if let Ok((_, port)) = extended_port(rest) {
            return Ok(port);
        }
    }
    Err(DecodeError::new(
        "(|||port|) with a port from 1 to 65535",
        text,
        0,
    ))
}

/// Appends `(|||port|)`, for the text of a 229 reply.
pub fn write_229(out: &mut Vec<u8>, port: u16) {
    out.extend_from_slice(b"(|||");
    write_decimal(out, port.into());
    out.extend_from_slice(b"|)");
}

/// The number of a family in EPRT and EPSV.
pub const fn family_number(family: Family) -> u8 {
    match family {
        Family::V4 => 1,
        Family::V6 => 2,
    }
}

/// A number, and five more each of which `next` reads.
fn six<'a>(
    next: impl Parser<&'a [u8], Output = u8, Error = nom::error::Error<&'a [u8]>>,
) -> impl Parser<&'a [u8], Output = [u8; 6], Error = nom::error::Error<&'a [u8]>> {
    let mut next = next;
    move |input: &'a [u8]| {
        let mut numbers = [0; 6];
        let (mut input, first) = decimal_u8(input)?;
        for (i, number) in numbers.iter_mut().enumerate() {
            if i == 0 {
                *number = first;
            } else {
                (input, *number) = next.parse(input)?;
            }
        }
        Ok((input, numbers))
    }
}

fn with_port(numbers: [u8; 6], input: &[u8], at: usize) -> Result<SocketAddrV4, DecodeError> {
    let [h1, h2, h3, h4, p1, p2] = numbers;
    match u16::from_be_bytes([p1, p2]) {
        0 => Err(DecodeError::new("a port other than 0", input, at)),
        port => Ok(SocketAddrV4::new(Ipv4Addr::new(h1, h2, h3, h4), port)),
    }
}

/// RFC 2428 §2: a delimiter may be any of these; a digit would be part of a number.
fn delimiter(input: &[u8]) -> IResult<&[u8], u8> {
    verify(be_u8, |b: &u8| {
        (33..=126).contains(b) && !b.is_ascii_digit()
    })
    .parse(input)
}

/// The protocol's number, the host with its offset in the argument, and the port.
type Eprt<'a> = (u32, (usize, &'a [u8]), u16);

fn eprt(input: &[u8], length: usize) -> IResult<&[u8], Eprt<'_>> {
    let (input, mark) = delimiter(input)?;
    let mark = [mark];
    let (input, family) = decimal_u32(input)?;
    let (input, _) = tag(&mark[..]).parse(input)?;
    let at = length.saturating_sub(input.len());
    let (input, host) = take_till(|b| [b] == mark).parse(input)?;
    let (input, _) = tag(&mark[..]).parse(input)?;
    let (input, port) = port(input)?;
    let (input, _) = tag(&mark[..]).parse(input)?;
    Ok((input, (family, (at, host), port)))
}

fn extended_port(input: &[u8]) -> IResult<&[u8], u16> {
    let (input, _) = tag("(").parse(input)?;
    let (input, mark) = delimiter(input)?;
    let mark = [mark];
    let (input, _) = tag(&mark[..]).parse(input)?;
    // Some servers leave one delimiter out.
    let input = input.strip_prefix(&mark).unwrap_or(input);
    let (input, port) = port(input)?;
    map(tag(&mark[..]), |_| port).parse(input)
}

fn port(input: &[u8]) -> IResult<&[u8], u16> {
    map_opt(decimal_u16, |port| (port != 0).then_some(port)).parse(input)
}

fn error(
    expected: &'static str,
    input: &[u8],
    e: &nom::Err<nom::error::Error<&[u8]>>,
) -> DecodeError {
    let left = match e {
        nom::Err::Error(e) | nom::Err::Failure(e) => e.input.len(),
        nom::Err::Incomplete(_) => 0,
    };
    DecodeError::new(expected, input, input.len().saturating_sub(left))
}

#[cfg(test)]
mod tests;
