//! Whom a client trusts, and what a server shows.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ftp_io::client::{ClientOptions, Error};
use ftp_io::server::{CertificateLogin, CloseReason, Event, Permissions, User, Users};
use ftp_io::storage::Writer;
use ftp_io::tls::{ClientTls, ClientTlsBuilder, DataProof, Fingerprint, MaxVersion, ServerTls};
use ftp_proto::Timeouts;
use ftp_proto::client::{Login, OperationError, Tls};
use ftp_proto::codec::command::Password;

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

/// A server whose certificate is in files, which can be replaced.
struct InFiles {
    directory: tempfile::TempDir,
}

impl InFiles {
    fn of(identity: &Identity) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let files = Self { directory };
        files.replace(&identity.certificate, &identity.key);
        files
    }

    fn paths(&self) -> [PathBuf; 2] {
        ["cert.pem", "key.pem"].map(|name| self.directory.path().join(name))
    }

    /// As tools do that renew certificates: by files of the same name.
    fn replace(&self, certificate: &str, key: &str) {
        for (path, text) in self.paths().iter().zip([certificate, key]) {
            let beside = path.with_extension("new");
            fs::write(&beside, text).expect("written");
            fs::rename(&beside, path).expect("renamed");
        }
    }

    fn tls(&self) -> ServerTls {
        let [certificate, key] = self.paths();
        let tls = ServerTls::from_files(certificate, key).expect("a pair");
        tls.data_proof(DataProof::Require)
    }
}

/// Nobody tells the server to read its files again.
fn a_certificate_that_has_changed_is_shown_to_new_sessions(kind: Kind) {
    let (old, new) = (Identity::of("127.0.0.1"), Identity::of("127.0.0.1"));
    let files = InFiles::of(&old);
    let server = Running::of(old, Arc::new(files.tls()), |builder| builder);
    let server = server.with_file("f", b"Hello.");
    let versions = [MaxVersion::Tls12, MaxVersion::Tls13];
    let mut before = versions.map(|version| {
        let how = How {
            version,
            ..How::default()
        };
        server.client(kind, how).0
    });
    files.replace(&new.certificate, &new.key);
    let refused = connect(kind, &server, server.identity.trusted());
    assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
    let told = server.await_event(|event| match event {
        Event::CertificatesChanged { fingerprint } => Some(*fingerprint),
        _ => None,
    });
    assert_eq!(told, new.server().fingerprint());
    let mut after = connect(kind, &server, new.trusted()).expect("a session");
    // Sessions go on, and their data connections are proven by what they began with.
    for client in before.iter_mut().chain([&mut after]) {
        for _ in 0..3 {
            let mut received = Vec::new();
            let sink = &mut Writer(&mut received);
            client.retrieve(path("f"), sink).expect("retrieved");
            assert_eq!(received, b"Hello.");
        }
    }
    // Files that cannot be used leave the certificate as it is, and that is told once.
    files.replace("nothing", &new.key);
    for _ in 0..2 {
        connect(kind, &server, new.trusted()).expect("a session");
    }
    let events = server.events();
    let told = events
        .iter()
        .filter(|event| matches!(event, Event::CertificatesUnusable { .. }));
    assert_eq!(told.count(), 1, "{events:?}");
}

fn a_certificate_is_chosen_by_the_host_that_is_asked_for(kind: Kind) {
    let (first, other) = (Identity::of("127.0.0.1"), Identity::of("other.example"));
    let (certificate, key) = (other.certificate.as_bytes(), other.key.as_bytes());
    let tls = first.server().and_pem(certificate, key).expect("a pair");
    let server = Running::of(first, Arc::new(tls), |builder| builder);
    let server = server.with_file("f", b"Hello.");
    let ask = |host: Option<&str>, trusted: &Identity| {
        let options = ClientOptions {
            tls: Tls::Required,
            tls_config: Some(trusted.trusted().build().expect("a configuration")),
            server_name: host.map(str::to_owned),
            ..ClientOptions::default()
        };
        server.connect(kind, Tls::Required, options)
    };
    ask(None, &server.identity).expect("the first, for an address");
    let mut client = ask(Some("other.example"), &other).expect("the other");
    let mut received = Vec::new();
    let sink = &mut Writer(&mut received);
    client.retrieve(path("f"), sink).expect("retrieved");
    // The first, which is for an address and not for this name.
    for trusted in [&server.identity, &other] {
        let refused = ask(Some("third.example"), trusted);
        assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
    }
}

/// Three users: who shows a certificate in place of a password, beside it, and none.
fn a_certificate_is_a_login_or_stands_beside_one(kind: Kind) {
    let [ada, eve, stranger] = [(); 3].map(|()| Identity::of("client.example"));
    let directory = tempfile::tempdir().expect("a directory");
    let roots = directory.path().join("roots.pem");
    let trusted = format!("{}{}", ada.certificate, eve.certificate);
    fs::write(&roots, trusted).expect("written");
    let of = |identity: &Identity| identity.server().fingerprint();
    let users = Users::new()
        .with(User::certified("ada", of(&ada), Permissions::READ_WRITE))
        .with(User::new("eve", "wonder", Permissions::READ_ONLY).with_certificate(of(&eve)))
        .with(User::new("bob", "plain", Permissions::READ_ONLY));
    let identity = Identity::of("127.0.0.1");
    let tls = identity.server().client_roots(&roots).expect("roots");
    let server = Running::of(identity, Arc::new(tls), |builder| {
        let mut timeouts = Timeouts::server();
        timeouts.refused_login = Duration::ZERO;
        builder
            .users(users)
            .timeouts(timeouts)
            .certificate_login(CertificateLogin::Alone)
    });
    let server = server.with_file("f", b"Hello.");
    let open = |shown: Option<&Identity>| {
        let mut builder = server.identity.trusted();
        if let Some(Identity { certificate, key }) = shown {
            let (certificate, key) = (certificate.as_bytes(), key.as_bytes());
            builder = builder.certificate_pem(certificate, key).expect("a pair");
        }
        let options = ClientOptions {
            tls: Tls::Required,
            tls_config: Some(builder.build().expect("a configuration")),
            ..ClientOptions::default()
        };
        Client::connect(kind, "127.0.0.1", server.at[0].port(), options)
    };
    let log_in = |shown: Option<&Identity>, user: &'static str, password: &'static str| {
        let mut client = open(shown).expect("a session");
        let password = Password::try_from(password).expect("a password");
        let reply = client.login(Login::new(path(user), password));
        reply.map(|reply| (reply.code().to_u16(), client))
    };
    let (code, mut client) = log_in(Some(&ada), "ada", "none").expect("by the certificate");
    assert_eq!(code, 232);
    let mut received = Vec::new();
    let sink = &mut Writer(&mut received);
    client.retrieve(path("f"), sink).expect("retrieved");
    assert_eq!(received, b"Hello.");
    let (code, _) = log_in(Some(&eve), "eve", "wonder").expect("by both");
    assert_eq!(code, 230);
    let (code, _) = log_in(None, "bob", "plain").expect("by the password");
    assert_eq!(code, 230);
    let (code, _) = log_in(Some(&eve), "bob", "plain").expect("by the password");
    assert_eq!(code, 230);
    for (shown, user, password) in [
        (None, "ada", "none"),
        (None, "ada", ""),
        (Some(&eve), "ada", "wonder"),
        (Some(&eve), "eve", "wrong"),
        (None, "eve", "wonder"),
        (Some(&ada), "eve", "wonder"),
        (Some(&ada), "bob", "wrong"),
        (Some(&ada), "nobody", "none"),
    ] {
        let refused = log_in(shown, user, password).err();
        assert!(
            matches!(refused, Some(Error::Operation(OperationError::Refused(_)))),
            "{user}: {refused:?}"
        );
    }
    // Signed by nobody that is known: it is no session at all, as far as the client gets.
    let refused = open(Some(&stranger)).and_then(|mut client| client.noop());
    refused.expect_err("not signed");
    server.await_event(|event| match event {
        Event::SessionEnded { reason, .. } if *reason == Some(CloseReason::TlsFailed) => Some(()),
        _ => None,
    });
}

both! {
    a_certificate_for_another_name_is_refused
    a_certificate_that_nobody_known_has_signed_is_refused
    a_pinned_certificate_is_trusted_and_no_other
    anything_is_trusted_where_that_was_asked_for
    a_certificate_that_has_changed_is_shown_to_new_sessions
    a_certificate_is_chosen_by_the_host_that_is_asked_for
    a_certificate_is_a_login_or_stands_beside_one
}
