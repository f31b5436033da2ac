//! An HTTP/2 server that gives requests back, one act per request.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::listener::Listener;
use super::{Received, Stage};

/// What the server does with one request, or with one connection.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum H2Act {
    /// Answers with this status and body.
    Answer(u16, &'static str),
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
    listener: Listener,
    stage: Stage<H2Act>,
}

impl H2Server {
    /// Listens on a free loopback port, without TLS, and plays `acts` in order, the last one for ever.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start(acts: impl IntoIterator<Item = H2Act>) -> io::Result<Self> {
        let stage = Stage::new(acts);
        let listener = Listener::start(stage.clone(), |stage, number, socket| async move {
            if stage.next_if(|act| matches!(act, H2Act::GoAway)).is_some() {
                drop(go_away(&stage, number, socket).await);
            } else {
                drop(serve(&stage, number, socket).await);
            }
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
    pub const fn stage(&self) -> &Stage<H2Act> {
        &self.stage
    }

    /// Returns how many requests have come in.
    pub fn requests(&self) -> usize {
        self.stage.received().len()
    }
}

async fn serve(stage: &Stage<H2Act>, number: usize, socket: TcpStream) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(socket).await?;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        let (parts, body) = request.into_parts();
        let received = |given_back| Received {
            connection: number,
            head: head(&parts),
            body: Vec::new(),
            given_back,
        };
        match stage.next().unwrap_or(H2Act::Cancel) {
            H2Act::Answer(status, text) => {
                let (stage, received) = (stage.clone(), received(false));
                // The body comes only while the connection is asked for the next request.
                tokio::spawn(async move {
                    drop(answer(&stage, received, body, respond, status, text).await);
                });
            }
            H2Act::Refuse => {
                stage.receive(received(true));
                respond.send_reset(Reason::REFUSED_STREAM);
            }
            H2Act::Cancel => {
                stage.receive(received(false));
                respond.send_reset(Reason::CANCEL);
            }
            // Played by whole connections only.
            H2Act::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
        }
    }
    Ok(())
}

/// Reads a request to its end and answers it.
async fn answer(
    stage: &Stage<H2Act>,
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
    stage.receive(received);
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    let mut sent = respond.send_response(response, false)?;
    sent.send_data(Bytes::from_static(text.as_bytes()), true)
}

/// Writes a head as HTTP/1.1 would.
fn head(parts: &http::request::Parts) -> String {
    let mut head = format!("{} {} HTTP/2\r\n", parts.method, parts.uri.path());
    for (name, value) in &parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        head.extend([name.as_str(), ": ", &value, "\r\n"]);
    }
    head
}

/// Waits for a request, then says that none was looked at: what `h2` itself would not say.
async fn go_away(stage: &Stage<H2Act>, number: usize, mut socket: TcpStream) -> io::Result<()> {
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
            // Which request it was is not asked: nobody has looked at it.
            stage.receive(Received {
                connection: number,
                given_back: true,
                ..Received::default()
            });
            socket.write_all(&SETTINGS_ACK).await?;
            socket.write_all(&GO_AWAY).await?;
            return socket.shutdown().await;
        }
    }
}
