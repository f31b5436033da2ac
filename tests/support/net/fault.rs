//! A raw-socket HTTP/1.1 server that performs scripted actions and records the requests it received.

use std::io;
use std::net::SocketAddr;

use super::listener::Listener;
use super::peer::Tcp;
use super::{Action, Received, ServerState};

/// A scripted HTTP/1.1 server. Dropping it closes the listener and aborts the connections.
#[derive(Debug)]
pub struct FaultServer {
    listener: Listener,
    state: ServerState,
}

impl FaultServer {
    /// Listens on a free loopback port and performs `actions` in order. The last one repeats.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub async fn start(actions: impl IntoIterator<Item = Action>) -> io::Result<Self> {
        let state = ServerState::new(actions);
        let listener = Listener::start(state.clone(), |state, number, socket| async move {
            // Clients that disconnect are expected.
            drop(state.serve(number, Tcp(socket)).await);
        });
        Ok(Self {
            listener: listener.await?,
            state,
        })
    }

    /// Returns the URL of a path on this server.
    pub fn url(&self, path: &str) -> http::Uri {
        self.listener.url(path)
    }

    /// Returns the address of the server.
    pub const fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Returns the state that the connections share.
    pub const fn state(&self) -> &ServerState {
        &self.state
    }

    /// Returns the requests received so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received()
    }

    /// Returns the number of connections accepted so far.
    pub fn connections(&self) -> usize {
        self.state.connections()
    }
}
