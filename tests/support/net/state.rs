//! The state that the connections of a server share.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::action::{Action, Pour};
use super::peer::Peer;

/// A request as received.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Received {
    /// The number of the connection, from 0.
    pub connection: usize,
    /// The request line and the headers.
    pub head: String,
    /// The part of the body that was read.
    pub body: Vec<u8>,
    /// Whether the server reported that it did not process the request.
    pub unprocessed: bool,
}

impl Received {
    /// Returns the first header with this name, compared case-insensitively.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// The remaining actions and the received requests of a server, shared by its connections.
#[derive(Clone, Debug)]
pub struct ServerState<A = Action> {
    inner: Arc<Mutex<Inner<A>>>,
}

#[derive(Debug)]
struct Inner<A> {
    actions: VecDeque<A>,
    connections: usize,
    received: Vec<Received>,
    started: Option<Instant>,
}

impl<A: Clone> ServerState<A> {
    pub(super) fn new(actions: impl IntoIterator<Item = A>) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                actions: actions.into_iter().collect(),
                connections: 0,
                received: Vec::new(),
                started: None,
            })),
        }
    }

    /// Returns the requests received so far.
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// Returns the number of connections accepted so far.
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    pub(super) fn count_connection(&self) -> usize {
        let mut inner = self.lock();
        inner.connections += 1;
        inner.connections - 1
    }

    pub(super) fn receive(&self, received: Received) {
        self.lock().received.push(received);
    }

    /// Takes the next action. The last one is never removed.
    pub(super) fn next(&self) -> Option<A> {
        self.next_if(|_| true)
    }

    /// Takes the next action if `matches` returns `true` for it.
    pub(super) fn next_if(&self, matches: impl FnOnce(&A) -> bool) -> Option<A> {
        let mut inner = self.lock();
        if !inner.actions.front().is_some_and(matches) {
            return None;
        }
        if inner.actions.len() > 1 {
            inner.actions.pop_front()
        } else {
            inner.actions.front().cloned()
        }
    }

    /// Returns the time since the first call of this method.
    fn elapsed(&self) -> Duration {
        self.lock()
            .started
            .get_or_insert_with(Instant::now)
            .elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<A>> {
        self.inner
            .lock()
            .expect("no test panics while it holds the lock")
    }
}

impl ServerState {
    /// Serves one connection until it is closed.
    pub(super) async fn serve(self, connection: usize, mut peer: impl Peer) -> io::Result<()> {
        if let Some(Action::OnAccept(action)) =
            self.next_if(|action| matches!(action, Action::OnAccept(_)))
        {
            peer = match perform(*action, peer).await? {
                Some(peer) => peer,
                None => return Ok(()),
            };
        }
        while let Some((head, mut body)) = read_head(&mut peer).await? {
            let mut action = self.next().unwrap_or(Action::Close);
            if let Action::Within(time, early, late) = action {
                action = if self.elapsed() < time { *early } else { *late };
            }
            let complete = if let Action::BeforeBody(early) = action {
                action = *early;
                true
            } else {
                read_body(&mut peer, &head, &mut body).await?
            };
            if !complete {
                return Ok(());
            }
            self.receive(Received {
                connection,
                head,
                body,
                unprocessed: false,
            });
            peer = match perform(action, peer).await? {
                Some(peer) => peer,
                None => return Ok(()),
            };
        }
        Ok(())
    }
}

/// Performs an action and returns the connection if it stays open.
async fn perform<P: Peer>(action: Action, mut peer: P) -> io::Result<Option<P>> {
    match action {
        Action::Reply(bytes) => peer.write_all(&bytes).await?,
        Action::ReplyAndClose(bytes) => {
            peer.write_all(&bytes).await?;
            peer.shutdown().await?;
            return Ok(None);
        }
        Action::ReplyAndReset(bytes) => {
            peer.write_all(&bytes).await?;
            peer.flush().await?;
            // A reset discards bytes that the peer has not read yet.
            tokio::time::sleep(READ_DELAY).await;
            peer.abort();
            return Ok(None);
        }
        Action::ReplyAndHang(bytes) => {
            peer.write_all(&bytes).await?;
            std::future::pending::<()>().await;
        }
        Action::Trickle(bytes, pause) => drip(&mut peer, &bytes, pause).await?,
        Action::Drip(head, body, pause) => {
            peer.write_all(&head).await?;
            drip(&mut peer, &body, pause).await?;
        }
        Action::Pour(Pour {
            head,
            piece,
            times,
            tail,
        }) => {
            peer.write_all(&head).await?;
            for _ in 0..times {
                peer.write_all(&piece).await?;
            }
            peer.write_all(&tail).await?;
            peer.shutdown().await?;
            return Ok(None);
        }
        Action::Close => {
            peer.shutdown().await?;
            return Ok(None);
        }
        Action::Reset => {
            peer.abort();
            return Ok(None);
        }
        Action::Hang => std::future::pending().await,
        // `serve` unwraps these before it calls this function.
        Action::OnAccept(_) | Action::BeforeBody(_) | Action::Within(..) => return Ok(None),
    }
    Ok(Some(peer))
}

async fn drip(peer: &mut impl Peer, bytes: &[u8], pause: Duration) -> io::Result<()> {
    for byte in bytes {
        peer.write_all(&[*byte]).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// Reads a request head and the part of the body that arrived with it. Returns `None` if the peer closed the
/// connection.
async fn read_head(peer: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(String, Vec<u8>)>> {
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
    Ok(Some((head, bytes.split_off(end))))
}

/// Reads the rest of a body. Returns `false` if the peer closed the connection.
async fn read_body(
    peer: &mut (impl AsyncRead + Unpin),
    head: &str,
    body: &mut Vec<u8>,
) -> io::Result<bool> {
    let length = head
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let named = name.eq_ignore_ascii_case("content-length");
            named.then(|| value.trim().parse().ok())?
        })
        .unwrap_or(0);
    while body.len() < length {
        if peer.read_buf(body).await? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Long enough for a peer on the same machine to read the written bytes.
const READ_DELAY: Duration = Duration::from_millis(30);
