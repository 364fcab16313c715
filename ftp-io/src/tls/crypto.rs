//! Whose cryptography is used. Nothing else knows.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

#[cfg(feature = "aws-lc")]
pub(super) use aws_lc_rs::{aead, digest, rand};
#[cfg(not(feature = "aws-lc"))]
pub(super) use ring::{aead, digest, rand};

pub(super) fn provider() -> Arc<CryptoProvider> {
    #[cfg(feature = "aws-lc")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc"))]
    let provider = rustls::crypto::ring::default_provider();
    Arc::new(provider)
}
