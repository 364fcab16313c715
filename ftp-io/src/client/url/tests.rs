use proptest::prelude::*;

use super::*;

fn path(url: &str) -> Option<Vec<u8>> {
    let url: FtpUrl = url.parse().expect("an address");
    url.path.map(|p| p.as_bytes().to_vec())
}

#[test]
fn a_path_is_relative_unless_it_begins_with_an_encoded_slash() {
    assert_eq!(path("ftp://h/a/b"), Some(b"a/b".to_vec()));
    assert_eq!(path("ftp://h/%2Fetc/motd"), Some(b"/etc/motd".to_vec()));
    assert_eq!(path("ftp://h/"), None);
    assert_eq!(path("FTP://h"), None);
}

#[test]
fn line_ends_cannot_be_smuggled_in() {
    for url in [
        "ftp://h/a%0d%0aDELE%20b",
        "ftp://h/a%00",
        "ftp://u%0a:p@h/",
        "ftp://h%0d/",
        "ftp://[::1%25a%0a]/",
        "ftp://h/a\nb",
    ] {
        assert_eq!(url.parse::<FtpUrl>(), Err(UrlError::Control), "{url}");
    }
    assert_eq!("ftp://u:p%0d@h/".parse::<FtpUrl>(), Err(UrlError::Control));
}

#[test]
fn what_is_no_address_is_refused_with_its_reason() {
    for (url, error) in [
        ("http://h/", UrlError::Scheme),
        ("ftp:/h", UrlError::Scheme),
        ("ftp:///a", UrlError::NoHost),
        ("ftp://u@:21/", UrlError::NoHost),
        ("ftp://[/", UrlError::Host),
        ("ftp://[]/", UrlError::Host),
        ("ftp://[h]/", UrlError::Host),
        ("ftp://[192.0.2.1]/", UrlError::Host),
        ("ftp://[::1%]/", UrlError::Host),
        ("ftp://[h%25lo]/", UrlError::Host),
        ("ftp://[::1%25a%2Fb]/", UrlError::Host),
        ("ftp://a b/", UrlError::Host),
        ("ftp://a%20b/", UrlError::Host),
        ("ftp://a%2Fb/", UrlError::Host),
        ("ftp://%FF/", UrlError::Host),
        ("ftp://2001:db8::1/", UrlError::Port),
        ("ftp://h:0/", UrlError::Port),
        ("ftp://h:+1/", UrlError::Port),
        ("ftp://h:99999/", UrlError::Port),
        ("ftp://[::1]21/", UrlError::Port),
        ("ftp://h/%zz", UrlError::Percent),
        ("ftp://h/%4", UrlError::Percent),
        ("ftp://h/a;type=x", UrlError::Type),
        ("ftp://h/a;type=", UrlError::Type),
        ("ftp://h/a;type=a/b", UrlError::Type),
        ("ftp://h/a?b", UrlError::Query),
    ] {
        assert_eq!(url.parse::<FtpUrl>(), Err(error), "{url}");
    }
}

#[test]
fn a_password_is_not_shown() {
    let url: FtpUrl = "ftp://alice:hunter2@h/".parse().expect("an address");
    assert!(!format!("{url:?} {url} {:?}", url.with_password()).contains("hunter2"));
}

#[test]
fn a_zone_belongs_to_the_host() {
    for (url, host) in [
        ("ftp://[fe80::1%25eth0]:2121/", "fe80::1%eth0"),
        ("ftp://[fe80::1%eth0]:2121/", "fe80::1%eth0"),
        ("ftp://[fe80::1%252]:2121/", "fe80::1%2"),
        ("ftp://[fe80::1%25e%74h0]:2121/", "fe80::1%eth0"),
    ] {
        let url: FtpUrl = url.parse().expect("an address");
        assert_eq!((&*url.host, url.port), (host, 2121));
    }
}

#[test]
fn the_type_is_told() {
    for (url, code) in [
        ("ftp://h/a;type=a", Some(TypeCode::Ascii)),
        ("ftp://h/a;type=I", Some(TypeCode::Image)),
        ("ftp://h/a;type=d", Some(TypeCode::Directory)),
        ("ftp://h/a", None),
        ("ftp://h/a%3Btype=x", None),
    ] {
        let url: FtpUrl = url.parse().expect("an address");
        assert_eq!(url.type_code, code);
        assert_eq!(url.is_text(), code == Some(TypeCode::Ascii));
    }
}

#[test]
fn a_name_may_be_encoded_and_need_not_be_ascii() {
    for (url, host) in [
        ("ftp://%31.example/", "1.example"),
        ("ftp://b\u{fc}cher.example", "b\u{fc}cher.example"),
    ] {
        let url: FtpUrl = url.parse().expect("an address");
        assert_eq!(url.host, host);
    }
}

/// Bytes that a command may hold.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("not in a command", |b| !matches!(b, b'\r' | b'\n' | 0));
    let mark = proptest::sample::select(b"/%;:@?#[]=. ~".to_vec());
    proptest::collection::vec(prop_oneof![byte, mark], 0..12)
}

fn hosts() -> impl Strategy<Value = String> {
    let address = any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).to_string());
    prop_oneof![
        "[a-z0-9\u{e9}-\u{fc}!$&'()*+,;=._~-]{1,9}",
        address.clone(),
        (address, "[A-Za-z0-9._~-]{1,5}").prop_map(|(address, zone)| format!("{address}%{zone}")),
    ]
}

prop_compose! {
    fn urls()(
        user in bytes(),
        password in proptest::option::of(bytes()),
        host in hosts(),
        port in 1_u16..,
        path in bytes(),
        type_code in proptest::option::of(proptest::sample::select(vec![
            TypeCode::Ascii, TypeCode::Image, TypeCode::Directory,
        ])),
    ) -> FtpUrl {
        FtpUrl {
            scheme: Scheme::Ftp,
            user: Argument::new(user).ok(),
            password: password.map(Secret::new),
            host,
            port,
            path: Argument::new(path).ok(),
            type_code,
        }
    }
}

proptest! {
    #[test]
    fn an_address_is_read_back_as_it_was_written(url in urls()) {
        let written = url.with_password().into_inner();
        prop_assert_eq!(written.parse::<FtpUrl>(), Ok(url.clone()), "{}", written);
        let hidden = url.to_string();
        let mut open = url;
        open.password = None;
        prop_assert_eq!(hidden.parse::<FtpUrl>(), Ok(open), "{}", hidden);
    }

    #[test]
    fn any_text_is_an_address_or_an_error(
        text in prop_oneof![".{0,40}", "[/@:%\\[\\];=#?a0-9F-]{0,40}", "\\[[0-9a-f:%]{0,12}\\]?.{0,6}"],
    ) {
        if let Ok(url) = format!("ftp://{text}").parse::<FtpUrl>() {
            let again = url.with_password().into_inner();
            prop_assert_eq!(again.parse::<FtpUrl>(), Ok(url), "{}", again);
        }
        let _ = text.parse::<FtpUrl>();
    }
}

#[test]
fn a_scheme_tells_how_to_protect_and_at_which_port() {
    for (text, scheme, port) in [
        ("FTP://h", Scheme::Ftp, 21),
        ("ftpes://h/", Scheme::Ftpes, 21),
        ("ftps://h/a", Scheme::Ftps, 990),
        ("ftps://h:2990/a", Scheme::Ftps, 2990),
    ] {
        let url: FtpUrl = text.parse().expect("an address");
        assert_eq!((url.scheme, url.port), (scheme, port), "{text}");
        assert_eq!(url.to_string().parse(), Ok(url), "{text}");
    }
}
