//! Names from a server that are to become names of local files.

/// The name itself if it may name a new file or directory in a directory of ours, on any system;
/// `None` if not.
///
/// What a server sends is hostile (CVE-2002-1344, CVE-2018-10916): a name could lead out of the
/// directory, or to something that is no file. Refused are the empty name, `.` and `..`; names
/// with `/`, `\`, NUL or another control byte; with `:` (a drive, or a stream of another file, on
/// Windows); those that Windows takes for `.` or `..` or another name, since it drops dots and
/// spaces at the end; its devices (`NUL`, `com1.txt`), and names of more than 255 bytes.
///
/// The name may be that of a file or a symbolic link that is there: how it is opened is the
/// caller's part.
///
/// ```
/// use ftp_proto::listing::safe_leaf;
///
/// assert_eq!(safe_leaf(b"a file"), Some(&b"a file"[..]));
/// assert_eq!(safe_leaf(b"../.ssh/authorized_keys"), None);
/// assert_eq!(safe_leaf(b"nul.txt"), None);
/// ```
pub fn safe_leaf(name: &[u8]) -> Option<&[u8]> {
    let forbidden = |&b: &u8| b < b' ' || b == 0x7f || b"/\\:".contains(&b);
    let ends_badly = matches!(name, [] | [.., b'.' | b' ']);
    let safe = !ends_badly && name.len() <= 255 && !name.iter().any(forbidden) && !is_device(name);
    safe.then_some(name)
}

/// Whether Windows takes the name for a device, whatever follows the first dot.
fn is_device(name: &[u8]) -> bool {
    let stem = name.split(|&b| b == b'.').next().unwrap_or_default();
    let stem = stem.trim_ascii_end();
    let is = |device: &&[u8]| stem.eq_ignore_ascii_case(device);
    match stem {
        [_, _, _] => [&b"con"[..], b"prn", b"aux", b"nul"].iter().any(is),
        [_, _, _, b'0'..=b'9'] => [b"com", b"lpt"]
            .iter()
            .any(|port| stem[..3].eq_ignore_ascii_case(&port[..])),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_safe() {
        for name in [
            &b"a"[..],
            b".profile",
            b"...x",
            b"a..b",
            b" leading space",
            b"-rf",
            b"caf\xe9",
            "한글.txt".as_bytes(),
            b"console.log",
            b"com.txt",
            b"com10",
            b"null",
            b"a;b",
            &[b'a'; 255],
        ] {
            assert_eq!(safe_leaf(name), Some(name));
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_not() {
        for name in [
            &b""[..],
            b".",
            b"..",
            b"...",
            b"/",
            b"a/b",
            b"../a",
            b"/etc/passwd",
            b"..\\a",
            b"a\\b",
            b"C:",
            b"C:a",
            b"c:\\a",
            b"a:stream",
            b"a\0",
            b"a\0.txt",
            b"a\nb",
            b"a\rb",
            b"a\x1b[2J",
            b"a\x7f",
            b".. ",
            b". .",
            b"a.",
            b"a ",
            b" ",
        ] {
            assert_eq!(safe_leaf(name), None, "{}", name.escape_ascii());
        }
        assert_eq!(safe_leaf(&[b'a'; 256]), None);
    }

    #[test]
    fn devices_of_windows_are_not_files() {
        for name in [
            &b"NUL"[..],
            b"nul.txt",
            b"Con",
            b"aux.tar.gz",
            b"COM1",
            b"lpt9.txt",
            b"nul .txt",
        ] {
            assert_eq!(safe_leaf(name), None, "{}", name.escape_ascii());
        }
    }
}
