//! Programs in C and C++ over libftpproto: compiled in several ways, and run.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::library::{self, Linking};
use crate::{Trouble, programs};

/// How a program is made and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Build {
    /// `gcc` or `clang`.
    pub compiler: &'static str,
    /// How it takes the library in.
    pub linking: Linking,
    /// What looks for faults in it.
    pub watch: Watch,
}

/// What looks for faults in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Watch {
    /// Nothing.
    Nothing,
    /// The compiler's sanitizers of addresses, leaks and undefined behaviour.
    Sanitizers,
    /// valgrind: no memory that is not the program's, and nothing lost.
    Valgrind,
}

impl Build {
    /// Both compilers, shared and static, and each watcher once.
    pub const ALL: [Self; 7] = [
        Self::plain("gcc", Linking::Shared),
        Self::plain("gcc", Linking::Static),
        Self::plain("clang", Linking::Shared),
        Self::plain("clang", Linking::Static),
        Self::watched("gcc", Linking::Static, Watch::Sanitizers),
        Self::watched("clang", Linking::Shared, Watch::Sanitizers),
        Self::watched("gcc", Linking::Shared, Watch::Valgrind),
    ];

    /// The one to be taken where nothing depends on it.
    pub const USUAL: Self = Self::plain("gcc", Linking::Shared);

    const fn plain(compiler: &'static str, linking: Linking) -> Self {
        Self::watched(compiler, linking, Watch::Nothing)
    }

    const fn watched(compiler: &'static str, linking: Linking, watch: Watch) -> Self {
        Self {
            compiler,
            linking,
            watch,
        }
    }

    /// A program made so from a source of the workspace, such as `ftp-ffi/examples/get.c`; once for
    /// each test program. Its arguments are the caller's.
    ///
    /// # Errors
    /// `Missing` where there is no such compiler or no valgrind; `Failed` with what the compiler
    /// said.
    pub fn program(self, source: &str) -> Result<Command, Trouble> {
        let program = self.compiled(source)?;
        let mut command = match self.watch {
            Watch::Valgrind => {
                if std::env::var_os("FTP_FULL").is_none_or(|value| value != "1") {
                    return Err(Trouble::missing("it is slow: FTP_FULL=1 only"));
                }
                let mut command = Command::new(programs::find("valgrind")?);
                command.args([
                    "--quiet",
                    "--error-exitcode=99",
                    "--leak-check=full",
                    "--errors-for-leak-kinds=definite,indirect,possible",
                    "--show-leak-kinds=definite,indirect,possible",
                ]);
                command.arg(program);
                command
            }
            Watch::Nothing | Watch::Sanitizers => Command::new(program),
        };
        command
            .env_remove("ASAN_OPTIONS")
            .env_remove("UBSAN_OPTIONS");
        Ok(command)
    }

    fn compiled(self, source: &str) -> Result<PathBuf, Trouble> {
        type Made = HashMap<(Build, String), PathBuf>;
        static FOLDER: OnceLock<(TempDir, Mutex<Made>)> = OnceLock::new();
        if FOLDER.get().is_none() {
            let folder = (tempfile::tempdir()?, Mutex::default());
            // Another thread may have been first: its folder is as good.
            let _ = FOLDER.set(folder);
        }
        let Some((folder, made)) = FOLDER.get() else {
            return Err(Trouble::failed("no folder for programs"));
        };
        let source_file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(source);
        // Held while it compiles: whoever waits wants the same compiler, and there are few.
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = made.get(&(self, source.to_owned())) {
            return Ok(program.clone());
        }
        let name = source.replace(['/', '.'], "-");
        let program = folder.path().join(format!("{name}-{self}"));
        let mut options = vec!["-pthread"];
        if self.watch == Watch::Sanitizers {
            options.extend(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        }
        library::compile(
            self.compiler,
            &source_file,
            self.linking,
            &options,
            &program,
        )?;
        made.insert((self, source.to_owned()), program.clone());
        Ok(program)
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.compiler, self.linking)?;
        match self.watch {
            Watch::Nothing => Ok(()),
            Watch::Sanitizers => f.write_str("-sanitizers"),
            Watch::Valgrind => f.write_str("-valgrind"),
        }
    }
}
