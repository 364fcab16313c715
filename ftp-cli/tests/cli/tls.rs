//! TLS from both ends of the tool.

use std::fs;
use std::path::{Path, PathBuf};

use crate::site::{PASSWORD, Site, USER, run, tool};

/// A certificate and its key in files.
struct Pair {
    folder: tempfile::TempDir,
}

impl Pair {
    fn of(name: &str) -> Self {
        let pair = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        pair.renew(name);
        pair
    }

    /// Another certificate in the same files.
    fn renew(&self, name: &str) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let texts = [made.cert.pem(), made.signing_key.serialize_pem()];
        for (path, text) in [self.certificate(), self.key()].iter().zip(texts) {
            let beside = path.with_extension("new");
            fs::write(&beside, text).unwrap();
            fs::rename(&beside, path).unwrap();
        }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}

/// A server with a certificate of its own making, and a user.
fn self_signed(options: &[&str]) -> Site {
    let user = format!("{USER}:{PASSWORD}");
    let all = ["--self-signed", "--user", &user].into_iter();
    let site = Site::with(all.chain(options.iter().copied()));
    fs::write(site.server_file("f"), "Hello.").unwrap();
    site
}

#[test]
fn who_asks_is_told_what_is_protected_and_how() {
    let site = self_signed(&[]);
    let pin = ["--pin", site.certificate()];
    let url = site.url_under_tls("f");
    let ran = site.run(["-v", "get", &url, "-"].iter().chain(&pin)).ok();
    assert_eq!(ran.stdout_text(), "Hello.");
    let ran = ran.says("* the control connection is under TLSv1.3, TLS13_");
    let ran = ran
        .says("full handshake")
        .says("* the data connection is under TLSv1.3, TLS13_");
    let ran = ran.says(", resumed");
    assert!(!ran.stderr.contains("in clear"), "{ran:?}");

    let old = ["-v", "get", &url, "-", "--tls-max", "1.2"];
    let ran = site.run(old.iter().chain(&pin)).ok();
    let ran = ran.says("* the control connection is under TLSv1.2, TLS_ECDHE_");
    let ran = ran.says("* the data connection is under TLSv1.2, TLS_ECDHE_");
    ran.says(", resumed");

    let ran = site.run(["-v", "get", &site.url("f"), "-"]).ok();
    ran.says("* the password went in clear");
}

#[test]
fn a_server_is_trusted_by_its_roots_by_its_fingerprint_or_not_at_all() {
    let pair = Pair::of("127.0.0.1");
    let [certificate, key] =
        [pair.certificate(), pair.key()].map(|path| path.display().to_string());
    let user = format!("{USER}:{PASSWORD}");
    let site = Site::with([
        "--user",
        &user,
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ]);
    let url = site.url_under_tls("");
    let nobody = "00".repeat(32);
    site.run(["ls", &url, "--pin", &nobody])
        .ends(3)
        .says("the TLS handshake failed");
    site.run(["ls", &url, "--ca", &certificate]).ok();
    site.run(["ls", &url, "--insecure"]).ok();
    let other = Pair::of("127.0.0.1");
    let other = other.certificate().display().to_string();
    site.run(["ls", &url, "--ca", &other])
        .ends(3)
        .says("--ca FILE");
    site.run(["ls", &url, "--ca", "/nowhere"]).ends(2);
}

#[test]
fn a_port_may_begin_with_tls() {
    let mut site = self_signed(&["--implicit", "127.0.0.1:0"]);
    let at = site.next_address();
    let url = format!("ftps://{USER}@{at}/f");
    let ran = site
        .run(["get", &url, "-", "--pin", site.certificate()])
        .ok();
    assert_eq!(ran.stdout_text(), "Hello.");
}

#[test]
fn tls_can_be_required_and_of_anonymous_users_apart() {
    let site = self_signed(&["--require-tls", "both"]);
    site.run(["ls", &site.url("")])
        .ends(4)
        .says("530 TLS is required");
    let url = site.url_under_tls("");
    site.run(["ls", &url, "--pin", site.certificate()]).ok();

    let options = ["--self-signed", "--anonymous", "--require-tls", "both"];
    let site = Site::with(options);
    site.run(["ls", &site.url_as("", "")]).ends(4).says("530");
    let apart = ["--require-tls-anonymous", "none"];
    let site = Site::with(options.iter().chain(&apart));
    site.run(["ls", &site.url_as("", "")]).ok();
}

#[test]
fn what_needs_tls_needs_a_certificate() {
    for options in [
        &["--require-tls", "both"][..],
        &["--require-tls-anonymous", "control"],
        &["--implicit", "127.0.0.1:0"],
        &["--tls-client-ca", "roots.pem"],
    ] {
        let mut command = tool();
        command.args(["serve", ".", "--anonymous"]).args(options);
        run(command, b"").ends(2).says("--self-signed");
    }
    let mut command = tool();
    command.args(["serve", ".", "--anonymous", "--tls-key", "k"]);
    command.args(["--tls-cert", "a", "--tls-cert", "b"]);
    run(command, b"")
        .ends(2)
        .says("each --tls-cert needs a --tls-key");
}

#[test]
fn a_certificate_that_has_changed_is_told_to_the_operator() {
    let pair = Pair::of("127.0.0.1");
    let [certificate, key] =
        [pair.certificate(), pair.key()].map(|path| path.display().to_string());
    let user = format!("{USER}:{PASSWORD}");
    let site = Site::with([
        "--user",
        &user,
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ]);
    let list = || site.run(["ls", &site.url_under_tls(""), "--ca", &certificate]);
    list().ok();
    pair.renew("127.0.0.1");
    list().ok();
    site.says("the certificates have changed: the first is now ");
    fs::write(pair.key(), "nothing of use").unwrap();
    list().ok();
    site.says("cannot be used: expected a private key");
}

#[test]
fn a_certificate_is_chosen_by_name() {
    let pairs = ["first.example", "localhost"].map(Pair::of);
    let user = format!("{USER}:{PASSWORD}");
    let mut options = vec!["--user".into(), user];
    for pair in &pairs {
        options.push("--tls-cert".into());
        options.push(pair.certificate().display().to_string());
        options.push("--tls-key".into());
        options.push(pair.key().display().to_string());
    }
    let site = Site::with(options);
    let url = format!("ftpes://{USER}@localhost:{}/", site.address().port());
    let ca = pairs[1].certificate().display().to_string();
    site.run(["ls", &url, "--ca", &ca]).ok();
}

#[test]
fn a_users_certificate_stands_for_a_password_or_beside_it() {
    let (own, other) = (Pair::of("alice"), Pair::of("bob"));
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (users, roots) = (at("users.toml"), at("roots.pem"));
    let texts = [&own, &other].map(|pair| fs::read_to_string(pair.certificate()).unwrap());
    fs::write(&roots, texts.concat()).unwrap();
    let add = |name: &str, pair: &Pair, more: &[&str]| {
        let mut command = tool();
        command.args(["user", "add", name, "--file", &users, "--certificate"]);
        command.arg(pair.certificate()).args(more);
        run(command, PASSWORD.as_bytes())
    };
    add("alice", &own, &["--no-password"]).ok();
    add("bob", &other, &[]).ok();
    add(
        "eve",
        &Pair {
            folder: tempfile::tempdir().unwrap(),
        },
        &[],
    )
    .ends(7);

    let site = Site::with([
        "--users",
        &users,
        "--self-signed",
        "--tls-client-ca",
        &roots,
    ]);
    let pin = site.certificate();
    let list = |user: &str, pair: Option<&Pair>, password: &str| {
        let url = format!("ftpes://{user}@{}/", site.address());
        let mut command = site.command(["-v", "ls", &url, "--pin", pin]);
        command.env("FTP_PASSWORD", password);
        if let Some(pair) = pair {
            let files = [Path::new("--cert"), &pair.certificate(), Path::new("--key")];
            command.args(files).arg(pair.key());
        }
        run(command, b"")
    };
    list("alice", Some(&own), "none").ok().says("< 232 ");
    list("alice", None, "none").ends(4);
    list("bob", Some(&other), PASSWORD).ok().says("< 230 ");
    list("bob", None, PASSWORD).ends(4);
    list("bob", Some(&own), PASSWORD).ends(4);
}
