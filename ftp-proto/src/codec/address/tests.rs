use alloc::vec::Vec;
use core::net::Ipv6Addr;
use proptest::prelude::*;
use std::format;

use super::*;

fn v4(ip: [u8; 4], port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(ip.into(), port)
}

proptest! {
    #[test]
    fn port_and_back(ip: [u8; 4], port in 1u16..) {
        let address = v4(ip, port);
        let mut out = Vec::new();
        write_port(&mut out, address);
        prop_assert_eq!(read_port(&out), Ok(address));
        let mut out = b"Entering Passive Mode ".to_vec();
        write_227(&mut out, address);
        prop_assert_eq!(read_227(&out), Ok(address));
    }

    #[test]
    fn eprt_and_back(ip: [u8; 16], short: bool, port in 1u16..) {
        let ip = if short {
            IpAddr::V4(Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]))
        } else {
            IpAddr::V6(Ipv6Addr::from(ip)).to_canonical()
        };
        let address = SocketAddr::new(ip, port);
        let mut out = Vec::new();
        write_eprt(&mut out, address);
        prop_assert_eq!(read_eprt(&out), Ok(address));
    }

    #[test]
    fn a_229_port_and_back(port in 1u16..) {
        let mut out = b"Entering Extended Passive Mode ".to_vec();
        write_229(&mut out, port);
        prop_assert_eq!(read_229(&out), Ok(port));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9,()| =a:]{0,60}", bytes: Vec<u8>) {
        for text in [text.as_bytes(), &bytes] {
            let _ = (read_port(text), read_227(text), read_229(text), read_eprt(text));
        }
    }
}

#[test]
fn a_227_is_found_wherever_it_stands() {
    let address = v4([192, 168, 1, 2], 4 * 256 + 1);
    for text in [
        "Entering Passive Mode (192,168,1,2,4,1)",
        "Entering Passive Mode (192,168,1,2,4,1).",
        "Entering Passive Mode 192,168,1,2,4,1",
        "=192,168,1,2,4,1",
        "192,168,1,2,4,1",
        "Passive 2 of 10, 3rd try: 192,168,1,2,4,1",
        "(192, 168, 1, 2, 4, 1)",
        "Server 10.0.0.1 is at (192,168,1,2,4,1)",
        "300,192,168,1,2,4,1",
        "Welcome\n 12 users\nEntering Passive Mode (192,168,1,2,4,1)",
    ] {
        assert_eq!(read_227(text.as_bytes()), Ok(address), "{text}");
    }
}

#[test]
fn a_227_without_an_address_is_refused() {
    for text in [
        "",
        "Entering Passive Mode",
        "(192,168,1,2,4)",
        "(192,168,1,2,4,256)",
        "(192,168,1,2,0,0)",
        "(192.168.1.2.4.1)",
        "(192,168,,1,2,4,1",
        "(-1,1,1,1,1,a)",
    ] {
        assert!(read_227(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_long_227_takes_linear_time() {
    let text = b"1,   ".repeat(200_000);
    assert!(read_227(&text[..]).is_ok());
    let text = b"1,2,3,4,5,x".repeat(100_000);
    assert!(read_227(&text).is_err());
    let text = b"0".repeat(1_000_000);
    assert!(read_227(&text).is_err());
    assert!(read_229(&b"(||1".repeat(250_000)).is_err());
    assert!(read_229(&b"(".repeat(1_000_000)).is_err());
}

#[test]
fn a_229_has_any_delimiter_that_is_no_digit() {
    for text in [
        "Entering Extended Passive Mode (|||6446|)",
        "Entering Extended Passive Mode (|||6446|).",
        "(!!!6446!)",
        "(~~~6446~)",
        "(((((6446()",
        "(||6446|)",
        "Mode (see RFC 2428) (|||6446|)",
    ] {
        assert_eq!(read_229(text.as_bytes()), Ok(6446), "{text}");
    }
}

#[test]
fn a_229_without_a_port_is_refused() {
    for text in [
        "",
        "(|||0|)",
        "(|||65536|)",
        "(||||)",
        "(|||-5|)",
        "(|||6446)",
        "(||!6446|)",
        "(11164461)",
        "|||6446|",
        "(   6446 )",
    ] {
        assert!(read_229(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn port_is_strict() {
    assert_eq!(read_port(b"10,0,0,1,4,210"), Ok(v4([10, 0, 0, 1], 1234)));
    for text in [
        "",
        "10,0,0,1,4",
        "10,0,0,1,4,210,",
        "10,0,0,1,4,256",
        "10,0,0,1,0,0",
        " 10,0,0,1,4,210",
        "10, 0,0,1,4,210",
        "+10,0,0,1,4,210",
        "10.0.0.1,4,210",
    ] {
        assert!(read_port(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn eprt_is_strict() {
    assert_eq!(
        read_eprt(b"|1|132.235.1.2|6275|"),
        Ok("132.235.1.2:6275".parse().unwrap())
    );
    assert_eq!(
        read_eprt(b"!2!1080::8:800:200C:417A!5282!"),
        Ok("[1080::8:800:200c:417a]:5282".parse().unwrap())
    );
    for text in [
        "",
        "|1|132.235.1.2|0|",
        "|1|132.235.1.2|65536|",
        "|1|132.235.1.2|6275",
        "|1|132.235.1.2|6275|x",
        "|1|132.235.1.2!6275|",
        "|1|::1|6275|",
        "|2|132.235.1.2|6275|",
        "|2|fe80::1%eth0|6275|",
        "|1|132.235.1.02.3|6275|",
        "|1||6275|",
        "|4294967296|a|1|",
        "01013221 ",
        "|3||",
    ] {
        let found = read_eprt(text.as_bytes());
        assert!(
            matches!(found, Err(EprtError::Decode(_))),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn eprt_of_an_unknown_family_says_which() {
    assert_eq!(read_eprt(b"|3|10.0.0.1|1|"), Err(EprtError::Family(3)));
    assert_eq!(read_eprt(b"|0|x|1|"), Err(EprtError::Family(0)));
}

#[test]
fn a_mapped_address_is_an_ipv4_address() {
    let plain = Ok("10.0.0.1:1024".parse().unwrap());
    assert_eq!(read_eprt(b"|2|::ffff:10.0.0.1|1024|"), plain);
    let mut out = Vec::new();
    write_eprt(&mut out, "[::ffff:10.0.0.1]:1024".parse().unwrap());
    assert_eq!(out, b"|1|10.0.0.1|1024|");
}

#[test]
fn an_error_says_where() {
    let e = read_port(b"10,0,0,1,4,x").unwrap_err();
    assert_eq!((e.at, &e.found[..]), (11, &b"x"[..]));
    let Err(EprtError::Decode(e)) = read_eprt(b"|1|nobody|5|") else {
        panic!("a name is no address");
    };
    assert_eq!(e.at, 3);
    assert!(format!("{e}").contains("nobody"));
}
