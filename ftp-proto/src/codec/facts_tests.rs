use super::*;
use crate::listing::Metadata;
use crate::time::Zone;
use proptest::prelude::*;
use std::string::String;

fn entry(line: &str) -> Entry {
    read_entry(&Bytes::copy_from_slice(line.as_bytes())).expect("an MLSx line")
}

fn time(text: &str) -> DateTime {
    read_time(text.as_bytes()).expect("a time")
}

fn utc(year: i32, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> DateTime {
    DateTime::from_date(year, month, day)
        .and_then(|date| date.at(hour, minute, second))
        .expect("a real time")
}

#[test]
fn a_time_has_fourteen_digits() {
    assert_eq!(time("20261122140509"), utc(2026, 11, 22, 14, 5, 9));
    assert_eq!(time("19991231235960"), utc(1999, 12, 31, 23, 59, 60));
}

#[test]
fn a_fraction_counts_from_its_left() {
    assert_eq!(time("20261122140509.5").nanos(), 500_000_000);
    assert_eq!(time("20261122140509.000001").nanos(), 1_000);
    assert_eq!(time("20261122140509.1234567891").nanos(), 123_456_789);
}

#[test]
fn the_year_2000_bug_is_read_as_meant() {
    assert_eq!(time("191000101000000"), utc(2000, 1, 1, 0, 0, 0));
    assert_eq!(time("191261122140509"), utc(2026, 11, 22, 14, 5, 9));
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2026112214050",
        "20261322140509",
        "20260230140509",
        "20261122240509",
        "20261122140509.",
        "20261122140509x",
        "2026112214050a",
        "201261122140509",
        "1912611221405091",
        "-0261122140509",
    ] {
        assert!(read_time(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn facts_are_read_in_any_case_and_order() {
    let entry = entry(
        "Modify=20261122140509;PERM=adfrw;SIZE=1234;type=File;Unique=801U2;UNIX.mode=0644;\
         unix.OWNER=alice;UNIX.group=staff;create=19700101000000;x.y=z; a file",
    );
    assert_eq!(entry.name(), b"a file");
    let metadata = entry.metadata();
    assert_eq!(metadata.kind, Kind::File);
    assert_eq!(metadata.size, Some(1234));
    assert_eq!(
        metadata.modified,
        Some(Modified::utc(utc(2026, 11, 22, 14, 5, 9)))
    );
    assert_eq!(metadata.perm.as_deref(), Some(&b"adfrw"[..]));
    assert_eq!(metadata.unique.as_deref(), Some(&b"801U2"[..]));
    assert_eq!(metadata.mode, Some(0o644));
    assert_eq!(metadata.owner.as_deref(), Some(&b"alice"[..]));
    assert_eq!(metadata.group.as_deref(), Some(&b"staff"[..]));
}

#[test]
fn a_link_tells_its_target_where_the_server_does() {
    let slink = entry("type=OS.unix=slink:/the target;size=3; l");
    assert_eq!(slink.kind(), Kind::Link);
    assert_eq!(slink.target(), Some(&b"/the target"[..]));
    assert_eq!(slink.size(), Some(3));
    let symlink = entry("type=OS.UNIX=symlink; l");
    assert_eq!(symlink.kind(), Kind::Link);
    assert_eq!(symlink.target(), None);
    assert_eq!(entry("type=OS.unix=chr-5/1; tty").kind(), Kind::Other);
}

#[test]
fn the_listed_directory_and_its_parent_are_told_apart() {
    assert_eq!(entry("type=cdir; /pub").kind(), Kind::CurrentDirectory);
    assert_eq!(entry("Type=pdir; /").kind(), Kind::ParentDirectory);
}

#[test]
fn a_name_is_kept_byte_for_byte() {
    assert_eq!(entry("type=file; a;b=c; d").name(), b"a;b=c; d");
    assert_eq!(
        entry("type=file;  two before, two after  ").name(),
        b" two before, two after  "
    );
    assert_eq!(entry(" no facts; at=all;").name(), b"no facts; at=all;");
    assert_eq!(entry("  x").name(), b" x");
}

#[test]
fn a_missing_last_semicolon_is_forgiven() {
    let entry = entry("type=file;size=7 name with spaces");
    assert_eq!(entry.name(), b"name with spaces");
    assert_eq!(entry.size(), Some(7));
}

#[test]
fn numbers_win_over_no_owner_and_lose_to_a_name() {
    let both = entry("unix.uid=0;UNIX.ownername=root;unix.gid=5; x").metadata();
    assert_eq!(both.owner.as_deref(), Some(&b"root"[..]));
    assert_eq!(both.group.as_deref(), Some(&b"5"[..]));
    let reversed = entry("UNIX.ownername=root;unix.uid=0; x").metadata();
    assert_eq!(reversed.owner.as_deref(), Some(&b"root"[..]));
}

#[test]
fn an_unreadable_value_is_unknown() {
    let metadata = entry("size=-1;modify=yesterday;unix.mode=rw;type=; x").metadata();
    assert_eq!(metadata, Metadata::default());
    assert_eq!(entry("size=18446744073709551616; x").size(), None);
}

#[test]
fn what_is_no_entry_is_refused() {
    for line in [
        "",
        "name",
        "type=file;",
        "type=file; ",
        "=file; x",
        "drwxr-xr-x 2 a b 3 Nov 22 14:05 x",
    ] {
        assert!(
            read_entry(&Bytes::copy_from_slice(line.as_bytes())).is_err(),
            "{line}"
        );
    }
}

#[test]
fn an_entry_without_facts_is_a_space_and_a_name() {
    let mut out = Vec::new();
    write_entry(&mut out, &Entry::new("x", &Metadata::default()));
    assert_eq!(out, b" x");
}

#[test]
fn a_value_that_would_end_early_is_left_out() {
    let mut out = Vec::new();
    let entry = entry("type=OS.unix=slink:/a b;unix.owner=Domain Users; x");
    let metadata = Metadata {
        group: Some(Bytes::from_static(b"a;size=1")),
        ..entry.metadata()
    };
    write_entry(&mut out, &Entry::new("x", &metadata));
    assert_eq!(out, b"type=OS.unix=symlink; x");
}

fn any_time() -> impl Strategy<Value = DateTime> {
    (-62_135_596_800i64..=253_402_300_799, 0u32..1_000_000_000).prop_map(|(seconds, nanos)| {
        DateTime::from_unix(seconds)
            .and_then(|time| time.with_nanos(nanos))
            .expect("within the years 1 to 9999")
    })
}

fn any_value() -> impl Strategy<Value = Option<Bytes>> {
    proptest::option::of("[!-:<-~]{1,12}".prop_map(|text: String| Bytes::from(text.into_bytes())))
}

prop_compose! {
    fn any_entry()(
        name in proptest::collection::vec(any::<u8>().prop_filter("no line end", |b| !b"\r\n".contains(b)), 1..40),
        kind in prop_oneof![
            Just(Kind::Unknown), Just(Kind::File), Just(Kind::Directory), Just(Kind::Link),
            Just(Kind::CurrentDirectory), Just(Kind::ParentDirectory), Just(Kind::Other),
        ],
        size in any::<Option<u64>>(),
        time in proptest::option::of(any_time()),
        mode in proptest::option::of(0u16..=0o7777),
        perm in any_value(), owner in any_value(), group in any_value(), target in any_value(), unique in any_value(),
    ) -> Entry {
        let modified = time.map(|at| Modified {
            precision: if at.nanos() == 0 { Precision::Second } else { Precision::Fraction },
            at, zone: Zone::Utc,
        });
        let target = target.filter(|_| kind == Kind::Link);
        let metadata = Metadata { kind, size, modified, mode, perm, owner, group, target, unique, ..Metadata::default() };
        Entry::new(name, &metadata)
    }
}

proptest! {
    #[test]
    fn times_become_text_and_back(at in any_time()) {
        let mut text = Vec::new();
        write_time(&mut text, at);
        prop_assert_eq!(read_time(&text), Ok(at));
    }

    #[test]
    fn entries_become_facts_and_back(entry in any_entry()) {
        let mut line = Vec::new();
        write_entry(&mut line, &entry);
        let line = Bytes::from(line);
        let read = read_entry(&line).expect("what was written");
        prop_assert_eq!(read.raw(), &line);
        prop_assert_eq!(read.name(), entry.name());
        prop_assert_eq!(read.metadata(), entry.metadata());
    }

    #[test]
    fn any_bytes_are_an_entry_or_an_error(line in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = read_entry(&Bytes::from(line.clone()));
        let _ = read_time(&line);
    }
}
