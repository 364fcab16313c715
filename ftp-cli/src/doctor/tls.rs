//! What TLS can keep from working, on either connection, and what mends it.

use ftp_io::client::Scheme;
use ftp_io::firewall::Side;
use ftp_io::tls::HandshakeFailure;

use super::findings::{Cause, Finding, capital, cause, cause_anywhere};
use super::probe::{Patient, Try};

/// The control connection could not be brought under TLS.
pub(super) fn control(patient: &Patient, failure: &HandshakeFailure, said: &str) -> Finding {
    let (causes, apart) = failed(patient, failure, Part::Control);
    Finding {
        name: name(failure, Part::Control),
        ways: Vec::new(),
        says: format!("{}.", capital(said)),
        causes,
        apart,
    }
}

/// The server has refused AUTH or PROT; `verb` is the one.
pub(super) fn refused(verb: &str) -> (Vec<Cause>, Option<String>) {
    let says = match verb {
        "PROT" => {
            "The server protects the control connection and refuses to protect data: it must be told \
             to allow both (RFC 4217)."
        }
        _ => {
            "The server offers no TLS, or not by AUTH TLS. It needs a certificate and to be told of \
             it: `ftp-cli serve --tls-cert`, vsftpd's ssl_enable, ProFTPD's TLSEngine, Pure-FTPd's \
             -Y 1."
        }
    };
    let between = "Something between refuses in the server's place what would blind it: a firewall \
                   that inspects FTP. It must let AUTH pass.";
    (
        vec![
            cause("server", Side::Server, says),
            cause_anywhere("something-between", between),
        ],
        Some(
            "At the server itself, `ftp-cli doctor ftpes://localhost/` leaves out what is between; \
             so does the server's log, which tells whether AUTH arrived."
                .to_owned(),
        ),
    )
}

/// The handshake on the data connection failed; without a failure, nothing came of it in time.
pub(super) fn data(
    patient: &Patient,
    failure: Option<&HandshakeFailure>,
) -> (&'static str, Vec<Cause>, Option<String>) {
    match failure {
        Some(failure) => {
            let (causes, apart) = failed(patient, failure, Part::Data);
            (name(failure, Part::Data), causes, apart)
        }
        None => (
            "data-handshake-silent",
            vec![
                cause(
                    "server",
                    Side::Server,
                    "The server takes the data connection and begins no TLS on it, though it has \
                     accepted PROT P.",
                ),
                cause_anywhere(
                    "packets-lost",
                    "What the two say first is lost on the way: the server's certificates come in \
                     packets that are too large for a link and vanish there.",
                ),
            ],
            Some(
                "At the server itself, `ftp-cli doctor ftpes://localhost/` leaves out what is \
                 between."
                    .to_owned(),
            ),
        ),
    }
}

/// The data connection did not resume the control connection's session, and the server refused the
/// transfer with this code.
pub(super) fn unresumed(code: u16) -> (Vec<Cause>, Option<String>) {
    let mut causes = resumption();
    let mut apart =
        "Run this with --tls-max 1.2, where a session can be resumed without end: if it \
                     works so, the server loses track of the tickets of TLS 1.3."
            .to_owned();
    // 522 is said of protection alone (RFC 2228 §4.2 has it for nothing else).
    if code != 522 {
        causes.push(cause_anywhere(
            "another-reason",
            "This reply has many uses: the server may have failed for a reason that has nothing to \
             do with TLS.",
        ));
        apart += " The server's reply and its log tell of other reasons.";
    }
    (causes, Some(apart))
}

/// Data connections that work and do not resume the control connection's session.
pub(super) fn full_handshakes(tries: &[&Try]) -> Option<Finding> {
    if tries.is_empty() {
        return None;
    }
    Some(Finding {
        name: "not-resumed",
        ways: tries.iter().map(|tried| tried.way).collect(),
        says: "The data connections were opened with a handshake of their own and did not resume \
               the control connection's TLS session. The server takes them so; whose they are, it \
               knows by their address alone."
            .to_owned(),
        causes: resumption(),
        apart: Some(
            "Run this with --tls-max 1.2: a server that resumes then loses track of the tickets of \
             TLS 1.3."
                .to_owned(),
        ),
    })
}

fn resumption() -> Vec<Cause> {
    vec![
        cause(
            "no-session-kept",
            Side::Server,
            "The server keeps no TLS sessions and gives no tickets that it takes back: a cache must \
             be switched on (ProFTPD's TLSSessionCache), or --tls-max 1.2 be used. This client \
             offers to resume whatever it was given.",
        ),
        cause(
            "another-machine",
            Side::Server,
            "A balancer before the server leads data connections to another machine than the \
             control connection's: both must go to the same one.",
        ),
    ]
}

/// Which connection it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Control,
    Data,
}

const fn name(failure: &HandshakeFailure, part: Part) -> &'static str {
    let (control, data) = match failure {
        HandshakeFailure::Untrusted => ("certificate-untrusted", "data-certificate-untrusted"),
        HandshakeFailure::OtherName { .. } => {
            ("certificate-other-name", "data-certificate-other-name")
        }
        HandshakeFailure::Expired => ("certificate-expired", "data-certificate-expired"),
        HandshakeFailure::NotYetValid => (
            "certificate-not-yet-valid",
            "data-certificate-not-yet-valid",
        ),
        HandshakeFailure::NotPinned => ("certificate-not-pinned", "data-certificate-not-pinned"),
        HandshakeFailure::Certificate => ("certificate-unusable", "data-certificate-unusable"),
        HandshakeFailure::Alert => ("handshake-refused", "data-handshake-refused"),
        HandshakeFailure::NotTls => ("tls-not-spoken", "data-tls-not-spoken"),
        HandshakeFailure::Incompatible => ("tls-incompatible", "data-tls-incompatible"),
        _ => ("handshake-cut", "data-handshake-cut"),
    };
    match part {
        Part::Control => control,
        Part::Data => data,
    }
}

fn failed(
    patient: &Patient,
    failure: &HandshakeFailure,
    part: Part,
) -> (Vec<Cause>, Option<String>) {
    let host = &patient.url.host;
    let server = |name, says: &str| cause(name, Side::Server, says);
    match failure {
        HandshakeFailure::Untrusted => (
            shown_by(
                part,
                vec![
                    server(
                        "certificate-own",
                        "The server's certificate is signed by itself or by an authority of its \
                         operator, or the server does not send the certificates between it and a \
                         known one. One of a public authority, sent with those between, mends it \
                         for everybody; for this client --pin SHA256 or --ca FILE does.",
                    ),
                    cause(
                        "roots",
                        Side::Client,
                        "This machine does not have the authority among its root certificates (the \
                         package ca-certificates, or the file of --ca).",
                    ),
                ],
            ),
            Some(ASK.to_owned()),
        ),
        HandshakeFailure::OtherName { names } => {
            let known = match names.as_slice() {
                [] => String::new(),
                names => format!(" It is for {}.", names.join(", ")),
            };
            let own = format!(
                "The server's certificate is not for {host}.{known} It should be for the name or \
                 address that clients give."
            );
            let address = format!(
                "The server's right name is another than {host}: the address should hold that one."
            );
            let causes = vec![
                server("certificate-names", &own),
                cause("address-given", Side::Client, &address),
            ];
            (shown_by(part, causes), Some(ASK.to_owned()))
        }
        HandshakeFailure::Expired | HandshakeFailure::NotYetValid => (
            vec![
                server(
                    "certificate-dates",
                    "The certificate's time is over or has not begun: it must be renewed, and the \
                     server read it again (`ftp-cli serve` does so by itself).",
                ),
                cause("clock", Side::Client, "This machine's clock is wrong."),
            ],
            Some("`date` on this machine.".to_owned()),
        ),
        HandshakeFailure::NotPinned => (
            shown_by(
                part,
                vec![server(
                    "certificate-changed",
                    "The server has another certificate than the one pinned, as after a renewal: \
                     --pin needs the new one's SHA-256.",
                )],
            ),
            Some(ASK.to_owned()),
        ),
        HandshakeFailure::Certificate => (
            vec![server(
                "certificate",
                "The server's certificate cannot be used, whoever signed it: it needs another.",
            )],
            None,
        ),
        HandshakeFailure::Alert => (
            vec![server(
                "server",
                "The server refuses the handshake and says why by the alert above: it may ask for a \
                 certificate of the client, or know no version or cipher in common.",
            )],
            None,
        ),
        HandshakeFailure::NotTls => (not_spoken(patient, part), None),
        HandshakeFailure::Incompatible => (
            vec![server(
                "old-tls",
                "The server knows neither TLS 1.2 nor TLS 1.3 with the ciphers that are safe today: \
                 it must be brought up to date.",
            )],
            None,
        ),
        _ => (
            vec![
                server(
                    "server",
                    "The server ends the connection in the midst of the handshake, for reasons that \
                     its log tells.",
                ),
                cause_anywhere(
                    "something-between",
                    "Something between cuts connections under TLS, or has a limit of its own.",
                ),
            ],
            Some(
                "At the server itself, `ftp-cli doctor ftpes://localhost/` leaves out what is \
                 between."
                    .to_owned(),
            ),
        ),
    }
}

/// Causes on the server's side, or somebody who shows a certificate of his own.
fn shown_by(part: Part, mut causes: Vec<Cause>) -> Vec<Cause> {
    if part == Part::Data {
        // The control connection was verified a moment ago by the same rules.
        causes = vec![cause(
            "another-machine",
            Side::Server,
            "A balancer before the server leads data connections to another machine than the \
             control connection's, with a certificate of its own: both must go to the same one.",
        )];
    }
    causes.push(cause_anywhere(
        "something-between",
        "Somebody between passes himself off as the server: no password should be sent before it is \
         known who.",
    ));
    causes
}

fn not_spoken(patient: &Patient, part: Part) -> Vec<Cause> {
    let says = match (part, patient.url.scheme) {
        (Part::Data, _) => {
            "The server has accepted PROT P and sends data in clear: it does not do what it says."
        }
        (Part::Control, Scheme::Ftps) => {
            "The server does not begin with TLS at this port. ftpes:// asks for TLS by AUTH, as is \
             usual at port 21; ftps:// is for ports that begin with it, such as 990."
        }
        (Part::Control, _) => {
            "The server has accepted AUTH TLS and speaks on in clear: it does not do what it says."
        }
    };
    vec![cause("server", Side::Server, says)]
}

const ASK: &str = "Ask the server's operator, by another way than this one, for the SHA-256 \
                   fingerprint of its certificate, and run this with --pin: if that fails too, \
                   somebody sits between.";
