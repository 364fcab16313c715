//! Which format a listing has.

use bytes::Bytes;

use crate::listing::Told;
use crate::listing::format::{self, Context, Format, Memory, Reading};
use crate::listing::read::{ListingOptions, Shape};

/// Reads lines in the format that they are found to have; the first that knows a line as its own
/// is kept.
#[derive(Debug)]
pub(super) struct Detector {
    context: Context,
    /// The reply to SYST.
    system: Bytes,
    format: Option<&'static Format>,
    memory: Memory,
}

impl Detector {
    pub(super) fn new(options: &ListingOptions) -> Self {
        Self {
            context: Context::new(options.now, options.zone),
            system: options.system.clone(),
            format: match options.shape {
                Shape::Lines => None,
                Shape::Machine => Some(&format::MACHINE),
                Shape::Names => Some(&format::NAMES),
            },
            memory: Memory::default(),
        }
    }

    /// What a line is; it tells what is told then, which nothing was before.
    #[inline]
    pub(super) fn read(&mut self, line: &[u8], told: &mut Told) -> Reading {
        match self.format {
            Some(format) => (format.read)(line, &mut self.memory, &self.context, told),
            None => self.detect(line, told),
        }
    }

    /// Reads the first line of an entry whose second never came; says whether it is an entry.
    pub(super) fn read_alone(&self, half: &[u8], told: &mut Told) {
        if let Some(alone) = self.format.and_then(|format| format.alone) {
            alone(half, told);
        }
    }

    pub(super) fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }

    pub(super) fn format(&self) -> Option<&'static str> {
        self.format.map(|format| format.name)
    }

    /// Tries the formats, first those of the server's system.
    fn detect(&mut self, line: &[u8], told: &mut Told) -> Reading {
        if line.trim_ascii().is_empty() {
            return Reading::Nothing;
        }
        for of_the_system in [true, false] {
            for format in format::FORMATS {
                if format.is_of(&self.system) != of_the_system {
                    continue;
                }
                let mut memory = Memory::default();
                match (format.read)(line, &mut memory, &self.context, told) {
                    Reading::Foreign => *told = Told::default(),
                    Reading::Nothing => return Reading::Nothing,
                    reading => {
                        self.format = Some(format);
                        self.memory = memory;
                        return reading;
                    }
                }
            }
        }
        Reading::Foreign
    }
}
