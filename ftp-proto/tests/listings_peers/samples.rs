//! Random entries, and the lines that the systems would print for them.

use ftp_proto::DateTime;

/// A random entry.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// What is special about it.
    pub(crate) twist: &'static str,
    /// A word in its name by which it is found again.
    pub(crate) mark: String,
    pub(crate) name: String,
    pub(crate) kind: char,
    pub(crate) size: u64,
    pub(crate) at: DateTime,
    /// Whether the time of day is told, where a format leaves it out of old dates.
    pub(crate) recent: bool,
    pub(crate) target: String,
}

impl Sample {
    /// The time as far as it is told.
    pub(crate) fn minutes(&self) -> String {
        let at = self.at;
        let (hour, minute) = if self.recent {
            (at.hour(), at.minute())
        } else {
            (0, 0)
        };
        format!(
            "{:04}{:02}{:02}{hour:02}{minute:02}",
            at.year(),
            at.month(),
            at.day()
        )
    }

    /// The name as the format has it.
    pub(crate) fn name_in(&self, format: &str) -> String {
        match (format, self.kind) {
            ("vms", '-') => format!("{};1", self.name),
            _ => self.name.clone(),
        }
    }
}

/// The word of a name that marks it.
pub(crate) fn mark(name: &str) -> Option<String> {
    let at = name.find("ID")?;
    name.get(at..at + 5).map(str::to_owned)
}

/// Two hundred entries, the same for the same day.
pub(crate) fn samples(format: &str, now: DateTime) -> Vec<Sample> {
    let mut random = Random(0x5eed);
    let twists: Vec<&Twist> = TWISTS
        .iter()
        .filter(|(twist, _)| can_tell(format, twist))
        .collect();
    let sample = |number: usize| {
        let &(twist, template) = twists[number % twists.len()];
        let mark = format!("ID{number:03}");
        let kind = match twist {
            "directory" => 'd',
            "link" => 'l',
            _ => '-',
        };
        // Within four months, or years ago: what is between depends on whose "six months" it is.
        let recent = twist != "old";
        let days = if recent {
            2 + random.below(118)
        } else {
            400 + random.below(9_000)
        };
        let seconds = now.to_unix() - days as i64 * 86_400 - random.below(86_400) as i64;
        let at = DateTime::from_unix(seconds).expect("a real time");
        let size = match twist {
            "huge" => 5_000_000_000 + random.below(1_000_000_000_000),
            _ => random.below(10_000_000),
        };
        Sample {
            twist,
            name: name_of(format, template, &mark),
            mark,
            kind,
            size,
            at: at.at(at.hour(), at.minute(), 0).expect("a real time"),
            recent: recent || !leaves_out_times(format),
            target: if twist == "link" {
                "../where/it leads".into()
            } else {
                String::new()
            },
        }
    };
    (0..200).map(sample).collect()
}

/// A listing of them all.
pub(crate) fn listing(format: &str, samples: &[Sample]) -> String {
    let header = match format {
        "unix" | "netware" => "total 200\r\n",
        "vms" => "Directory DISK$USER:[ALICE]\r\n\r\n",
        "mvs" => "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n",
        _ => "",
    };
    let lines = samples.iter().map(|sample| line(format, sample) + "\r\n");
    header.to_owned() + &lines.collect::<String>()
}

/// The line of one entry.
pub(crate) fn line(format: &str, sample: &Sample) -> String {
    let Sample {
        name,
        kind,
        size,
        at,
        recent,
        ..
    } = sample;
    let is_directory = *kind == 'd';
    let (year, month, day) = (at.year(), at.month(), at.day());
    let (hour, minute) = (at.hour(), at.minute());
    let short = year % 100;
    let english = MONTHS[usize::from(month) - 1];
    let time_or_year = if *recent {
        format!("{hour:02}:{minute:02}")
    } else {
        format!(" {year}")
    };
    let arrow = if *kind == 'l' {
        format!(" -> {}", sample.target)
    } else {
        String::new()
    };
    match format {
        "unix" => {
            let rights = if is_directory {
                "rwxr-xr-x"
            } else {
                "rw-r--r--"
            };
            format!(
                "{kind}{rights}   1 alice    staff    {size:>12} {english} {day:>2} {time_or_year} {name}{arrow}"
            )
        }
        "mac" if is_directory => {
            format!(
                "drwxrwxr-x               folder        2 {english} {day:>2} {time_or_year} {name}"
            )
        }
        "mac" => {
            let (fork, data) = (size / 3, size - size / 3);
            format!(
                "-rw-r--r-- {fork:>11} {data:>8} {size:>8} {english} {day:>2} {time_or_year} {name}"
            )
        }
        "netware" => {
            let kind = if is_directory { 'd' } else { '-' };
            format!("{kind} [RWCEAFMS] alice {size:>20} {english} {day:>2} {time_or_year} {name}")
        }
        "dos" => {
            let half = if hour < 12 { "AM" } else { "PM" };
            let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
            let column = if is_directory {
                "      <DIR>         ".to_owned()
            } else {
                format!("{size:>20}")
            };
            format!("{month:02}-{day:02}-{short:02}  {twelve:02}:{minute:02}{half} {column} {name}")
        }
        "os2" => {
            let mark = if is_directory { "DIR" } else { "   " };
            let since_1900 = year - 1900;
            format!(
                "{size:>18} {mark}  A   {month:02}-{day:02}-{since_1900:02}   {hour:02}:{minute:02}  {name}"
            )
        }
        "eplf" => {
            let facts = if is_directory {
                "/,".to_owned()
            } else {
                format!("r,s{size},")
            };
            format!("+i1.2,m{},{facts}\t{name}", at.to_unix())
        }
        "mlsx" => {
            let kind = if is_directory { "dir" } else { "file" };
            format!(
                "type={kind};size={size};modify={year:04}{month:02}{day:02}{hour:02}{minute:02}00; {name}"
            )
        }
        "vms" => {
            let month = english.to_ascii_uppercase();
            let end = if is_directory { ".DIR;1" } else { ";1" };
            let blocks = size.div_ceil(512);
            format!(
                "{name}{end}      {blocks}/{blocks}     {day:>2}-{month}-{year} {hour:02}:{minute:02}:00  [STAFF,ALICE]   (RWED,RWED,RE,)"
            )
        }
        "os400" => {
            let (kind, slash) = if is_directory {
                ("*DIR", "/")
            } else {
                ("*STMF", "")
            };
            format!(
                "ALICE {size:>15} {short:02}/{month:02}/{day:02} {hour:02}:{minute:02}:00 {kind:<10} {name}{slash}"
            )
        }
        "mvs" => {
            let organisation = if is_directory { "PO" } else { "PS" };
            format!(
                "WYOSPT 3390   {year}/{month:02}/{day:02}  1  200  FB      80  8053  {organisation}  {name}"
            )
        }
        _ => unreachable!("a format without a writer: {format}"),
    }
}

/// Whether a format has words for it.
fn can_tell(format: &str, twist: &str) -> bool {
    match twist {
        "plain" | "directory" | "old" => true,
        "link" => format == "unix",
        "huge" => !matches!(format, "vms" | "mvs" | "mac"),
        _ => !matches!(format, "vms" | "mvs"),
    }
}

fn leaves_out_times(format: &str) -> bool {
    matches!(format, "unix" | "mac" | "netware")
}

fn name_of(format: &str, template: &str, mark: &str) -> String {
    match format {
        "vms" => format!("{mark}_FILE.TXT").replace(
            ".TXT",
            if template == "a directory *" {
                ""
            } else {
                ".TXT"
            },
        ),
        "mvs" => format!("ALICE.{mark}.DATA"),
        _ => template.replace('*', mark),
    }
}

/// What can be special about an entry, and a name with a place for the mark.
type Twist = (&'static str, &'static str);

const TWISTS: &[Twist] = &[
    ("plain", "file-*.txt"),
    ("old", "*.tar.gz"),
    ("directory", "a directory *"),
    ("link", "link *"),
    ("huge", "*.iso"),
    ("leading space", " *.txt"),
    ("trailing space", "*.txt "),
    ("spaces inside", "a  b   *"),
    ("arrow", "from -> to *"),
    ("digits first", "01 1234 *.mp3"),
    ("date inside", "5 Nov 22 10:05 *"),
    ("semicolon", "a;b; *=c"),
    ("brackets", "[*] <DIR>"),
    ("not ASCII", "한글 é *"),
    ("backslash", "a\\b *"),
    ("hidden", ".*"),
];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % bound
    }
}
