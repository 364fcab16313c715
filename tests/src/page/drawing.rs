//! A visit as a drawing: the hosts as upright lines, what they do from top to bottom.

use std::fmt::Write as _;

use serde_json::Value;

/// The drawing of a scene, in SVG.
pub(super) fn of(scene: &Value) -> String {
    let mut drawing = Drawing {
        body: String::new(),
        y: TOP,
        gates: [
            gate(&scene["client"]).then_some(NEAR),
            gate(&scene["server"]).then_some(FAR),
        ],
        before: match scene["tls"] == true {
            true => "greeting",
            false => "greeting and login",
        },
    };
    for step in shown(scene) {
        drawing.step(&step);
    }
    drawing.finish(scene)
}

/// A step as it is drawn.
enum Step<'a> {
    Opens(&'a Value, Purpose),
    Says(&'a Value),
    /// What is said before it comes to data.
    Login,
    Hidden,
    Data,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Control,
    Data,
}

/// From what is said of the data connection up to its end.
fn shown(scene: &Value) -> Vec<Step<'_>> {
    let way = scene["way"].as_str().unwrap_or_default();
    let first = if scene["tls"] == true { "AUTH" } else { way };
    let mut steps = Vec::new();
    let mut has_begun = false;
    for step in list(&scene["steps"]) {
        let verb = text(&step["sent"]).split(' ').next().unwrap_or_default();
        match text(&step["step"]) {
            "opens" => {
                let purpose = match steps.is_empty() {
                    true => Purpose::Control,
                    false => Purpose::Data,
                };
                steps.push(Step::Opens(step, purpose));
            }
            "says" if matches!(verb, "QUIT" | "ABOR") => break,
            "says" if has_begun || verb == first => {
                has_begun = true;
                steps.push(Step::Says(step));
            }
            "says" => match steps.last() {
                Some(Step::Login) => {}
                _ => steps.push(Step::Login),
            },
            "hidden" if scene["tls"] == true => steps.push(Step::Hidden),
            "data" => steps.push(Step::Data),
            _ => {}
        }
    }
    steps
}

struct Drawing {
    body: String,
    y: u32,
    /// Where something stands before the client and before the server.
    gates: [Option<u32>; 2],
    /// What comes before the steps that are drawn one by one.
    before: &'static str,
}

impl Drawing {
    fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Opens(step, purpose) => self.opens(step, *purpose),
            Step::Says(step) => self.says(step),
            Step::Login => {
                self.y += 26;
                self.label(MIDDLE, self.y, "middle", "aside", self.before);
                self.y += 10;
            }
            Step::Hidden => {
                self.y += 14;
                let (y, width) = (self.y, SERVER - CLIENT);
                self.put(format_args!(
                    "<rect class=\"hidden\" x=\"{CLIENT}\" y=\"{y}\" width=\"{width}\" height=\"26\"/>"
                ));
                let says = "TLS: nobody between can read what is said";
                self.label(MIDDLE, y + 18, "middle", "aside", says);
                self.y += 30;
            }
            Step::Data => {
                self.y += 40;
                self.arrow(SERVER, CLIENT, "data", "bold data");
                self.label(MIDDLE, self.y - 9, "middle", "data", "the listing");
            }
        }
    }

    fn says(&mut self, step: &Value) {
        self.y += 38;
        let (sent, arrived) = (text(&step["sent"]), text(&step["arrived"]));
        let by_client = step["by"] == "client";
        let (from, to) = if by_client {
            (CLIENT, SERVER)
        } else {
            (SERVER, CLIENT)
        };
        let is_refusal = !by_client && sent.starts_with(['4', '5']);
        let color = if is_refusal { "trouble" } else { "control" };
        self.arrow(from, to, color, color);
        let y = self.y - 7;
        if sent == arrived {
            let class = if is_refusal { "code refusal" } else { "code" };
            self.label(MIDDLE, y, "middle", class, sent);
            return;
        }
        // It is rewritten at the sender's gate: that is where the address is translated.
        let gate = if by_client { NEAR } else { FAR };
        self.label(u32::midpoint(from, gate), y, "middle", "code", sent);
        self.label(
            u32::midpoint(gate, to),
            y,
            "middle",
            "code changed",
            arrived,
        );
    }

    fn opens(&mut self, step: &Value, purpose: Purpose) {
        self.y += 48;
        let by_client = step["by"] == "client";
        let [own, other] = match by_client {
            true => [&step["at client"], &step["at server"]],
            false => [&step["at server"], &step["at client"]],
        };
        let (from, to) = if by_client {
            (CLIENT, SERVER)
        } else {
            (SERVER, CLIENT)
        };
        let (color, what) = match purpose {
            Purpose::Control => ("control", "opens the control connection"),
            Purpose::Data => ("data", "opens the data connection"),
        };
        let who = if by_client {
            "the client"
        } else {
            "the server"
        };
        let says = format!("{who} {what}");
        let y = self.y;
        let [at_start, at_end] = if by_client {
            ["start", "end"]
        } else {
            ["end", "start"]
        };
        let near = |x: u32, inwards: bool| match inwards == by_client {
            true => x + 10,
            false => x - 10,
        };
        self.label(
            near(from, true),
            y + 16,
            at_start,
            "place",
            text(&own["from"]),
        );
        if other.is_object() {
            self.arrow(from, to, color, &format!("bold {color}"));
            self.label(MIDDLE, y - 9, "middle", color, &says);
            self.label(near(to, false), y + 16, at_end, "place", text(&other["to"]));
            let [sender, receiver] = if by_client { [NEAR, FAR] } else { [FAR, NEAR] };
            if own["from"] != other["from"] {
                let seen = format!("from {}", text(&other["from"]));
                self.label(near(sender, true), y + 16, at_start, "place changed", &seen);
            }
            if own["to"] != other["to"] {
                let meant = format!("to {}", text(&own["to"]));
                self.label(
                    near(receiver, false),
                    y + 16,
                    at_end,
                    "place changed",
                    &meant,
                );
            }
        } else {
            let passed = match by_client {
                true => step["at the server's gate"] == true,
                false => step["at the client's gate"] != true,
            };
            let stop = if passed { FAR } else { NEAR };
            self.arrow(from, near(stop, false), "trouble", "bold trouble");
            self.label(u32::midpoint(from, stop), y - 9, "middle", "trouble", &says);
            let meant = format!("to {}", text(&own["to"]));
            self.label(near(stop, false), y + 16, at_end, "place", &meant);
            let end = match text(&step["answer"]) {
                "refused" => "refused at once",
                _ => "dropped: no answer",
            };
            self.cross(stop);
            self.label(
                near(stop, true),
                y + 5,
                at_start,
                "trouble",
                &format!("  {end}"),
            );
        }
        self.y += 14;
    }

    fn cross(&mut self, x: u32) {
        let (left, right, top, bottom) = (x - 8, x + 8, self.y - 8, self.y + 8);
        self.put(format_args!(
            "<path class=\"cross\" d=\"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}\"/>"
        ));
    }

    fn arrow(&mut self, from: u32, to: u32, head: &str, class: &str) {
        // The head ends at the line that it points to.
        let end = if from < to { to - 9 } else { to + 9 };
        let y = self.y;
        self.put(format_args!(
            "<path class=\"arrow {class}\" d=\"M{from} {y}H{end}\" marker-end=\"url(#{head})\"/>"
        ));
    }

    fn label(&mut self, x: u32, y: u32, anchor: &str, class: &str, says: &str) {
        let says = escaped(says.trim());
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{says}</text>"
        ));
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.body, "{element}");
    }

    /// The hosts, behind the steps.
    fn finish(self, scene: &Value) -> String {
        let bottom = self.y + 26;
        let height = bottom + 10;
        let mut hosts = Self {
            body: String::new(),
            y: 0,
            gates: self.gates,
            before: self.before,
        };
        for (x, name) in [(CLIENT, "client"), (SERVER, "server")] {
            hosts.put(format_args!(
                "<path class=\"host\" d=\"M{x} 66V{bottom}\"/>\n\
                 <rect class=\"box\" x=\"{left}\" y=\"14\" width=\"180\" height=\"52\" rx=\"6\"/>",
                left = x - 90
            ));
            hosts.label(x, 36, "middle", "name", name);
            hosts.label(x, 55, "middle", "code", text(&scene[name]["address"]));
        }
        for (x, name) in [(self.gates[0], "client"), (self.gates[1], "server")] {
            let Some(x) = x else { continue };
            let place = &scene[name];
            hosts.put(format_args!(
                "<rect class=\"gate\" x=\"{left}\" y=\"66\" width=\"8\" height=\"{length}\"/>\n\
                 <rect class=\"gatebox\" x=\"{box_left}\" y=\"14\" width=\"180\" height=\"52\" rx=\"6\"/>",
                left = x - 4,
                length = bottom - 66,
                box_left = x - 90
            ));
            let translates = place["nat"] != "absent";
            let what = if translates { "NAT" } else { "firewall" };
            let besides = match (place["helper"] == true, text(&place["nat"])) {
                (true, _) => ", FTP helper",
                (false, "forwarding") => ", ports forwarded",
                (false, _) => "",
            };
            hosts.label(x, 36, "middle", "name", &format!("{what}{besides}"));
            match translates {
                true => hosts.label(x, 55, "middle", "code", text(&place["outside"])),
                false => hosts.label(x, 55, "middle", "aside", "drops the rest"),
            }
        }
        let title = escaped(&format!(
            "{}, {}{}",
            text(&scene["network"]),
            text(&scene["way"]),
            if scene["tls"] == true {
                " under TLS"
            } else {
                ""
            }
        ));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n<defs>{heads}</defs>\n\
             <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n{}{}</svg>\n",
            hosts.body,
            self.body,
            heads = heads(),
        )
    }
}

fn heads() -> String {
    ["control", "data", "trouble"]
        .iter()
        .map(|name| {
            format!(
                "<marker id=\"{name}\" markerWidth=\"10\" markerHeight=\"10\" refX=\"1\" refY=\"5\" \
                 orient=\"auto\" markerUnits=\"userSpaceOnUse\">\
                 <path class=\"head {name}\" d=\"M0 0L10 5L0 10z\"/></marker>"
            )
        })
        .collect()
}

fn gate(place: &Value) -> bool {
    place["firewall"] == true || place["nat"] != "absent"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

const WIDTH: u32 = 960;
const TOP: u32 = 66;
const CLIENT: u32 = 110;
const NEAR: u32 = 350;
const FAR: u32 = 610;
const SERVER: u32 = 850;
const MIDDLE: u32 = 480;

/// Text has a rim of the ground's colour, so that lines behind it do not disturb.
const STYLE: &str = "\
.ground{fill:#fff}\
text{font:14px sans-serif;fill:#222;stroke:#fff;stroke-width:4px;paint-order:stroke;stroke-linejoin:round}\
.name{font-weight:bold;font-size:15px}\
.code{font:13px monospace}\
.place{font:12px monospace;fill:#555}\
.aside{font-size:13px;font-style:italic;fill:#666}\
.box{fill:#eef3f9;stroke:#1f4e79}\
.gatebox{fill:#f8efdc;stroke:#8a6d3b}\
.box~text,.gatebox~text{stroke:none}\
.host{stroke:#1f4e79;stroke-width:2}\
.gate{fill:#d9c08c}\
.hidden{fill:#ddd;stroke:#999}\
.arrow{fill:none;stroke-width:1.5}\
.bold{stroke-width:3}\
.control{stroke:#1f5fa8}\
.data{stroke:#1b7f4b}\
.trouble{stroke:#b3261e}\
.head.control{fill:#1f5fa8;stroke:none}\
.head.data{fill:#1b7f4b;stroke:none}\
.head.trouble{fill:#b3261e;stroke:none}\
text.control{fill:#1f5fa8;stroke:#fff}\
text.data{fill:#1b7f4b;stroke:#fff}\
text.trouble{fill:#b3261e;stroke:#fff}\
text.refusal{fill:#b3261e}\
text.changed{fill:#9a3412;font-weight:bold}\
.cross{stroke:#b3261e;stroke-width:4;fill:none}";
