//! Progress on a terminal; nothing in a pipe.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that is drawn on standard error if that is a terminal.
pub(crate) fn bar() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
}

/// From here on the bar counts the bytes of one file, of which so many are there already.
pub(crate) fn begin(bar: &ProgressBar, already: u64, whole: Option<u64>) {
    let template = match whole {
        Some(_) => "{bytes}/{total_bytes} {wide_bar} {bytes_per_sec} {eta}",
        None => "{bytes} {spinner} {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    if let Some(whole) = whole {
        bar.set_length(whole);
    }
    bar.set_message(already.to_string());
    bar.reset_eta();
    bar.set_position(already);
}

/// So many bytes of the transfer have moved.
pub(crate) fn moved(bar: &ProgressBar, moved: u64) {
    if !bar.is_hidden() {
        let already: u64 = bar.message().parse().unwrap_or(0);
        bar.set_position(already.saturating_add(moved));
    }
}

/// Writes a line to standard error without disturbing the bar.
pub(crate) fn say(bar: &ProgressBar, line: &str) {
    bar.suspend(|| eprintln!("{line}"));
}
