//! The real binary, as an operator and a user run it, against its own `serve`.

mod changes;
mod downloads;
mod logins;
mod site;
mod uploads;
