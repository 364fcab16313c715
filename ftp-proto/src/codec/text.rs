//! Bytes of the control connection as text: for people, and with byte 255 doubled for the wire.

use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// Telnet's "interpret as command" (RFC 854); as data it is sent twice.
pub(super) const IAC: u8 = 255;

/// Appends bytes with every 255 doubled, as Telnet asks for data.
pub(super) fn write_doubled(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len());
    for run in bytes.split_inclusive(|&b| b == IAC) {
        out.extend_from_slice(run);
        if run.last() == Some(&IAC) {
            out.push(IAC);
        }
    }
}

/// Appends a number in decimal.
pub(super) fn write_decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        at -= 1;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// Bytes as text: UTF-8 as it is, but control characters and what is no UTF-8 escaped, so that a
/// peer cannot steer the terminal that shows it.
pub(super) struct Escaped<'a>(pub(super) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() {
                    write!(f, "{}", c.escape_default())?;
                } else {
                    f.write_char(c)?;
                }
            }
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    proptest! {
        #[test]
        fn a_number_is_written_as_display_does(number: u64) {
            let mut out = Vec::new();
            write_decimal(&mut out, number);
            prop_assert_eq!(out, number.to_string().into_bytes());
        }
    }

    #[test]
    fn zero_is_one_digit() {
        let mut out = Vec::new();
        write_decimal(&mut out, 0);
        assert_eq!(out, b"0");
    }

    #[test]
    fn escaped_text_cannot_steer_a_terminal() {
        let shown = Escaped("\u{1b}[2Jé\u{9b}1m\r\n\0".as_bytes()).to_string();
        assert_eq!(shown, r"\u{1b}[2Jé\u{9b}1m\r\n\u{0}");
        assert_eq!(Escaped(b"a\xffb").to_string(), r"a\xffb");
    }

    #[test]
    fn byte_255_is_doubled() {
        let mut out = Vec::new();
        write_doubled(&mut out, b"\xffa\xff\xffb\xff");
        assert_eq!(out, b"\xff\xffa\xff\xff\xff\xffb\xff\xff");
    }
}
