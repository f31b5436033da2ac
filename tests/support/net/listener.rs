//! The loop that all servers share: it accepts, numbers the connections and plays each in a task.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::Stage;

/// A listening server; dropped, it stops and its connections are aborted.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Listener {
    /// Listens on a free loopback port and plays every connection, each with its number from 0.
    pub(super) async fn start<A, F>(
        stage: Stage<A>,
        play: impl Fn(Stage<A>, usize, TcpStream) -> F + Send + 'static,
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
                // A byte is a byte when it is written, not when a buffer is full.
                drop(socket.set_nodelay(true));
                let number = stage.count_connection();
                connections.spawn(play(stage.clone(), number, socket));
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
