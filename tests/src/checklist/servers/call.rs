//! One call of the scripted client at a server.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::net::SendFlags;
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};
use tempfile::TempDir;

use crate::Trouble;
use crate::checklist::connection::{Control, accept, dial, listen, same};
use crate::checklist::program::{PASSWORD, USER};
use crate::checklist::{Driver, Patience};
use crate::process::Running;

/// Who opens the data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Passive,
    Active,
}

/// How the data connection will be opened.
#[derive(Debug)]
pub(super) enum Way {
    Passive(SocketAddr),
    Active(TcpListener),
}

/// A server, and a control connection to it.
pub(super) struct Call {
    pub(super) control: Control,
    address: SocketAddr,
    directory: TempDir,
    server: Running,
    _folder: TempDir,
}

impl Way {
    /// Where the server listens.
    pub(super) fn address(&self) -> Result<SocketAddr, Trouble> {
        match self {
            Self::Passive(address) => Ok(*address),
            Self::Active(_) => Err(Trouble::failed("the server opened no listener")),
        }
    }
}

impl Call {
    /// A server and a connection that has said nothing yet.
    pub(super) fn connect(driver: &Driver, patience: Patience) -> Result<Self, Trouble> {
        Self::connect_to(driver, patience, b"")
    }

    /// A server that has a file `f`, and a connection that is logged in and in TYPE I.
    pub(super) fn log_in_for(
        driver: &Driver,
        patience: Patience,
        file: &[u8],
    ) -> Result<Self, Trouble> {
        let mut call = Self::connect_to(driver, patience, file)?;
        call.introduce()?;
        Ok(call)
    }

    fn connect_to(driver: &Driver, patience: Patience, file: &[u8]) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
        let directory = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
        fs::write(directory.path().join("f"), file)?;
        let (server, address) = driver.server(directory.path(), patience, folder.path())?;
        Ok(Self {
            control: control(address)?,
            address,
            directory,
            server,
            _folder: folder,
        })
    }

    /// The same, logged in and in TYPE I.
    pub(super) fn log_in(driver: &Driver, patience: Patience) -> Result<Self, Trouble> {
        let mut call = Self::connect(driver, patience)?;
        call.introduce()?;
        Ok(call)
    }

    /// Connects and logs in anew.
    pub(super) fn again(&mut self) -> Result<(), Trouble> {
        self.control = control(self.address)?;
        self.introduce()
    }

    /// Logs in byte by byte.
    pub(super) fn log_in_by_bytes(&mut self) -> Result<(), Trouble> {
        self.control.say_in_bytes(&format!("USER {USER}\r\n"))?;
        self.control.expect(&[331])?;
        self.control.say_in_bytes(&format!("PASS {PASSWORD}\r\n"))?;
        self.control.expect(&[230]).map(drop)
    }

    /// Asks for a way for data: EPSV or EPRT.
    pub(super) fn open(&mut self, mode: Mode) -> Result<Way, Trouble> {
        match mode {
            Mode::Passive => {
                self.control.say("EPSV\r\n")?;
                let line = self.control.line()?.unwrap_or_default();
                let text = String::from_utf8_lossy(&line).into_owned();
                let port = text
                    .strip_prefix("229 ")
                    .and_then(|text| text.split('|').nth(3)?.parse().ok())
                    .ok_or_else(|| Trouble::failed(format_args!("{text:?} names no port")))?;
                Ok(Way::Passive(SocketAddr::new(self.address.ip(), port)))
            }
            Mode::Active => {
                let listener = listen()?;
                let at = listener.local_addr()?;
                let command = format!("EPRT |1|{}|{}|", at.ip(), at.port());
                self.control.ask(&command, &[200])?;
                Ok(Way::Active(listener))
            }
        }
    }

    /// The data connection, once the transfer was asked for.
    pub(super) fn data(&mut self, way: Way) -> Result<TcpStream, Trouble> {
        match way {
            Way::Passive(address) => dial(address),
            Way::Active(listener) => accept(&listener, "the data connection"),
        }
        .map_err(|trouble| trouble.with(self.server.output()))
    }

    /// Telnet's Interrupt Process and Synch, the Data Mark urgent (RFC 854, RFC 959 §4.1.3).
    pub(super) fn synch(&mut self) -> Result<(), Trouble> {
        self.control.say(b"\xff\xf4\xff")?;
        let urgent = SendFlags::OOB | SendFlags::NOSIGNAL;
        rustix::net::send(&self.control.stream, b"\xf2", urgent)?;
        Ok(())
    }

    /// Makes a file at the server.
    pub(super) fn place(&self, name: &str, content: &[u8]) -> Result<(), Trouble> {
        Ok(fs::write(self.directory.path().join(name), content)?)
    }

    /// The server must have this file.
    pub(super) fn has(&self, name: &str, content: &[u8]) -> Result<(), Trouble> {
        same(&fs::read(self.directory.path().join(name))?, content)
    }

    fn introduce(&mut self) -> Result<(), Trouble> {
        self.control.expect(&[220])?;
        self.control.ask(&format!("USER {USER}"), &[331])?;
        self.control.ask(&format!("PASS {PASSWORD}"), &[230])?;
        self.control.ask("TYPE I", &[200]).map(drop)
    }
}

fn control(address: SocketAddr) -> Result<Control, Trouble> {
    let stream = dial(address)?;
    // So that little has to be written before nothing more goes through. A window much smaller
    // than a segment of loopback would be filled at the pace of TCP's persist timer.
    set_socket_recv_buffer_size(&stream, 262_144)?;
    set_socket_send_buffer_size(&stream, 4_096)?;
    Control::new(stream)
}
