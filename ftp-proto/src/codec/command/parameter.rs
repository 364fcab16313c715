//! What stands behind a verb, read and written: the ways of text and numbers.

use alloc::vec::Vec;

use bytes::Bytes;
use nom::bytes::complete::{tag, tag_no_case, take_while_m_n};
use nom::character::complete::{satisfy, space0, space1, u32 as decimal_u32, u64 as decimal};
use nom::combinator::{all_consuming, opt, recognize, rest};
use nom::sequence::{pair, preceded, terminated};
use nom::{IResult, Parser};

use super::{Argument, CommandError, Password, Verb};
use crate::codec::facts;
use crate::codec::text::{write_decimal, write_doubled};
use crate::secret::Secret;
use crate::time::DateTime;

/// A value that can stand behind a verb.
pub(super) trait Parameter: Sized {
    /// Reads all of the argument.
    ///
    /// # Errors
    /// It is not such a value.
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError>;

    /// Writes it, with a space before it.
    fn write(&self, out: &mut Output<'_>);
}

/// An argument that is being read.
#[derive(Debug)]
pub(super) struct Input<'a> {
    verb: &'static str,
    expected: &'static str,
    argument: &'a Bytes,
    is_read: bool,
}

impl<'a> Input<'a> {
    pub(super) const fn new(
        verb: &'static str,
        expected: &'static str,
        argument: &'a Bytes,
    ) -> Self {
        Self {
            verb,
            expected,
            argument,
            is_read: false,
        }
    }

    /// The argument, without the space behind the verb.
    pub(super) const fn take(&mut self) -> &'a Bytes {
        self.is_read = true;
        self.argument
    }

    /// Runs a grammar over all of the argument but spaces at its end.
    ///
    /// # Errors
    /// 501: it does not fit.
    pub(super) fn parse<T>(
        &mut self,
        grammar: impl FnMut(&'a [u8]) -> IResult<&'a [u8], T>,
    ) -> Result<T, CommandError> {
        let argument: &'a [u8] = self.take();
        match all_consuming(terminated(grammar, space0)).parse(argument) {
            Ok((_, value)) => Ok(value),
            Err(_) => Err(self.bad()),
        }
    }

    /// The same for a keyword; `None` from the grammar is one that no RFC knows.
    ///
    /// # Errors
    /// 501: it does not fit; 504: it is not known.
    pub(super) fn keyword<T>(
        &mut self,
        grammar: impl FnMut(&'a [u8]) -> IResult<&'a [u8], Option<T>>,
    ) -> Result<T, CommandError> {
        let verb = self.verb;
        self.parse(grammar)?
            .ok_or(CommandError::UnknownParameter { verb })
    }

    /// Nothing but spaces is left unless all was taken.
    ///
    /// # Errors
    /// 501: there is an argument to a command that has none.
    pub(super) fn end(&self) -> Result<(), CommandError> {
        match self.is_read || self.argument.iter().all(|&b| b == b' ') {
            true => Ok(()),
            false => Err(self.bad()),
        }
    }

    /// 501: not what was expected.
    pub(super) const fn bad(&self) -> CommandError {
        CommandError::BadArgument {
            verb: self.verb,
            expected: self.expected,
        }
    }

    /// 521, 522: a family of addresses that is not known.
    pub(super) const fn unknown_family(&self) -> CommandError {
        CommandError::UnknownFamily { verb: self.verb }
    }
}

/// Whom a command is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The peer: byte 255 is doubled.
    Wire,
    /// A log: secrets are hidden.
    Log,
}

/// Where a command is written to.
#[derive(Debug)]
pub(super) struct Output<'a> {
    line: &'a mut Vec<u8>,
    form: Form,
}

impl<'a> Output<'a> {
    pub(super) const fn new(line: &'a mut Vec<u8>, form: Form) -> Self {
        Self { line, form }
    }

    /// A space and these bytes.
    pub(super) fn text(&mut self, bytes: &[u8]) {
        self.line.push(b' ');
        match self.form {
            Form::Wire => write_doubled(self.line, bytes),
            Form::Log => self.line.extend_from_slice(bytes),
        }
    }

    /// The same for what no log shows.
    pub(super) fn secret(&mut self, bytes: &[u8]) {
        match self.form {
            Form::Wire => self.text(bytes),
            Form::Log => self.text(b"****"),
        }
    }

    /// A space and a number.
    pub(super) fn number(&mut self, number: u64) {
        self.with(|line| write_decimal(line, number));
    }

    /// A space and what `write` writes, which holds no byte 255.
    pub(super) fn with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.line.push(b' ');
        write(self.line);
    }
}

/// A line's verb, and what stands behind the one space after it.
pub(super) fn verb_and_argument(line: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let letter = satisfy(|c| c.is_ascii_alphabetic());
    let others = take_while_m_n(Verb::SHORTEST - 1, Verb::LONGEST - 1, |b: u8| {
        b.is_ascii_alphanumeric()
    });
    let verb = recognize(pair(letter, others));
    let parsed: IResult<&[u8], _> =
        all_consuming((verb, opt(preceded(tag(" "), rest)))).parse(line);
    parsed.ok().map(|(_, found)| found)
}

impl Parameter for Argument {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        Self::new(input.take().clone()).map_err(|_| input.bad())
    }

    fn write(&self, out: &mut Output<'_>) {
        out.text(self.as_bytes());
    }
}

impl Parameter for Option<Argument> {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        match input.take().is_empty() {
            true => Ok(None),
            false => Argument::read(input).map(Some),
        }
    }

    fn write(&self, out: &mut Output<'_>) {
        if let Some(argument) = self {
            argument.write(out);
        }
    }
}

impl Parameter for Password {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        Self::new(input.take().clone()).map_err(|_| input.bad())
    }

    fn write(&self, out: &mut Output<'_>) {
        out.secret(self.expose());
    }
}

impl Parameter for Secret<Argument> {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        Argument::read(input).map(Self::new)
    }

    fn write(&self, out: &mut Output<'_>) {
        out.secret(self.expose().as_bytes());
    }
}

impl Parameter for u64 {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        input.parse(decimal)
    }

    fn write(&self, out: &mut Output<'_>) {
        out.number(*self);
    }
}

impl Parameter for u32 {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        input.parse(decimal_u32)
    }

    fn write(&self, out: &mut Output<'_>) {
        out.number((*self).into());
    }
}

/// ALLO: a size, and perhaps that of a record behind `R`.
impl Parameter for (u64, Option<u64>) {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let record = preceded((space1, tag_no_case("R"), space1), decimal);
        let mut grammar = pair(decimal, opt(record));
        input.parse(|argument| grammar.parse(argument))
    }

    fn write(&self, out: &mut Output<'_>) {
        let (size, record) = self;
        out.number(*size);
        if let Some(record) = record {
            out.text(b"R");
            out.number(*record);
        }
    }
}

/// OPTS: the feature's name ends at the first space (RFC 2389 §4).
impl Parameter for (Argument, Option<Argument>) {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let (feature, parameters) = split_word(input.take());
        let feature = Argument::new(feature).map_err(|_| input.bad())?;
        Ok((feature, Argument::new(parameters).ok()))
    }

    fn write(&self, out: &mut Output<'_>) {
        self.0.write(out);
        self.1.write(out);
    }
}

/// MFMT, MFCT: a time, one space, a path (draft-somers-ftp-mfxx §3.1).
impl Parameter for (DateTime, Argument) {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let (time, path) = split_word(input.take());
        let time = facts::read_time(&time).map_err(|_| input.bad())?;
        let path = Argument::new(path).map_err(|_| input.bad())?;
        Ok((time, path))
    }

    fn write(&self, out: &mut Output<'_>) {
        let (time, path) = self;
        out.with(|line| facts::write_time(line, *time));
        path.write(out);
    }
}

/// What stands before the first space, and behind it.
pub(super) fn split_word(text: &Bytes) -> (Bytes, Bytes) {
    match text.iter().position(|&b| b == b' ') {
        Some(space) => (text.slice(..space), text.slice(space + 1..)),
        None => (text.clone(), Bytes::new()),
    }
}
