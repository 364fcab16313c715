//! FEAT (RFC 2389).

use alloc::vec::Vec;

use bytes::Bytes;

use crate::codec::reply::Reply;

/// What a server said it can do.
///
/// ```
/// use ftp_proto::codec::feature::Features;
/// use ftp_proto::codec::reply::{Reply, ReplyCode};
///
/// let code = ReplyCode::new(211).expect("a reply code");
/// let features = Features::from_reply(&Reply::new(code, "Features:\n REST STREAM\n SIZE\nEnd"));
/// assert!(features.has("size"));
/// assert_eq!(features.parameters("REST"), Some(&b"STREAM"[..]));
/// ```
///
/// A feature may be listed several times:
///
/// ```
/// use ftp_proto::codec::feature::Features;
/// use ftp_proto::codec::reply::{Reply, ReplyCode};
///
/// let code = ReplyCode::new(211).expect("a reply code");
/// let features = Features::from_reply(&Reply::new(code, "Features:\n AUTH TLS\n AUTH SSL\nEnd"));
/// assert!(features.each("AUTH").eq([b"TLS", b"SSL"]));
/// assert!(features.iter().eq([b"AUTH TLS", b"AUTH SSL"]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    lines: Vec<Bytes>,
}

impl Features {
    /// Reads a 211 reply to FEAT, leniently: lines without a leading space, or with `211-` before
    /// them, count too. First and last line are text. Any other reply has no features.
    pub fn from_reply(reply: &Reply) -> Self {
        if !reply.is_completion() {
            return Self::default();
        }
        let mut lines = reply.lines();
        let _heading = (lines.next(), lines.next_back());
        Self {
            lines: lines
                .map(<[u8]>::trim_ascii)
                .filter(|line| !line.is_empty())
                .map(|line| reply.text().slice_ref(line))
                .collect(),
        }
    }

    /// Whether a feature is there; any case.
    pub fn has(&self, name: &str) -> bool {
        self.parameters(name).is_some()
    }

    /// What follows the feature's name, if it is there; empty when nothing does. For a feature
    /// listed several times (AUTH), the first.
    pub fn parameters(&self, name: &str) -> Option<&[u8]> {
        self.each(name).next()
    }

    /// What follows the feature's name, each time that it is listed.
    pub fn each(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter().filter_map(move |line| {
            let word = line.split(|&b| b == b' ').next().unwrap_or_default();
            let parameters = line.get(word.len()..).unwrap_or_default();
            word.eq_ignore_ascii_case(name.as_bytes())
                .then(|| parameters.trim_ascii())
        })
    }

    /// Every feature as it was listed, trimmed.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| &line[..])
    }
}

/// Appends the text of a 211 reply that lists features, for `write_reply`: each on a line of its
/// own behind one space, as RFC 2389 §3.2 asks. An LF in a feature becomes `?`.
///
/// ```
/// use ftp_proto::codec::feature::write_features;
///
/// let mut text = Vec::new();
/// write_features(&mut text, ["SIZE", "REST STREAM"]);
/// assert_eq!(text, b"Features:\n SIZE\n REST STREAM\nEnd");
/// ```
pub fn write_features<L: AsRef<[u8]>>(text: &mut Vec<u8>, features: impl IntoIterator<Item = L>) {
    let mut features = features.into_iter().peekable();
    if features.peek().is_none() {
        return text.extend_from_slice(b"No features");
    }
    text.extend_from_slice(b"Features:\n");
    for feature in features {
        text.push(b' ');
        text.extend(feature.as_ref().iter().map(|&b| match b {
            b'\n' => b'?',
            _ => b,
        }));
        text.push(b'\n');
    }
    text.extend_from_slice(b"End");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::reply::{ReplyCode, ReplyReader};
    use crate::limits::Limits;
    use proptest::prelude::*;
    use std::string::String;

    fn features(wire: &str) -> Features {
        let mut reader = ReplyReader::new(&Limits::default());
        let mut reply = None;
        for line in wire.lines() {
            assert_eq!(reply, None, "one reply");
            let line = Bytes::copy_from_slice(line.as_bytes());
            reply = reader.push_line(&line).expect("a reply");
        }
        Features::from_reply(&reply.expect("a whole reply"))
    }

    fn listed(wire: &str) -> Vec<String> {
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        features(wire).iter().map(text).collect()
    }

    #[test]
    fn features_are_listed_in_every_form() {
        for wire in [
            "211-Features:\r\n MDTM\r\n REST STREAM\r\n211 End\r\n",
            "211-Features:\r\nMDTM\r\nREST STREAM\r\n211 End\r\n",
            "211-Features:\r\n211-MDTM\r\n211-REST STREAM\r\n211 End\r\n",
            "211-\r\n  MDTM \r\n\r\n\tREST STREAM\r\n211\r\n",
        ] {
            assert_eq!(listed(wire), ["MDTM", "REST STREAM"], "{wire}");
        }
    }

    #[test]
    fn a_refusal_has_no_features() {
        for wire in [
            "211 No features\r\n",
            "211-No features\r\n211 End\r\n",
            "500 Unknown command\r\n",
            "500-Unknown\r\n500-command\r\n500 FEAT\r\n",
            "530-Log in\r\n MDTM\r\n530 first\r\n",
        ] {
            assert!(listed(wire).is_empty(), "{wire}");
        }
    }

    #[test]
    fn names_ignore_case_and_are_whole_words() {
        let found = features(
            "211-a\r\n Rest stream\r\n AUTH TLS\r\n AUTH SSL\r\n MLST size*;type*;\r\n SIZE\r\n211 b\r\n",
        );
        assert_eq!(found.parameters("REST"), Some(&b"stream"[..]));
        assert_eq!(found.parameters("size"), Some(&b""[..]));
        assert_eq!(found.each("auth").collect::<Vec<_>>(), [b"TLS", b"SSL"]);
        assert!(found.has("mlst") && !found.has("MLS") && !found.has("MLSD"));
        assert!(!found.has("TLS") && !found.has(""));
    }

    proptest! {
        #[test]
        fn features_to_a_reply_and_back(
            names in prop::collection::vec("[A-Z]{3,8}( [A-Z0-9;*]{1,8})?", 0..6),
        ) {
            let code = ReplyCode::new(211).expect("a reply code");
            let mut text = Vec::new();
            write_features(&mut text, &names);
            let mut wire = Vec::new();
            Reply::new(code, text).encode(&mut wire);
            prop_assert_eq!(listed(&String::from_utf8(wire).expect("ASCII")), names);
        }
    }
}
