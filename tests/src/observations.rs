//! What programs were seen to do, as it is committed: `tests/observations/NAME.json`, in which each
//! entry has a name.
//!
//! With `FTP_GOLDEN=write` a test that has observed something anew writes it there; otherwise it
//! compares.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::Trouble;

/// A file of observations, and what is observed now.
#[derive(Debug)]
pub struct Observations {
    path: PathBuf,
    committed: BTreeMap<String, Value>,
    fresh: Mutex<BTreeMap<String, Value>>,
}

impl Observations {
    /// Those in `tests/observations/NAME.json`; none if there is no such file.
    ///
    /// # Errors
    /// `Failed` when it cannot be read as what it should be.
    pub fn open(name: &str) -> Result<Self, Trouble> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("observations")
            .join(format!("{name}.json"));
        let committed = match fs::read(&path) {
            Ok(text) => match serde_json::from_slice(&text).map_err(Trouble::failed)? {
                Value::Object(entries) => entries.into_iter().collect(),
                _ => {
                    return Err(Trouble::failed(format_args!(
                        "{}: no object",
                        path.display()
                    )));
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            path,
            committed,
            fresh: Mutex::default(),
        })
    }

    /// What is committed under a name.
    ///
    /// # Errors
    /// `Failed` when there is nothing.
    pub fn committed(&self, name: &str) -> Result<&Value, Trouble> {
        self.committed
            .get(name)
            .ok_or_else(|| Trouble::failed(format_args!("{} has no {name}", self.path.display())))
    }

    /// The names of all that is committed.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.committed.keys().map(String::as_str)
    }

    /// Takes what was seen. `alike` takes away what differs from run to run.
    ///
    /// # Errors
    /// `Failed` when it is not what is committed, unless that is to be written.
    pub fn observed(
        &self,
        name: &str,
        seen: Value,
        alike: impl Fn(&Value) -> Value,
    ) -> Result<(), Trouble> {
        if is_to_be_written() {
            self.fresh().insert(name.to_owned(), seen);
            return Ok(());
        }
        let committed = self.committed(name)?;
        match alike(committed) == alike(&seen) {
            true => Ok(()),
            false => Err(Trouble::failed(format_args!(
                "{name}: {} says {committed:#}, seen {seen:#}",
                self.path.display()
            ))),
        }
    }

    /// Writes what was observed in place of what was committed under the same names, if it is to be
    /// written.
    ///
    /// # Errors
    /// `Failed` when it cannot be written.
    pub fn write(&self) -> Result<(), Trouble> {
        let fresh = self.fresh();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut all = self.committed.clone();
        all.extend(fresh.clone());
        let text = format!("{:#}\n", Value::Object(all.into_iter().collect()));
        Ok(fs::write(&self.path, text)?)
    }

    fn fresh(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_to_be_written() -> bool {
    std::env::var_os("FTP_GOLDEN").is_some_and(|value| value == "write")
}
