//! STRU R in MODE S: records end in a control code of two bytes (RFC 959 §3.4.1).

use super::Fault;
use super::mode::Advance;
use super::room::{Room, skip};
use super::text::ToFile;

const ESCAPE: u8 = 0xff;
const END_OF_RECORD: u8 = 1;
const END_OF_FILE: u8 = 2;
const BOTH: u8 = END_OF_RECORD | END_OF_FILE;

#[derive(Clone, Debug, Default)]
pub(super) struct RecordEncoder {
    is_finished: bool,
}

impl RecordEncoder {
    pub(super) fn data(&mut self, bytes: &[u8], room: &mut Room<'_>) -> usize {
        if bytes.first() == Some(&ESCAPE) {
            return usize::from(room.put(&[ESCAPE, ESCAPE]));
        }
        let near = bytes.get(..room.len()).unwrap_or(bytes);
        let length = near.iter().position(|&b| b == ESCAPE);
        room.copy(near.get(..length.unwrap_or(near.len())).unwrap_or(near))
    }

    pub(super) fn end_of_record(&mut self, room: &mut Room<'_>) -> bool {
        room.put(&[ESCAPE, END_OF_RECORD])
    }

    pub(super) fn finish(&mut self, room: &mut Room<'_>) -> bool {
        self.is_finished = self.is_finished || room.put(&[ESCAPE, END_OF_FILE]);
        self.is_finished
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct RecordDecoder {
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Data,
    /// The first byte of a control code was read.
    Escape,
    /// A record has ended; whether the file ends with it.
    EndOfRecord {
        is_last: bool,
    },
    Ended,
}

impl RecordDecoder {
    pub(super) fn advance(
        &mut self,
        rest: &mut &[u8],
        file: &mut ToFile,
        room: &mut Room<'_>,
    ) -> Result<Advance, Fault> {
        match self.state {
            State::Data => {
                let Some(&first) = rest.first() else {
                    return Ok(Advance::Nothing);
                };
                if first == ESCAPE {
                    skip(rest, 1);
                    self.state = State::Escape;
                    return Ok(Advance::Further);
                }
                let near = rest.get(..room.len()).unwrap_or(rest);
                let length = near.iter().position(|&b| b == ESCAPE);
                let run = near.get(..length.unwrap_or(near.len())).unwrap_or(near);
                let taken = file.data(run, room);
                skip(rest, taken);
                Ok(Advance::further(taken > 0))
            }
            State::Escape => {
                let Some(&code) = rest.first() else {
                    return Ok(Advance::Nothing);
                };
                self.state = match code {
                    ESCAPE if file.data(&[ESCAPE], room) == 0 => return Ok(Advance::Nothing),
                    ESCAPE => State::Data,
                    END_OF_RECORD => State::EndOfRecord { is_last: false },
                    END_OF_FILE => State::Ended,
                    BOTH => State::EndOfRecord { is_last: true },
                    _ => return Err(Fault::Malformed),
                };
                skip(rest, 1);
                Ok(Advance::Further)
            }
            State::EndOfRecord { is_last } => {
                let is_written = file.end_of_record(room);
                if is_written {
                    self.state = if is_last { State::Ended } else { State::Data };
                }
                Ok(Advance::further(is_written))
            }
            State::Ended => Ok(Advance::Ended),
        }
    }
}
