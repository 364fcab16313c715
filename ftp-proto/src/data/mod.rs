//! What file bytes go through between the file and the data connection.

mod ascii;

pub use ascii::Ascii;

/// What the bytes of one transfer pass through. Owned by the driver, which may move it to another
/// thread; file bytes never enter a session.
///
/// ```
/// use ftp_proto::data::{Ascii, Codec};
/// use ftp_proto::Direction;
///
/// let mut codec = Codec::Ascii(Ascii::new(Direction::Send));
/// let (mut source, mut sent) = (&b"one\ntwo\n"[..], Vec::new());
/// loop {
///     let mut target = [0; 4];
///     let progress = codec.run(source, &mut target, true);
///     source = &source[progress.read..];
///     sent.extend_from_slice(&target[..progress.written]);
///     if progress.finished {
///         break;
///     }
/// }
/// assert_eq!(sent, b"one\r\ntwo\r\n");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Codec {
    /// Nothing: TYPE I, MODE S. sendfile, splice and the like may be used.
    Passthrough,
    /// TYPE A: local lines end in LF, lines on the data connection in CRLF.
    Ascii(Ascii),
}

/// How far one call of a codec came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what was not read must be offered again"]
pub struct Progress {
    /// Bytes read from the source.
    pub read: usize,
    /// Bytes written to the target.
    pub written: usize,
    /// The call was told that its source is the end, and everything has been read and written: the
    /// transfer needs no further call. Without it, call again with what was not read, or with more.
    pub finished: bool,
}

impl Codec {
    /// Bytes that a target must have, so that every call comes further.
    pub const SMALLEST_TARGET: usize = 2;

    /// Whether the bytes are the same on both sides.
    pub const fn is_passthrough(&self) -> bool {
        matches!(self, Self::Passthrough)
    }

    /// Takes some of `source`, gives some to `target`, allocates nothing. `last` says that `source`
    /// is the end.
    ///
    /// What comes out does not depend on how the bytes are cut. With a target of
    /// [`SMALLEST_TARGET`](Self::SMALLEST_TARGET) or more, a call with a source that is not empty
    /// reads or writes something. With `last`, call until `finished`, also when nothing of the
    /// source is left: a byte may have been held back.
    pub fn run(&mut self, source: &[u8], target: &mut [u8], last: bool) -> Progress {
        match self {
            Self::Passthrough => {
                let n = copy(source, target);
                Progress {
                    read: n,
                    written: n,
                    finished: last && n == source.len(),
                }
            }
            Self::Ascii(ascii) => ascii.run(source, target, last),
        }
    }
}

/// Copies as much as fits.
fn copy(source: &[u8], target: &mut [u8]) -> usize {
    let n = source.len().min(target.len());
    let (from, _) = source.split_at(n);
    let (to, _) = target.split_at_mut(n);
    to.copy_from_slice(from);
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Direction;
    use alloc::vec::Vec;
    use proptest::prelude::*;
    use std::vec;

    /// All that comes out, with source and target cut to the given sizes in turn.
    fn through(mut codec: Codec, input: &[u8], sizes: &[(usize, usize)]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        for &(from, to) in sizes.iter().cycle() {
            let end = input.len().min(at + from);
            let last = end == input.len();
            let mut target = vec![0; to];
            let progress = codec.run(&input[at..end], &mut target, last);
            assert!(progress.finished || progress.read + progress.written > 0);
            at += progress.read;
            out.extend_from_slice(&target[..progress.written]);
            if progress.finished {
                assert_eq!(at, input.len());
                break;
            }
        }
        out
    }

    fn ascii(direction: Direction) -> Codec {
        Codec::Ascii(Ascii::new(direction))
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()];
        prop::collection::vec(byte, 0..60)
    }

    fn sizes() -> impl Strategy<Value = Vec<(usize, usize)>> {
        prop::collection::vec((1usize..9, Codec::SMALLEST_TARGET..9), 1..5)
    }

    /// Every LF as CRLF.
    fn sent(file: &[u8]) -> Vec<u8> {
        file.iter()
            .flat_map(|&b| {
                if b == b'\n' {
                    vec![b'\r', b'\n']
                } else {
                    vec![b]
                }
            })
            .collect()
    }

    /// Every CRLF as LF.
    fn received(wire: &[u8]) -> Vec<u8> {
        let lone = |i: usize| !(wire[i] == b'\r' && wire.get(i + 1) == Some(&b'\n'));
        (0..wire.len())
            .filter(|&i| lone(i))
            .map(|i| wire[i])
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn what_comes_out_does_not_depend_on_the_cuts(input in bytes(), sizes in sizes()) {
            prop_assert_eq!(through(ascii(Direction::Send), &input, &sizes), sent(&input));
            prop_assert_eq!(through(ascii(Direction::Receive), &input, &sizes), received(&input));
            prop_assert_eq!(through(Codec::Passthrough, &input, &sizes), input);
        }

        #[test]
        fn every_file_survives_the_way_there_and_back(file in bytes(), sizes in sizes()) {
            let wire = through(ascii(Direction::Send), &file, &sizes);
            prop_assert_eq!(through(ascii(Direction::Receive), &wire, &sizes), file);
        }
    }

    #[test]
    fn crlf_in_a_file_is_not_taken_for_a_line_end() {
        let file = b"a\r\nb\n\rc";
        assert_eq!(
            through(ascii(Direction::Send), file, &[(99, 99)]),
            b"a\r\r\nb\r\n\rc"
        );
    }

    #[test]
    fn a_lone_cr_stays() {
        assert_eq!(
            through(ascii(Direction::Receive), b"a\rb\r\r\nc\r", &[(1, 2)]),
            b"a\rb\r\nc\r"
        );
    }

    #[test]
    fn a_cr_is_held_back_until_it_is_clear() {
        let mut codec = ascii(Direction::Receive);
        let mut target = [0; 8];
        let progress = codec.run(b"a\r", &mut target, false);
        assert_eq!(
            (progress.read, progress.written, progress.finished),
            (2, 1, false)
        );
        let progress = codec.run(b"", &mut target, false);
        assert_eq!(
            (progress.read, progress.written, progress.finished),
            (0, 0, false)
        );
        let progress = codec.run(b"", &mut target, true);
        assert_eq!(
            (progress.read, progress.written, progress.finished),
            (0, 1, true)
        );
        assert_eq!(target[0], b'\r');
    }

    #[test]
    fn a_held_cr_with_no_room_is_not_lost() {
        let mut codec = ascii(Direction::Receive);
        let mut target = [0; 2];
        let progress = codec.run(b"ab\r", &mut target, true);
        assert_eq!(
            (progress.read, progress.written, progress.finished),
            (3, 2, false)
        );
        let progress = codec.run(b"", &mut target, true);
        assert_eq!(
            (progress.read, progress.written, progress.finished),
            (0, 1, true)
        );
    }

    #[test]
    fn an_empty_file_is_finished_at_once() {
        for mut codec in [
            Codec::Passthrough,
            ascii(Direction::Send),
            ascii(Direction::Receive),
        ] {
            let progress = codec.run(b"", &mut [0; 2], true);
            assert_eq!(
                (progress.read, progress.written, progress.finished),
                (0, 0, true)
            );
        }
    }
}
