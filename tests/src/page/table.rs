//! Tables in Markdown.

use serde_json::Value;

use crate::Trouble;
use crate::clients::CATALOGUE;
use crate::laboratory::{Daemon, scenarios};
use crate::observations::Observations;
use crate::recording::Circumstance;

/// What came of every try in every network, in clear or under TLS.
pub(super) fn of_networks(cells: &Observations, protection: &str) -> Result<String, Trouble> {
    let columns: &[&str] = match protection {
        "tls" => &OURS_AND_CURL[..7],
        _ => &OURS_AND_CURL,
    };
    let names: Vec<&str> = columns
        .iter()
        .map(|column| column.strip_prefix("ftp-cli ").unwrap_or(column))
        .collect();
    let mut table = format!("| network | {} |\n|---|", names.join(" | "));
    table += &"---|".repeat(columns.len());
    table += "\n";
    for scenario in scenarios() {
        let mut rows = Vec::new();
        for daemon in Daemon::ALL {
            let name = format!("{daemon}: {}", scenario.name);
            rows.push(&cells.committed(&name)?[protection]);
        }
        let cells = columns.iter().map(|column| {
            let mut words: Vec<&str> = rows.iter().map(|row| word(&row[column])).collect();
            words.dedup();
            words.join("; vsftpd: ")
        });
        let cells: Vec<String> = cells.collect();
        table += &format!("| {} | {} |\n", scenario.name, cells.join(" | "));
    }
    Ok(table)
}

/// Which mode clients take when they are told nothing.
pub(super) fn of_clients(clients: &Observations) -> Result<String, Trouble> {
    let mut table = String::from(
        "| client | version | IPv4 | EPSV unknown | EPSV and PASV unknown | IPv6 |\n\
         |---|---|---|---|---|---|\n",
    );
    for program in CATALOGUE {
        let seen = clients.committed(program.name)?;
        let version = seen["version"].as_str().unwrap_or("–");
        let cells = Circumstance::ALL.map(|circumstance| tried(&seen[circumstance.name()]));
        table += &format!("| {} | {version} | {} |\n", program.name, cells.join(" | "));
    }
    Ok(table)
}

fn tried(run: &Value) -> String {
    let asked = run["asked"].as_array().into_iter().flatten();
    let asked: Vec<&str> = asked.filter_map(Value::as_str).collect();
    let asked = asked.join(", ");
    match (run["opened"].as_str(), asked.as_str()) {
        (Some("active"), asked) => format!("**{asked}: active**"),
        (Some(mode), asked) => format!("{asked}: {mode}"),
        (None, "") => "does not come to it".to_owned(),
        (None, asked) => format!("{asked}: fails"),
    }
}

fn word(cell: &Value) -> &str {
    match cell.as_str() {
        Some("works") => "✓",
        Some("rejected") => "refused",
        Some("address refused") => "address refused",
        Some(word) => word.strip_prefix("by ").unwrap_or(word),
        None => "–",
    }
}

/// Under TLS curl has the first two ways alone.
const OURS_AND_CURL: [&str; 9] = [
    "ftp-cli EPSV",
    "ftp-cli PASV",
    "ftp-cli EPRT",
    "ftp-cli PORT",
    "ftp-cli Auto",
    "curl EPSV",
    "curl PASV",
    "curl EPRT",
    "curl PORT",
];
