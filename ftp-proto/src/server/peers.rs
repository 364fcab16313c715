//! HOST, LANG, CLNT and CSID: who speaks with whom, and in what language.

use bytes::Bytes;

use super::session::ServerSession;
use crate::codec::command::Argument;

impl ServerSession {
    /// HOST: only before USER (RFC 7151 §3.1). A later one takes the place of the one before.
    pub(super) fn host_named(&mut self, name: &Argument) {
        if !self.access.is_new() {
            return self.reply::<503>("Say HOST before USER.");
        }
        let is_known = self
            .config
            .hosts
            .iter()
            .any(|host| host.as_bytes().eq_ignore_ascii_case(name.as_bytes()));
        if !is_known {
            return self.reply::<504>("There is no such host here.");
        }
        // A copy: the line that it came in is given back.
        let host = Argument::new(Bytes::copy_from_slice(name.as_bytes()));
        self.settings.options().host = Some(host.unwrap_or_else(|_| name.clone()));
        self.reply::<220>("This is that host.");
    }

    /// What HOST named.
    pub(super) fn host(&self) -> Option<&Argument> {
        self.settings.chosen()?.host.as_ref()
    }

    /// LANG: replies are in English (RFC 2640 §4).
    pub(super) fn set_language(&mut self, tag: Option<&Argument>) {
        let primary = tag.map(|tag| {
            let tag = tag.as_bytes().trim_ascii();
            tag.split(|&b| b == b'-').next().unwrap_or(tag)
        });
        match primary {
            Some(primary) if !primary.eq_ignore_ascii_case(b"EN") => {
                self.reply::<504>("Replies are in English only.");
            }
            _ => self.reply::<200>("Replies are in English."),
        }
    }

    pub(super) fn client_named(&mut self) {
        self.reply::<200>("Noted.");
    }

    pub(super) fn tell_identity(&mut self) {
        self.reply::<200>("Name=ftp-proto; CaseSensitive=1; DirSep=/;");
    }
}
