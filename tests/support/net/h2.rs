//! An HTTP/2 server that gives requests back, one act per request.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with one request, or with one connection.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum H2Act {
    /// Answers with this status.
    Answer(u16),
    /// Refuses the stream: the request was not looked at.
    Refuse,
    /// Resets the stream for another reason: the request may have been acted on.
    Cancel,
    /// Ends the connection with a GOAWAY that says no stream was looked at.
    GoAway,
}

/// The server; dropped, it stops.
#[derive(Debug)]
pub struct H2Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl H2Server {
    /// Listens on a free loopback port, without TLS, and plays `acts` in order, the last one for ever.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(acts: impl IntoIterator<Item = H2Act>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(AtomicUsize::new(0));
        let acts: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(acts.into_iter().collect()));
        let listening = tokio::spawn({
            let requests = Arc::clone(&requests);
            async move {
                let mut connections = tokio::task::JoinSet::new();
                while let Ok((socket, _)) = listener.accept().await {
                    let (acts, requests) = (Arc::clone(&acts), Arc::clone(&requests));
                    connections.spawn(async move {
                        let front = acts.lock().expect("nobody panics with it").front().copied();
                        if matches!(front, Some(H2Act::GoAway)) {
                            take(&acts);
                            requests.fetch_add(1, Ordering::Relaxed);
                            drop(go_away(socket).await);
                        } else {
                            drop(serve(socket, &acts, &requests).await);
                        }
                    });
                }
            }
        });
        Ok(Self {
            address,
            requests,
            listening,
        })
    }

    /// Returns the URL of a path on this server.
    pub fn url(&self, path: &str) -> http::Uri {
        let text = format!("http://{}{path}", self.address);
        text.parse().expect("an address and a path make a URL")
    }

    /// Returns how many requests have come in.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for H2Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn take(acts: &Mutex<VecDeque<H2Act>>) -> H2Act {
    let mut acts = acts.lock().expect("nobody panics with it");
    if acts.len() > 1 {
        acts.pop_front().unwrap_or(H2Act::Answer(200))
    } else {
        acts.front().copied().unwrap_or(H2Act::Answer(200))
    }
}

async fn serve(
    socket: TcpStream,
    acts: &Mutex<VecDeque<H2Act>>,
    requests: &AtomicUsize,
) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(socket).await?;
    while let Some(request) = connection.accept().await {
        let (_, mut respond) = request?;
        requests.fetch_add(1, Ordering::Relaxed);
        match take(acts) {
            H2Act::Answer(status) => {
                let mut response = http::Response::new(());
                *response.status_mut() =
                    http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
                let mut body = respond.send_response(response, false)?;
                body.send_data(Bytes::from_static(b"two"), true)?;
            }
            H2Act::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
            H2Act::Cancel => respond.send_reset(Reason::CANCEL),
            // Played by whole connections only.
            H2Act::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
        }
    }
    Ok(())
}

/// Waits for a request, then says that none was looked at: what `h2` itself would not say.
async fn go_away(mut socket: TcpStream) -> io::Result<()> {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const SETTINGS_ACK: [u8; 9] = [0, 0, 0, 4, 1, 0, 0, 0, 0];
    const GO_AWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const HEADERS: u8 = 1;
    socket.write_all(&SETTINGS).await?;
    let mut preface = [0; 24];
    socket.read_exact(&mut preface).await?;
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await?;
        let [a, b, c, kind, ..] = head;
        let length = u64::from(u32::from_be_bytes([0, a, b, c]));
        tokio::io::copy(&mut (&mut socket).take(length), &mut tokio::io::sink()).await?;
        if kind == HEADERS {
            socket.write_all(&SETTINGS_ACK).await?;
            socket.write_all(&GO_AWAY).await?;
            return socket.shutdown().await;
        }
    }
}
