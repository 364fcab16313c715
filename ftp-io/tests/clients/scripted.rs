//! A server of few lines that follows a script, so that nothing of the library judges itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use ftp_io::client::{ClientOptions, Error};
use ftp_proto::Timeouts;
use ftp_proto::client::{Login, OperationError};
use ftp_proto::codec::command::{Argument, Password};

use crate::kind::{Client, Kind};

/// No script waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server whose one client is served by a script, on a thread of its own.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    pub(crate) fn new(script: impl FnOnce(&mut Control) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            stream
                .set_write_timeout(Some(PATIENCE))
                .expect("a time-out");
            script(&mut Control {
                stream: BufReader::new(stream),
            });
        });
        Self {
            address,
            thread: Some(thread),
        }
    }

    /// A script behind a login, and what a client does meanwhile.
    pub(crate) fn session(
        kind: Kind,
        options: ClientOptions,
        script: impl FnOnce(&mut Control) + Send + 'static,
        act: impl FnOnce(&mut Client),
    ) {
        let server = Self::new(|control| {
            control.log_in();
            script(control);
        });
        let mut client = server.client(kind, options);
        act(&mut client);
        drop(client);
        server.ended();
    }

    /// Connects, without a login.
    pub(crate) fn connect(&self, kind: Kind, options: ClientOptions) -> Result<Client, Error> {
        Client::connect(
            kind,
            &self.address.ip().to_string(),
            self.address.port(),
            options,
        )
    }

    /// Connects and logs in to a script that begins with [`Control::log_in`].
    pub(crate) fn client(&self, kind: Kind, options: ClientOptions) -> Client {
        let mut client = self.connect(kind, options).expect("a greeting");
        client.login(login()).expect("a login");
        client
    }

    /// The script has come to its end.
    pub(crate) fn ended(mut self) {
        if let Some(thread) = self.thread.take() {
            thread
                .join()
                .expect("the dialogue is the one of the script");
        }
    }
}

/// The server's end of a control connection.
pub(crate) struct Control {
    stream: BufReader<TcpStream>,
}

impl Control {
    pub(crate) fn say(&mut self, text: &str) {
        let line = format!("{text}\r\n");
        // A client that is gone hears nothing; the test sees what the client made of it.
        let _ = self.stream.get_mut().write_all(line.as_bytes());
    }

    /// The same, of these bytes, with no line end.
    pub(crate) fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes);
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    /// Where the client is.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.stream.get_ref().peer_addr().expect("a client")
    }

    pub(crate) fn expect(&mut self, command: &str) {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).expect("a command");
        let line = String::from_utf8_lossy(&line).into_owned();
        assert!(line.trim_end().ends_with(command), "{command}: {line:?}");
    }

    /// Takes a command whatever it is, or the end.
    pub(crate) fn take(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end().to_owned()),
        }
    }

    /// The bytes of the next line.
    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).expect("a line");
        line
    }

    pub(crate) fn answer(&mut self, command: &str, reply: &str) {
        self.expect(command);
        self.say(reply);
    }

    pub(crate) fn log_in(&mut self) {
        self.say("220 Ready.");
        self.answer("USER ada", "331 Password.");
        self.answer("PASS secret", "230 In.");
    }

    /// Up to the listener of a transfer's first data connection.
    pub(crate) fn passive(&mut self) -> TcpListener {
        self.answer("TYPE I", "200 I.");
        self.next_passive()
    }

    pub(crate) fn next_passive(&mut self) -> TcpListener {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        self.answer("EPSV", &format!("229 Here (|||{port}|)."));
        listener
    }

    /// Answers a refused EPSV, then PASV with a listener's port, in words that hold `{}` for it.
    pub(crate) fn pasv(&mut self, reply: &str) -> TcpListener {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let [high, low] = listener
            .local_addr()
            .expect("an address")
            .port()
            .to_be_bytes();
        self.answer("PASV", &reply.replace("{}", &format!("{high},{low}")));
        listener
    }

    /// Gives a file to whoever comes.
    pub(crate) fn give(&mut self, listener: &TcpListener, command: &str, content: &[u8]) {
        self.answer(command, "150 Here it comes.");
        let mut data = accept(listener);
        data.write_all(content).expect("a client that reads");
        drop(data);
        self.say("226 Done.");
    }

    /// A data connection that was opened for this command.
    pub(crate) fn data_for(&mut self, command: &str) -> TcpStream {
        let listener = self.passive();
        self.answer(command, "150 Here it comes.");
        accept(&listener)
    }

    /// Waits until the client is gone.
    pub(crate) fn until_gone(&mut self) {
        let mut rest = Vec::new();
        let _ = self.stream.read_to_end(&mut rest);
    }
}

/// Which reply a transfer or a command was refused with.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> u16 {
    match result {
        Err(Error::Operation(OperationError::Refused(reply))) => reply.code().to_u16(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let (data, _) = listener.accept().expect("a data connection");
    data.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    data.set_write_timeout(Some(PATIENCE)).expect("a time-out");
    data
}

pub(crate) fn login() -> Login {
    Login::new(
        path("ada"),
        Password::try_from("secret").expect("a password"),
    )
}

pub(crate) fn path(text: &str) -> Argument {
    Argument::try_from(text).expect("an argument")
}

/// Options whose deadlines are short where `shorten` makes them so, and long elsewhere.
pub(crate) fn impatient(shorten: impl FnOnce(&mut Timeouts, Duration)) -> ClientOptions {
    let mut timeouts = Timeouts::client();
    shorten(&mut timeouts, Duration::from_millis(200));
    ClientOptions {
        timeouts,
        ..ClientOptions::default()
    }
}
