//! The real binary, as an operator and a user run it, against its own `serve`.

mod changes;
mod doctor;
mod doctor_tls;
mod downloads;
mod help;
mod logins;
mod signals;
mod site;
mod tls;
mod uploads;
mod users;
