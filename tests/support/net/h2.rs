//! A scripted HTTP/2 server that can refuse requests without processing them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::listener::Listener;
use super::{Received, ServerState};

/// How the server handles one request or one connection.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum H2Action {
    /// Answers with this status and body.
    Answer(u16, &'static str),
    /// Answers with 200, this many headers and no body.
    Headers(usize),
    /// Answers with this status and the beginning of a body, and sends and reads nothing more on the connection.
    Stall(u16, &'static str),
    /// Never answers the request. The connection goes on.
    Hang,
    /// Sends and reads nothing more on the connection.
    Silence,
    /// Refuses the stream: the request was not processed.
    Refuse,
    /// Resets the stream for another reason: the request may have been processed.
    Cancel,
    /// Ends the connection with a GOAWAY that reports that no stream was processed.
    GoAway,
}

/// A scripted HTTP/2 server. Dropping it stops the server.
#[derive(Debug)]
pub struct H2Server {
    listener: Listener,
    state: ServerState<H2Action>,
}

impl H2Server {
    /// Listens on a free loopback port, without TLS, and performs `actions` in order. The last one repeats.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub async fn start(actions: impl IntoIterator<Item = H2Action>) -> io::Result<Self> {
        let state = ServerState::new(actions);
        let listener = Listener::start(state.clone(), |state, number, socket| async move {
            if state
                .next_if(|action| matches!(action, H2Action::GoAway))
                .is_some()
            {
                drop(go_away(&state, number, socket).await);
            } else {
                drop(serve(&state, number, socket).await);
            }
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
    pub const fn state(&self) -> &ServerState<H2Action> {
        &self.state
    }

    /// Returns the number of requests received so far.
    pub fn requests(&self) -> usize {
        self.state.received().len()
    }
}

async fn serve(
    state: &ServerState<H2Action>,
    number: usize,
    socket: TcpStream,
) -> Result<(), h2::Error> {
    let mut builder = h2::server::Builder::new();
    builder.max_concurrent_streams(MAX_STREAMS);
    let mut connection = builder.handshake(socket).await?;
    let mut unanswered = Vec::new();
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        let (parts, body) = request.into_parts();
        let received = |unprocessed| Received {
            connection: number,
            head: head(&parts),
            body: Vec::new(),
            unprocessed,
        };
        match state.next().unwrap_or(H2Action::Cancel) {
            H2Action::Answer(status, text) => {
                let (state, received) = (state.clone(), received(false));
                // The body arrives only while the connection is polled for the next request.
                tokio::spawn(async move {
                    drop(answer(&state, received, body, respond, status, text).await);
                });
            }
            H2Action::Headers(count) => {
                state.receive(received(false));
                let mut response = http::Response::builder();
                for nth in 0..count {
                    response = response.header(format!("x-header-{nth}"), format!("value {nth}"));
                }
                if let Ok(response) = response.body(()) {
                    drop(respond.send_response(response, true));
                }
            }
            H2Action::Stall(status, text) => {
                state.receive(received(false));
                let mut response = http::Response::new(());
                *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
                let mut sent = respond.send_response(response, false)?;
                sent.send_data(Bytes::from_static(text.as_bytes()), false)?;
                // Long enough for what was queued to be written.
                drop(tokio::time::timeout(WRITE_TIME, connection.accept()).await);
                std::future::pending::<()>().await;
            }
            H2Action::Hang => {
                state.receive(received(false));
                unanswered.push((body, respond));
            }
            H2Action::Silence => {
                state.receive(received(false));
                std::future::pending::<()>().await;
            }
            H2Action::Refuse => {
                state.receive(received(true));
                respond.send_reset(Reason::REFUSED_STREAM);
            }
            H2Action::Cancel => {
                state.receive(received(false));
                respond.send_reset(Reason::CANCEL);
            }
            // Handled per connection, before any request is accepted.
            H2Action::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
        }
    }
    Ok(())
}

/// Reads the whole request and answers it.
async fn answer(
    state: &ServerState<H2Action>,
    mut received: Received,
    mut body: h2::RecvStream,
    mut respond: SendResponse<Bytes>,
    status: u16,
    text: &'static str,
) -> Result<(), h2::Error> {
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        received.body.extend_from_slice(&data);
    }
    state.receive(received);
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    let mut sent = respond.send_response(response, false)?;
    sent.send_data(Bytes::from_static(text.as_bytes()), true)
}

/// Formats a request head as HTTP/1.1.
fn head(parts: &http::request::Parts) -> String {
    let mut head = format!("{} {} HTTP/2\r\n", parts.method, parts.uri.path());
    for (name, value) in &parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        head.extend([name.as_str(), ": ", &value, "\r\n"]);
    }
    head
}

/// Waits for a request, then sends a GOAWAY that reports no processed stream. `h2` cannot send it.
async fn go_away(
    state: &ServerState<H2Action>,
    number: usize,
    mut socket: TcpStream,
) -> io::Result<()> {
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
            // The request is not decoded: the server has not processed it.
            state.receive(Received {
                connection: number,
                unprocessed: true,
                ..Received::default()
            });
            socket.write_all(&SETTINGS_ACK).await?;
            socket.write_all(&GO_AWAY).await?;
            return socket.shutdown().await;
        }
    }
}

/// The streams that a connection may have at once, as many servers have it.
pub const MAX_STREAMS: u32 = 100;

/// Long enough for a few bytes to be written.
const WRITE_TIME: Duration = Duration::from_millis(50);
