//! Makes the drawings and tables of `docs/active-and-passive.md` from the committed observations.

use std::fs;
use std::process::ExitCode;

use ftp_tests::{Trouble, page};

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble:?}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Trouble> {
    for (path, content) in page::made()? {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}
