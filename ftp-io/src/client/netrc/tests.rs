use std::fs::{self, Permissions};

use proptest::prelude::*;

use super::*;

/// User, password and account at a host.
type Found = Option<(String, Option<String>, Option<String>)>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn shown(login: Option<Login>) -> Found {
    login.map(|login| {
        (
            text(login.user.as_bytes()),
            login.password.map(|password| text(password.expose())),
            login.account.map(|it| text(it.expose().as_bytes())),
        )
    })
}

#[track_caller]
fn at(file: &str, host: &str, user: Option<&str>) -> Found {
    let user = user.map(|user| Argument::try_from(user).expect("a name"));
    let netrc = Netrc::parse(file.as_bytes()).expect("understood");
    shown(netrc.login(host, user.as_ref()).expect("hidden"))
}

fn ada(password: &str) -> Found {
    Some(("ada".into(), Some(password.into()), None))
}

#[track_caller]
fn refused(file: &str, line: usize) -> NetrcFault {
    let error = Netrc::parse(file.as_bytes()).expect_err("an error");
    assert_eq!(error.line, Some(line), "{error}");
    error.fault
}

#[test]
fn words_may_stand_on_one_line_or_on_several() {
    let account = Some(("ada".into(), Some("p".into()), Some("c".into())));
    for file in [
        "machine h login ada password p account c",
        "machine h\n\tlogin ada\n\tpassword p\n\taccount c\n",
        "machine\nh\r\naccount c password\r\np\r\nlogin ada\r\n",
    ] {
        assert_eq!(at(file, "h", None), account, "{file:?}");
    }
}

#[test]
fn the_first_entry_that_fits_counts() {
    let file = "machine h login ada password 1\n\
                machine h login bob password 2\n\
                machine H.example password 3\n\
                default login ada password 4\n";
    assert_eq!(at(file, "h", None), ada("1"));
    assert_eq!(at(file, "h", Some("ada")), ada("1"));
    let bob = Some(("bob".into(), Some("2".into()), None));
    assert_eq!(at(file, "h", Some("bob")), bob);
    assert_eq!(at(file, "h", Some("eve")), None);
    // An entry without a name is for whoever is named, and names nobody itself.
    let eve = Some(("eve".into(), Some("3".into()), None));
    assert_eq!(at(file, "h.EXAMPLE", Some("eve")), eve);
    assert_eq!(at(file, "h.example", None), ada("4"));
    assert_eq!(at(file, "other", None), ada("4"));
    assert_eq!(at(file, "::1", Some("eve")), None);
}

#[test]
fn a_quoted_word_holds_blanks_and_escapes() {
    for (written, meant) in [
        (r#""two words""#, "two words"),
        (r#""a\"b\\c\td\q""#, "a\"b\\c\tdq"),
        (r#""""#, ""),
        (r#"in"ner"#, r#"in"ner"#),
        (r"back\slash", r"back\slash"),
        ("#sharp", "#sharp"),
    ] {
        let file = format!("machine h password {written} login ada");
        assert_eq!(at(&file, "h", None), ada(meant), "{file}");
    }
}

#[test]
fn comments_and_macros_are_passed_over() {
    let file = "# machine h login eve\n\
                machine h # login eve\n\
                login ada\n\
                macdef init\n\
                login eve\n\
                machine \"\n\
                \n\
                password p\n\
                macdef last\n\
                put login";
    assert_eq!(at(file, "h", None), ada("p"));
    assert_eq!(at("# only a comment", "h", None), None);
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    use NetrcFault::*;
    for file in [
        "\n\nmachin h",
        "machine h\n\nlogin ada bob",
        "machine h\n\n\"x y\"",
    ] {
        assert!(matches!(refused(file, 3), UnknownKeyword), "{file:?}");
    }
    assert!(matches!(refused("# x\nlogin ada", 2), NoMachine("login")));
    assert!(matches!(refused("machine", 1), NoValue("machine")));
    let file = "machine h\nlogin ada password \n";
    assert!(matches!(refused(file, 3), NoValue("password")));
    for file in [
        "machine h\npassword \"a\n\"",
        "machine h\npassword \"a\\",
        "machine h\nlogin \"",
    ] {
        assert!(matches!(refused(file, 2), Unterminated), "{file:?}");
    }
}

#[test]
fn line_ends_cannot_be_smuggled_in() {
    for keyword in ["login", "password", "account"] {
        for value in [r#""a\nDELE b""#, r#""a\r""#, "a\0b"] {
            let fault = refused(&format!("machine h\n{keyword} {value}"), 2);
            let found = match &fault {
                NetrcFault::Value { keyword, .. } => Some(*keyword),
                _ => None,
            };
            assert_eq!(found, Some(keyword), "{fault:?}");
        }
    }
}

#[test]
fn secrets_are_not_shown() {
    let netrc = Netrc::parse(b"machine h login ada password hunter2 account hunter3");
    assert!(!format!("{netrc:?}").contains("hunter"));
    for file in ["machine h password hunter2 hunter3", "password hunter2"] {
        let error = Netrc::parse(file.as_bytes()).expect_err("an error");
        assert!(
            !format!("{error} {error:?}").contains("hunter"),
            "{error:?}"
        );
    }
}

#[test]
fn a_file_that_others_can_read_gives_no_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("netrc");
    let file = "machine a login ada password p\n\
                machine b login bob\n\
                default login anonymous password ada@\n";
    fs::write(&path, file).expect("written");
    for (mode, is_exposed) in [(0o600, false), (0o400, false), (0o640, true), (0o606, true)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("its owner may");
        let netrc = Netrc::open(&path).expect("understood");
        match netrc.login("a", None) {
            Ok(login) => assert_eq!((shown(login), is_exposed), (ada("p"), false)),
            Err(error) => {
                assert!(is_exposed && error.to_string().contains(&format!("{mode:04o}")));
                assert_eq!(error.path.as_deref(), Some(&*path));
            }
        }
        assert!(netrc.login("b", None).expect("no secret").is_some());
        assert!(netrc.login("c", None).expect("no secret").is_some());
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("netrc");
    let error = Netrc::open(&path).expect_err("nothing there");
    assert!(matches!(error.fault, NetrcFault::Read(_)), "{error}");
    fs::write(&path, "machine").expect("written");
    let error = Netrc::open(&path).expect_err("half of an entry");
    assert!(
        error
            .to_string()
            .ends_with("netrc, line 1: nothing stands behind machine")
    );
    fs::write(&path, vec![b' '; LONGEST as usize + 1]).expect("written");
    let error = Netrc::open(&path).expect_err("too long");
    assert!(matches!(error.fault, NetrcFault::TooLong), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_give_entries_or_an_error(
        words in proptest::collection::vec(
            prop_oneof![
                Just(b"machine".to_vec()), Just(b"login".to_vec()), Just(b"macdef".to_vec()),
                Just(b"\"".to_vec()), Just(b"\\".to_vec()), Just(b"\n\n".to_vec()),
                Just(b"#".to_vec()), proptest::collection::vec(any::<u8>(), 0..6),
            ],
            0..20,
        ),
        blank in prop_oneof![Just(" "), Just(""), Just("\n")],
    ) {
        let file = words.join(blank.as_bytes());
        let lines = file.iter().filter(|&&byte| byte == b'\n').count() + 1;
        if let Err(error) = Netrc::parse(&file) {
            prop_assert!(error.line.is_some_and(|line| (1..=lines).contains(&line)));
        }
    }

    #[test]
    fn what_is_quoted_is_read_back(password in "[^\\n\\r\0]{0,20}") {
        let quoted = password.replace('\\', "\\\\").replace('"', "\\\"");
        let file = format!("machine h login ada password \"{quoted}\"\n");
        prop_assert_eq!(at(&file, "h", None), ada(&password));
    }
}
