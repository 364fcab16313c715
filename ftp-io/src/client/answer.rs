//! What an operation gave, as the type that its caller is promised.

use std::net::SocketAddr;

use bytes::Bytes;
use ftp_proto::DateTime;
use ftp_proto::client::{Outcome, Transferred};
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::reply::Reply;
use ftp_proto::listing::Entry;

use super::Error;

pub(crate) fn reply(outcome: Outcome) -> Result<Reply, Error> {
    match outcome {
        Outcome::Reply(reply) => Ok(reply),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn address(outcome: Outcome) -> Result<SocketAddr, Error> {
    match outcome {
        Outcome::Address(address) => Ok(address),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn size(outcome: Outcome) -> Result<u64, Error> {
    match outcome {
        Outcome::Size(size) => Ok(size),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn modified(outcome: Outcome) -> Result<DateTime, Error> {
    match outcome {
        Outcome::Modified(at) => Ok(at),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn path(outcome: Outcome) -> Result<Bytes, Error> {
    match outcome {
        Outcome::Path(path) => Ok(path),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn entry(outcome: Outcome) -> Result<Entry, Error> {
    match outcome {
        Outcome::Entry(entry) => Ok(*entry),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn features(outcome: Outcome) -> Result<Features, Error> {
    match outcome {
        Outcome::Features(features) => Ok(features),
        _ => Err(Error::Answer),
    }
}

pub(crate) fn transfer(outcome: Outcome) -> Result<Transferred, Error> {
    match outcome {
        Outcome::Transfer(transfer) => Ok(transfer),
        _ => Err(Error::Answer),
    }
}

/// QUIT has no answer that anybody needs.
pub(crate) fn nothing(_: Outcome) -> Result<(), Error> {
    Ok(())
}
