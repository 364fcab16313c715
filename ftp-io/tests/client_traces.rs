//! What the clients tell through `tracing`. The one test of its process: it is the subscriber.

#[path = "clients/kind.rs"]
#[expect(dead_code, reason = "shared with the other tests of the clients")]
mod kind;
#[path = "traces/listener.rs"]
mod listener;
#[path = "clients/scripted.rs"]
#[expect(dead_code, reason = "shared with the other tests of the clients")]
mod scripted;

use std::io::{Read, Write};

use ftp_io::client::ClientOptions;
use ftp_io::storage::{Reader, Writer};
use ftp_proto::Secret;
use ftp_proto::client::{Login, Store, StoreAs};
use ftp_proto::codec::command::Password;

use kind::Kind;
use listener::Listener;
use scripted::{Control, Scripted, accept, path};

const RIGHT: &str = "correct-horse";
const WRONG: &str = "battery-staple";
const ACCOUNT: &str = "savings-account";

fn script(control: &mut Control) {
    control.say("220 Ready.");
    control.answer("USER eve", "331 Password.");
    control.answer(&format!("PASS {WRONG}"), "530 No.");
    control.answer("USER ada", "331 Password.");
    control.answer(&format!("PASS {RIGHT}"), "332 Account.");
    control.answer(&format!("ACCT {ACCOUNT}"), "230 In.");
    let mut data = control.data_for("STOR up");
    let mut came = Vec::new();
    data.read_to_end(&mut came).expect("all of it");
    control.say("226 Done.");
    let listener = control.next_passive();
    control.answer("RETR down", "150 Here it comes.");
    accept(&listener).write_all(b"content").expect("a client");
    control.say("226 Done.");
    let _listener = control.next_passive();
    control.answer("RETR none", "550 No such file.");
    control.until_gone();
}

fn login(user: &str, password: &str) -> Login {
    Login {
        user: path(user),
        password: Some(Password::try_from(password).expect("a password")),
        account: Some(Secret::new(path(ACCOUNT))),
    }
}

fn visit(kind: Kind) {
    let server = Scripted::new(script);
    let options = ClientOptions::default();
    let mut client = server.connect(kind, options).expect("a greeting");
    client.login(login("eve", WRONG)).expect_err("530");
    client.login(login("ada", RIGHT)).expect("230");
    let up = Store::new(StoreAs::Whole(path("up")));
    client.store(up, &mut Reader(&b"123"[..])).expect("226");
    let mut down = Vec::new();
    client
        .retrieve(path("down"), &mut Writer(&mut down))
        .expect("226");
    client
        .retrieve(path("none"), &mut Writer(&mut down))
        .expect_err("550");
    drop(client);
    server.ended();
}

#[test]
fn sessions_and_transfers_are_told_and_passwords_are_not() {
    let listener = Listener::default();
    tracing::subscriber::set_global_default(listener.clone()).expect("the only one");
    for kind in [Kind::Blocking, Kind::Tokio] {
        visit(kind);
        let heard = listener.take();
        for wanted in [
            &["span session", "peer=127.0.0.1:"][..],
            &["event WARN", "login failed", "user=eve", "530"],
            &["record", "user=ada"],
            &["event INFO", "logged in", "user=ada"],
            &["span transfer", "kind=\"Store\"", "path=up"],
            &["span transfer", "kind=\"Retrieve\"", "path=down"],
            &["record", "mode=Passive"],
            &["event DEBUG", "data connection open", "peer=127.0.0.1:"],
            &["record", "bytes=3"],
            &["record", "bytes=7"],
            &["record", "outcome=\"Complete\""],
            &["event WARN", "transfer failed", "550"],
            &["event DEBUG", "command=PASS ****"],
            &["event DEBUG", "command=ACCT ****"],
            &["event DEBUG", "code=230", "reply=In."],
        ] {
            let is_told = |line: &String| wanted.iter().all(|wanted| line.contains(wanted));
            assert!(
                heard.iter().any(is_told),
                "{kind:?}: {wanted:?} is not in\n{}",
                heard.join("\n")
            );
        }
        for secret in [RIGHT, WRONG, ACCOUNT] {
            let heard = heard.join("\n");
            assert!(!heard.contains(secret), "{kind:?}: {secret} is in\n{heard}");
        }
    }
}
