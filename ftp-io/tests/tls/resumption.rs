//! Data connections resume the control connection's session, and are told apart by it.

use ftp_io::server::Event;
use ftp_io::storage::{Reader, Writer};
use ftp_io::tls::{DataProof, MaxVersion};
use ftp_proto::Handshake;
use ftp_proto::client::{Store, StoreAs};

use crate::both;
use crate::harness::{How, Running, path};
use crate::kind::Kind;

fn fifty_transfers(kind: Kind, proof: DataProof, version: MaxVersion) {
    let server = Running::new(proof).with_file("f", b"Hello.");
    let how = How {
        version,
        ..How::default()
    };
    let (mut client, handshakes) = server.client(kind, how);
    for turn in 0..50 {
        match turn % 2 {
            0 => {
                let store = Store::new(StoreAs::Whole(path("g")));
                let source = &mut Reader(&b"Hello too."[..]);
                client.store(store, source).expect("stored");
            }
            _ => {
                let mut received = Vec::new();
                let sink = &mut Writer(&mut received);
                client.retrieve(path("f"), sink).expect("retrieved");
                assert_eq!(received, b"Hello.");
            }
        }
    }
    let data = handshakes.of_data();
    assert_eq!(data.len(), 50);
    for (turn, summary) in data.iter().enumerate() {
        assert_eq!(summary.handshake, Handshake::Resumed, "transfer {turn}");
    }
    let is_proven = server.events().iter().all(|event| match event {
        Event::DataSecured { is_proven, .. } => *is_proven,
        _ => true,
    });
    assert!(is_proven);
    client.quit().expect("an orderly end");
}

fn fifty_transfers_are_all_resumed_where_proof_is_required(kind: Kind) {
    fifty_transfers(kind, DataProof::Require, MaxVersion::Tls13);
}

fn fifty_transfers_are_all_resumed_where_proof_is_preferred(kind: Kind) {
    fifty_transfers(kind, DataProof::Prefer, MaxVersion::Tls13);
}

fn fifty_transfers_are_all_resumed_over_tls_1_2(kind: Kind) {
    fifty_transfers(kind, DataProof::Require, MaxVersion::Tls12);
}

both! {
    fifty_transfers_are_all_resumed_where_proof_is_required
    fifty_transfers_are_all_resumed_where_proof_is_preferred
    fifty_transfers_are_all_resumed_over_tls_1_2
}
