use alloc::vec::Vec;
use proptest::prelude::*;
use std::string::String;
use std::vec;

use super::*;

const LIMIT: usize = 8;

/// Feeds pieces of the given sizes, in turn, and never more than there is room for; takes lines
/// only when there is no room, or after every piece.
fn lines_of(input: &[u8], sizes: &[usize], eager: bool) -> Vec<Line> {
    let mut buffer = LineBuffer::new(LIMIT);
    let mut lines = Vec::new();
    let mut rest = input;
    let mut sizes = sizes.iter().copied().cycle();
    while !rest.is_empty() {
        let room = buffer.room();
        if room == 0 {
            lines.push(buffer.next_line().expect("no room only while a line waits"));
            continue;
        }
        let size = sizes.next().expect("a cycle").min(room).min(rest.len());
        assert_eq!(buffer.push(&rest[..size]), size);
        assert!(buffer.held() <= LIMIT + 3);
        rest = &rest[size..];
        if eager {
            lines.extend(core::iter::from_fn(|| buffer.next_line()));
        }
    }
    lines.extend(core::iter::from_fn(|| buffer.next_line()));
    lines
}

/// The same from all of the input at once: first without Telnet, `None` standing for a
/// subnegotiation given up, then cut at LF.
fn model(input: &[u8]) -> Vec<Line> {
    let mut data: Vec<Option<u8>> = Vec::new();
    let mut at = 0;
    while at < input.len() {
        match (input[at], input.get(at + 1)) {
            (255, None) => at += 1,
            (255, Some(255)) => {
                data.push(Some(255));
                at += 2;
            }
            (255, Some(251..=254)) => at += 3,
            (255, Some(250)) => {
                at += 2;
                let (mut n, mut after_iac) = (0, false);
                for &b in &input[at..] {
                    n += 1;
                    if after_iac && b == 240 {
                        break;
                    }
                    if n > LIMIT {
                        data.push(None);
                        break;
                    }
                    after_iac = !after_iac && b == 255;
                }
                at += n;
            }
            (255, Some(240..)) => at += 2,
            (255, Some(&b)) => {
                data.push(Some(255));
                data.push(Some(b));
                at += 2;
            }
            (b, _) => {
                data.push(Some(b));
                at += 1;
            }
        }
    }
    let mut lines = Vec::new();
    let mut pieces = data.split(|&b| b == Some(b'\n')).peekable();
    while let Some(piece) = pieces.next() {
        let ended = pieces.peek().is_some();
        let bytes: Vec<u8> = piece.iter().copied().flatten().collect();
        let given_up = bytes.len() < piece.len();
        let stripped = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        if given_up || stripped.len() > LIMIT {
            lines.push(Line::TooLong);
        } else if ended {
            lines.push(Line::Whole(Bytes::copy_from_slice(stripped)));
        }
    }
    lines
}

fn wire() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'a'),
        3 => Just(b'\n'),
        3 => Just(b'\r'),
        1 => Just(0u8),
        4 => Just(255u8),
        1 => Just(250u8),
        1 => 251u8..=254,
        2 => Just(240u8),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn lines_do_not_depend_on_how_the_input_is_cut(
        input in wire(),
        sizes in prop::collection::vec(1usize..14, 1..6),
        eager: bool,
    ) {
        let expected = model(&input);
        prop_assert_eq!(lines_of(&input, &sizes, eager), expected.clone());
        prop_assert_eq!(lines_of(&input, &[1], true), expected.clone());
        prop_assert_eq!(lines_of(&input, &[1], false), expected.clone());
        prop_assert_eq!(lines_of(&input, &[usize::MAX], false), expected);
    }

    #[test]
    fn every_whole_line_is_seen_once(
        input in wire(),
        sizes in prop::collection::vec(1usize..14, 1..6),
        take in prop::collection::vec(any::<bool>(), 1..6),
    ) {
        let mut buffer = LineBuffer::new(LIMIT);
        let (mut seen, mut taken) = (Vec::new(), Vec::new());
        let (mut rest, mut turn) = (&input[..], 0);
        while !rest.is_empty() {
            let n = buffer.push(&rest[..sizes[turn % sizes.len()].min(rest.len())]);
            rest = &rest[n..];
            seen.extend(buffer.unseen().map(Vec::from));
            if n == 0 || take[turn % take.len()] {
                taken.extend(buffer.next_line());
            }
            turn += 1;
        }
        taken.extend(core::iter::from_fn(|| buffer.next_line()));
        let taken: Vec<Vec<u8>> = taken.into_iter().filter_map(|line| match line {
            Line::Whole(bytes) => Some(bytes.to_vec()),
            Line::TooLong => None,
        }).collect();
        prop_assert_eq!(seen, taken);
    }

    #[test]
    fn what_is_not_empty_does_not_clear_to_nothing(input in wire()) {
        let mut buffer = LineBuffer::new(LIMIT);
        buffer.push(&input);
        let empty = buffer.is_empty();
        prop_assert_eq!(buffer.clear() == 0, empty);
        prop_assert!(buffer.is_empty() && buffer.room() == LIMIT + 2);
    }
}

#[test]
fn a_session_is_the_same_at_every_split() {
    let input = b"\xff\xf4\xff\xf2ABOR\r\nUSER\xff\xffx\ntoo long a line\r\n\xff\xfb\x01PWD\r\n\xff\xfa\x18\n\xff\xf0QUIT\r\n";
    let expected = vec![
        Line::Whole("ABOR".into()),
        Line::Whole(Bytes::from_static(b"USER\xffx")),
        Line::TooLong,
        Line::Whole("PWD".into()),
        Line::Whole("QUIT".into()),
    ];
    for first in 1..input.len() {
        for eager in [true, false] {
            assert_eq!(lines_of(input, &[first, usize::MAX], eager), expected);
            assert_eq!(lines_of(input, &[first], eager), expected);
        }
    }
}

#[test]
fn a_line_of_exactly_the_limit_is_whole() {
    for wire in [&b"12345678\r\n"[..], b"12345678\n"] {
        assert_eq!(lines_of(wire, &[3], true), [Line::Whole("12345678".into())]);
    }
    assert_eq!(lines_of(b"123456789\n", &[3], true), [Line::TooLong]);
    assert_eq!(lines_of(b"12345678\r\r\n", &[3], true), [Line::TooLong]);
}

#[test]
fn the_tail_of_a_line_too_long_is_never_a_command() {
    // CVE-2008-4242: the tail `DELE x` ran as a command of its own.
    let input = b"CWD aaaaaaaaaaaaaaaaaaaaaaaaaDELE x\r\nNOOP\r\n";
    for size in 1..input.len() {
        assert_eq!(
            lines_of(input, &[size], true),
            [Line::TooLong, Line::Whole("NOOP".into())]
        );
    }
}

#[test]
fn only_one_cr_before_lf_is_stripped() {
    assert_eq!(
        lines_of(b"a\r\r\nb\rc\r\n", &[1], true),
        [Line::Whole("a\r".into()), Line::Whole("b\rc".into())]
    );
}

#[test]
fn nul_stays_in_the_line() {
    assert_eq!(
        lines_of(b"a\0b\r\n", &[9], true),
        [Line::Whole("a\0b".into())]
    );
}

#[test]
fn iac_before_what_is_no_command_is_two_bytes() {
    assert_eq!(
        lines_of(b"\xff\r\n\xffA\n", &[1], true),
        [
            Line::Whole(Bytes::from_static(b"\xff")),
            Line::Whole(Bytes::from_static(b"\xffA"))
        ]
    );
}

#[test]
fn a_subnegotiation_without_end_does_not_swallow_the_session() {
    let mut input = vec![255, 250];
    input.extend([b'\n'; 3]);
    input.extend([b'x'; 40]);
    input.extend(b"\nNOOP\n");
    assert_eq!(
        lines_of(&input, &[5], true),
        [Line::TooLong, Line::Whole("NOOP".into())]
    );
}

#[test]
fn a_buffer_within_a_telnet_sequence_is_not_empty() {
    for part in [&b"\xff"[..], b"\xff\xfb", b"\xff\xfa", b"\xff\xfa\x18\xff"] {
        let mut buffer = LineBuffer::new(LIMIT);
        buffer.push(part);
        assert!(!buffer.is_empty(), "{part:?}");
        assert_ne!(buffer.clear(), 0, "{part:?}");
    }
}

#[test]
fn an_idle_buffer_holds_nothing_on_the_heap() {
    let mut buffer = LineBuffer::new(LIMIT);
    assert!(buffer.bytes.is_none());
    buffer.push(b"NOOP\r\n");
    buffer.release();
    assert_eq!(buffer.waiting().collect::<Vec<_>>(), [b"NOOP"]);
    buffer.next_line();
    buffer.release();
    assert!(buffer.bytes.is_none());
}

#[test]
fn waiting_lines_are_shown_and_stay() {
    let mut buffer = LineBuffer::new(20);
    buffer.push(b"STAT\r\n\nABOR\nQU");
    assert_eq!(
        buffer.waiting().collect::<Vec<_>>(),
        [&b"STAT"[..], b"", b"ABOR"]
    );
    assert_eq!(buffer.next_line(), Some(Line::Whole("STAT".into())));
    assert_eq!(buffer.waiting().count(), 2);
}

#[test]
fn whatever_comes_behind_a_line_shows() {
    for behind in [&b"x"[..], b"\n", b"\xff", b"\xff\xf1", b"\xff\xfb\n"] {
        let mut buffer = LineBuffer::new(40);
        buffer.push(b"\xff\xf1AUTH TLS\r\n");
        assert!(buffer.next_line().is_some());
        assert!(!buffer.has_more());
        buffer.push(behind);
        assert!(buffer.has_more(), "{behind:?}");
        buffer.clear();
        assert!(!buffer.has_more());
    }
}

#[test]
fn debug_shows_no_password() {
    let mut buffer = LineBuffer::new(40);
    buffer.push(b"PASS hunter2\r\nPASS hun");
    let shown: String = std::format!("{buffer:?}");
    assert!(!shown.contains("hun"), "{shown}");
}

#[test]
fn a_reader_of_single_bytes_takes_linear_time() {
    // A quarter of a million bytes in one line, one at a time: quadratic work would not end.
    let mut buffer = LineBuffer::new(1 << 18);
    for _ in 0..1 << 18 {
        buffer.push(b"a");
        assert!(buffer.next_line().is_none());
        assert!(buffer.unseen().next().is_none());
    }
    buffer.push(b"\n");
    assert!(matches!(buffer.next_line(), Some(Line::Whole(l)) if l.len() == 1 << 18));
}
