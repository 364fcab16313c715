//! The ways of opening a data connection: which is tried, what follows when it fails, and where
//! it leads.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use ftp_io::client::{ClientOptions, Error};
use ftp_io::net::PortRange;
use ftp_io::storage::{Reader, Writer};
use ftp_proto::DataFailure;
use ftp_proto::client::{
    Attempt, AttemptFailure, DataPolicy, OperationError, PassiveHost, Store, StoreAs, Way,
};
use socket2::{Domain, Socket, Type};

use crate::both;
use crate::kind::{Client, Kind};
use crate::scripted::{Control, Scripted, path, refused};

const CONTENT: &[u8] = b"all of it";

/// Retrieves the file that the script gives, and tells by which way it came.
fn fetch(client: &mut Client) -> Option<Way> {
    let mut file = Writer(Vec::new());
    let transfer = client.retrieve(path("f"), &mut file).expect("a whole file");
    assert_eq!(file.0, CONTENT);
    transfer.way
}

/// What was tried in vain.
fn tried(client: &mut Client) -> Vec<Attempt> {
    match client.retrieve(path("f"), &mut Writer(Vec::new())) {
        Err(Error::Operation(OperationError::NoDataConnection(tried))) => tried,
        other => panic!("{other:?}"),
    }
}

/// A port that is taken, and where nobody listens.
fn closed_port() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).expect("a port");
    let at = socket.local_addr().expect("an address");
    let port = at.as_socket().expect("of IPv4").port();
    (socket, port)
}

/// The address in a PORT or an EPRT.
fn active_address(line: &str) -> SocketAddr {
    if let Some(numbers) = line.strip_prefix("PORT ") {
        let numbers: Vec<u8> = numbers
            .split(',')
            .map(|n| n.parse().expect("one"))
            .collect();
        let [a, b, c, d, high, low] = numbers[..] else {
            panic!("{line}");
        };
        return SocketAddr::from(([a, b, c, d], u16::from_be_bytes([high, low])));
    }
    let parts: Vec<&str> = line.split('|').collect();
    let ["EPRT ", "1", host, port, ""] = parts[..] else {
        panic!("{line}");
    };
    let host: Ipv4Addr = host.parse().expect("an address");
    SocketAddr::from((host, port.parse().expect("a number")))
}

/// Gives the file in active mode, to where the client's command says.
fn give_actively(control: &mut Control, to: SocketAddr) {
    control.say("200 There.");
    control.answer("RETR f", "150 Here it comes.");
    let mut data = TcpStream::connect(to).expect("a listener");
    data.write_all(CONTENT).expect("a client that reads");
    drop(data);
    control.say("226 Done.");
}

fn options(data: DataPolicy) -> ClientOptions {
    ClientOptions {
        data,
        ..ClientOptions::default()
    }
}

fn rest_stands_directly_before_the_transfer(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let listener = control.passive();
            control.answer("REST 4", "350 From there.");
            control.answer("STOR f", "150 Go on.");
            drop(crate::scripted::accept(&listener));
            control.say("226 Stored.");
            // TYPE is known by now.
            let listener = control.next_passive();
            control.give(&listener, "RETR f", CONTENT);
        },
        |client| {
            let store = Store::new(StoreAs::At(path("f"), 4));
            client
                .store(store, &mut Reader(std::io::empty()))
                .expect("a whole file");
            fetch(client);
        },
    );
}

fn a_refused_rest_sends_no_retr(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let _listener = control.passive();
            control.answer("REST 4", "502 Never.");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            let retrieve = ftp_proto::client::Retrieve {
                offset: 4,
                ..ftp_proto::client::Retrieve::new(path("f"))
            };
            let result = client.retrieve_with(retrieve, &mut Writer(Vec::new()));
            assert_eq!(refused(result), 502);
            client.noop().expect("the session goes on");
        },
    );
}

fn a_refused_epsv_leads_to_pasv_and_is_remembered(kind: Kind) {
    for code in [500, 501, 502, 522, 425] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                control.answer("TYPE I", "200 I.");
                control.answer("EPSV", &format!("{code} No."));
                for _ in 0..2 {
                    let listener = control.pasv("227 Here (127,0,0,1,{})");
                    control.give(&listener, "RETR f", CONTENT);
                }
            },
            |client| {
                for _ in 0..2 {
                    assert_eq!(fetch(client), Some(Way::Pasv));
                }
            },
        );
    }
}

fn a_229_that_cannot_be_read_leads_to_pasv(kind: Kind) {
    for reply in [
        "229 Here",
        "229 Here (|||x|)",
        "229 Here (|||0|)",
        "229 Here (|||65536|)",
        "229 Here (1112111)",
        "200 Here",
    ] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                control.answer("TYPE I", "200 I.");
                control.answer("EPSV", reply);
                let listener = control.pasv("227 Here (127,0,0,1,{})");
                control.give(&listener, "RETR f", CONTENT);
            },
            |client| assert_eq!(fetch(client), Some(Way::Pasv), "{reply}"),
        );
    }
}

fn a_port_of_epsv_that_refuses_leads_to_pasv(kind: Kind) {
    let (_held, port) = closed_port();
    Scripted::session(
        kind,
        ClientOptions::default(),
        move |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("EPSV", &format!("229 Here (|||{port}|)"));
            for _ in 0..2 {
                let listener = control.pasv("227 Here (127,0,0,1,{})");
                control.give(&listener, "RETR f", CONTENT);
            }
        },
        |client| {
            for _ in 0..2 {
                assert_eq!(fetch(client), Some(Way::Pasv));
            }
        },
    );
}

fn a_229_has_many_forms(kind: Kind) {
    for form in [
        "229 Here (|||{}|)",
        "229 Here (!!!{}!).",
        "229 Here (||{}|)",
        "229-Here\r\n229 (|||{}|) it is",
    ] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                control.answer("TYPE I", "200 I.");
                let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
                let port = listener.local_addr().expect("an address").port();
                control.answer("EPSV", &form.replace("{}", &port.to_string()));
                control.give(&listener, "RETR f", CONTENT);
            },
            |client| assert_eq!(fetch(client), Some(Way::Epsv), "{form}"),
        );
    }
}

const FORMS_OF_227: [&str; 6] = [
    "227 Entering Passive Mode (127,0,0,1,{})",
    "227 Entering Passive Mode (127,0,0,1,{}).",
    "227 =127,0,0,1,{}",
    "227 127,0,0,1,{}",
    "227-Number 1 of 300\r\n227 mode 4 on =127,0,0,1,{}",
    "227-Here (127,0,0,1,{})\r\n227 End",
];

fn a_227_has_many_forms(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("EPSV", "502 No.");
            for form in FORMS_OF_227 {
                let listener = control.pasv(form);
                control.give(&listener, "RETR f", CONTENT);
            }
        },
        |client| {
            for form in FORMS_OF_227 {
                assert_eq!(fetch(client), Some(Way::Pasv), "{form}");
            }
        },
    );
}

fn either_passive_reply_answers_either_command(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("TYPE I", "200 I.");
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let [high, low] = port.to_be_bytes();
            control.answer("EPSV", &format!("227 Here (127,0,0,1,{high},{low})"));
            control.give(&listener, "RETR f", CONTENT);
        },
        |client| assert_eq!(fetch(client), Some(Way::Epsv)),
    );
    Scripted::session(
        kind,
        options(DataPolicy::Only(Way::Pasv)),
        |control| {
            control.answer("TYPE I", "200 I.");
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            control.answer("PASV", &format!("229 Here (|||{port}|)"));
            control.give(&listener, "RETR f", CONTENT);
        },
        |client| assert_eq!(fetch(client), Some(Way::Pasv)),
    );
}

fn port_0_is_no_port(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("EPSV", "229 Here (|||0|)");
            control.answer("PASV", "227 Here (127,0,0,1,0,0)");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            let tried = tried(client);
            let ways: Vec<Way> = tried.iter().map(|attempt| attempt.way).collect();
            assert_eq!(ways, [Way::Epsv, Way::Pasv]);
            for attempt in tried {
                let unreadable = matches!(attempt.failure, AttemptFailure::Unreadable(_));
                assert!(unreadable, "{attempt:?}");
            }
            client.noop().expect("the session goes on");
        },
    );
}

fn passive_never_becomes_active(kind: Kind) {
    let (_held, port) = closed_port();
    Scripted::session(
        kind,
        ClientOptions::default(),
        move |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("EPSV", "502 No.");
            let [high, low] = port.to_be_bytes();
            control.answer("PASV", &format!("227 Here (127,0,0,1,{high},{low})"));
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            let tried = tried(client);
            assert!(matches!(tried[0].failure, AttemptFailure::Refused(_)));
            assert_eq!(
                tried[1].failure,
                AttemptFailure::Connection(DataFailure::Refused)
            );
            assert_eq!(tried.len(), 2);
            client.noop().expect("the session goes on");
        },
    );
}

fn active_never_becomes_passive(kind: Kind) {
    Scripted::session(
        kind,
        options(DataPolicy::Active),
        |control| {
            control.answer("TYPE I", "200 I.");
            assert!(control.take().expect("a command").starts_with("EPRT "));
            control.say("500 No.");
            assert!(control.take().expect("a command").starts_with("PORT "));
            control.say("502 No.");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            let ways: Vec<Way> = tried(client).iter().map(|attempt| attempt.way).collect();
            assert_eq!(ways, [Way::Eprt, Way::Port]);
            client.noop().expect("the session goes on");
        },
    );
}

fn both_modes_are_tried_where_that_was_asked_for(kind: Kind) {
    Scripted::session(
        kind,
        options(DataPolicy::Auto),
        |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("EPSV", "502 No.");
            control.answer("PASV", "502 No.");
            for _ in 0..2 {
                let to = active_address(&control.take().expect("EPRT"));
                give_actively(control, to);
            }
        },
        |client| {
            for _ in 0..2 {
                assert_eq!(fetch(client), Some(Way::Eprt));
            }
        },
    );
}

fn a_425_over_an_open_connection_leads_to_the_next_way(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let listener = control.passive();
            control.answer("RETR f", "425 Cannot open it.");
            drop(listener);
            let listener = control.pasv("227 Here (127,0,0,1,{})");
            control.give(&listener, "RETR f", CONTENT);
        },
        |client| assert_eq!(fetch(client), Some(Way::Pasv)),
    );
}

fn the_host_in_a_227_is_not_trusted(kind: Kind) {
    Scripted::session(
        kind,
        options(DataPolicy::Only(Way::Pasv)),
        |control| {
            control.answer("TYPE I", "200 I.");
            for form in ["227 Here (192,0,2,9,{})", "227 Here (0,0,0,0,{})"] {
                let listener = control.pasv(form);
                control.give(&listener, "RETR f", CONTENT);
            }
        },
        |client| {
            fetch(client);
            fetch(client);
        },
    );
}

fn the_host_in_a_227_is_trusted_where_that_was_asked_for(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions {
            passive_host: PassiveHost::Trust,
            ..options(DataPolicy::Only(Way::Pasv))
        },
        |control| {
            control.answer("TYPE I", "200 I.");
            let listener = TcpListener::bind("127.0.0.5:0").expect("all of 127/8 is here");
            let port = listener.local_addr().expect("an address").port();
            let [high, low] = port.to_be_bytes();
            control.answer("PASV", &format!("227 Here (127,0,0,5,{high},{low})"));
            control.give(&listener, "RETR f", CONTENT);
        },
        |client| assert_eq!(fetch(client), Some(Way::Pasv)),
    );
}

fn active_mode_listens_at_the_address_of_the_control_connection(kind: Kind) {
    let ports = PortRange::new(30_000, 39_999).expect("a range");
    let server = Scripted::new(move |control| {
        control.log_in();
        control.answer("TYPE I", "200 I.");
        let to = active_address(&control.take().expect("EPRT"));
        assert_eq!(to.ip(), control.peer().ip());
        assert!(ports.contains(to.port()), "{to}");
        give_actively(control, to);
    });
    let options = ClientOptions {
        local_address: Some(Ipv4Addr::new(127, 0, 0, 4).into()),
        active_ports: Some(ports),
        ..options(DataPolicy::Active)
    };
    let mut client = server.client(kind, options);
    // Who connects has another address than the control connection goes to.
    let mut file = Writer(Vec::new());
    let result = client.retrieve(path("f"), &mut file);
    assert_eq!(result.expect("a whole file").way, Some(Way::Eprt));
    drop(client);
    server.ended();
}

fn active_mode_tells_the_address_to_announce(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions {
            active_address: Some(Ipv4Addr::new(192, 0, 2, 7).into()),
            ..options(DataPolicy::Active)
        },
        |control| {
            control.answer("TYPE I", "200 I.");
            let told = active_address(&control.take().expect("EPRT"));
            assert_eq!(told.ip(), Ipv4Addr::new(192, 0, 2, 7));
            give_actively(control, (Ipv4Addr::LOCALHOST, told.port()).into());
        },
        |client| assert_eq!(fetch(client), Some(Way::Eprt)),
    );
}

fn a_refused_eprt_leads_to_port_and_is_remembered(kind: Kind) {
    Scripted::session(
        kind,
        options(DataPolicy::Active),
        |control| {
            control.answer("TYPE I", "200 I.");
            assert!(control.take().expect("a command").starts_with("EPRT "));
            control.say("500 No.");
            for _ in 0..2 {
                let to = active_address(&control.take().expect("PORT"));
                give_actively(control, to);
            }
        },
        |client| {
            for _ in 0..2 {
                assert_eq!(fetch(client), Some(Way::Port));
            }
        },
    );
}

fn a_refused_file_in_active_mode_leaves_the_session_usable(kind: Kind) {
    Scripted::session(
        kind,
        options(DataPolicy::Active),
        |control| {
            control.answer("TYPE I", "200 I.");
            assert!(control.take().expect("a command").starts_with("EPRT "));
            control.say("200 There.");
            control.answer("RETR f", "550 No such file.");
            let to = active_address(&control.take().expect("EPRT"));
            give_actively(control, to);
        },
        |client| {
            let result = client.retrieve(path("f"), &mut Writer(Vec::new()));
            assert_eq!(refused(result), 550);
            fetch(client);
        },
    );
}

both! {
    rest_stands_directly_before_the_transfer
    a_refused_rest_sends_no_retr
    a_refused_epsv_leads_to_pasv_and_is_remembered
    a_229_that_cannot_be_read_leads_to_pasv
    a_port_of_epsv_that_refuses_leads_to_pasv
    a_229_has_many_forms
    a_227_has_many_forms
    either_passive_reply_answers_either_command
    port_0_is_no_port
    passive_never_becomes_active
    active_never_becomes_passive
    both_modes_are_tried_where_that_was_asked_for
    a_425_over_an_open_connection_leads_to_the_next_way
    the_host_in_a_227_is_not_trusted
    the_host_in_a_227_is_trusted_where_that_was_asked_for
    active_mode_listens_at_the_address_of_the_control_connection
    active_mode_tells_the_address_to_announce
    a_refused_eprt_leads_to_port_and_is_remembered
    a_refused_file_in_active_mode_leaves_the_session_usable
}
