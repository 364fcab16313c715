//! The server of the demo, on a thread of its own.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use ftp_io::server::{Event, Server, ServerHandle, Users};
use ftp_io::storage::LocalDirectory;
use ftp_io::tls::{DataProof, Fingerprint, ServerTls};
use ftp_proto::server::Permissions;

use super::visit::Ends;
use crate::certificate;
use crate::fault::Fault;

/// A running server; it stops when this value is dropped.
#[derive(Debug)]
pub(super) struct Served {
    addresses: Vec<SocketAddr>,
    fingerprint: Fingerprint,
    routes: Arc<Mutex<Vec<Ends>>>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Also offers TLS, with a certificate of its own.
    pub(super) fn start(root: PathBuf, at: &[IpAddr]) -> Result<Self, Fault> {
        let (certificate, key) = certificate::made(at.iter().copied())?;
        let tls = ServerTls::from_pem(certificate.as_bytes(), key.as_bytes())
            .map_err(|error| Fault::new(format!("cannot offer TLS: {error}")))?
            .data_proof(DataProof::Require);
        let fingerprint = tls.fingerprint();
        let routes = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&routes);
        let listen: Vec<SocketAddr> = at.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        let (started, starts) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            {
                Ok(runtime) => runtime,
                Err(error) => return drop(started.send(Err(error))),
            };
            runtime.block_on(async {
                match bind(root, &listen, heard, tls).await {
                    Ok(server) => {
                        let addresses = server.local_addresses().to_vec();
                        if started.send(Ok((addresses, server.handle()))).is_ok() {
                            server.run().await;
                        }
                    }
                    Err(error) => drop(started.send(Err(error))),
                }
            });
        });
        let cannot = |why: &dyn std::fmt::Display| Fault::new(format!("cannot serve: {why}"));
        let (addresses, handle) = starts
            .recv()
            .map_err(|error| cannot(&error))?
            .map_err(|error| cannot(&error))?;
        Ok(Self {
            addresses,
            fingerprint,
            routes,
            handle,
            thread: Some(thread),
        })
    }

    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The certificate that a client is to trust.
    pub(super) const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The data connections since the last call, as the server's kernel told them.
    pub(super) fn take_routes(&self) -> Vec<Ends> {
        std::mem::take(&mut *self.routes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.stop_now();
        if let Some(thread) = self.thread.take() {
            // A panic there was printed there.
            let _ = thread.join();
        }
    }
}

async fn bind(
    root: PathBuf,
    listen: &[SocketAddr],
    heard: Arc<Mutex<Vec<Ends>>>,
    tls: ServerTls,
) -> std::io::Result<Server> {
    let mut builder = Server::builder(Arc::new(LocalDirectory::open(&root)?))
        .users(Users::new().with_anonymous(Permissions::READ_WRITE))
        .tls(Arc::new(tls))
        .on_event(move |event| {
            if let Event::TransferStarted {
                local: Some(local),
                peer: Some(peer),
                ..
            } = event
            {
                let mut routes = heard.lock().unwrap_or_else(PoisonError::into_inner);
                routes.push(Ends { local, peer });
            }
        });
    for address in listen {
        builder = builder.listen_on(*address);
    }
    Ok(builder.bind().await?)
}
