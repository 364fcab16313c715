use alloc::vec::Vec;
use core::num::NonZeroU64;
use std::vec;

use proptest::prelude::*;

use super::*;
use crate::codec::command::FormatControl;

/// All that comes out, with source and target cut to the given sizes in turn.
fn through(codec: Codec, input: &[u8], sizes: &[(usize, usize)]) -> Vec<u8> {
    let (out, _, fault) = outcome(codec, input, sizes);
    assert_eq!(fault, None);
    out
}

/// The same with the restart markers that came, and what was wrong.
fn outcome(
    mut codec: Codec,
    input: &[u8],
    sizes: &[(usize, usize)],
) -> (Vec<u8>, Vec<Marker>, Option<Fault>) {
    let mut markers = Vec::new();
    let mut out = Vec::new();
    let mut at = 0;
    for &(from, to) in sizes.iter().cycle() {
        let end = input.len().min(at + from);
        let last = end == input.len();
        let mut target = vec![0; to];
        let progress = match codec.run(&input[at..end], &mut target, last) {
            Ok(progress) => progress,
            Err(fault) => {
                assert_eq!(codec.run(&[], &mut target, true), Err(fault), "it stays");
                return (out, markers, Some(fault));
            }
        };
        assert!(progress.finished || progress.read + progress.written > 0);
        at += progress.read;
        out.extend_from_slice(&target[..progress.written]);
        markers.extend(codec.take_marker());
        if progress.finished {
            assert!(at == input.len() || codec.has_ended());
            break;
        }
    }
    (out, markers, None)
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
    let progress = codec.run(b"a\r", &mut target, false).expect("no fault");
    assert_eq!(
        (progress.read, progress.written, progress.finished),
        (2, 1, false)
    );
    let progress = codec.run(b"", &mut target, false).expect("no fault");
    assert_eq!(
        (progress.read, progress.written, progress.finished),
        (0, 0, false)
    );
    let progress = codec.run(b"", &mut target, true).expect("no fault");
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
    let progress = codec.run(b"ab\r", &mut target, true).expect("no fault");
    assert_eq!(
        (progress.read, progress.written, progress.finished),
        (3, 2, false)
    );
    let progress = codec.run(b"", &mut target, true).expect("no fault");
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
        let progress = codec.run(b"", &mut [0; 2], true).expect("no fault");
        assert_eq!(
            (progress.read, progress.written, progress.finished),
            (0, 0, true)
        );
    }
}

const CONTROL: FormatControl = FormatControl::NonPrint;

/// Every combination that there is.
fn combinations() -> Vec<TransferParameters> {
    let representations = [
        RepresentationType::Ascii(CONTROL),
        RepresentationType::Ebcdic(CONTROL),
        RepresentationType::Image,
        RepresentationType::Local(8),
    ];
    let mut modes = vec![
        TransferMode::Stream,
        TransferMode::Block,
        TransferMode::Compressed,
    ];
    if cfg!(feature = "deflate") {
        modes.push(TransferMode::Deflate);
    }
    let mut all = Vec::new();
    for representation in representations {
        for structure in [FileStructure::File, FileStructure::Record] {
            for &mode in &modes {
                let parameters = TransferParameters {
                    representation,
                    structure,
                    mode,
                };
                all.extend(parameters.check().is_ok().then_some(parameters));
            }
        }
    }
    all
}

fn codec(direction: Direction, parameters: TransferParameters) -> Codec {
    Codec::new(direction, parameters, CodecOptions::default()).expect("it can be had")
}

fn parameters() -> impl Strategy<Value = TransferParameters> {
    prop::sample::select(combinations())
}

/// Bytes that the modes take special care of, and runs of them.
fn hard_bytes() -> impl Strategy<Value = Vec<u8>> {
    let special = prop::sample::select(b"\0\x01\x02\x10\x40\x80\xc0\xff \r\n\x15\x25".to_vec());
    let byte = prop_oneof![special, any::<u8>()];
    let run = (byte, prop_oneof![Just(1usize), 1..5usize, 60..140usize]);
    prop::collection::vec(run, 0..12).prop_map(|runs| {
        let runs = runs.into_iter();
        runs.flat_map(|(byte, length)| vec![byte; length]).collect()
    })
}

#[test]
fn what_can_be_had_is_told() {
    let mode = |mode| TransferParameters {
        mode,
        ..TransferParameters::IMAGE
    };
    let structure = |structure| TransferParameters {
        structure,
        ..TransferParameters::IMAGE
    };
    let local = TransferParameters {
        representation: RepresentationType::Local(36),
        ..TransferParameters::IMAGE
    };
    let check = |parameters: TransferParameters| parameters.check();
    assert_eq!(check(local), Err(Unsupported::LocalBytes));
    assert_eq!(
        check(structure(FileStructure::Page)),
        Err(Unsupported::Pages)
    );
    let records = check(structure(FileStructure::Record));
    assert_eq!(records, Err(Unsupported::RecordsOfBytes));
    assert_eq!(
        check(mode(TransferMode::Deflate)).is_ok(),
        cfg!(feature = "deflate")
    );
    assert_eq!(
        combinations().len(),
        if cfg!(feature = "deflate") { 24 } else { 18 }
    );
}

#[test]
fn plain_parameters_have_plain_codecs() {
    let passthrough = codec(Direction::Send, TransferParameters::IMAGE);
    assert!(passthrough.is_passthrough());
    let ascii = codec(Direction::Send, TransferParameters::DEFAULT);
    assert!(matches!(ascii, Codec::Ascii(_)));
    assert!(size_of::<Codec>() <= 16);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_file_survives_every_combination(
        parameters in parameters(),
        file in hard_bytes(),
        there in sizes(),
        back in sizes(),
    ) {
        let wire = through(codec(Direction::Send, parameters), &file, &there);
        let found = through(codec(Direction::Receive, parameters), &wire, &back);
        prop_assert_eq!(found, file);
    }

    #[test]
    fn what_is_sent_does_not_depend_on_the_cuts(
        parameters in parameters(),
        file in hard_bytes(),
        sizes in sizes(),
    ) {
        if parameters.mode != TransferMode::Deflate {
            let whole = through(codec(Direction::Send, parameters), &file, &[(9_999, 9_999)]);
            let cut = through(codec(Direction::Send, parameters), &file, &sizes);
            prop_assert_eq!(cut, whole);
        }
    }

    #[test]
    fn whatever_comes_is_a_file_or_a_fault(
        parameters in parameters(),
        wire in hard_bytes(),
        sizes in sizes(),
    ) {
        let (file, markers, fault) =
            outcome(codec(Direction::Receive, parameters), &wire, &sizes);
        let whole = outcome(codec(Direction::Receive, parameters), &wire, &[(9_999, 19_999)]);
        prop_assert_eq!(fault, whole.2);
        // Inflate may hold back what came before a fault.
        if parameters.mode != TransferMode::Deflate {
            prop_assert_eq!((file, markers), (whole.0, whole.1));
        }
    }

    #[test]
    fn what_is_cut_short_is_not_taken_for_a_file(
        parameters in parameters(),
        file in hard_bytes(),
        sizes in sizes(),
        at: prop::sample::Index,
    ) {
        let has_end = match (parameters.mode, parameters.structure) {
            (TransferMode::Stream, structure) => structure == FileStructure::Record,
            _ => true,
        };
        let wire = through(codec(Direction::Send, parameters), &file, &sizes);
        // Nothing at all is an empty file in MODE Z.
        let least = usize::from(parameters.mode == TransferMode::Deflate);
        let most = wire.len().saturating_sub(1);
        let short = at.index(wire.len().max(1)).clamp(least, most.max(least));
        if has_end && short < wire.len() {
            let (found, _, fault) =
                outcome(codec(Direction::Receive, parameters), &wire[..short], &sizes);
            prop_assert_eq!(fault, Some(Fault::Truncated));
            prop_assert!(file.starts_with(&found));
        }
    }

    #[test]
    fn restart_markers_are_where_the_file_says(
        parameters in parameters(),
        file in hard_bytes(),
        every in 1u64..50,
        offset in 0u64..1_000,
        sizes in sizes(),
    ) {
        let has_markers = matches!(parameters.mode, TransferMode::Block | TransferMode::Compressed);
        let options = CodecOptions {
            markers: NonZeroU64::new(every),
            offset,
            ..CodecOptions::default()
        };
        let send = Codec::new(Direction::Send, parameters, options).expect("it can be had");
        let wire = through(send, &file, &sizes);
        let receive = Codec::new(Direction::Receive, parameters, options).expect("it can be had");
        let (found, markers, fault) = outcome(receive, &wire, &sizes);
        prop_assert_eq!((&found, fault), (&file, None));
        // None at the beginning, and none at the end.
        let count = (file.len() as u64).saturating_sub(1) / every;
        prop_assert_eq!(markers.len() as u64, if has_markers { count } else { 0 });
        for (marker, at) in markers.iter().zip(1..) {
            prop_assert_eq!(marker.position, offset + at * every);
            let text = std::format!("{}", marker.position);
            prop_assert_eq!(&marker.text[..], text.as_bytes());
        }
    }
}

#[test]
fn a_file_of_several_blocks_survives() {
    let file: Vec<u8> = (0..50_000u32).map(|n| ((n * n) >> 7) as u8).collect();
    for parameters in combinations() {
        let wire = through(codec(Direction::Send, parameters), &file, &[(3_000, 700)]);
        let found = through(
            codec(Direction::Receive, parameters),
            &wire,
            &[(900, 1_100)],
        );
        assert!(found == file, "{parameters:?}");
    }
}

#[cfg(feature = "deflate")]
#[test]
fn a_bomb_gives_no_more_than_there_is_room_for() {
    let parameters = TransferParameters {
        mode: TransferMode::Deflate,
        ..TransferParameters::IMAGE
    };
    let wire = through(
        codec(Direction::Send, parameters),
        &vec![0; 10_000_000],
        &[(1 << 20, 1 << 20)],
    );
    assert!(wire.len() < 20_000);
    let mut receive = codec(Direction::Receive, parameters);
    let mut target = [0; 100];
    let progress = receive.run(&wire, &mut target, true).expect("no fault");
    assert_eq!((progress.written, progress.finished), (100, false));
}

#[cfg(feature = "deflate")]
#[test]
fn a_wrong_checksum_is_no_whole_file() {
    let parameters = TransferParameters {
        mode: TransferMode::Deflate,
        ..TransferParameters::IMAGE
    };
    let mut wire = through(codec(Direction::Send, parameters), b"text", &[(9, 99)]);
    *wire.last_mut().expect("a checksum") ^= 1;
    let (_, _, fault) = outcome(codec(Direction::Receive, parameters), &wire, &[(99, 99)]);
    assert_eq!(fault, Some(Fault::Malformed));
    // Nothing at all is an empty file.
    assert!(through(codec(Direction::Receive, parameters), b"", &[(1, 2)]).is_empty());
}
