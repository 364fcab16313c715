//! A control connection by hand: for clients of which there are thousands, or that do what no
//! decent client does.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// A client's control connection, with a reply for each command.
#[derive(Debug)]
pub struct Control {
    stream: BufReader<TcpStream>,
    server: SocketAddr,
}

impl Control {
    /// Connects and logs in anonymously.
    ///
    /// # Errors
    /// The connection fails, or the login is refused.
    pub fn logged_in(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(HANGS))?;
        // Small, since there may be thousands.
        let stream = BufReader::with_capacity(256, stream);
        let mut control = Self { stream, server };
        control.expect("220")?;
        control.ask("USER anonymous", "331")?;
        control.ask("PASS tests@example.org", "230")?;
        Ok(control)
    }

    /// Sends a command, and takes the reply, which must have this code.
    ///
    /// # Errors
    /// Another reply came, or none.
    pub fn ask(&mut self, command: &str, code: &str) -> io::Result<String> {
        let line = format!("{command}\r\n");
        self.stream.get_mut().write_all(line.as_bytes())?;
        self.expect(code)
            .map_err(|error| io::Error::other(format!("{command}: {error}")))
    }

    /// Takes a reply, which must have this code; its last line.
    ///
    /// # Errors
    /// Another reply came, or none.
    pub fn expect(&mut self, code: &str) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.strip_prefix(code) {
                Some(text) if text.starts_with(' ') => return Ok(line),
                Some(_) => {}
                None if line.starts_with(' ') => {}
                None => {
                    let line = line.trim_end();
                    return Err(io::Error::other(format!("expected {code}, not {line:?}")));
                }
            }
        }
    }

    /// Begins a transfer in passive mode, over a data connection that holds little in its
    /// buffers.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub fn transfer(&mut self, command: &str) -> io::Result<TcpStream> {
        let reply = self.ask("EPSV", "229")?;
        let port = reply.split('|').nth(3).and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| io::Error::other(format!("no port in {reply:?}")))?;
        let data = Socket::new(Domain::for_address(self.server), Type::STREAM, None)?;
        data.set_recv_buffer_size(BUFFER)?;
        data.set_send_buffer_size(BUFFER)?;
        data.set_read_timeout(Some(HANGS))?;
        data.set_write_timeout(Some(HANGS))?;
        data.connect(&SocketAddr::new(self.server.ip(), port).into())?;
        self.ask(command, "150")?;
        Ok(data.into())
    }
}

const BUFFER: usize = 4096;

/// For hangs alone.
const HANGS: Duration = Duration::from_secs(240);
