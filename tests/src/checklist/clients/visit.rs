//! One visit of a client at the scripted server.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};

use tempfile::TempDir;

use crate::Trouble;
use crate::checklist::connection::{Control, End, PATIENCE, accept, content, dial, listen, same};
use crate::checklist::program::{PASSWORD, USER};
use crate::checklist::{Driver, Patience, queues};
use crate::process::Running;

/// Who opens the data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Passive,
    Active,
}

/// What the client is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Put,
}

/// How the data connection will be opened.
#[derive(Debug)]
pub(super) enum Opening {
    Passive(TcpListener),
    Active(SocketAddr),
}

/// A client that has connected.
pub(super) struct Visit {
    pub(super) control: Control,
    /// Replies of the script leave byte by byte.
    pub(super) single_bytes: bool,
    client: Option<Running>,
    verb: Verb,
    uploads: Vec<u8>,
    folder: TempDir,
}

impl Opening {
    /// Where an active client listens.
    pub(super) fn address(&self) -> Result<SocketAddr, Trouble> {
        match self {
            Self::Active(address) => Ok(*address),
            Self::Passive(_) => Err(Trouble::failed("the client opened no listener")),
        }
    }
}

impl Visit {
    /// A client that is to transfer one file, a large one if it uploads.
    pub(super) fn start(
        driver: &Driver,
        mode: Mode,
        verb: Verb,
        patience: Patience,
    ) -> Result<Self, Trouble> {
        let names = [USER, PASSWORD, "remote"];
        let uploads = match verb {
            Verb::Get => Vec::new(),
            Verb::Put => content(UPLOAD),
        };
        Self::of(driver, mode, verb, patience, names, uploads, listen()?)
    }

    /// A client that is to upload this.
    pub(super) fn start_with(driver: &Driver, mode: Mode, uploads: &[u8]) -> Result<Self, Trouble> {
        let names = [USER, PASSWORD, "remote"];
        let usual = Patience::Usual;
        Self::of(
            driver,
            mode,
            Verb::Put,
            usual,
            names,
            uploads.to_vec(),
            listen()?,
        )
    }

    /// A client whose commands are so long that they fill the connection.
    pub(super) fn long_winded(driver: &Driver, patience: Patience) -> Result<Self, Trouble> {
        let listener = listen()?;
        queues::narrow(&listener)?;
        let (login, remote) = ("l".repeat(LOGIN), "l".repeat(LONG));
        let names = [login.as_str(), &login, &remote];
        Self::of(
            driver,
            Mode::Passive,
            Verb::Get,
            patience,
            names,
            Vec::new(),
            listener,
        )
    }

    fn of(
        driver: &Driver,
        mode: Mode,
        verb: Verb,
        patience: Patience,
        [user, password, remote]: [&str; 3],
        uploads: Vec<u8>,
        listener: TcpListener,
    ) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
        let local = folder.path().join(LOCAL);
        if verb == Verb::Put {
            fs::write(&local, &uploads)?;
        }
        let at = listener.local_addr()?;
        let (ip, port) = (at.ip().to_string(), at.port().to_string());
        let errand = [
            ip.as_str(),
            port.as_str(),
            user,
            password,
            match mode {
                Mode::Passive => "passive",
                Mode::Active => "active",
            },
            match verb {
                Verb::Get => "get",
                Verb::Put => "put",
            },
            remote,
            &local.to_string_lossy(),
        ];
        let client = driver.client(&errand, patience, folder.path())?;
        let control = accept(&listener, "the control connection")
            .and_then(Control::new)
            .map_err(|trouble| trouble.with(client.output()))?;
        Ok(Self {
            control,
            single_bytes: false,
            client: Some(client),
            verb,
            uploads,
            folder,
        })
    }

    /// Says a reply, as the script wants it.
    pub(super) fn say(&mut self, reply: &str) -> Result<(), Trouble> {
        match self.single_bytes {
            true => self.control.say_in_bytes(reply),
            false => self.control.say(reply),
        }
    }

    /// Greets, answers the login and whatever else comes, and opens a way for data.
    pub(super) fn opening(&mut self) -> Result<Opening, Trouble> {
        let opening = self.opening_unanswered()?;
        match &opening {
            Opening::Passive(listener) => {
                let port = listener.local_addr()?.port();
                self.say(&format!("229 ok (|||{port}|)\r\n"))?;
            }
            Opening::Active(_) => self.say("200 ok\r\n")?,
        }
        Ok(opening)
    }

    /// The same, but the client's EPSV or EPRT has no reply yet.
    pub(super) fn opening_unanswered(&mut self) -> Result<Opening, Trouble> {
        self.say("220 ready\r\n")?;
        loop {
            let command = self.command()?;
            let (verb, argument) = command.split_once(' ').unwrap_or((&command, ""));
            match verb {
                "EPSV" => return Ok(Opening::Passive(listen()?)),
                "EPRT" => {
                    let mut fields = argument.split('|').skip(2);
                    let ip = fields.next().and_then(|ip| ip.parse().ok());
                    let port = fields.next().and_then(|port| port.parse().ok());
                    let (Some(ip), Some(port)) = (ip, port) else {
                        return Err(Trouble::failed(format_args!(
                            "{command:?} names no address"
                        )));
                    };
                    return Ok(Opening::Active(SocketAddr::new(ip, port)));
                }
                _ => self.answer(verb)?,
            }
        }
    }

    /// Reads until the client asks for the transfer.
    pub(super) fn verb(&mut self) -> Result<(), Trouble> {
        let wanted = match self.verb {
            Verb::Get => "RETR",
            Verb::Put => "STOR",
        };
        loop {
            let command = self.command()?;
            match command.split(' ').next() {
                Some(verb) if verb == wanted => return Ok(()),
                Some(verb) => self.answer(verb)?,
                None => {}
            }
        }
    }

    /// The data connection.
    pub(super) fn data(&mut self, opening: &Opening) -> Result<TcpStream, Trouble> {
        let data = match opening {
            Opening::Passive(listener) => accept(listener, "the data connection"),
            Opening::Active(address) => dial(*address),
        };
        data.map_err(|trouble| self.explained(trouble))
    }

    /// Lets a long-winded client talk until nothing more goes through, and gives the data
    /// connection, which is open by then. Not a byte has been read.
    pub(super) fn block(&mut self) -> Result<TcpStream, Trouble> {
        let (command, type_and_mode) = (LOGIN + "USER \r\n".len(), "TYPE I\r\n".len());
        let data = listen()?;
        let port = data.local_addr()?.port();
        let mut unread = 0;
        for (reply, next) in [
            ("220 ready\r\n", command),
            ("331 and a password\r\n", command),
            ("230 in\r\n", type_and_mode),
            ("200 ok\r\n", "EPSV\r\n".len()),
        ] {
            self.control.say(reply)?;
            unread += next;
            queues::await_unread(&self.control.stream, unread)
                .map_err(|trouble| self.explained(trouble))?;
        }
        self.control.say(format!("229 ok (|||{port}|)\r\n"))?;
        let data = accept(&data, "the data connection")?;
        // Something of RETR, which is never wholly taken.
        queues::await_unread(&self.control.stream, unread + 1)
            .map_err(|trouble| self.explained(trouble))?;
        Ok(data)
    }

    /// Answers what the client still says, and sees that it closes, after 221 if it says QUIT.
    pub(super) fn answer_to_the_end(&mut self) -> Result<(), Trouble> {
        while let Some(line) = self
            .control
            .line()
            .map_err(|trouble| self.explained(trouble))?
        {
            let command = String::from_utf8_lossy(&line).into_owned();
            let is_over = command == "QUIT";
            self.answer(command.split(' ').next().unwrap_or_default())?;
            if is_over {
                let ended = self.control.end();
                return ended.map(drop).map_err(|trouble| self.explained(trouble));
            }
        }
        Ok(())
    }

    /// Nothing but the end is left: the client says QUIT, closes, and its file is this one.
    pub(super) fn ended_well(&mut self, file: &[u8]) -> Result<(), Trouble> {
        self.quit()?;
        let found = fs::read(self.folder.path().join(LOCAL))?;
        same(&found, file)
    }

    /// The same for an upload, of which this came.
    pub(super) fn uploaded(&mut self, found: &[u8], how: End) -> Result<(), Trouble> {
        if how != End::Orderly {
            return self.fails("the upload did not end in order");
        }
        same(found, &self.uploads)?;
        self.quit()
    }

    /// The control connection is over, and the client says by its exit status that it failed.
    pub(super) fn failed(&mut self) -> Result<(), Trouble> {
        self.control
            .end()
            .map_err(|trouble| self.explained(trouble))?;
        self.process_fails()
    }

    /// The client says by its exit status that it failed, while this end stays open.
    pub(super) fn process_fails(&mut self) -> Result<(), Trouble> {
        let finished = self.client()?.finish(PATIENCE)?;
        let is_panic = finished.stderr_text().contains("panicked at");
        match finished.status.code() {
            Some(code) if code != 0 && !is_panic => Ok(()),
            _ => Err(Trouble::failed(format_args!(
                "the client was expected to say that it failed\n{finished}"
            ))),
        }
    }

    /// A failure of this case.
    pub(super) fn fails(&self, why: &str) -> Result<(), Trouble> {
        Err(self.explained(Trouble::failed(why)))
    }

    fn quit(&mut self) -> Result<(), Trouble> {
        loop {
            let command = self.command()?;
            self.answer(command.split(' ').next().unwrap_or_default())?;
            if command == "QUIT" {
                break;
            }
        }
        self.control
            .end()
            .map_err(|trouble| self.explained(trouble))?;
        let finished = self.client()?.finish(PATIENCE)?;
        match finished.status.success() {
            true => Ok(()),
            false => Err(Trouble::failed(format_args!(
                "the client failed\n{finished}"
            ))),
        }
    }

    /// Replies to what needs no script.
    fn answer(&mut self, verb: &str) -> Result<(), Trouble> {
        self.say(match verb {
            "USER" => "331 and a password\r\n",
            "PASS" => "230 in\r\n",
            "TYPE" | "NOOP" | "MODE" | "STRU" | "OPTS" => "200 ok\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "502 no\r\n",
        })
    }

    fn command(&mut self) -> Result<String, Trouble> {
        match self.control.line() {
            Ok(Some(line)) => Ok(String::from_utf8_lossy(&line).into_owned()),
            Ok(None) => Err(self.explained(Trouble::failed(
                "the client hung up where a command was expected",
            ))),
            Err(trouble) => Err(self.explained(trouble)),
        }
    }

    fn client(&mut self) -> Result<Running, Trouble> {
        let client = self.client.take();
        client.ok_or_else(|| Trouble::failed("the client's end was awaited twice"))
    }

    fn explained(&self, trouble: Trouble) -> Trouble {
        match &self.client {
            Some(client) => trouble.with(client.output()),
            None => trouble,
        }
    }
}

const LOCAL: &str = "local";

/// What a client uploads that is to be interrupted: more than all buffers hold.
const UPLOAD: usize = 24 * 1024 * 1024;

/// A command of this length still fits into a line of 8,192 bytes.
const LONG: usize = 8_100;

/// Two commands of this length fit into the connection, which takes some 18 KiB, and do not with one
/// of `LONG` behind them: about as much is missing one way as the other, as what the kernel takes
/// varies.
const LOGIN: usize = 7_000;
