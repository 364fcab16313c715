//! `ftp-cli man` and `completions`: what is known of the command line, for others to read.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::builder::Resettable;
use clap::{Command, CommandFactory};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};

use crate::args::{Args, Completions, Man};
use crate::fault::Fault;

pub(crate) fn man(job: &Man) -> Result<(), Fault> {
    let mut command = Args::command();
    // Each command gets the name by which it is called: `ftp-cli-user-add`.
    command.build();
    match &job.directory {
        Some(directory) => write_pages(directory, &command),
        None => {
            let mut page = Vec::new();
            rendered(&command, &mut page)
                .and_then(|()| print(&page))
                .map_err(|error| Fault::new(format!("cannot print: {error}")))
        }
    }
}

pub(crate) fn completions(job: &Completions) -> Result<(), Fault> {
    let mut script = Vec::new();
    clap_complete::generate(job.shell, &mut Args::command(), "ftp-cli", &mut script);
    print(&script).map_err(|error| Fault::new(format!("cannot print: {error}")))
}

fn write_pages(directory: &Path, command: &Command) -> Result<(), Fault> {
    let path = directory.join(format!("{}.1", name(command)));
    let mut page = Vec::new();
    rendered(command, &mut page)
        .and_then(|()| fs::write(&path, &page))
        .map_err(|error| Fault::file(&path, "write", &error))?;
    command
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
        .try_for_each(|command| write_pages(directory, command))
}

fn rendered(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let more = command
        .get_after_long_help()
        .or_else(|| command.get_after_help())
        .map(ToString::to_string);
    let bare = command
        .clone()
        .after_help(Resettable::Reset)
        .after_long_help(Resettable::Reset);
    Page::new(bare).title(name(command)).render(page)?;
    match more {
        Some(more) => notes(&more).to_writer(page),
        None => Ok(()),
    }
}

/// What stands behind the options in the help. Indented lines are shown as they are.
fn notes(text: &str) -> Roff {
    let mut page = Roff::new();
    let mut is_shown = false;
    if !text.starts_with("Ex") {
        page.control("SH", ["NOTES"]);
    }
    for line in text.lines() {
        let heading = match line {
            "Example:" | "Examples:" => Some("EXAMPLES"),
            "Exit status:" => Some("EXIT STATUS"),
            _ => None,
        };
        let shows = heading.is_none() && line.starts_with("  ");
        if is_shown != shows {
            page.control(if shows { "nf" } else { "fi" }, []);
            is_shown = shows;
        }
        match heading {
            Some(heading) => page.control("SH", [heading]),
            None if line.is_empty() => page.control("PP", []),
            None => page.text([roman(line)]),
        };
    }
    if is_shown {
        page.control("fi", []);
    }
    page
}

fn name(command: &Command) -> String {
    let name = command.get_display_name();
    name.unwrap_or_else(|| command.get_name()).to_owned()
}

/// Whoever reads may have seen enough.
fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
