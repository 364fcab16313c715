//! Whom a client trusts, and what a server shows.

use std::fs;
use std::sync::Arc;

use ftp_io::client::{ClientOptions, Error};
use ftp_io::storage::Writer;
use ftp_io::tls::{ClientTls, ClientTlsBuilder, DataProof, Fingerprint, ServerTls};
use ftp_proto::client::Tls;

use crate::both;
use crate::harness::{How, Identity, Running, path};
use crate::kind::{Client, Kind};

fn connect(kind: Kind, server: &Running, tls: ClientTlsBuilder) -> Result<Client, Error> {
    let tls_config = Some(tls.build().expect("a configuration"));
    let tls = Tls::Required;
    let options = ClientOptions {
        tls,
        tls_config,
        ..ClientOptions::default()
    };
    server.connect(kind, Tls::Required, options)
}

fn a_certificate_for_another_name_is_refused(kind: Kind) {
    let identity = Identity::of("other.example");
    let tls = Arc::new(identity.server());
    let server = Running::of(identity, tls, |builder| builder);
    let refused = connect(kind, &server, server.identity.trusted());
    assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
    // The same under the name that it is for.
    let tls = server.identity.trusted().build().expect("a configuration");
    let options = ClientOptions {
        tls: Tls::Required,
        tls_config: Some(tls),
        server_name: Some("other.example".to_owned()),
        ..ClientOptions::default()
    };
    server
        .connect(kind, Tls::Required, options)
        .expect("a session");
}

fn a_certificate_that_nobody_known_has_signed_is_refused(kind: Kind) {
    let server = Running::new(DataProof::Prefer);
    let stranger = Identity::of("127.0.0.1");
    let refused = connect(kind, &server, stranger.trusted());
    assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
}

fn a_pinned_certificate_is_trusted_and_no_other(kind: Kind) {
    let identity = Identity::of("other.example");
    let tls = Arc::new(identity.server());
    let pin = tls.fingerprint();
    let server = Running::of(identity, tls, |builder| builder);
    connect(kind, &server, ClientTls::builder().pin(pin)).expect("a session");
    let other = Fingerprint::of(b"another");
    let refused = connect(kind, &server, ClientTls::builder().pin(other));
    assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
}

fn anything_is_trusted_where_that_was_asked_for(kind: Kind) {
    let server = Running::new(DataProof::Prefer);
    let tls = ClientTls::builder().danger_accept_any_certificate();
    connect(kind, &server, tls).expect("a session");
}

fn a_certificate_that_has_changed_is_shown_to_new_sessions(kind: Kind) {
    let directory = tempfile::tempdir().expect("a directory");
    let files = ["cert.pem", "key.pem"].map(|name| directory.path().join(name));
    let write = |identity: &Identity| {
        fs::write(&files[0], &identity.certificate).expect("written");
        fs::write(&files[1], &identity.key).expect("written");
    };
    let (old, new) = (Identity::of("127.0.0.1"), Identity::of("127.0.0.1"));
    write(&old);
    let [certificate, key] = &files;
    let tls = ServerTls::from_files(certificate, key).expect("a pair");
    let tls = Arc::new(tls.data_proof(DataProof::Require));
    let server = Running::of(old, Arc::clone(&tls), |builder| builder);
    let server = server.with_file("f", b"Hello.");
    let (mut client, _) = server.client(kind, How::default());
    write(&new);
    tls.reload().expect("a pair");
    // The session goes on, and its data connections are proven by what it began with.
    let mut received = Vec::new();
    let sink = &mut Writer(&mut received);
    client.retrieve(path("f"), sink).expect("retrieved");
    assert_eq!(received, b"Hello.");
    let refused = connect(kind, &server, server.identity.trusted());
    assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
    connect(kind, &server, new.trusted()).expect("a session");
    // Files that cannot be used leave the certificate as it is.
    fs::write(&files[0], "nothing").expect("written");
    assert!(tls.reload().is_err());
    connect(kind, &server, new.trusted()).expect("a session");
}

both! {
    a_certificate_for_another_name_is_refused
    a_certificate_that_nobody_known_has_signed_is_refused
    a_pinned_certificate_is_trusted_and_no_other
    anything_is_trusted_where_that_was_asked_for
    a_certificate_that_has_changed_is_shown_to_new_sessions
}
