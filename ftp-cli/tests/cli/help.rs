//! The help, the manual pages and the completions.

use std::collections::BTreeSet;
use std::fs;

use crate::site::{run, tool};

#[test]
fn every_command_has_an_example_in_its_help() {
    let all = commands(&[]);
    assert!(all.len() >= 18, "{all:?}");
    for command in all {
        for option in ["-h", "--help"] {
            let help = help(&command, option);
            assert!(help.contains("Example"), "{command:?} {option}\n{help}");
            let example = format!("ftp-cli {}", command.join(" "));
            let text = help.split("Example").nth(1).unwrap();
            assert!(text.contains(&example), "{command:?} {option}\n{help}");
            // Where a heading stands behind another's options, they look as if they were its own.
            let own = help.find("  -o, --output").unwrap_or(0);
            assert!(own < help.find("\nLogin:").unwrap_or(usize::MAX), "{help}");
        }
    }
}

#[test]
fn the_help_says_what_the_exit_status_means_and_where_passwords_come_from() {
    let text = help(&[], "--help");
    for status in 0..=8 {
        assert!(
            text.contains(&format!("\n  {status}  ")),
            "{status}\n{text}"
        );
    }
    let text = help(&["get".into()], "--help");
    assert!(
        text.contains("in the list of processes") || text.contains("list of"),
        "{text}"
    );
    for place in ["FTP_PASSWORD", "--netrc-file", "--no-netrc", "~/.netrc"] {
        assert!(text.contains(place), "{place}\n{text}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tool();
    command.arg("man").arg(folder.path());
    run(command, b"").ok();
    let pages: BTreeSet<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut expected: BTreeSet<String> = commands(&[])
        .into_iter()
        .map(|command| format!("ftp-cli-{}.1", command.join("-")))
        .collect();
    expected.insert("ftp-cli.1".into());
    assert_eq!(pages, expected);
    for page in &pages {
        let text = fs::read_to_string(folder.path().join(page)).unwrap();
        let title = page.strip_suffix(".1").unwrap();
        assert!(text.contains(&format!("\n.TH {title} 1")), "{page}\n{text}");
        let last = match title {
            "ftp-cli" => "\"EXIT STATUS\"",
            _ => "EXAMPLES",
        };
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", last] {
            assert!(text.contains(&format!("\n.SH {section}")), "{page}\n{text}");
        }
        assert!(text.lines().all(is_roff), "{page}\n{text}");
    }
}

#[test]
fn the_page_of_the_tool_itself_can_be_read_from_a_pipe() {
    let mut command = tool();
    command.arg("man");
    let page = run(command, b"").ok().stdout_text();
    assert!(page.contains(".TH ftp-cli 1"), "{page}");
    assert!(page.contains(".SH \"EXIT STATUS\""), "{page}");
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let mut command = tool();
        command.args(["completions", shell]);
        let script = run(command, b"").ok().stdout_text();
        for command in commands(&[]) {
            let word = command.last().unwrap();
            assert!(script.contains(word.as_str()), "{shell}: {word}");
        }
    }
}

/// A request that exists in man(7), or text that cannot be taken for one.
fn is_roff(line: &str) -> bool {
    let request = line.strip_prefix('.').map(|rest| rest.split(' ').next());
    match request {
        None => !line.starts_with('\''),
        Some(request) => matches!(
            request,
            Some(
                "IP" | "TH"
                    | "SH"
                    | "SS"
                    | "TP"
                    | "PP"
                    | "RS"
                    | "RE"
                    | "br"
                    | "ie"
                    | "el"
                    | "sp"
                    | "nf"
                    | "fi"
            )
        ),
    }
}

/// The words of every command beneath one, from the help.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let text = help(above, "-h");
    let listed = text.split("Commands:\n").nth(1).unwrap_or_default();
    let mut found = Vec::new();
    for line in listed.lines().take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap();
        let is_name = line.starts_with("  ") && !line.starts_with("   ");
        if name == "help" || !is_name {
            continue;
        }
        let mut command = above.to_vec();
        command.push(name.to_owned());
        found.extend(commands(&command));
        found.push(command);
    }
    found
}

fn help(command: &[String], option: &str) -> String {
    let mut tool = tool();
    tool.args(command).arg(option);
    run(tool, b"").ok().stdout_text()
}
