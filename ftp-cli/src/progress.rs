//! Progress on a terminal; nothing in a pipe.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that is drawn on standard error if that is a terminal. A clone is the same bar.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Bytes of the file that were there before its transfer.
    already: Arc<AtomicU64>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            already: Arc::default(),
        }
    }

    /// From here on the bar counts the bytes of one file, of which so many are there already.
    pub(crate) fn begin(&self, name: String, already: u64, whole: Option<u64>) {
        let template = match whole {
            Some(_) => "{msg} {bytes}/{total_bytes} {wide_bar} {bytes_per_sec} {eta}",
            None => "{msg} {bytes} {spinner} {bytes_per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        match whole {
            Some(whole) => self.bar.set_length(whole),
            None => self.bar.unset_length(),
        }
        self.already.store(already, Ordering::Relaxed);
        self.bar.set_message(name);
        self.bar.reset();
        self.bar.set_position(already);
    }

    /// So many bytes of the transfer have moved.
    pub(crate) fn moved(&self, moved: u64) {
        if !self.bar.is_hidden() {
            let already = self.already.load(Ordering::Relaxed);
            self.bar.set_position(already.saturating_add(moved));
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes a line to standard error without disturbing the bar.
    pub(crate) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}
