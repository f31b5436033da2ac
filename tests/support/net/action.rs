//! The actions of a fault server.

use std::time::Duration;

use bytes::Bytes;

/// How the server handles one request.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Action {
    /// Writes these bytes and keeps the connection.
    Reply(Vec<u8>),
    /// Writes these bytes and closes the connection cleanly.
    ReplyAndClose(Vec<u8>),
    /// Writes these bytes, gives the peer a moment to read them, and resets the connection.
    ReplyAndReset(Vec<u8>),
    /// Writes these bytes and then hangs.
    ReplyAndHang(Vec<u8>),
    /// Writes these bytes one at a time with a pause in between.
    Trickle(Vec<u8>, Duration),
    /// Writes the first bytes at once and the others one at a time with a pause in between.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Writes more than a client should buffer and closes the connection cleanly.
    Pour(Pour),
    /// Closes the connection cleanly without writing a byte.
    Close,
    /// Resets the connection.
    Reset,
    /// Never answers.
    Hang,
    /// Performs the action as soon as the connection is accepted, before a request is read.
    OnAccept(Box<Self>),
    /// Performs the action after the head of the request is read, before the body is read.
    BeforeBody(Box<Self>),
    /// Performs the first action until this time has passed since the first request, and the second afterwards.
    Within(Duration, Box<Self>, Box<Self>),
}

/// A large answer that is never held in memory as a whole.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Pour {
    /// The bytes that come first.
    pub head: Vec<u8>,
    /// The bytes that are repeated.
    pub piece: Bytes,
    /// How many times `piece` is written.
    pub times: u32,
    /// The bytes that come last.
    pub tail: Vec<u8>,
}

impl Action {
    /// Creates a complete answer with a status and a body.
    pub fn answer(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::Reply(response(status, &[], body.as_ref()))
    }

    /// Creates a complete answer with headers.
    pub fn answer_with(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::Reply(response(status, headers, body.as_ref()))
    }
}

/// Encodes an answer with a correct `content-length`.
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
