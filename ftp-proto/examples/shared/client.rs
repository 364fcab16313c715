//! The application of a client: login, one transfer, QUIT.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;

use ftp_proto::OpId;
use ftp_proto::client::{
    ClientEvent, ClientSession, Login, Outcome, Retrieve, Store, StoreAs, Transferred,
};
use ftp_proto::codec::command::{Argument, Password};

use super::{Application, Object};

/// Which way the file goes.
#[derive(Clone, Copy)]
pub enum Way {
    Get,
    Put,
}

/// One transfer, and how far it is.
pub struct Client {
    way: Way,
    remote: Argument,
    local: PathBuf,
    login: OpId,
    transfer: Option<OpId>,
    outcome: Result<u64, String>,
}

impl Client {
    /// Queues the login; the rest follows it.
    pub fn new(
        session: &mut ClientSession,
        user: &str,
        password: &str,
        way: Way,
        remote: &str,
        local: &str,
    ) -> Result<Self, Box<dyn Error>> {
        let login = Login::new(Argument::try_from(user)?, Password::try_from(password)?);
        Ok(Self {
            way,
            remote: Argument::try_from(remote)?,
            local: local.into(),
            login: session.login(login)?,
            transfer: None,
            outcome: Err("the session ended before the transfer".into()),
        })
    }

    /// Bytes that were transferred, or why they were not.
    pub fn outcome(self) -> Result<u64, String> {
        self.outcome
    }
}

impl Application for Client {
    type Session = ClientSession;

    fn tell(&mut self, session: &mut ClientSession, event: ClientEvent) {
        let ClientEvent::Done { op, result } = event else {
            return;
        };
        let next = match result {
            Ok(_) if op == self.login => {
                let transfer = match self.way {
                    Way::Get => session.retrieve(Retrieve::new(self.remote.clone())),
                    Way::Put => session.store(Store::new(StoreAs::Whole(self.remote.clone()))),
                };
                transfer.map(|op| self.transfer = Some(op))
            }
            Ok(Outcome::Transfer(Transferred { bytes, .. })) => {
                self.outcome = Ok(bytes);
                session.quit().map(drop)
            }
            Err(error) if op == self.login || Some(op) == self.transfer => {
                self.outcome = Err(error.to_string());
                session.quit().map(drop)
            }
            // QUIT.
            _ => Ok(()),
        };
        if let Err(error) = next {
            self.outcome = Err(error.to_string());
        }
    }

    fn object(&mut self, _op: OpId) -> Option<Box<dyn Object>> {
        let file = match self.way {
            Way::Get => File::create(&self.local),
            Way::Put => File::open(&self.local),
        };
        Some(Box::new(file.ok()?))
    }
}
