//! A raw-socket HTTP/1.1 server that plays a script, one act per request, and writes down what it received.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with one request.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Act {
    /// Writes these bytes and keeps the connection.
    Reply(Vec<u8>),
    /// Writes these bytes and ends the connection in order.
    ReplyAndClose(Vec<u8>),
    /// Writes these bytes one by one with a pause in between.
    Trickle(Vec<u8>, Duration),
    /// Writes these bytes and then nothing, for ever.
    ReplyAndHang(Vec<u8>),
    /// Ends the connection in order without a byte.
    Close,
    /// Aborts the connection: the peer sees a reset.
    Reset,
    /// Says nothing, for ever.
    Hang,
}

impl Act {
    /// Makes a whole answer with a status and a body.
    pub fn answer(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::Reply(response(status, &[], body.as_ref()))
    }

    /// Makes a whole answer with headers.
    pub fn answer_with(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::Reply(response(status, headers, body.as_ref()))
    }
}

/// One request as it came off the wire.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Received {
    /// The number of the connection, from 0.
    pub connection: usize,
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// Returns the first header of a name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// The server; dropped, it stops listening and aborts its connections.
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    stage: Stage,
    listening: JoinHandle<()>,
}

/// What the connections share.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    acts: Arc<Mutex<VecDeque<Act>>>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl FaultServer {
    /// Listens on a free loopback port and plays `acts` in order, the last one for ever.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let stage = Stage::new(acts);
        let listening = tokio::spawn({
            let stage = stage.clone();
            async move {
                let mut connections = tokio::task::JoinSet::new();
                for number in 0.. {
                    let Ok((socket, _)) = listener.accept().await else {
                        break;
                    };
                    let stage = stage.clone();
                    connections.spawn(async move {
                        // A client that goes away is part of the play.
                        drop(stage.play(number, Tcp(socket)).await);
                    });
                }
            }
        });
        Ok(Self {
            address,
            stage,
            listening,
        })
    }

    /// Returns the URL of a path on this server.
    pub fn url(&self, path: &str) -> http::Uri {
        let text = format!("http://{}{path}", self.address);
        text.parse().expect("an address and a path make a URL")
    }

    /// Returns where the server listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.stage.received()
    }

    /// Returns how many connections have brought a request.
    pub fn connections(&self) -> usize {
        let received = self.received();
        let highest = received.iter().map(|received| received.connection).max();
        highest.map_or(0, |highest| highest + 1)
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A connection that can be aborted.
pub(super) trait Peer: AsyncRead + AsyncWrite + Unpin + Send {
    fn abort(self);
}

struct Tcp(TcpStream);

impl Peer for Tcp {
    fn abort(self) {
        // With no time to linger, closing sends a reset.
        drop(self.0.set_zero_linger());
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &[u8],
    ) -> std::task::Poll<io::Result<usize>> {
        std::pin::Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl Stage {
    pub(super) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self {
            acts: Arc::new(Mutex::new(acts.into_iter().collect())),
            received: Arc::default(),
        }
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received
            .lock()
            .expect("no test panics while it holds the lock")
            .clone()
    }

    fn next(&self) -> Act {
        let mut acts = self
            .acts
            .lock()
            .expect("no test panics while it holds the lock");
        if acts.len() > 1 {
            acts.pop_front().unwrap_or(Act::Close)
        } else {
            acts.front().cloned().unwrap_or(Act::Close)
        }
    }

    pub(super) async fn play(self, connection: usize, mut peer: impl Peer) -> io::Result<()> {
        while let Some((head, body)) = read_request(&mut peer).await? {
            self.received
                .lock()
                .expect("no test panics while it holds the lock")
                .push(Received {
                    connection,
                    head,
                    body,
                });
            match self.next() {
                Act::Reply(bytes) => peer.write_all(&bytes).await?,
                Act::ReplyAndClose(bytes) => {
                    peer.write_all(&bytes).await?;
                    return peer.shutdown().await;
                }
                Act::Trickle(bytes, pause) => {
                    for byte in bytes {
                        peer.write_all(&[byte]).await?;
                        tokio::time::sleep(pause).await;
                    }
                }
                Act::ReplyAndHang(bytes) => {
                    peer.write_all(&bytes).await?;
                    std::future::pending::<()>().await;
                }
                Act::Close => return peer.shutdown().await,
                Act::Reset => {
                    peer.abort();
                    return Ok(());
                }
                Act::Hang => std::future::pending().await,
            }
        }
        Ok(())
    }
}

/// Makes an answer's bytes with an honest length.
pub fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status} Played\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// Reads one request; `None` when the peer has ended in between.
async fn read_request(
    peer: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if peer.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let named = name.eq_ignore_ascii_case("content-length");
            named.then(|| value.trim().parse().ok())?
        })
        .unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if peer.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some((head, body)))
}
