//! A client of few lines, so that nothing of the library judges itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// No test waits longer for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    control: BufReader<TcpStream>,
}

impl Client {
    /// Connects and takes the greeting.
    pub(crate) fn greeted(server: SocketAddr) -> Self {
        let mut client = Self::connected(server);
        client.expect(220);
        client
    }

    pub(crate) fn connected(server: SocketAddr) -> Self {
        Self {
            control: BufReader::new(connect(server)),
        }
    }

    pub(crate) fn logged_in(server: SocketAddr) -> Self {
        let mut client = Self::greeted(server);
        client.say("USER ada", 331);
        client.say("PASS secret", 230);
        client.say("TYPE I", 200);
        client
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.control
            .get_mut()
            .write_all(text.as_bytes())
            .expect("the server takes commands");
    }

    /// Sends a command, and expects a reply with this code.
    pub(crate) fn say(&mut self, command: &str, code: u16) -> String {
        self.send(&format!("{command}\r\n"));
        self.expect(code)
    }

    /// The text of the next reply.
    pub(crate) fn expect(&mut self, code: u16) -> String {
        let (found, text) = self.reply();
        assert_eq!(found, code, "{text}");
        text
    }

    /// The next reply has this code and one line, of any bytes.
    pub(crate) fn expect_code(&mut self, code: u16) {
        let mut line = Vec::new();
        self.control.read_until(b'\n', &mut line).expect("a reply");
        let text = line.escape_ascii();
        assert!(line.starts_with(format!("{code} ").as_bytes()), "{text}");
    }

    pub(crate) fn reply(&mut self) -> (u16, String) {
        let mut text = String::new();
        let first = self.line();
        let end = format!("{} ", &first[..3]);
        let mut line = first;
        loop {
            let is_last = line.starts_with(&end);
            text.push_str(&line);
            if is_last {
                return (end.trim().parse().expect("a code"), text);
            }
            line = self.line();
        }
    }

    /// The server has closed the control connection, in order.
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        self.control.read_to_end(&mut rest).expect("an orderly end");
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }

    pub(crate) fn epsv(&mut self) -> SocketAddr {
        let text = self.say("EPSV", 229);
        let port = text.split('|').nth(3).expect("a port");
        let mut server = self.peer();
        server.set_port(port.parse().expect("a number"));
        server
    }

    pub(crate) fn pasv(&mut self) -> SocketAddr {
        let text = self.say("PASV", 227);
        let inside = text.split(['(', ')']).nth(1).expect("an address");
        let numbers: Vec<u8> = inside
            .split(',')
            .map(|number| number.parse().expect("a number"))
            .collect();
        let [a, b, c, d, high, low] = numbers[..] else {
            panic!("six numbers in {text}")
        };
        SocketAddr::from(([a, b, c, d], u16::from_be_bytes([high, low])))
    }

    /// Listens and says EPRT.
    pub(crate) fn eprt(&mut self) -> TcpListener {
        let (listener, at) = self.listen();
        let family = if at.is_ipv4() { 1 } else { 2 };
        self.say(&format!("EPRT |{family}|{}|{}|", at.ip(), at.port()), 200);
        listener
    }

    /// Listens and says PORT.
    pub(crate) fn port(&mut self) -> TcpListener {
        let (listener, at) = self.listen();
        let [high, low] = at.port().to_be_bytes();
        let ip = at.ip().to_string().replace('.', ",");
        self.say(&format!("PORT {ip},{high},{low}"), 200);
        listener
    }

    /// A passive download.
    pub(crate) fn fetch(&mut self, command: &str) -> Vec<u8> {
        let at = self.epsv();
        let data = connect(at);
        self.say(command, 150);
        let bytes = read_all(data);
        self.expect(226);
        bytes
    }

    /// A passive upload.
    pub(crate) fn give(&mut self, command: &str, bytes: &[u8]) -> String {
        let at = self.epsv();
        let mut data = connect(at);
        let opened = self.say(command, 150);
        data.write_all(bytes).expect("the server takes the file");
        drop(data);
        self.expect(226);
        opened
    }

    /// Whatever the server does about it.
    pub(crate) fn send_anyway(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.control.get_mut().write(bytes)
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        self.control.get_ref()
    }

    pub(crate) fn close_sending(&mut self) {
        self.control
            .get_ref()
            .shutdown(Shutdown::Write)
            .expect("connected");
    }

    pub(crate) fn peer(&self) -> SocketAddr {
        self.control.get_ref().peer_addr().expect("connected")
    }

    fn listen(&self) -> (TcpListener, SocketAddr) {
        let mut at = self.control.get_ref().local_addr().expect("connected");
        at.set_port(0);
        let listener = TcpListener::bind(at).expect("a free port");
        let at = listener.local_addr().expect("bound");
        (listener, at)
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.control.read_until(b'\n', &mut line).expect("a reply");
        assert!(line.ends_with(b"\r\n"), "an end instead of a line");
        String::from_utf8(line).expect("text")
    }
}

pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, PATIENCE).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

pub(crate) fn read_all(mut data: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).expect("an orderly end");
    bytes
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().expect("the server connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream
}
