//! The clock of a driver: its epoch may be any moment, and is the one when the driver began.

use std::time::Instant as Moment;

use ftp_proto::Instant;

pub struct Clock {
    epoch: Moment,
}

impl Clock {
    pub fn start() -> Self {
        let epoch = Moment::now();
        Self { epoch }
    }

    /// The time, as a session counts it.
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.epoch.elapsed().as_micros() as u64)
    }
}
