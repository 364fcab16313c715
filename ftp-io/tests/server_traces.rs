//! What the server tells through `tracing`. The one test of its process: it is the subscriber.

#[path = "server/client.rs"]
#[expect(dead_code, reason = "shared with the other tests of the server")]
mod client;
#[path = "server/harness.rs"]
#[expect(dead_code, reason = "shared with the other tests of the server")]
mod harness;
#[path = "traces/listener.rs"]
mod listener;

use std::time::Duration;

use ftp_io::server::{Dialogue, Event, PasswordHash, Permissions, User, Users};
use ftp_proto::Timeouts;

use client::Client;
use harness::Running;
use listener::Listener;

const RIGHT: &str = "correct-horse";
const WRONG: &str = "battery-staple";

#[test]
fn sessions_and_transfers_are_told_and_passwords_are_not() {
    let listener = Listener::default();
    tracing::subscriber::set_global_default(listener.clone()).expect("the only one");
    let hash = PasswordHash::of(RIGHT).expect("random numbers");
    let users = Users::new()
        .with(User::hashed("eve", hash, Permissions::READ_WRITE))
        .with(User::new("ada", RIGHT, Permissions::READ_WRITE));
    let mut timeouts = Timeouts::server();
    timeouts.refused_login = Duration::from_millis(1);
    let server = Running::with(|builder| {
        builder
            .users(users)
            .timeouts(timeouts)
            .sessions(10, 1)
            .dialogue(Dialogue::Shown)
    });

    let mut client = Client::greeted(server.address());
    Client::connected(server.address()).expect(421);
    client.send(&format!("USER eve\r\nPASS {WRONG}\r\n"));
    client.expect(331);
    client.expect(530);
    client.say(&format!("pass {WRONG}"), 503);
    client.say(&format!("ACCT {WRONG}"), 202);
    client.say("USER ada", 331);
    client.say(&format!("PASS {RIGHT}"), 230);
    client.say("USER eve", 331);
    client.say(&format!("PASS {RIGHT}"), 230);
    client.say("TYPE I", 200);
    client.give("STOR f", b"content");
    assert_eq!(client.fetch("RETR f"), b"content");
    client.say("QUIT", 221);
    server.await_event(|event| matches!(event, Event::SessionEnded { .. }).then_some(()));
    drop(server);

    let heard = listener.take();
    for wanted in [
        &["span session", "id=1", "peer=127.0.0.1:"][..],
        &["event WARN", "session refused", "one address"],
        &["event WARN", "login refused", "user=eve"],
        &["record", "user=eve"],
        &["event INFO", "logged in", "user=ada"],
        &["span transfer", "kind=Store", "path=/f", "mode=Passive"],
        &["record", "bytes=7"],
        &["record", "outcome=Complete"],
        &["span transfer", "kind=Retrieve"],
        &["event DEBUG", "command=PASS ****"],
        &["event INFO", "session ended", "reason=Quit"],
    ] {
        let is_told = |line: &String| wanted.iter().all(|wanted| line.contains(wanted));
        assert!(
            heard.iter().any(is_told),
            "{wanted:?} is not in\n{}",
            heard.join("\n")
        );
    }
    let heard = heard.join("\n");
    for secret in [RIGHT, WRONG, "argon2id$"] {
        assert!(!heard.contains(secret), "{secret} is in\n{heard}");
    }
}
