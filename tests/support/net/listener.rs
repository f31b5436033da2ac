//! The accept loop that all servers share. It numbers the connections and serves each in a task.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::ServerState;

/// A listening server. Dropping it closes the listener and aborts the connections.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Listener {
    /// Listens on a free loopback port and calls `serve` with each connection and its number, from 0.
    pub(super) async fn start<A, F>(
        state: ServerState<A>,
        serve: impl Fn(ServerState<A>, usize, TcpStream) -> F + Send + 'static,
    ) -> io::Result<Self>
    where
        A: Clone + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let listening = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                // Each byte is sent as soon as it is written.
                drop(socket.set_nodelay(true));
                let number = state.count_connection();
                connections.spawn(serve(state.clone(), number, socket));
            }
        });
        Ok(Self { address, listening })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a path on this server, over plain http.
    pub(super) fn url(&self, path: &str) -> http::Uri {
        let text = format!("http://{}{path}", self.address);
        text.parse().expect("an address and a path make a URL")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
