//! A proxy that tunnels CONNECT requests, answers all others itself and records their heads.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::response;

/// An HTTP proxy. Dropping it stops the proxy.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free loopback port. Every tunnel leads to `target`, whatever host was requested.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let listening = tokio::spawn({
            let heads = Arc::clone(&heads);
            async move {
                let mut connections = tokio::task::JoinSet::new();
                while let Ok((socket, _)) = listener.accept().await {
                    let heads = Arc::clone(&heads);
                    connections.spawn(async move {
                        drop(handle(socket, target, &heads).await);
                    });
                }
            }
        });
        Ok(Self {
            address,
            heads,
            listening,
        })
    }

    /// Returns the address of the proxy.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the heads of the requests that the proxy received, without the tunnelled ones.
    pub fn heads(&self) -> Vec<String> {
        self.heads
            .lock()
            .expect("no test panics while it holds the lock")
            .clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn handle(
    mut client: TcpStream,
    target: SocketAddr,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let byte = client.read_u8().await?;
        bytes.push(byte);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let tunnel = head.starts_with("CONNECT ");
    heads
        .lock()
        .expect("no test panics while it holds the lock")
        .push(head);
    if !tunnel {
        return client.write_all(&response(200, &[], b"by proxy")).await;
    }
    let mut server = TcpStream::connect(target).await?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
