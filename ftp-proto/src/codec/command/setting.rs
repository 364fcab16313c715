//! What stands behind a verb, read and written: transfer parameters, protection and addresses.

use core::net::{SocketAddr, SocketAddrV4};

use nom::branch::alt;
use nom::bytes::complete::tag_no_case;
use nom::character::complete::{digit1, satisfy, space0, space1, u8 as decimal_u8};
use nom::combinator::{map, opt, value};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::parameter::{Input, Output, Parameter};
use super::{
    CommandError, ExtendedPassive, FileStructure, FormatControl, ProtectionLevel,
    RepresentationType, TransferMode,
};
use crate::codec::address::{self, EprtError, LongAddress};
use crate::contract::Family;

impl Parameter for RepresentationType {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        input.keyword(representation_type)
    }

    fn write(&self, out: &mut Output<'_>) {
        let (letter, format) = match self {
            Self::Ascii(format) => (b"A", *format),
            Self::Ebcdic(format) => (b"E", *format),
            Self::Image => (b"I", FormatControl::NonPrint),
            Self::Local(bits) => {
                out.text(b"L");
                return out.number((*bits).into());
            }
        };
        out.text(letter);
        match format {
            // N is the default, and some servers know no second parameter.
            FormatControl::NonPrint => {}
            FormatControl::Telnet => out.text(b"T"),
            FormatControl::CarriageControl => out.text(b"C"),
        }
    }
}

/// Parameters that are one letter each.
macro_rules! letters {
    ($($name:ident { $($letter:literal $value:ident)+ })+) => {
        $(impl Parameter for $name {
            fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
                input.keyword(|argument| {
                    map(letter, |letter| match letter {
                        $($letter => Some(Self::$value),)+
                        _ => None,
                    })
                    .parse(argument)
                })
            }

            fn write(&self, out: &mut Output<'_>) {
                let letter = match self {
                    $(Self::$value => $letter,)+
                };
                out.text(&[letter]);
            }
        })+
    };
}

letters! {
    FileStructure { b'F' File b'R' Record b'P' Page }
    TransferMode { b'S' Stream b'B' Block b'C' Compressed b'Z' Deflate }
    ProtectionLevel { b'C' Clear b'S' Safe b'E' Confidential b'P' Private }
}

/// `ALL`, a number, or nothing.
impl Parameter for ExtendedPassive {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let number = map(digit1, |digits: &[u8]| match digits {
            b"1" => Some(Self::Family(Family::V4)),
            b"2" => Some(Self::Family(Family::V6)),
            _ => None,
        });
        let all = value(Some(Self::All), tag_no_case("ALL"));
        let mut grammar = map(opt(alt((all, number))), |found| {
            found.unwrap_or(Some(Self::Any))
        });
        input
            .parse(|argument| grammar.parse(argument))?
            .ok_or_else(|| input.unknown_family())
    }

    fn write(&self, out: &mut Output<'_>) {
        match self {
            Self::Any => {}
            Self::All => out.text(b"ALL"),
            Self::Family(family) => out.number(address::family_number(*family).into()),
        }
    }
}

impl Parameter for SocketAddrV4 {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        address::read_port(input.take()).map_err(|_| input.bad())
    }

    fn write(&self, out: &mut Output<'_>) {
        out.with(|line| address::write_port(line, *self));
    }
}

impl Parameter for SocketAddr {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        address::read_eprt(input.take()).map_err(|error| match error {
            EprtError::Family(_) => input.unknown_family(),
            EprtError::Decode(_) => input.bad(),
        })
    }

    fn write(&self, out: &mut Output<'_>) {
        out.with(|line| address::write_eprt(line, *self));
    }
}

impl Parameter for LongAddress {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        Self::read(input.take()).map_err(|error| match error {
            EprtError::Family(_) => input.unknown_family(),
            EprtError::Decode(_) => input.bad(),
        })
    }

    fn write(&self, out: &mut Output<'_>) {
        out.with(|line| Self::write(self, line));
    }
}

/// A letter in upper case.
fn letter(input: &[u8]) -> IResult<&[u8], u8> {
    map(satisfy(|c| c.is_ascii_alphabetic()), |c| {
        // A letter of ASCII.
        c.to_ascii_uppercase() as u8
    })
    .parse(input)
}

fn representation_type(input: &[u8]) -> IResult<&[u8], Option<RepresentationType>> {
    let (behind, code) = letter(input)?;
    match code {
        b'A' => map(format_control, |f| f.map(RepresentationType::Ascii)).parse(behind),
        b'E' => map(format_control, |f| f.map(RepresentationType::Ebcdic)).parse(behind),
        b'I' => Ok((behind, Some(RepresentationType::Image))),
        b'L' => preceded(
            space0,
            alt((
                map(decimal_u8, |bits| Some(RepresentationType::Local(bits))),
                value(None, digit1),
            )),
        )
        .parse(behind),
        _ => Ok((behind, None)),
    }
}

fn format_control(input: &[u8]) -> IResult<&[u8], Option<FormatControl>> {
    let code = opt(preceded(space1, letter));
    map(code, |code| match code {
        None | Some(b'N') => Some(FormatControl::NonPrint),
        Some(b'T') => Some(FormatControl::Telnet),
        Some(b'C') => Some(FormatControl::CarriageControl),
        Some(_) => None,
    })
    .parse(input)
}
