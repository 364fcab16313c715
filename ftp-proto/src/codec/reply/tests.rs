use alloc::vec::Vec;
use proptest::prelude::*;
use std::format;
use std::string::String;

use super::*;
use crate::codec::line::{Line, LineBuffer};

/// The replies in what a server sent, as they are shown; an error ends them.
fn replies(wire: &[u8]) -> (Vec<Reply>, Option<DecodeError>) {
    let mut lines = LineBuffer::new(8_192);
    let mut reader = ReplyReader::new(&Limits::default());
    let (mut found, mut rest) = (Vec::new(), wire);
    loop {
        let n = lines.push(rest);
        rest = &rest[n..];
        match lines.next_line() {
            Some(Line::Whole(line)) => match reader.push_line(&line) {
                Ok(reply) => found.extend(reply),
                Err(e) => return (found, Some(e)),
            },
            Some(Line::TooLong) => panic!("a line of a test is short"),
            None if rest.is_empty() => {
                assert!(lines.is_empty() && !reader.is_inside(), "{wire:?}");
                return (found, None);
            }
            None => {}
        }
    }
}

/// Code and text of every reply.
fn read(wire: &str) -> Vec<(u16, String)> {
    let (found, error) = replies(wire.as_bytes());
    assert_eq!(error, None, "{wire:?}");
    let text = |r: &Reply| String::from_utf8_lossy(r.text()).into_owned();
    found.iter().map(|r| (r.code().to_u16(), text(r))).collect()
}

fn refused(wire: &[u8]) -> DecodeError {
    replies(wire).1.expect("a refusal")
}

fn one(code: u16, text: &str) -> Vec<(u16, String)> {
    [(code, String::from(text))].into()
}

fn code(n: u16) -> ReplyCode {
    ReplyCode::new(n).expect("100 to 599")
}

/// What `write_reply` says it makes of a text.
fn sanitised(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        if i > 0 && i + 1 < lines.len() && line.first().is_some_and(u8::is_ascii_digit) {
            out.push(b' ');
        }
        out.extend(
            line.iter()
                .map(|b| if [0, b'\r'].contains(b) { b'?' } else { *b }),
        );
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn a_reply_to_bytes_and_back(
        n in 100u16..600,
        text in prop::collection::vec(prop_oneof![
            any::<u8>(), Just(b'\n'), Just(b'2'), Just(b'0'), Just(b'-'), Just(b' '), Just(255),
        ], 0..60),
    ) {
        let reply = Reply::new(code(n), text.clone());
        let mut wire = Vec::new();
        reply.encode(&mut wire);
        reply.encode(&mut wire);
        let expected = Reply::new(code(n), sanitised(&text));
        prop_assert_eq!(replies(&wire), (Vec::from([expected.clone(), expected]), None));
    }

    #[test]
    fn any_lines_are_replies_or_an_error(
        lines in prop::collection::vec("(220|22|[0-9]{3})?[ -]?[a-z0-9 \\x00]{0,5}", 0..10),
        bytes: Vec<u8>,
    ) {
        let mut reader = ReplyReader::new(&Limits::default());
        for line in lines {
            let _ = reader.push_line(&line.into());
        }
        let _ = reader.push_line(&bytes.into());
    }
}

#[test]
fn a_reply_of_several_lines_ends_at_the_same_code_and_a_space() {
    assert_eq!(
        read("220-Welcome\r\n100 users online\r\n220 ready\r\n"),
        one(220, "Welcome\n100 users online\nready")
    );
    assert_eq!(
        read("220-a\r\n2200 files\r\n220x\r\n 220 b\r\n221 c\r\n220 d\r\n"),
        one(220, "a\n2200 files\n220x\n 220 b\n221 c\nd")
    );
    assert_eq!(read("220-a\r\n220\r\n"), one(220, "a\n"));
}

#[test]
fn a_code_alone_is_a_reply() {
    assert_eq!(read("200\r\n"), one(200, ""));
    assert_eq!(read("200 \r\n"), one(200, ""));
}

#[test]
fn a_bare_lf_ends_a_line() {
    assert_eq!(read("220-a\n220 b\n"), one(220, "a\nb"));
}

#[test]
fn the_first_line_may_be_empty() {
    assert_eq!(read("220-\r\n220-hello\r\n220 \r\n"), one(220, "\nhello\n"));
}

#[test]
fn the_code_and_a_hyphen_are_taken_off_lines_within() {
    assert_eq!(
        read("211-Features:\r\n211-SIZE\r\n MDTM\r\nMLST\r\n211 End\r\n"),
        one(211, "Features:\nSIZE\n MDTM\nMLST\nEnd")
    );
}

#[test]
fn a_refused_feat_leaves_nothing_over() {
    assert_eq!(
        read("500-Unknown\r\n500-really\r\n500 command\r\n200 ok\r\n"),
        [(500, "Unknown\nreally\ncommand".into()), (200, "ok".into())]
    );
    assert_eq!(
        read("211 No features\r\n200 ok\r\n"),
        [(211, "No features".into()), (200, "ok".into())]
    );
}

#[test]
fn an_unknown_code_counts_by_its_class() {
    let (found, _) = replies(b"199 a\r\n299 b\r\n399 c\r\n499 d\r\n599 e\r\n");
    let classes: Vec<ReplyClass> = found.iter().map(Reply::class).collect();
    assert_eq!(
        classes,
        [
            ReplyClass::Preliminary,
            ReplyClass::Completion,
            ReplyClass::Intermediate,
            ReplyClass::TransientNegative,
            ReplyClass::PermanentNegative,
        ]
    );
    assert!(found[0].is_preliminary() && found[1].is_completion() && found[2].is_intermediate());
    assert!(found[3].is_negative() && found[4].is_negative() && !found[2].is_negative());
}

#[test]
fn what_is_no_reply_is_refused() {
    for wire in [
        "\r\n",
        "20\r\n",
        "000 a\r\n",
        "099 a\r\n",
        "600 a\r\n",
        "999\r\n",
        "2x0 a\r\n",
        " 220 a\r\n",
        "220_a\r\n",
        "2200 a\r\n",
        "SSH-2.0\r\n",
        "HTTP/1.1 200 OK\r\n",
        "\u{663}20 a\r\n",
    ] {
        refused(wire.as_bytes());
    }
}

#[test]
fn nul_anywhere_in_a_reply_is_refused() {
    assert_eq!(refused(b"220 a\0\r\n").at, 5);
    assert_eq!(refused(b"220-a\r\n\0b\r\n220 c\r\n").at, 0);
}

#[test]
fn an_error_says_what_came_and_where() {
    let e = refused(b"220_hello\r\n");
    assert_eq!(e.at, 3);
    assert_eq!(
        format!("{e}"),
        "expected a space, a hyphen or the end of the line after the code at offset 3, \
         found \"_hello\""
    );
}

#[test]
fn a_reply_is_bounded_in_lines() {
    let limits = Limits {
        reply_lines: 3,
        ..Limits::default()
    };
    let mut reader = ReplyReader::new(&limits);
    for line in ["220-a", "b"] {
        assert_eq!(reader.push_line(&line.into()), Ok(None));
    }
    let mut other = ReplyReader::new(&limits);
    for line in ["220-a", "b", "c"] {
        assert_eq!(other.push_line(&line.into()), Ok(None));
    }
    assert!(reader.push_line(&"220 c".into()).is_ok());
    assert!(other.push_line(&"220 d".into()).is_err());
    assert!(!other.is_inside());
}

#[test]
fn a_reply_is_bounded_in_bytes() {
    let limits = Limits {
        reply_bytes: 8,
        ..Limits::default()
    };
    let mut reader = ReplyReader::new(&limits);
    assert!(reader.push_line(&"220 12345".into()).is_err());
    assert!(reader.push_line(&"220-1234".into()).is_ok());
    assert!(reader.push_line(&"567".into()).is_ok());
    assert!(reader.push_line(&"220".into()).is_err());
}

#[test]
fn a_reply_is_shown_on_one_line() {
    assert_eq!(
        format!("{}", Reply::new(code(550), "No such file")),
        "550 No such file"
    );
    assert_eq!(format!("{}", Reply::new(code(200), "")), "200");
    assert_eq!(
        format!("{:?}", Reply::new(code(220), "a\n\u{1b}[2J b\r\nc")),
        r"Reply(220 a / \u{1b}[2J b\r / c)"
    );
}

#[test]
fn a_reply_is_written_line_by_line() {
    let written = |text: &[u8]| {
        let mut out = Vec::new();
        write_reply(&mut out, code(220), text);
        out
    };
    assert_eq!(written(b"ready"), b"220 ready\r\n");
    assert_eq!(written(b""), b"220 \r\n");
    assert_eq!(written(b"a\nb"), b"220-a\r\n220 b\r\n");
    // VU#288905: a name that looks like the reply's last line.
    assert_eq!(
        written(b"a\n220 done\n b\nc"),
        b"220-a\r\n 220 done\r\n b\r\n220 c\r\n"
    );
    assert_eq!(written(b"a\r\0\xff"), b"220 a??\xff\xff\r\n");
}

#[test]
fn a_line_of_a_reply_shares_its_bytes() {
    let line = Bytes::from_static(b"200 ok");
    let mut reader = ReplyReader::new(&Limits::default());
    let reply = reader.push_line(&line).unwrap().expect("one line");
    assert_eq!(reply.text().as_ptr(), line[4..].as_ptr());
}

#[test]
fn the_last_line_is_the_one_that_counts() {
    let reply = Reply::new(code(227), "Entering\n1 of 2\n(1,2,3,4,5,6)");
    assert_eq!(reply.last_line(), b"(1,2,3,4,5,6)");
    assert_eq!(Reply::new(code(227), "").last_line(), b"");
    assert_eq!(Reply::new(code(227), "").lines().count(), 1);
}
