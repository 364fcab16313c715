//! The certificate that `serve` shows.

use std::io::{self, Write};
use std::net::IpAddr;

use ftp_io::tls::{ServerTls, TlsError};
use ftp_proto::server::TlsRequired;

use crate::args::Serve;
use crate::fault::Fault;

/// What the command line says about TLS, if anything.
pub(crate) fn of(job: &Serve) -> Result<Option<ServerTls>, Fault> {
    let args = &job.tls;
    let unusable = |error: TlsError| Fault::new(format!("cannot offer TLS: {error}"));
    if args.tls_cert.len() != args.tls_key.len() {
        return Err(Fault::usage("each --tls-cert needs a --tls-key")
            .advise("The first key belongs to the first certificate, and so on."));
    }
    let mut pairs = args.tls_cert.iter().zip(&args.tls_key);
    let tls = match pairs.next() {
        Some((certificate, key)) => {
            let first = ServerTls::from_files(certificate, key);
            let all = pairs.try_fold(first.map_err(unusable)?, |tls, (certificate, key)| {
                tls.and_files(certificate, key)
            });
            all.map_err(unusable)?
        }
        _ if args.self_signed => {
            let addresses = job.listen.iter().chain(&args.implicit);
            let (certificate, key) = made(addresses.map(|address| address.ip()))?;
            let tls = ServerTls::from_pem(certificate.as_bytes(), key.as_bytes());
            let tls = tls.map_err(unusable)?;
            // Nobody may be reading; the server serves all the same.
            let _ = writeln!(io::stdout(), "certificate {}", tls.fingerprint());
            tls
        }
        _ if args.require_tls != TlsRequired::Nothing
            || args
                .require_tls_anonymous
                .is_some_and(|required| required != TlsRequired::Nothing)
            || args.tls_client_ca.is_some()
            || !args.implicit.is_empty() =>
        {
            return Err(Fault::usage("TLS needs a certificate").advise(
                "Name one with --tls-cert FILE --tls-key FILE, or have one made with --self-signed.",
            ));
        }
        _ => return Ok(None),
    };
    let tls = match &args.tls_client_ca {
        Some(roots) => tls.client_roots(roots).map_err(unusable)?,
        None => tls,
    };
    Ok(Some(tls.data_proof(args.data_proof)))
}

/// A certificate and its key for this machine, in PEM.
pub(crate) fn made(addresses: impl Iterator<Item = IpAddr>) -> Result<(String, String), Fault> {
    let mut names = vec![String::from("localhost")];
    for address in addresses.filter(|address| !address.is_unspecified()) {
        let name = address.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| Fault::new(format!("cannot make a certificate: {error}")))?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}
