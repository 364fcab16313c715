//! Users with hashes and homes.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use ftp_io::server::{
    Account, Event, HashingLimits, PasswordHash, Permissions, User, Users, UsersFile,
};
use ftp_proto::codec::path::VirtualPath;

use crate::client::Client;
use crate::harness::Running;

fn hash(password: &str) -> PasswordHash {
    PasswordHash::of(password).expect("random numbers")
}

fn home(path: &str) -> VirtualPath {
    VirtualPath::root().join(path.as_bytes()).expect("a path")
}

/// Two users with homes beside each other, one link from the first to the second.
fn with_homes(users: Users) -> Running {
    let server = Running::with(|builder| builder.users(users));
    for name in ["ada", "bob"] {
        fs::create_dir(server.file(name)).expect("new");
        fs::write(server.file(name).join("own"), name).expect("new");
    }
    symlink("../bob", server.file("ada/other")).expect("new");
    symlink(server.file("bob"), server.file("ada/absolute")).expect("new");
    server
}

fn log_in(client: &mut Client, name: &str) {
    client.say(&format!("USER {name}"), 331);
    client.say("PASS secret", 230);
    client.say("TYPE I", 200);
}

#[test]
fn a_user_sees_the_home_as_the_whole_tree() {
    let hash = hash("secret");
    let server = with_homes(
        Users::new().with(User::hashed("ada", hash, Permissions::READ_WRITE).at_home(home("/ada"))),
    );
    let mut client = Client::greeted(server.address());
    log_in(&mut client, "ada");
    assert!(client.say("PWD", 257).contains("\"/\""));
    assert_eq!(client.fetch("RETR /own"), b"ada");
    client.say("CDUP", 250);
    client.say("CWD ../../bob", 550);
    client.say("RMD /", 550);
    client.say("SIZE ../bob/own", 550);
    client.give("STOR ../bob.txt", b"new");
    assert_eq!(fs::read(server.file("ada/bob.txt")).expect("there"), b"new");
    assert!(!server.file("bob.txt").exists());
}

#[test]
fn a_symbolic_link_does_not_lead_out_of_a_home() {
    let server = with_homes(
        Users::new()
            .with(User::new("ada", "secret", Permissions::READ_WRITE).at_home(home("/ada"))),
    );
    let mut client = Client::greeted(server.address());
    log_in(&mut client, "ada");
    for link in ["other", "absolute"] {
        client.say(&format!("CWD {link}"), 550);
        client.say(&format!("SIZE {link}/own"), 550);
        client.say(&format!("DELE {link}/own"), 550);
        client.say(&format!("RNFR {link}/own"), 550);
        client.say(&format!("MKD {link}/new"), 550);
    }
    assert_eq!(fs::read(server.file("bob/own")).expect("there"), b"bob");
}

#[test]
fn another_login_in_the_same_session_gets_the_other_home() {
    let user = |name: &str| {
        User::new(name, "secret", Permissions::READ_ONLY).at_home(home(&format!("/{name}")))
    };
    let whole = User::new("root", "secret", Permissions::READ_ONLY);
    let server = with_homes(Users::new().with(user("ada")).with(user("bob")).with(whole));
    let mut client = Client::greeted(server.address());
    for (name, file) in [("ada", "own"), ("bob", "own"), ("root", "bob/own")] {
        log_in(&mut client, name);
        assert!(
            client
                .say(&format!("SIZE {file}"), 213)
                .starts_with("213 3")
        );
    }
}

#[test]
fn a_login_without_its_home_fails_and_may_be_tried_again() {
    let server = with_homes(
        Users::new().with(User::new("eve", "secret", Permissions::READ_ONLY).at_home(home("/eve"))),
    );
    let mut client = Client::greeted(server.address());
    for _ in 0..4 {
        client.say("USER eve", 331);
        client.say("PASS secret", 530);
    }
    fs::create_dir(server.file("eve")).expect("new");
    log_in(&mut client, "eve");
}

#[test]
fn a_hashed_password_lets_in_who_knows_it() {
    let hash = hash("secret");
    let server = Running::with(|builder| {
        builder.users(Users::new().with(User::hashed("ada", hash, Permissions::READ_ONLY)))
    });
    let mut client = Client::greeted(server.address());
    client.say("USER ada", 331);
    client.say("PASS wrong", 530);
    client.say("USER bob", 331);
    client.say("PASS secret", 530);
    log_in(&mut client, "ada");
    let named = server.await_event(|event| match event {
        Event::LoggedIn { user, .. } => Some(user.clone()),
        _ => None,
    });
    assert_eq!(&named[..], b"ada");
}

#[test]
fn many_logins_at_once_take_turns() {
    let hash = hash("secret");
    let limits = HashingLimits {
        at_once: 1,
        waiting: 20,
    };
    let users =
        Users::new()
            .with_hashing(limits)
            .with(User::hashed("ada", hash, Permissions::READ_ONLY));
    let server = Running::with(|builder| builder.users(users));
    let mut clients: Vec<_> = (0..20).map(|_| Client::greeted(server.address())).collect();
    for client in &mut clients {
        client.send("USER ada\r\nPASS secret\r\n");
    }
    for client in &mut clients {
        client.expect(331);
        client.expect(230);
    }
}

#[test]
fn a_users_file_that_is_read_again_lets_in_new_users() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("users.toml");
    let secret = hash("secret");
    let read_only = Account::new(Permissions::READ_ONLY);
    let ada = UsersFile::entry("ada", &secret, &read_only);
    fs::write(&path, &ada).expect("writable");
    let users = Arc::new(UsersFile::open(&path).expect("a table"));
    let server = Running::with(|builder| builder.authenticator(users.clone()));

    let mut client = Client::greeted(server.address());
    client.say("USER eve", 331);
    client.say("PASS secret", 530);
    log_in(&mut client, "ada");

    fs::write(&path, UsersFile::entry("eve", &secret, &read_only)).expect("writable");
    users.reload().expect("a table");
    client.say("PWD", 257);
    log_in(&mut client, "eve");
    client.say("USER ada", 331);
    client.say("PASS secret", 530);
}
