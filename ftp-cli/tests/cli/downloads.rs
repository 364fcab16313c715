//! `get` and `cat`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::site::{Site, run};

#[test]
fn several_files_keep_their_names_in_a_folder() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    fs::write(site.server_file("b c"), "two").unwrap();
    fs::create_dir(site.client_file("here")).unwrap();
    site.run(["get", &site.url("a"), &site.url("b%20c"), "here"])
        .ok();
    assert_eq!(fs::read(site.client_file("here/a")).unwrap(), b"one");
    assert_eq!(fs::read(site.client_file("here/b c")).unwrap(), b"two");
}

#[test]
fn one_file_of_several_that_is_missing_does_not_stop_the_others() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    fs::write(site.server_file("c"), "three").unwrap();
    let urls = [site.url("a"), site.url("missing"), site.url("c")];
    site.run(["get", &urls[0], &urls[1], &urls[2]])
        .ends(1)
        .says("missing: the server refused: 550");
    assert_eq!(site.client_names(), ["a", "c"]);
}

#[test]
fn what_is_missing_leaves_nothing_behind() {
    let site = Site::new();
    site.run(["get", &site.url("missing")]).ends(5).says("550");
    assert!(site.client_names().is_empty());
}

#[test]
fn output_names_the_file_in_curls_and_in_wgets_way() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    for (option, name) in [("-o", "first"), ("-O", "second"), ("--output", "third")] {
        site.run(["get", &site.url("a"), option, name]).ok();
        assert_eq!(fs::read(site.client_file(name)).unwrap(), b"one");
    }
}

#[test]
fn an_address_of_a_listing_is_no_file() {
    let site = Site::new();
    fs::create_dir(site.server_file("pub")).unwrap();
    fs::write(site.server_file("pub/a"), "one").unwrap();
    let url = site.url("pub;type=d");
    let says = "an address with ;type=d stands for the listing of a directory";
    for arguments in [["get", &url, "x"], ["cat", &url, &url], ["put", "x", &url]] {
        let ran = site.run(arguments).ends(2);
        ran.says(says).says("ftp-cli ls");
    }
    assert!(site.client_names().is_empty());
    let listed = site.run(["ls", &url]).ok().stdout_text();
    assert!(listed.ends_with(" a\n"), "{listed}");
}

#[test]
fn an_address_given_as_the_output_is_a_mistake() {
    let site = Site::new();
    site.run(["get", "-O", &site.url("a"), &site.url("b")])
        .ends(2)
        .says("not an address");
}

#[test]
fn a_hyphen_is_standard_output() {
    let site = Site::new();
    let noise: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    fs::write(site.server_file("a"), &noise).unwrap();
    let ran = site.run(["get", &site.url("a"), "-"]).ok();
    assert!(ran.stdout == noise, "{} bytes", ran.stdout.len());
    assert!(site.client_names().is_empty());
}

#[test]
fn cat_joins_files_and_standard_output_may_be_a_file() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one\n").unwrap();
    fs::write(site.server_file("b"), "two\n").unwrap();
    let ran = site.run(["cat", &site.url("a"), &site.url("b")]).ok();
    assert_eq!(ran.stdout_text(), "one\ntwo\n");
    let appended = site.client_file("log");
    fs::write(&appended, "zero\n").unwrap();
    let mut command = site.command(["cat", &site.url("a"), &site.url("b")]);
    let log = fs::OpenOptions::new().append(true).open(&appended).unwrap();
    let status = command.stdout(Stdio::from(log)).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read(&appended).unwrap(), b"zero\none\ntwo\n");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let site = Site::new();
    fs::write(site.server_file("a"), vec![b'x'; 8 << 20]).unwrap();
    let mut child = site
        .command(["cat", &site.url("a")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_name_that_leads_elsewhere_is_not_written() {
    let site = Site::new();
    for path in ["dir/", "%2e%2e", "a%5Cb", "C:x"] {
        site.run(["get", &site.url(path)])
            .ends(2)
            .says("a name that a file here could have");
    }
    assert!(site.client_names().is_empty());
}

#[test]
fn a_link_under_the_servers_name_is_replaced_and_not_written_through() {
    let site = Site::new();
    fs::write(site.server_file("a"), "new").unwrap();
    fs::write(site.client_file("elsewhere"), "mine").unwrap();
    symlink("elsewhere", site.client_file("a")).unwrap();
    site.run(["get", &site.url("a")]).ok();
    assert_eq!(fs::read(site.client_file("elsewhere")).unwrap(), b"mine");
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"new");
}

#[test]
fn a_link_that_the_user_names_is_followed() {
    let site = Site::new();
    fs::write(site.server_file("a"), "new").unwrap();
    fs::write(site.client_file("elsewhere"), "old").unwrap();
    symlink("elsewhere", site.client_file("link")).unwrap();
    site.run(["get", &site.url("a"), "link"]).ok();
    assert_eq!(fs::read(site.client_file("elsewhere")).unwrap(), b"new");
    assert!(
        site.client_file("link")
            .symlink_metadata()
            .unwrap()
            .is_symlink()
    );
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    let site = Site::new();
    fs::write(site.server_file("a"), "new").unwrap();
    let here = site.client_file("a");
    fs::write(&here, "old and longer").unwrap();
    fs::set_permissions(&here, fs::Permissions::from_mode(0o600)).unwrap();
    site.run(["get", &site.url("a")]).ok();
    assert_eq!(fs::read(&here).unwrap(), b"new");
    assert_eq!(here.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_empty_file_replaces_one_that_is_not() {
    let site = Site::new();
    fs::write(site.server_file("a"), "").unwrap();
    fs::write(site.client_file("a"), "old").unwrap();
    site.run(["get", &site.url("a")]).ok();
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"");
    assert_eq!(site.client_names(), ["a"]);
}

#[test]
fn a_download_that_breaks_off_waits_beside_and_is_resumed() {
    let site = Site::new();
    fs::write(site.client_file("a"), "the old one").unwrap();
    let broken = breaking_server(b"0123456789", 4);
    let url = format!("ftp://alice@{broken}/a");
    site.run(["get", &url])
        .ends(6)
        .says("What came is kept: --resume goes on from there.");
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"the old one");
    assert_eq!(fs::read(site.client_file("a.part")).unwrap(), b"0123");
    fs::write(site.server_file("a"), "0123456789").unwrap();
    site.run(["get", "--resume", &site.url("a")]).ok();
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"0123456789");
    assert_eq!(site.client_names(), ["a"]);
}

#[test]
fn what_an_earlier_download_left_is_kept_until_the_first_byte_comes() {
    let site = Site::new();
    fs::write(site.client_file("a.part"), "hours of it").unwrap();
    site.run(["get", &site.url("a")]).ends(5);
    assert_eq!(
        fs::read(site.client_file("a.part")).unwrap(),
        b"hours of it"
    );
    fs::write(site.server_file("a"), "new").unwrap();
    site.run(["get", &site.url("a")]).ok();
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"new");
    assert_eq!(site.client_names(), ["a"]);
}

#[test]
fn resuming_goes_on_in_the_file_itself_where_nothing_waits_beside() {
    let site = Site::new();
    fs::write(site.server_file("a"), "0123456789").unwrap();
    fs::write(site.client_file("a"), "0123").unwrap();
    site.run(["get", "-c", &site.url("a")]).ok();
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"0123456789");
    // All of it is there.
    site.run(["get", "--continue", &site.url("a")]).ok();
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"0123456789");
}

#[test]
fn a_longer_file_is_not_the_same_one() {
    let site = Site::new();
    fs::write(site.server_file("a"), "0123").unwrap();
    fs::write(site.client_file("a"), "0123456789").unwrap();
    site.run(["get", "--resume", &site.url("a")])
        .ends(7)
        .says("it is another file");
    assert_eq!(fs::read(site.client_file("a")).unwrap(), b"0123456789");
}

#[test]
fn a_folder_that_is_not_there_is_a_mistake() {
    let site = Site::new();
    site.run(["get", &site.url("a"), "nowhere/"])
        .ends(2)
        .says("nowhere/ is no directory here");
    site.run(["get", &site.url("a"), &site.url("b"), "nowhere"])
        .ends(2);
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let site = Site::new();
    fs::write(site.server_file("a"), "content").unwrap();
    site.run(["get", &site.url("a"), "nowhere/b"])
        .ends(7)
        .says("cannot write nowhere/b");
    let ran = site.run(["get", &site.url("a"), "/dev/full"]).ends(7);
    assert!(ran.stderr.contains("No space left"), "{ran:?}");
}

#[test]
fn nobody_there_is_told_apart() {
    let site = Site::new();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("ftp://alice@{nobody}/a");
    site.run(["get", &url, &url])
        .ends(3)
        .says("Is the server running there");
    let ran = run(site.command(["get", "http://192.0.2.1/a"]), b"");
    ran.ends(2).says("ftp://");
}

/// A server that tells the right size of a file, and sends a part of it before it goes away.
fn breaking_server(content: &'static [u8], sent: usize) -> std::net::SocketAddr {
    let control = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = control.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut control, _) = control.accept().unwrap();
        let data = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = data.local_addr().unwrap().port();
        let mut lines = BufReader::new(control.try_clone().unwrap());
        control.write_all(b"220 Hello.\r\n").unwrap();
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            let reply = match line.get(..4).unwrap_or_default() {
                "USER" => "331 Password?".into(),
                "PASS" => "230 Welcome.".into(),
                "SIZE" => format!("213 {}", content.len()),
                "TYPE" => "200 Fine.".into(),
                "EPSV" => format!("229 Here (|||{port}|)"),
                "RETR" => {
                    control.write_all(b"150 Here it comes.\r\n").unwrap();
                    let (mut data, _) = data.accept().unwrap();
                    data.write_all(&content[..sent]).unwrap();
                    drop(data);
                    "426 The disk is gone.".into()
                }
                "QUIT" => "221 Goodbye.".into(),
                _ => String::from("502 What?"),
            };
            control
                .write_all(format!("{reply}\r\n").as_bytes())
                .unwrap();
            line.clear();
        }
    });
    address
}
