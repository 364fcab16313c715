//! Sessions without I/O, in h11's words.

mod client;
pub(crate) mod config;
mod server;
mod state;

pub(crate) use client::{ClientSession, argument, command, listing, login, parameters, store};
pub(crate) use server::ServerSession;

/// The words that both sessions share. `#[pymethods]` takes one block for each class, so the block
/// of each is written with these in it.
macro_rules! session_methods {
    ($session:ident { $($own:tt)* }) => {
        #[pymethods]
        impl $session {
            $($own)*

            /// Takes bytes that came on the control connection; ``b""`` is its end.
            #[pyo3(signature = (data, now = None))]
            fn receive_data(&self, py: Python<'_>, data: Name, now: Option<f64>) -> PyResult<()> {
                let now = now.map(moment::instant).transpose()?;
                match self.state.with(|state| state.receive(&data.0, now)) {
                    Ok(()) => Ok(()),
                    Err(text) => Err(error::local(py, text)),
                }
            }

            /// The bytes to write now, at most ``limit`` of them; they count as written. Empty when
            /// ``next_event`` has something else first.
            #[pyo3(signature = (limit = None))]
            fn data_to_send<'py>(
                &self,
                py: Python<'py>,
                limit: Option<usize>,
            ) -> Bound<'py, PyBytes> {
                let sent = self.state.with(|state| state.send(limit.unwrap_or(usize::MAX)));
                PyBytes::new(py, &sent)
            }

            /// What is waited for, at any time.
            fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                outputs::wait(py, self.state.with(|state| state.session.wait()))
            }

            /// Nothing can be sent any more: a write has failed. Read on.
            fn handle_send_lost(&self) {
                self.state.with(|state| state.session.handle_send_lost());
            }

            /// The control connection broke.
            fn handle_lost(&self) {
                self.state.with(|state| state.session.handle_lost());
            }

            /// A listener is bound; ``announced`` is the address that the peer must be told.
            fn handle_data_listening(&self, id: u32, announced: Address) {
                self.state.with(|state| {
                    state.session.handle_data_listening(DataId::from_raw(id), announced.0);
                });
            }

            /// A connection came to the listener: whether it is the data connection. If not, drop
            /// it and listen on.
            fn handle_data_accepted(&self, id: u32, peer: Address) -> bool {
                self.state.with(|state| {
                    let verdict = state.session.handle_data_accepted(DataId::from_raw(id), peer.0);
                    verdict == Accepted::Keep
                })
            }

            /// The data connection asked for by ``ConnectData`` is made.
            fn handle_data_connected(&self, id: u32) {
                self.state.with(|state| state.session.handle_data_connected(DataId::from_raw(id)));
            }

            /// The data connection, or its listener, cannot be had: ``refused``, ``unreachable``,
            /// ``timed-out``, ``no-address`` or ``other``.
            #[pyo3(signature = (id, why = "other"))]
            fn handle_data_failed(&self, id: u32, why: &str) -> PyResult<()> {
                let why = config::data_failure(why)?;
                self.state.with(|state| {
                    state.session.handle_data_failed(DataId::from_raw(id), why);
                });
                Ok(())
            }

            /// So many bytes have crossed the data connection in all.
            fn handle_data_progress(&self, id: u32, total: u64) {
                self.state.with(|state| {
                    state.session.handle_data_progress(DataId::from_raw(id), total);
                });
            }

            /// A restart marker was read, as the codec told it: its text, and where in the local
            /// file it stands.
            fn handle_data_marker(&self, id: u32, text: Vec<u8>, position: u64) {
                let marker = Marker { text: text.into(), position };
                self.state.with(|state| {
                    state.session.handle_data_marker(DataId::from_raw(id), marker);
                });
            }

            /// All bytes of an upload have crossed, and the peer is yet to close its side.
            fn handle_data_crossed(&self, id: u32) {
                self.state.with(|state| {
                    Session::handle_data_crossed(&mut state.session, DataId::from_raw(id));
                });
            }

            /// The TLS handshake of this data connection is done.
            #[pyo3(signature = (id, resumed = false))]
            fn handle_data_secured(&self, id: u32, resumed: bool) {
                self.state.with(|state| {
                    let handshake = config::handshake(resumed);
                    state.session.handle_data_secured(DataId::from_raw(id), handshake);
                });
            }

            /// The bytes have stopped moving: ``complete``, ``reset``, ``truncated``,
            /// ``handshake-failed``, ``unproven``, ``no-space`` or ``local``.
            #[pyo3(signature = (id, count, ending = "complete"))]
            fn handle_data_ended(&self, id: u32, count: u64, ending: &str) -> PyResult<()> {
                let ending = config::data_ending(ending)?;
                let end = DataEnd { bytes: count, ending };
                self.state.with(|state| {
                    state.session.handle_data_ended(DataId::from_raw(id), end);
                });
                Ok(())
            }

            /// The control connection is under TLS; ``certificate`` is the peer's, in DER.
            #[pyo3(signature = (resumed = false, certificate = None))]
            fn handle_tls_established(&self, resumed: bool, certificate: Option<Vec<u8>>) {
                let mut info = TlsInfo::new(config::handshake(resumed));
                info.certificate = certificate.map(Bytes::from);
                self.state.with(|state| state.secured(|session| session.handle_tls_established(info)));
            }

            /// The control connection could not be brought under TLS, or out of it.
            fn handle_tls_failed(&self) {
                self.state.with(|state| state.secured(|session| session.handle_tls_failed()));
            }

            /// TLS has ended on the control connection, which goes on in clear.
            fn handle_tls_stopped(&self) {
                self.state.with(|state| state.secured(|session| session.handle_tls_stopped()));
            }

            /// Whether the session has come to its end.
            #[getter]
            fn is_over(&self) -> bool {
                self.state.with(|state| state.session.is_over())
            }
        }
    };
}

use session_methods;
