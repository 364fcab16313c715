use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use bytes::Bytes;
use proptest::prelude::*;
use std::format;
use std::string::String;
use std::vec;

use super::*;
use crate::codec::line::{Line, LineBuffer};
use crate::error::UsageError;

fn decode(line: &str) -> Result<Command, CommandError> {
    Command::decode(&Bytes::copy_from_slice(line.as_bytes()))
}

fn encoded(command: &Command) -> Vec<u8> {
    let mut line = Vec::new();
    command.encode(&mut line);
    line
}

fn argument(text: &str) -> Argument {
    text.try_into().expect("text without CR, LF and NUL")
}

fn text_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("CR, LF, NUL", |b| ![b'\r', b'\n', 0].contains(b));
    prop::collection::vec(prop_oneof![byte, Just(b' '), Just(255)], 1..20)
}

fn arguments() -> impl Strategy<Value = Argument> {
    text_bytes().prop_map(|bytes| Argument::new(bytes).expect("checked bytes"))
}

fn addresses() -> impl Strategy<Value = SocketAddr> {
    (any::<IpAddr>(), 1u16..).prop_map(|(ip, port)| SocketAddr::new(ip.to_canonical(), port))
}

fn formats() -> impl Strategy<Value = FormatControl> {
    prop::sample::select(
        &[
            FormatControl::NonPrint,
            FormatControl::Telnet,
            FormatControl::CarriageControl,
        ][..],
    )
}

fn ranges() -> impl Strategy<Value = ByteRange> {
    // Where a part ends is written as the byte behind the last.
    let number = 0..u64::MAX;
    let a_number = prop_oneof![0..20u64, number];
    (a_number.clone(), a_number)
        .prop_map(|(a, b)| ByteRange::new(a.min(b), a.max(b)).expect("in order"))
}

fn parts() -> impl Strategy<Value = PartOfFile> {
    let numbered = "[a \"]{1,4} [0-9]{1,3} [0-9]{1,3}".prop_map(|name| argument(&name));
    let path = prop_oneof![arguments(), numbered];
    (path, prop::option::of(ranges())).prop_map(|(path, range)| PartOfFile { path, range })
}

fn fact_changes() -> impl Strategy<Value = FactChanges> {
    let fact = ("[A-Za-z.]{1,8}", "[0-9a-z=:]{0,8}");
    prop::collection::vec(fact, 1..4)
        .prop_map(|facts| FactChanges::new(facts).expect("names and values"))
}

fn commands() -> impl Strategy<Value = Command> {
    let text = prop::sample::select(
        &[
            Command::User as fn(Argument) -> Command,
            |a| Command::Acct(Secret::new(a)),
            Command::Cwd,
            Command::Smnt,
            Command::Retr,
            Command::Stor,
            Command::Appe,
            Command::Rnfr,
            Command::Rnto,
            Command::Dele,
            Command::Rmd,
            Command::Mkd,
            Command::Site,
            Command::Auth,
            Command::Mdtm,
            Command::Size,
            Command::Host,
            Command::Algs,
            Command::Clnt,
            Command::Csid,
            Command::Pret,
            Command::Thmb,
            Command::Hash,
            Command::Md5,
        ][..],
    );
    let maybe = prop::sample::select(
        &[
            Command::Stou as fn(Option<Argument>) -> Command,
            Command::List,
            Command::Nlst,
            Command::Stat,
            Command::Help,
            Command::Mlst,
            Command::Mlsd,
            Command::Lang,
            Command::Avbl,
        ][..],
    );
    let alone = prop::sample::select(
        &[
            Command::Cdup,
            Command::Rein,
            Command::Quit,
            Command::Pasv,
            Command::Lpsv,
            Command::Rang(None),
            Command::Abor,
            Command::Pwd,
            Command::Syst,
            Command::Noop,
            Command::Feat,
            Command::Ccc,
            Command::Prot(ProtectionLevel::Clear),
            Command::Prot(ProtectionLevel::Safe),
            Command::Prot(ProtectionLevel::Confidential),
            Command::Prot(ProtectionLevel::Private),
            Command::Type(RepresentationType::Image),
            Command::Stru(FileStructure::File),
            Command::Stru(FileStructure::Record),
            Command::Stru(FileStructure::Page),
            Command::Mode(TransferMode::Stream),
            Command::Mode(TransferMode::Block),
            Command::Mode(TransferMode::Compressed),
            Command::Mode(TransferMode::Deflate),
            Command::Epsv(ExtendedPassive::Any),
            Command::Epsv(ExtendedPassive::All),
            Command::Epsv(ExtendedPassive::Family(Family::V4)),
            Command::Epsv(ExtendedPassive::Family(Family::V6)),
        ][..],
    );
    let feature = arguments().prop_filter("one word", |a| !a.as_bytes().contains(&b' '));
    let other = "[A-Z][A-Z0-9]{2,15}".prop_filter_map("a verb of its own", |verb| {
        let plain = Command::decode(&Bytes::from(verb.clone()));
        matches!(plain, Ok(Command::Other { .. })).then(|| Verb::new(verb).expect("a verb"))
    });
    prop_oneof![
        8 => (text, arguments()).prop_map(|(make, a)| make(a)),
        4 => (maybe, prop::option::of(arguments())).prop_map(|(make, a)| make(a)),
        4 => alone,
        1 => prop_oneof![text_bytes(), Just(Vec::new())]
            .prop_map(|bytes| Command::Pass(Password::new(bytes).expect("checked bytes"))),
        1 => (any::<Ipv4Addr>(), 1u16..)
            .prop_map(|(ip, port)| Command::Port(SocketAddrV4::new(ip, port))),
        1 => addresses().prop_map(Command::Eprt),
        1 => formats().prop_map(|f| Command::Type(RepresentationType::Ascii(f))),
        1 => formats().prop_map(|f| Command::Type(RepresentationType::Ebcdic(f))),
        1 => any::<u8>().prop_map(|n| Command::Type(RepresentationType::Local(n))),
        1 => any::<(u64, Option<u64>)>().prop_map(|(size, record)| Command::Allo { size, record }),
        1 => any::<u64>().prop_map(Command::Rest),
        1 => ranges().prop_map(|range| Command::Rang(Some(range))),
        1 => addresses().prop_map(|to| Command::Lprt(LongAddress(to))),
        2 => parts().prop_map(Command::Xcrc),
        2 => parts().prop_map(Command::Xsha512),
        2 => (arguments(), prop::collection::vec(arguments(), 1..4)).prop_map(|(target, parts)| {
            Command::Comb(Combination::new(target, parts).expect("there are parts"))
        }),
        1 => (fact_changes(), arguments()).prop_map(|(facts, path)| Command::Mff { facts, path }),
        1 => any::<u32>().prop_map(Command::Pbsz),
        1 => (0i64..253_402_300_800, arguments()).prop_map(|(seconds, path)| Command::Mfct {
            time: DateTime::from_unix(seconds).expect("before the year 10000"),
            path,
        }),
        1 => (0i64..253_402_300_800, arguments()).prop_map(|(seconds, path)| Command::Mfmt {
            time: DateTime::from_unix(seconds).expect("before the year 10000"),
            path,
        }),
        1 => (feature, prop::option::of(arguments()))
            .prop_map(|(feature, parameters)| Command::Opts { feature, parameters }),
        1 => (other, prop::option::of(arguments()))
            .prop_map(|(verb, argument)| Command::Other { verb, argument }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_command_to_bytes_and_back(command in commands()) {
        let line = encoded(&command);
        let mut lines = LineBuffer::new(8_192);
        prop_assert_eq!(lines.push(&line), line.len());
        let Some(Line::Whole(line)) = lines.next_line() else {
            panic!("a command is one line");
        };
        prop_assert!(lines.is_empty());
        prop_assert!(line.starts_with(command.verb()));
        prop_assert_eq!(Command::decode(&line), Ok(command));
    }

    #[test]
    fn any_bytes_are_a_command_or_an_error(
        verb in prop::sample::select(Command::VERBS),
        space in " {0,2}",
        text in "[0-9,|RAaLl. :]{0,30}",
        bytes: Vec<u8>,
    ) {
        let _ = Command::decode(&bytes.clone().into());
        let numbers = format!("{verb}{space}{text}");
        let mut binary = format!("{verb}{space}").into_bytes();
        binary.extend(&bytes);
        for line in [numbers.into_bytes(), binary] {
            if let Ok(command) = Command::decode(&line.into()) {
                // Whatever was read is one line when it is written.
                let line = encoded(&command);
                prop_assert_eq!(line.iter().position(|&b| b == b'\n'), Some(line.len() - 1));
            }
        }
    }

    #[test]
    fn what_is_logged_holds_no_secret(secret in text_bytes()) {
        let pass = Command::Pass(Password::new(secret.clone()).expect("checked bytes"));
        prop_assert_eq!(pass.redacted(), "PASS ****");
        prop_assert_eq!(format!("{pass:?}"), "Pass(****)");
        let acct = Command::Acct(Secret::new(Argument::new(secret).expect("checked bytes")));
        prop_assert_eq!(acct.redacted(), "ACCT ****");
        prop_assert_eq!(format!("{acct:?}"), "Acct(****)");
    }
}

#[test]
fn keywords_ignore_case() {
    assert_eq!(decode("rEtR File"), Ok(Command::Retr(argument("File"))));
    assert_eq!(
        decode("type a n"),
        Ok(Command::Type(RepresentationType::Ascii(
            FormatControl::NonPrint
        )))
    );
    assert_eq!(decode("epsv all"), Ok(Command::Epsv(ExtendedPassive::All)));
}

#[test]
fn x_aliases_are_the_plain_commands() {
    assert_eq!(decode("XPWD"), Ok(Command::Pwd));
    assert_eq!(decode("XCUP"), Ok(Command::Cdup));
    assert_eq!(decode("xcwd a"), Ok(Command::Cwd(argument("a"))));
    assert_eq!(decode("XMKD a"), Ok(Command::Mkd(argument("a"))));
    assert_eq!(decode("XRMD a"), Ok(Command::Rmd(argument("a"))));
}

#[test]
fn spaces_of_a_name_survive() {
    assert_eq!(decode("STOR  a b "), Ok(Command::Stor(argument(" a b "))));
    assert_eq!(decode("CWD  "), Ok(Command::Cwd(argument(" "))));
}

#[test]
fn a_command_without_argument_takes_spaces_alone() {
    assert_eq!(decode("NOOP   "), Ok(Command::Noop));
    for line in ["NOOP x", "QUIT now", "PASV 1", "ABOR  x", "FEAT x"] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn a_missing_argument_is_refused() {
    for line in [
        "CWD", "CWD ", "RETR", "USER ", "TYPE", "REST", "PORT ", "EPRT", "ALLO", "OPTS", "SITE",
        "MODE ", "ACCT", "MFMT", "SIZE",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
    assert_eq!(decode("LIST "), Ok(Command::List(None)));
    assert_eq!(
        decode("PASS"),
        Ok(Command::Pass(Password::try_from("").unwrap()))
    );
    assert_eq!(decode("PASS "), decode("PASS"));
}

#[test]
fn a_line_without_a_verb_is_refused() {
    for line in [
        "",
        " ",
        " NOOP",
        "12",
        "GO",
        "1ABC",
        "NO-OP",
        "SSH-2.0-x",
        "\u{16}\u{3}\u{1}",
        "NOOP\t",
        "ABCDEFGHIJKLMNOPQ",
        "é",
    ] {
        assert_eq!(decode(line), Err(CommandError::NoVerb), "{line}");
    }
}

#[test]
fn nul_and_line_ends_are_refused() {
    assert_eq!(decode("CWD a\0b"), Err(CommandError::Nul));
    assert_eq!(decode("NOOP\0"), Err(CommandError::Nul));
    for line in ["CWD a\rb", "XYZ a\nDELE b", "PASS a\r"] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn rest_takes_digits_alone() {
    assert_eq!(
        decode("REST 18446744073709551615"),
        Ok(Command::Rest(u64::MAX))
    );
    for line in [
        "REST abc",
        "REST -1",
        "REST +1",
        "REST 1.5",
        "REST 0x10",
        "REST 18446744073709551616",
        "REST 1 2",
        "REST  1",
    ] {
        assert!(
            matches!(
                decode(line),
                Err(CommandError::BadArgument { verb: "REST", .. })
            ),
            "{line}"
        );
    }
}

#[test]
fn type_has_its_grammar() {
    let ok = |line: &str, expected| {
        assert_eq!(decode(line), Ok(Command::Type(expected)), "{line}");
    };
    ok("TYPE A", RepresentationType::Ascii(FormatControl::NonPrint));
    ok("TYPE A T", RepresentationType::Ascii(FormatControl::Telnet));
    ok(
        "TYPE e c",
        RepresentationType::Ebcdic(FormatControl::CarriageControl),
    );
    ok("TYPE i", RepresentationType::Image);
    ok("TYPE I ", RepresentationType::Image);
    ok("TYPE L 8", RepresentationType::Local(8));
    ok("TYPE l36", RepresentationType::Local(36));
    for line in ["TYPE Q", "TYPE A Q", "TYPE L 300", "MODE Q", "STRU x"] {
        assert!(
            matches!(decode(line), Err(CommandError::UnknownParameter { .. })),
            "{line}"
        );
    }
    for line in [
        "TYPE 8",
        "TYPE I 8",
        "TYPE L",
        "TYPE AN",
        "TYPE Image",
        "MODE SS",
        "STRU 1",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn allo_has_its_grammar() {
    let allo = |size, record| Ok(Command::Allo { size, record });
    assert_eq!(decode("ALLO 100"), allo(100, None));
    assert_eq!(decode("ALLO 100 r 20"), allo(100, Some(20)));
    for line in ["ALLO x", "ALLO 1 2", "ALLO 1 R", "ALLO 1R2"] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn opts_splits_at_the_first_space() {
    assert_eq!(
        decode("OPTS utf8 on"),
        Ok(Command::Opts {
            feature: argument("utf8"),
            parameters: Some(argument("on")),
        })
    );
    assert_eq!(
        decode("OPTS MLST "),
        Ok(Command::Opts {
            feature: argument("MLST"),
            parameters: None,
        })
    );
    assert!(decode("OPTS  MLST").is_err());
}

#[test]
fn mfmt_takes_a_time_and_a_path() {
    let time = DateTime::from_date(2020, 5, 6).and_then(|day| day.at(7, 8, 9));
    assert_eq!(
        decode("MFMT 20200506070809  a b"),
        Ok(Command::Mfmt {
            time: time.expect("a real time"),
            path: argument(" a b"),
        })
    );
    for line in [
        "MFMT",
        "MFMT 20200506070809",
        "MFMT 20200506070809 ",
        "MFMT a b",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn an_unknown_family_is_told_from_a_wrong_argument() {
    let unknown = |verb| Err(CommandError::UnknownFamily { verb });
    assert_eq!(decode("EPSV 3"), unknown("EPSV"));
    assert_eq!(decode("EPSV 99999999999999999999"), unknown("EPSV"));
    assert_eq!(decode("EPRT |3|a|5|"), unknown("EPRT"));
    for line in [
        "EPSV x",
        "EPSV 1 2",
        "EPSV ALLES",
        "EPRT |1|a|5|",
        "PORT 1,2,3",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn an_unknown_verb_is_kept() {
    let found = decode("xsha384 a b");
    let Ok(Command::Other { verb, argument: a }) = found else {
        panic!("{found:?}");
    };
    assert_eq!(verb.as_bytes(), b"XSHA384");
    assert_eq!(a, Some(argument("a b")));
    assert!(matches!(
        decode("GET / HTTP/1.1"),
        Ok(Command::Other { .. })
    ));
}

#[test]
fn an_argument_shares_the_bytes_of_its_line() {
    let line = Bytes::from_static(b"RETR a");
    let Ok(Command::Retr(a)) = Command::decode(&line) else {
        panic!("RETR is known");
    };
    assert_eq!(a.as_bytes().as_ptr(), line[5..].as_ptr());
}

#[test]
fn a_line_end_in_an_argument_is_misuse() {
    let forbidden = |byte, at| Err(UsageError::ForbiddenByte { byte, at });
    assert_eq!(Argument::try_from("a\r\nDELE b"), forbidden(b'\r', 1));
    assert_eq!(Argument::try_from("a\nb"), forbidden(b'\n', 1));
    assert_eq!(Argument::try_from(&b"\0"[..]), forbidden(0, 0));
    assert!(Password::try_from("a\r\nDELE b").is_err());
    assert!(Verb::try_from("NOOP\r").is_err());
    assert!(Verb::try_from("9AB").is_err());
    assert!(Argument::new(Bytes::new()).is_err());
}

#[test]
fn an_argument_is_shown_without_control_characters() {
    let shown: String = format!("{}", argument("a\u{1b}[2Jé"));
    assert_eq!(shown, r"a\u{1b}[2Jé");
}

#[test]
fn byte_255_is_doubled_on_the_wire_alone() {
    let command = Command::Dele(Argument::new(&b"a\xff"[..]).unwrap());
    assert_eq!(encoded(&command), b"DELE a\xff\xff\r\n");
    assert_eq!(command.redacted(), &b"DELE a\xff"[..]);
}

#[test]
fn rang_takes_a_range_or_none() {
    assert_eq!(decode("RANG 0 9"), Ok(Command::Rang(ByteRange::new(0, 9))));
    assert_eq!(decode("RANG 5 5"), Ok(Command::Rang(ByteRange::new(5, 5))));
    assert_eq!(decode("RANG 1 0"), Ok(Command::Rang(None)));
    for line in [
        "RANG",
        "RANG 1",
        "RANG 2 1",
        "RANG 2 0",
        "RANG -1 2",
        "RANG a b",
    ] {
        assert!(
            matches!(
                decode(line),
                Err(CommandError::BadArgument { verb: "RANG", .. })
            ),
            "{line}"
        );
    }
}

#[test]
fn a_part_has_a_path_in_quotes_or_not() {
    let part = |path: &str, range| {
        Ok(Command::Xmd5(PartOfFile {
            path: argument(path),
            range,
        }))
    };
    assert_eq!(decode("XMD5 a"), part("a", None));
    assert_eq!(decode("XMD5 a b"), part("a b", None));
    assert_eq!(decode("XMD5 a 0 10"), part("a", ByteRange::new(0, 9)));
    assert_eq!(decode("XMD5 \"a 0 10\""), part("a 0 10", None));
    assert_eq!(
        decode("XMD5 \"a\"\"b\" 5 6"),
        part("a\"b", ByteRange::new(5, 5))
    );
    assert_eq!(decode("XMD5 a 5 5"), part("a 5 5", None));
    for line in [
        "XMD5",
        "XMD5 \"\"",
        "XMD5 \"a\" 5",
        "XMD5 \"a\" 5 5",
        "XMD5 \"a\" x y",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn comb_has_a_file_and_parts() {
    let comb = |target, parts: &[&str]| {
        let parts = parts.iter().map(|part| argument(part)).collect();
        Ok(Command::Comb(
            Combination::new(argument(target), parts).expect("parts"),
        ))
    };
    assert_eq!(decode("COMB \"a b\" \"c\" d"), comb("a b", &["c", "d"]));
    for line in ["COMB", "COMB a", "COMB \"a", "COMB \"a\"b c", "COMB a \"\""] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn mff_has_facts_and_a_path() {
    let facts = FactChanges::new([("modify", "20260102030405"), ("UNIX.mode", "644")]);
    assert_eq!(
        decode("MFF modify=20260102030405;UNIX.mode=644; a b"),
        Ok(Command::Mff {
            facts: facts.expect("facts"),
            path: argument("a b"),
        })
    );
    for line in [
        "MFF",
        "MFF a",
        "MFF modify b",
        "MFF =1; b",
        "MFF a=1;",
        "MFF a=1;; b",
        "MFF ; b",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}

#[test]
fn lprt_has_families_of_its_own() {
    let to = |address: &str| {
        Ok(Command::Lprt(LongAddress(
            address.parse().expect("an address"),
        )))
    };
    assert_eq!(decode("LPRT 4,4,192,0,2,1,2,19,136"), to("192.0.2.1:5000"));
    assert_eq!(
        decode("LPRT 6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,19,136"),
        to("[2001:db8::1]:5000")
    );
    assert_eq!(
        decode("LPRT 5,4,1,2,3,4,2,1,1"),
        Err(CommandError::UnknownFamily { verb: "LPRT" })
    );
    for line in [
        "LPRT",
        "LPRT 4,4,1,2,3,4,2,0,0",
        "LPRT 4,4,1,2,3,4,1,9",
        "LPRT 4,4,1,2,3,2,1,1",
        "LPRT 6,4,1,2,3,4,2,1,1",
        "LPRT 4,4,256,2,3,4,2,1,1",
        "LPRT 4, 4,1,2,3,4,2,1,1",
        "LPRT 6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,19,136,0",
    ] {
        assert!(
            matches!(decode(line), Err(CommandError::BadArgument { .. })),
            "{line}"
        );
    }
}
