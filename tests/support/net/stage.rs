//! What is to be played, and what was received.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::act::{Act, Pour};
use super::peer::Peer;

/// One request as it came off the wire.
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
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether the server gave the request back and said that it was not looked at.
    pub given_back: bool,
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

/// What the connections of a server share: the acts to come, and what has come in.
#[derive(Clone, Debug)]
pub struct Stage<A = Act> {
    state: Arc<Mutex<State<A>>>,
}

#[derive(Debug)]
struct State<A> {
    acts: VecDeque<A>,
    connections: usize,
    received: Vec<Received>,
    began: Option<Instant>,
}

impl<A: Clone> Stage<A> {
    pub(super) fn new(acts: impl IntoIterator<Item = A>) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                acts: acts.into_iter().collect(),
                connections: 0,
                received: Vec::new(),
                began: None,
            })),
        }
    }

    /// Returns every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// Returns how many connections there have been.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    pub(super) fn count_connection(&self) -> usize {
        let mut state = self.state();
        state.connections += 1;
        state.connections - 1
    }

    pub(super) fn receive(&self, received: Received) {
        self.state().received.push(received);
    }

    /// Takes the next act; the last one stays for ever.
    pub(super) fn next(&self) -> Option<A> {
        self.next_if(|_| true)
    }

    /// Takes the next act if it is such a one.
    pub(super) fn next_if(&self, fits: impl FnOnce(&A) -> bool) -> Option<A> {
        let mut state = self.state();
        if !state.acts.front().is_some_and(fits) {
            return None;
        }
        if state.acts.len() > 1 {
            state.acts.pop_front()
        } else {
            state.acts.front().cloned()
        }
    }

    /// Returns the time since this was first asked.
    fn elapsed(&self) -> Duration {
        self.state()
            .began
            .get_or_insert_with(Instant::now)
            .elapsed()
    }

    fn state(&self) -> MutexGuard<'_, State<A>> {
        self.state
            .lock()
            .expect("no test panics while it holds the lock")
    }
}

impl Stage {
    /// Plays one connection to its end.
    pub(super) async fn play(self, connection: usize, mut peer: impl Peer) -> io::Result<()> {
        if let Some(Act::Unasked(act)) = self.next_if(|act| matches!(act, Act::Unasked(_))) {
            peer = match perform(*act, peer).await? {
                Some(peer) => peer,
                None => return Ok(()),
            };
        }
        while let Some((head, mut body)) = read_head(&mut peer).await? {
            let mut act = self.next().unwrap_or(Act::Close);
            if let Act::Within(time, early, late) = act {
                act = if self.elapsed() < time { *early } else { *late };
            }
            let whole = if let Act::Unread(early) = act {
                act = *early;
                true
            } else {
                read_body(&mut peer, &head, &mut body).await?
            };
            if !whole {
                return Ok(());
            }
            self.receive(Received {
                connection,
                head,
                body,
                given_back: false,
            });
            peer = match perform(act, peer).await? {
                Some(peer) => peer,
                None => return Ok(()),
            };
        }
        Ok(())
    }
}

/// Does what an act says, and hands back a connection that goes on.
async fn perform<P: Peer>(act: Act, mut peer: P) -> io::Result<Option<P>> {
    match act {
        Act::Reply(bytes) => peer.write_all(&bytes).await?,
        Act::ReplyAndClose(bytes) => {
            peer.write_all(&bytes).await?;
            peer.shutdown().await?;
            return Ok(None);
        }
        Act::ReplyAndReset(bytes) => {
            peer.write_all(&bytes).await?;
            peer.flush().await?;
            // A reset overtakes what the peer's kernel has not handed over yet.
            tokio::time::sleep(A_MOMENT).await;
            peer.abort();
            return Ok(None);
        }
        Act::ReplyAndHang(bytes) => {
            peer.write_all(&bytes).await?;
            std::future::pending::<()>().await;
        }
        Act::Trickle(bytes, pause) => drip(&mut peer, &bytes, pause).await?,
        Act::Drip(head, body, pause) => {
            peer.write_all(&head).await?;
            drip(&mut peer, &body, pause).await?;
        }
        Act::Pour(Pour {
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
        Act::Close => {
            peer.shutdown().await?;
            return Ok(None);
        }
        Act::Reset => {
            peer.abort();
            return Ok(None);
        }
        Act::Hang => std::future::pending().await,
        // What is only told apart before a request has been read is as good as nothing here.
        Act::Unasked(_) | Act::Unread(_) | Act::Within(..) => return Ok(None),
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

/// Reads a head, and what of the body comes with it; `None` when the peer has ended in between.
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

/// Reads the rest of a body; false when the peer has ended in between.
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

/// Long enough for a peer on the same machine to have read what was written.
const A_MOMENT: Duration = Duration::from_millis(30);
