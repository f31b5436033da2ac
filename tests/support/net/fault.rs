//! A raw-socket HTTP/1.1 server that plays a script and writes down what it received.

use std::io;
use std::net::SocketAddr;

use super::listener::Listener;
use super::peer::Tcp;
use super::{Act, Received, Stage};

/// The server; dropped, it stops listening and aborts its connections.
#[derive(Debug)]
pub struct FaultServer {
    listener: Listener,
    stage: Stage,
}

impl FaultServer {
    /// Listens on a free loopback port and plays `acts` in order, the last one for ever.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> io::Result<Self> {
        let stage = Stage::new(acts);
        let listener = Listener::start(stage.clone(), |stage, number, socket| async move {
            // A client that goes away is part of the play.
            drop(stage.play(number, Tcp(socket)).await);
        });
        Ok(Self {
            listener: listener.await?,
            stage,
        })
    }

    /// Returns the URL of a path on this server.
    pub fn url(&self, path: &str) -> http::Uri {
        self.listener.url(path)
    }

    /// Returns where the server listens.
    pub const fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Returns what was received so far, and what will be.
    pub const fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Returns every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.stage.received()
    }

    /// Returns how many connections there have been.
    pub fn connections(&self) -> usize {
        self.stage.connections()
    }
}
