//! Short words, eight bytes at a time.
//!
//! Every line of a listing comes here, and its words are short: loops of a few rounds are what a
//! processor guesses worst, so there are none.

/// A word of at most eight bytes as a number: the first byte is the lowest.
#[inline]
pub(crate) fn key(word: &[u8]) -> Option<u64> {
    let length = word.len();
    if length > 8 {
        return None;
    }
    Some(match (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(&first), Some(&last)) => {
            // The two overlap in equal bytes.
            let (first, last) = (u32::from_le_bytes(first), u32::from_le_bytes(last));
            u64::from(first) | u64::from(last) << ((length - 4) * 8)
        }
        _ => match *word {
            [a, b, c] => u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]),
            [a, b] => u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0]),
            [a] => u64::from(a),
            _ => 0,
        },
    })
}

/// A number of decimal digits alone.
#[inline]
pub(crate) fn decimal(word: &[u8]) -> Option<u64> {
    match word.len() {
        0 => None,
        1..=8 => eight_digits(word),
        9..=16 => {
            let (high, low) = word.split_at(word.len() - 8);
            Some(eight_digits(high)? * 100_000_000 + eight_digits(low)?)
        }
        _ => word.iter().try_fold(0u64, |number, &b| {
            let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        }),
    }
}

/// The number of one to eight digits.
#[inline]
fn eight_digits(word: &[u8]) -> Option<u64> {
    let length = word.len();
    // The digits to the high end, zeros before them.
    let digits = key(word)? << (64 - length * 8) | ZEROS & ones_below(8 - length);
    let digits = digits ^ ZEROS;
    // Of a digit the high half is 0 then, and stays so when six are added.
    if (digits | digits.wrapping_add(EACH * 6)) & (EACH * 0xf0) != 0 {
        return None;
    }
    // Neighbours are joined to numbers of two digits, of four, of eight.
    let twos = (digits.wrapping_mul(10)).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = twos.wrapping_mul(100).wrapping_add(twos >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

/// Where a byte is first.
#[inline]
pub(crate) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = EACH * u64::from(byte);
    let mut start = 0;
    while let Some(eight) = bytes.get(start..).and_then(<[u8]>::first_chunk) {
        // Where a byte is 0, taking one from each byte borrows into its high bit before any
        // above it.
        let zeros = u64::from_le_bytes(*eight) ^ wanted;
        let found = zeros.wrapping_sub(EACH) & !zeros & HIGHS;
        if found != 0 {
            return Some(start + found.trailing_zeros() as usize / 8);
        }
        start += 8;
    }
    let at = bytes.get(start..)?.iter().position(|&b| b == byte)?;
    Some(start + at)
}

/// A bit for each of at most 64 bytes, the lowest for the first: the high bit that `highs` gives
/// it in its eight.
#[inline(always)]
pub(crate) fn bits(bytes: &[u8], highs: impl Fn(u64) -> u64) -> u64 {
    // The product has the eight high bits side by side in its highest byte.
    let bits_of = |eight: [u8; 8]| {
        let highs = highs(u64::from_le_bytes(eight)) & HIGHS;
        (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    let (eights, rest) = bytes.as_chunks();
    let mut found = 0u64;
    for (at, &eight) in eights.iter().enumerate() {
        found |= bits_of(eight).unbounded_shl(at as u32 * 8);
    }
    if rest.is_empty() {
        return found;
    }
    match bytes.last_chunk() {
        // Some of its bytes were seen already.
        Some(&last) => found | bits_of(last).unbounded_shl(bytes.len() as u32 - 8),
        None => {
            let mut eight = [0; 8];
            eight[..rest.len()].copy_from_slice(rest);
            bits_of(eight) & !(u64::MAX << rest.len())
        }
    }
}

/// The high bit of each byte that is not above the other, which is below 128.
#[inline(always)]
pub(crate) fn at_most<const OTHER: u8>(eight: u64) -> u64 {
    // A byte keeps the high bit that it is given unless so much is taken.
    !(((eight | HIGHS) - EACH * (OTHER as u64 + 1)) | eight)
}

/// All bits of so many bytes, at most eight.
#[inline]
const fn ones_below(bytes: usize) -> u64 {
    match 8usize.checked_sub(bytes) {
        Some(8) | None => 0,
        Some(rest) => u64::MAX >> (rest * 8),
    }
}

const EACH: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = EACH << 7;
const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_become_their_number(number in any::<u64>(), shift in 0u32..64, zeros in 0usize..4) {
            let number = number >> shift;
            let text = "0".repeat(zeros) + &number.to_string();
            prop_assert_eq!(decimal(text.as_bytes()), Some(number));
        }

        #[test]
        fn what_is_no_number_is_none(text in "[0-9]{0,18}[^0-9][0-9]{0,18}") {
            prop_assert_eq!(decimal(text.as_bytes()), None);
        }

        #[test]
        fn any_bytes_are_read_as_by_the_standard_library(word in proptest::collection::vec(any::<u8>(), 0..24)) {
            let text = core::str::from_utf8(&word).ok().filter(|text| !text.starts_with('+'));
            prop_assert_eq!(decimal(&word), text.and_then(|text| text.parse().ok()));
        }

        #[test]
        fn a_byte_is_found_where_it_is(bytes in proptest::collection::vec(8u8..13, 0..40)) {
            prop_assert_eq!(find(b'\n', &bytes), bytes.iter().position(|&b| b == b'\n'));
        }

        #[test]
        fn bits_tell_bytes_apart(bytes in proptest::collection::vec(any::<u8>(), 0..=64)) {
            for (at, &b) in bytes.iter().enumerate() {
                prop_assert_eq!(bits(&bytes, at_most::<b' '>) >> at & 1 == 1, b <= b' ');
            }
            let behind = u64::MAX.unbounded_shl(bytes.len() as u32);
            prop_assert_eq!(bits(&bytes, at_most::<b' '>) & behind, 0);
        }

        #[test]
        fn a_short_word_is_its_key(word in "[A-Za-z]{0,8}") {
            let mut padded = [0; 8];
            padded[..word.len()].copy_from_slice(word.as_bytes());
            prop_assert_eq!(key(word.as_bytes()), Some(u64::from_le_bytes(padded)));
            prop_assert_eq!(key(&[word.as_bytes(), &[b'x'; 9]].concat()), None);
        }
    }

    #[test]
    fn a_number_past_64_bits_is_none() {
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(decimal(b"18446744073709551616"), None);
        assert_eq!(decimal(b"99999999999999999999"), None);
    }
}
