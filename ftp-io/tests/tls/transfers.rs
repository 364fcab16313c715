//! Transfers under TLS, of every size and in both modes.

use std::fs;

use ftp_io::storage::{Reader, Writer};
use ftp_io::tls::{DataProof, MaxVersion};
use ftp_proto::client::{DataPolicy, Store, StoreAs, Tls};

use crate::both;
use crate::harness::{How, Running, content, path};
use crate::kind::{Client, Kind};

fn files_of_every_size_cross_both_ways(kind: Kind, how: &How) {
    let server = Running::new(DataProof::Require);
    let (mut client, handshakes) = server.client(kind, how.clone());
    for size in [0, 1, 1024, 100_000, 5 << 20] {
        let sent = content(size);
        let store = Store::new(StoreAs::Whole(path("f")));
        let stored = client.store(store, &mut Reader(&sent[..])).expect("stored");
        assert_eq!(stored.bytes, size as u64);
        assert!(fs::read(server.file("f")).expect("there") == sent, "{size}");
        let mut received = Vec::new();
        let sink = &mut Writer(&mut received);
        let transfer = client.retrieve(path("f"), sink).expect("retrieved");
        assert_eq!(transfer.bytes, size as u64);
        assert!(received == sent, "{size}");
        let entries = client.entries(None).expect("a listing");
        assert_eq!(entries.filter(|entry| entry.is_ok()).count(), 1);
    }
    let version = match how.version {
        MaxVersion::Tls12 => "TLSv1.2",
        MaxVersion::Tls13 => "TLSv1.3",
    };
    assert_eq!(handshakes.of_data().len(), 15);
    for summary in handshakes.of_data() {
        assert_eq!(summary.version, version);
        assert_eq!(summary.handshake, ftp_proto::Handshake::Resumed);
    }
    client.quit().expect("an orderly end");
}

fn files_cross_passively_over_tls_1_3(kind: Kind) {
    files_of_every_size_cross_both_ways(kind, &How::default());
}

fn files_cross_actively_over_tls_1_3(kind: Kind) {
    let data = DataPolicy::Active;
    let how = How {
        data,
        ..How::default()
    };
    files_of_every_size_cross_both_ways(kind, &how);
}

fn files_cross_passively_over_tls_1_2(kind: Kind) {
    let version = MaxVersion::Tls12;
    let how = How {
        version,
        ..How::default()
    };
    files_of_every_size_cross_both_ways(kind, &how);
}

fn files_cross_actively_over_tls_1_2(kind: Kind) {
    let how = How {
        version: MaxVersion::Tls12,
        data: DataPolicy::Active,
        ..How::default()
    };
    files_of_every_size_cross_both_ways(kind, &how);
}

fn files_cross_where_tls_comes_first(kind: Kind) {
    let tls = Tls::Implicit;
    let how = How {
        tls,
        ..How::default()
    };
    files_of_every_size_cross_both_ways(kind, &how);
}

/// CCC: what follows close_notify may come in one packet with it.
fn the_control_connection_can_be_cleared(kind: Kind) {
    use ftp_io::server::ClearControl;

    let server = Running::with(DataProof::Require, |builder| {
        builder.clear_control(ClearControl::Allowed)
    });
    let server = server.with_file("f", b"Hello.");
    let (mut client, handshakes) = server.client(kind, How::default());
    match &mut client {
        Client::Blocking(client) => client.clear_control(),
        Client::Tokio(runtime, client) => runtime.block_on(client.clear_control()),
    }
    .expect("CCC is allowed");
    for _ in 0..3 {
        client.noop().expect("a session in clear");
        let mut received = Vec::new();
        let sink = &mut Writer(&mut received);
        client.retrieve(path("f"), sink).expect("retrieved");
        assert_eq!(received, b"Hello.");
    }
    assert_eq!(handshakes.of_data().len(), 3);
    client.quit().expect("an orderly end");
}

both! {
    files_cross_passively_over_tls_1_3
    files_cross_actively_over_tls_1_3
    files_cross_passively_over_tls_1_2
    files_cross_actively_over_tls_1_2
    files_cross_where_tls_comes_first
    the_control_connection_can_be_cleared
}
