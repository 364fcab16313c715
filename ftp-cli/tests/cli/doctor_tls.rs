//! `doctor` at servers with TLS, with such as there should not be.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use tempfile::TempDir;

use crate::doctor::{Talk, causes, finding, outcome, report};
use crate::site::{PASSWORD, Ran, Site, USER, run, tool};

const WAYS: [&str; 4] = ["EPSV", "PASV", "EPRT", "PORT"];

#[test]
fn every_way_works_under_tls_and_resumes_the_session() {
    let (site, identity) = served(Identity::of("127.0.0.1"));
    let report = report(&examine(&site, "ftpes", &["--ca", &identity.path()]).ok());
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report:#}");
    assert_eq!(report["tls"]["version"], "TLSv1.3");
    for way in report["ways"].as_array().unwrap() {
        assert_eq!(way["outcome"], "works");
        assert_eq!(way["tls"]["resumed"], true, "{way:#}");
    }
}

#[test]
fn a_certificate_that_nobody_known_has_signed_is_told_and_no_password_sent() {
    let (site, _) = served(Identity::of("127.0.0.1"));
    let other = Identity::of("127.0.0.1");
    let ran = examine(&site, "ftpes", &["--ca", &other.path()]).ends(3);
    let report = report(&ran);
    let found = finding(&report, "certificate-untrusted");
    assert_eq!(found["side"], "unknown");
    assert_eq!(
        causes(found),
        ["certificate-own", "roots", "something-between"]
    );
    assert!(found["tell_apart"].as_str().unwrap().contains("--pin"));
    assert!(!ran.stderr.contains("> USER"), "{ran:?}");
}

#[test]
fn a_certificate_for_another_name_is_told_with_that_name() {
    let (site, identity) = served(Identity::of("ftp.example.org"));
    let report = report(&examine(&site, "ftpes", &["--ca", &identity.path()]).ends(3));
    let found = finding(&report, "certificate-other-name");
    let says = found["causes"][0]["says"].as_str().unwrap();
    assert!(says.contains("ftp.example.org"), "{says}");
}

#[test]
fn a_certificate_out_of_date_may_be_the_clocks_fault() {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2001, 1, 1);
    let (site, identity) = served(Identity::made(params));
    let report = report(&examine(&site, "ftpes", &["--ca", &identity.path()]).ends(3));
    let found = finding(&report, "certificate-expired");
    assert_eq!(causes(found), ["certificate-dates", "clock"]);
}

#[test]
fn a_certificate_that_is_not_the_one_pinned_is_told() {
    let (site, _) = served(Identity::of("127.0.0.1"));
    let pin = "00".repeat(32);
    let report = report(&examine(&site, "ftpes", &["--pin", &pin]).ends(3));
    finding(&report, "certificate-not-pinned");
}

#[test]
fn a_server_without_tls_and_a_port_without_tls_are_told_apart() {
    let site = Site::new();
    let refused = report(&examine(&site, "ftpes", &["--insecure"]).ends(8));
    let found = finding(&refused, "tls-refused");
    assert_eq!(causes(found), ["server", "something-between"]);
    let clear = report(&examine(&site, "ftps", &["--insecure"]).ends(3));
    let found = finding(&clear, "tls-not-spoken");
    assert_eq!(found["side"], "server");
    let says = found["causes"][0]["says"].as_str().unwrap();
    assert!(says.contains("ftpes://"), "{says}");
}

#[test]
fn a_session_that_the_server_wants_resumed_and_cannot_is_the_servers() {
    let server = Private::new(Data::Secured, "522 Resume the session.");
    let report = report(&server.doctor().ends(6));
    let found = finding(&report, "resumption-required");
    assert_eq!(found["side"], "server");
    assert_eq!(causes(found), ["no-session-kept", "another-machine"]);
    assert_eq!(outcome(&report, "EPSV"), "not-resumed");
    assert_eq!(outcome(&report, "PORT"), "not-resumed");
}

#[test]
fn a_reply_of_many_uses_behind_a_full_handshake_leaves_other_reasons_open() {
    let server = Private::new(Data::Secured, "425 Unable to build data connection.");
    let report = report(&server.doctor().ends(6));
    let found = finding(&report, "resumption-required");
    assert_eq!(found["side"], "unknown");
    assert!(causes(found).contains(&"another-reason"));
    assert!(found["tell_apart"].is_string());
}

#[test]
fn a_server_that_resumes_nothing_and_wants_nothing_works_with_a_remark() {
    let server = Private::new(Data::Secured, "226 That was all.");
    let report = report(&server.doctor().ok());
    let found = finding(&report, "not-resumed");
    assert_eq!(found["ways"], Value::from(WAYS.to_vec()));
    assert_eq!(found["side"], "server");
}

#[test]
fn data_in_clear_behind_prot_p_is_the_servers() {
    let server = Private::new(Data::Clear, "226 That was all.");
    let report = report(&server.doctor().ends(6));
    assert_eq!(finding(&report, "data-tls-not-spoken")["side"], "server");
    assert_eq!(outcome(&report, "PASV"), "handshake-failed");
}

#[test]
fn a_handshake_cut_on_the_data_connection_blames_nobody() {
    let server = Private::new(Data::Cut, "226 That was all.");
    let report = report(&server.doctor().ends(6));
    let found = finding(&report, "data-handshake-cut");
    assert_eq!(found["side"], "unknown");
    assert_eq!(causes(found), ["server", "something-between"]);
}

#[test]
fn another_certificate_on_the_data_connection_is_another_machines() {
    let other = Identity::of("127.0.0.1").config();
    let server = Private::new(Data::By(other), "226 That was all.");
    let ran = server.doctor().ends(6);
    let report = report(&ran);
    let found = finding(&report, "data-certificate-untrusted");
    assert_eq!(causes(found), ["another-machine", "something-between"]);
}

/// A certificate with its key, which has signed itself.
struct Identity {
    certificate: String,
    key: String,
    folder: TempDir,
}

impl Identity {
    fn of(name: &str) -> Self {
        Self::made(CertificateParams::new([name.to_owned()]).unwrap())
    }

    fn made(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("certificate.pem"), &certificate).unwrap();
        fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self {
            certificate,
            key: key.serialize_pem(),
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the certificate is.
    fn path(&self) -> String {
        self.file("certificate.pem").display().to_string()
    }

    /// A server that gives nothing to resume by.
    fn config(&self) -> Arc<ServerConfig> {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Arc::new(config)
    }
}

/// Our server with this certificate.
fn served(identity: Identity) -> (Site, Identity) {
    let site = Site::with([
        "--user".to_owned(),
        format!("{USER}:{PASSWORD}"),
        "--tls-cert".to_owned(),
        identity.path(),
        "--tls-key".to_owned(),
        identity.file("key.pem").display().to_string(),
    ]);
    (site, identity)
}

fn examine(site: &Site, scheme: &str, options: &[&str]) -> Ran {
    let url = format!("{scheme}://{USER}@{}/", site.address());
    let mut arguments = vec!["-v", "doctor", &url, "--json"];
    arguments.extend(options);
    site.run(arguments)
}

/// A server under TLS whose data connections are as they should not be. It ends with the tests.
struct Private {
    address: SocketAddr,
    identity: Identity,
}

/// What becomes of a data connection.
#[derive(Clone)]
enum Data {
    /// A full handshake.
    Secured,
    /// A full handshake with another certificate.
    By(Arc<ServerConfig>),
    /// A listing in clear.
    Clear,
    /// Its end.
    Cut,
}

impl Private {
    fn new(data: Data, last: &'static str) -> Self {
        let identity = Identity::of("127.0.0.1");
        let config = identity.config();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for control in listener.incoming().map_while(Result::ok) {
                let (config, data) = (Arc::clone(&config), data.clone());
                std::thread::spawn(move || serve(control, &config, &data, last));
            }
        });
        Self { address, identity }
    }

    fn doctor(&self) -> Ran {
        let mut command = tool();
        command
            .args(["doctor", "--json", "--ca", &self.identity.path()])
            .arg(format!("ftpes://{}/", self.address));
        run(command, b"")
    }
}

fn serve(
    mut control: TcpStream,
    config: &Arc<ServerConfig>,
    data: &Data,
    last: &str,
) -> Option<()> {
    let mut talk = Talk::with(control.peer_addr().ok()?.port());
    say(&mut control, "220 Hello.")?;
    hear(&mut control).filter(|line| line == "AUTH TLS")?;
    say(&mut control, "234 Go on.")?;
    let mut control = secure(control, config)?;
    loop {
        let line = hear(&mut control)?;
        let reply = match line.split(' ').next()? {
            "PBSZ" | "PROT" => "200 Fine.".to_owned(),
            "LIST" => {
                say(&mut control, "150 Here it comes.")?;
                let mut stream = talk.open()?;
                match data {
                    Data::Secured => end(secure(stream, config)?),
                    // The client does not trust it, and is waited for no longer.
                    Data::By(other) => drop(secure(stream, other).map(end)),
                    Data::Clear => drop(stream.write_all(b"total 0\r\n")),
                    Data::Cut => drop(stream.read(&mut [0; 64])),
                }
                last.to_owned()
            }
            _ => talk.reply(&line),
        };
        say(&mut control, &reply)?;
    }
}

type Secured = StreamOwned<ServerConnection, TcpStream>;

/// Shakes hands.
fn secure(mut stream: TcpStream, config: &Arc<ServerConfig>) -> Option<Secured> {
    let mut connection = ServerConnection::new(Arc::clone(config)).ok()?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).ok()?;
    }
    Some(StreamOwned::new(connection, stream))
}

/// Says close_notify.
fn end(mut stream: Secured) {
    stream.conn.send_close_notify();
    let _ = stream.conn.complete_io(&mut stream.sock);
}

fn say(to: &mut impl Write, text: &str) -> Option<()> {
    to.write_all(format!("{text}\r\n").as_bytes()).ok()?;
    to.flush().ok()
}

fn hear(from: &mut impl Read) -> Option<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while from.read(&mut byte).ok()? > 0 {
        match byte {
            [b'\n'] => return String::from_utf8(line).ok(),
            [b'\r'] => {}
            [byte] => line.push(byte),
        }
    }
    None
}
