//! Lines as commands.

use bytes::Bytes;
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_till1, take_while_m_n};
use nom::character::complete::{
    digit1, satisfy, space0, space1, u8 as decimal_u8, u32 as decimal_u32, u64 as decimal,
};
use nom::combinator::{all_consuming, map, map_opt, opt, recognize, rest, value};
use nom::sequence::{pair, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use super::{
    Argument, Command, CommandError, ExtendedPassive, FileStructure, FormatControl, Password,
    ProtectionLevel, RepresentationType, TransferMode, Verb,
};
use crate::codec::address::EprtError;
use crate::codec::{address, facts};
use crate::contract::Family;
use crate::secret::Secret;

impl Command {
    /// Reads a line without its end. Keywords in any case; X- aliases become the plain command.
    ///
    /// One space ends the verb, and all behind it is the argument: spaces that a name begins or
    /// ends with stay.
    ///
    /// # Errors
    /// A [`CommandError`], each kind of which is one reply code.
    pub fn decode(line: &Bytes) -> Result<Self, CommandError> {
        if line.contains(&0) {
            return Err(CommandError::Nul);
        }
        let Ok((_, (verb, argument))) = verb_and_argument(line) else {
            return Err(CommandError::NoVerb);
        };
        if line.iter().any(|b| matches!(b, b'\r' | b'\n')) {
            return Err(bad("a command", "text without CR and LF"));
        }
        // What stood behind the space; a space alone is as good as none.
        let argument = argument
            .filter(|argument| !argument.is_empty())
            .map_or_else(Bytes::new, |argument| line.slice_ref(argument));
        let mut upper = [0; Verb::LONGEST];
        for (to, from) in upper.iter_mut().zip(verb) {
            *to = from.to_ascii_uppercase();
        }
        let known = upper.get(..verb.len()).unwrap_or_default();

        Ok(match known {
            b"USER" => Self::User(needed("USER", argument, "a user name")?),
            b"PASS" => Self::Pass(
                Password::new(argument).map_err(|_| bad("PASS", "text without CR and LF"))?,
            ),
            b"ACCT" => Self::Acct(Secret::new(needed("ACCT", argument, "an account")?)),
            b"CWD" | b"XCWD" => Self::Cwd(needed("CWD", argument, PATH)?),
            b"CDUP" | b"XCUP" => none("CDUP", &argument, Self::Cdup)?,
            b"SMNT" => Self::Smnt(needed("SMNT", argument, PATH)?),
            b"REIN" => none("REIN", &argument, Self::Rein)?,
            b"QUIT" => none("QUIT", &argument, Self::Quit)?,
            b"PORT" => Self::Port(
                address::read_port(&argument).map_err(|_| bad("PORT", "h1,h2,h3,h4,p1,p2"))?,
            ),
            b"PASV" => none("PASV", &argument, Self::Pasv)?,
            b"TYPE" => Self::Type(parameter("TYPE", &argument, representation_type)?),
            b"STRU" => Self::Stru(parameter("STRU", &argument, file_structure)?),
            b"MODE" => Self::Mode(parameter("MODE", &argument, transfer_mode)?),
            b"RETR" => Self::Retr(needed("RETR", argument, PATH)?),
            b"STOR" => Self::Stor(needed("STOR", argument, PATH)?),
            b"STOU" => Self::Stou(optional("STOU", argument)?),
            b"APPE" => Self::Appe(needed("APPE", argument, PATH)?),
            b"ALLO" => {
                let (size, record) = numbers("ALLO", &argument, "n or n R m", allocation)?;
                Self::Allo { size, record }
            }
            b"REST" => Self::Rest(numbers("REST", &argument, "a number of bytes", decimal)?),
            b"RNFR" => Self::Rnfr(needed("RNFR", argument, PATH)?),
            b"RNTO" => Self::Rnto(needed("RNTO", argument, PATH)?),
            b"ABOR" => none("ABOR", &argument, Self::Abor)?,
            b"DELE" => Self::Dele(needed("DELE", argument, PATH)?),
            b"RMD" | b"XRMD" => Self::Rmd(needed("RMD", argument, PATH)?),
            b"MKD" | b"XMKD" => Self::Mkd(needed("MKD", argument, PATH)?),
            b"PWD" | b"XPWD" => none("PWD", &argument, Self::Pwd)?,
            b"LIST" => Self::List(optional("LIST", argument)?),
            b"NLST" => Self::Nlst(optional("NLST", argument)?),
            b"SITE" => Self::Site(needed("SITE", argument, "a command")?),
            b"SYST" => none("SYST", &argument, Self::Syst)?,
            b"STAT" => Self::Stat(optional("STAT", argument)?),
            b"HELP" => Self::Help(optional("HELP", argument)?),
            b"NOOP" => none("NOOP", &argument, Self::Noop)?,
            b"FEAT" => none("FEAT", &argument, Self::Feat)?,
            b"OPTS" => options(&argument)?,
            b"EPRT" => Self::Eprt(address::read_eprt(&argument).map_err(|e| match e {
                EprtError::Family(_) => CommandError::UnknownFamily { verb: "EPRT" },
                EprtError::Decode(_) => bad("EPRT", "|1|host|port| or |2|host|port|"),
            })?),
            b"EPSV" => Self::Epsv(extended_passive(&argument)?),
            b"MDTM" => Self::Mdtm(needed("MDTM", argument, PATH)?),
            b"MFMT" => modify_time(&argument)?,
            b"SIZE" => Self::Size(needed("SIZE", argument, PATH)?),
            b"MLST" => Self::Mlst(optional("MLST", argument)?),
            b"MLSD" => Self::Mlsd(optional("MLSD", argument)?),
            b"AUTH" => Self::Auth(needed("AUTH", argument, "a mechanism")?),
            b"PBSZ" => Self::Pbsz(numbers(
                "PBSZ",
                &argument,
                "a number of bytes",
                decimal_u32,
            )?),
            b"PROT" => Self::Prot(parameter("PROT", &argument, protection_level)?),
            b"CCC" => none("CCC", &argument, Self::Ccc)?,
            _ => Self::Other {
                verb: Verb::new(line.slice_ref(verb)).map_err(|_| CommandError::NoVerb)?,
                argument: optional("a command", argument)?,
            },
        })
    }
}

const PATH: &str = "a path";

/// A word, and what stands behind the one space after it.
type WordAndRest<'a> = (&'a [u8], Option<&'a [u8]>);

/// A verb, and what stands behind the one space after it.
fn verb_and_argument(line: &[u8]) -> IResult<&[u8], WordAndRest<'_>> {
    let letter = satisfy(|c| c.is_ascii_alphabetic());
    let others = take_while_m_n(Verb::SHORTEST - 1, Verb::LONGEST - 1, |b: u8| {
        b.is_ascii_alphanumeric()
    });
    let verb = recognize(pair(letter, others));
    all_consuming((verb, opt(preceded(tag(" "), rest)))).parse(line)
}

const fn bad(verb: &'static str, expected: &'static str) -> CommandError {
    CommandError::BadArgument { verb, expected }
}

fn none(verb: &'static str, argument: &[u8], command: Command) -> Result<Command, CommandError> {
    if argument.iter().all(|&b| b == b' ') {
        Ok(command)
    } else {
        Err(bad(verb, "no argument"))
    }
}

fn needed(
    verb: &'static str,
    argument: Bytes,
    expected: &'static str,
) -> Result<Argument, CommandError> {
    Argument::new(argument).map_err(|_| bad(verb, expected))
}

fn optional(verb: &'static str, argument: Bytes) -> Result<Option<Argument>, CommandError> {
    if argument.is_empty() {
        Ok(None)
    } else {
        needed(verb, argument, "text without CR and LF").map(Some)
    }
}

/// Runs a grammar over all of the argument but spaces at its end.
fn run<'a, T>(
    argument: &'a [u8],
    grammar: impl FnMut(&'a [u8]) -> IResult<&'a [u8], T>,
) -> Option<T> {
    let (_, value) = all_consuming(terminated(grammar, space0))
        .parse(argument)
        .ok()?;
    Some(value)
}

fn numbers<'a, T>(
    verb: &'static str,
    argument: &'a [u8],
    expected: &'static str,
    grammar: impl FnMut(&'a [u8]) -> IResult<&'a [u8], T>,
) -> Result<T, CommandError> {
    run(argument, grammar).ok_or_else(|| bad(verb, expected))
}

/// A parameter of letters: `None` from the grammar is a value that no RFC knows.
fn parameter<'a, T>(
    verb: &'static str,
    argument: &'a [u8],
    grammar: impl FnMut(&'a [u8]) -> IResult<&'a [u8], Option<T>>,
) -> Result<T, CommandError> {
    match run(argument, grammar) {
        Some(Some(value)) => Ok(value),
        Some(None) => Err(CommandError::UnknownParameter { verb }),
        None => Err(bad(verb, "a letter")),
    }
}

/// A letter in upper case.
fn letter(input: &[u8]) -> IResult<&[u8], char> {
    map(satisfy(|c| c.is_ascii_alphabetic()), |c| {
        c.to_ascii_uppercase()
    })
    .parse(input)
}

fn representation_type(input: &[u8]) -> IResult<&[u8], Option<RepresentationType>> {
    let (behind, code) = letter(input)?;
    match code {
        'A' => map(format_control, |f| f.map(RepresentationType::Ascii)).parse(behind),
        'E' => map(format_control, |f| f.map(RepresentationType::Ebcdic)).parse(behind),
        'I' => Ok((behind, Some(RepresentationType::Image))),
        'L' => preceded(
            space0,
            alt((
                map(decimal_u8, |bits| Some(RepresentationType::Local(bits))),
                value(None, digit1),
            )),
        )
        .parse(behind),
        _ => Ok((behind, None)),
    }
}

fn format_control(input: &[u8]) -> IResult<&[u8], Option<FormatControl>> {
    let code = opt(preceded(space1, letter));
    map(code, |code| match code {
        None | Some('N') => Some(FormatControl::NonPrint),
        Some('T') => Some(FormatControl::Telnet),
        Some('C') => Some(FormatControl::CarriageControl),
        Some(_) => None,
    })
    .parse(input)
}

fn file_structure(input: &[u8]) -> IResult<&[u8], Option<FileStructure>> {
    map(letter, |code| match code {
        'F' => Some(FileStructure::File),
        'R' => Some(FileStructure::Record),
        'P' => Some(FileStructure::Page),
        _ => None,
    })
    .parse(input)
}

fn transfer_mode(input: &[u8]) -> IResult<&[u8], Option<TransferMode>> {
    map(letter, |code| match code {
        'S' => Some(TransferMode::Stream),
        'B' => Some(TransferMode::Block),
        'C' => Some(TransferMode::Compressed),
        'Z' => Some(TransferMode::Deflate),
        _ => None,
    })
    .parse(input)
}

fn protection_level(input: &[u8]) -> IResult<&[u8], Option<ProtectionLevel>> {
    map(letter, |code| match code {
        'C' => Some(ProtectionLevel::Clear),
        'S' => Some(ProtectionLevel::Safe),
        'E' => Some(ProtectionLevel::Confidential),
        'P' => Some(ProtectionLevel::Private),
        _ => None,
    })
    .parse(input)
}

fn allocation(input: &[u8]) -> IResult<&[u8], (u64, Option<u64>)> {
    let record = preceded((space1, tag_no_case("R"), space1), decimal);
    pair(decimal, opt(record)).parse(input)
}

/// `ALL`, a number, or nothing; `None` for a number that is no family.
fn extended_passive(argument: &[u8]) -> Result<ExtendedPassive, CommandError> {
    let number = map(digit1, |digits: &[u8]| match digits {
        b"1" => Some(ExtendedPassive::Family(Family::V4)),
        b"2" => Some(ExtendedPassive::Family(Family::V6)),
        _ => None,
    });
    let all = value(Some(ExtendedPassive::All), tag_no_case("ALL"));
    let mut grammar = map(opt(alt((all, number))), |found| {
        found.unwrap_or(Some(ExtendedPassive::Any))
    });
    run(argument, |input| grammar.parse(input))
        .ok_or_else(|| bad("EPSV", "1, 2, ALL or nothing"))?
        .ok_or(CommandError::UnknownFamily { verb: "EPSV" })
}

/// RFC 2389 §4: the feature's name ends at the first space.
fn options(argument: &Bytes) -> Result<Command, CommandError> {
    let missing = || bad("OPTS", "the name of a feature");
    let word = take_till1(|b| b == b' ');
    let mut grammar = pair(word, opt(preceded(tag(" "), rest)));
    let parsed: IResult<&[u8], WordAndRest<'_>> = grammar.parse(argument);
    let (_, (feature, parameters)) = parsed.map_err(|_| missing())?;
    let parameters = parameters.unwrap_or_default();
    Ok(Command::Opts {
        feature: needed("OPTS", argument.slice_ref(feature), "the name of a feature")?,
        parameters: optional("OPTS", argument.slice_ref(parameters))?,
    })
}

/// draft-somers-ftp-mfxx §3.1: a time, one space, a path.
fn modify_time(argument: &Bytes) -> Result<Command, CommandError> {
    let malformed = || bad("MFMT", "YYYYMMDDHHMMSS and a path");
    let time = map_opt(take_till1(|b| b == b' '), |text| {
        facts::read_time(text).ok()
    });
    let mut grammar = separated_pair(time, tag(" "), rest);
    let parsed: IResult<&[u8], _> = grammar.parse(argument);
    let (_, (time, path)) = parsed.map_err(|_| malformed())?;
    let path = Argument::new(argument.slice_ref(path)).map_err(|_| malformed())?;
    Ok(Command::Mfmt { time, path })
}
