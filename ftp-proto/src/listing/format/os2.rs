//! OS/2: `  1234      A    11-22-126  14:05  name`. Three digits of a year count from 1900.

use super::date::{NumericDay, Order, Time};
use super::words::{Words, number};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Kind, Place, Told};

/// Reads a line that begins with a size and attributes.
pub(super) fn read(line: &[u8], _: &mut Memory, context: &Context, told: &mut Told) -> Reading {
    Reading::of(fill(line, context, told))
}

fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    let size = number(words.next())?;
    let mut kind = Kind::File;
    let mut word = words.next();
    // The mark of a directory, and one word of attributes or several.
    for _ in 0..5 {
        match word {
            b"DIR" => kind = Kind::Directory,
            [_, ..] if word.iter().all(|b| b"ARHS".contains(b)) => {}
            _ => break,
        }
        word = words.next();
    }
    let date = NumericDay::read(word, Order::MonthDayYear, context)?;
    let time = Time::of_words(&mut words)?;
    let at = time.of(date.day)?;
    words.skip_doubled_blank();
    let name = words.rest()?;
    let is_directory = kind == Kind::Directory;
    *told = Told {
        name: Place::of(name, line),
        kind: if is_directory {
            unix::directory(name)
        } else {
            kind
        },
        size: (!is_directory).then_some(size),
        modified: Some(context.modified(at, time.precision())),
        ..Told::default()
    };
    Some(())
}
