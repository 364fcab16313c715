//! The four steps that open a data connection, drawn between ports.

use ftp_proto::DataMode;

use super::visit::Visit;

/// Draws how the first data connection of a visit was opened.
pub(super) fn draw(visit: &Visit) -> String {
    let client = visit.control.local;
    let server = visit.control.peer;
    let data = visit.routes.first();
    let (data_client, data_server) = data.map_or((0, 0), |d| (d.local.port(), d.peer.port()));
    let family = if server.is_ipv4() { "IPv4" } else { "IPv6" };
    let title = match visit.mode {
        DataMode::Passive => {
            format!("PASSIVE mode, {family}: the server listens, the client connects.")
        }
        DataMode::Active => {
            format!("ACTIVE mode, {family}: the client listens, the server connects.")
        }
    };
    let (control_from, control_to) = (client.port(), server.port());
    let data_step = match visit.mode {
        DataMode::Passive => Arrow::Right {
            label: "connects: the data connection".into(),
            at_client: format!("port {data_client}"),
            at_server: format!("port {data_server} *"),
        },
        DataMode::Active => Arrow::Left {
            label: "connects: the data connection".into(),
            at_client: format!("port {data_client} *"),
            at_server: format!("port {data_server}"),
        },
    };
    let control_right = |label: String| Arrow::Right {
        label,
        at_client: format!("port {control_from}"),
        at_server: format!("port {control_to}"),
    };
    let steps = [
        control_right("connects: the control connection".into()),
        control_right(visit.asked.clone()),
        Arrow::Left {
            label: shortened(&visit.answered),
            at_client: format!("port {control_from}"),
            at_server: format!("port {control_to}"),
        },
        data_step,
    ];
    let mut lines = vec![
        title,
        format!(
            "     {:<SIDE$} {:^WIDTH$} {}",
            format!("client {}", client.ip()),
            "",
            format_args!("server {}", server.ip()),
        ),
    ];
    for (n, step) in steps.iter().enumerate() {
        lines.push(format!("  {}  {}", n + 1, step.line()));
    }
    lines.push(String::from("     * listens for the data connection"));
    lines.join("\n")
}

/// Columns of the client's side.
const SIDE: usize = 14;
/// Columns between the two sides.
const WIDTH: usize = 52;

/// One step between the client on the left and the server on the right.
enum Arrow {
    Right {
        label: String,
        at_client: String,
        at_server: String,
    },
    Left {
        label: String,
        at_client: String,
        at_server: String,
    },
}

impl Arrow {
    fn line(&self) -> String {
        match self {
            Self::Right {
                label,
                at_client,
                at_server,
            } => {
                let shaft = shaft(label, WIDTH - 1);
                format!("{at_client:<SIDE$} {shaft}▶ {at_server}")
            }
            Self::Left {
                label,
                at_client,
                at_server,
            } => {
                let shaft = shaft(label, WIDTH - 1);
                format!("{at_client:<SIDE$} ◀{shaft} {at_server}")
            }
        }
    }
}

fn shaft(label: &str, width: usize) -> String {
    let used = label.chars().count() + 5;
    format!(
        "── {label} ──{}",
        "─".repeat(width.saturating_sub(used + 1))
    )
}

/// A reply as far as it fits.
fn shortened(reply: &str) -> String {
    const LONGEST: usize = 46;
    if reply.chars().count() <= LONGEST {
        return reply.to_owned();
    }
    let cut: String = reply.chars().take(LONGEST - 3).collect();
    format!("{cut}...")
}
