//! The server's side of a control connection: the server-PI.

mod request;

pub use request::{
    Ask, Change, Credentials, Denied, Grant, Keep, Opened, Permissions, Placement, Request,
};
