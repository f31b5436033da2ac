//! What a server does with one request, or before it.

use std::time::Duration;

use bytes::Bytes;

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
    /// Writes these bytes and aborts the connection, once the peer has had a moment to read them.
    ReplyAndReset(Vec<u8>),
    /// Writes these bytes and then nothing, for ever.
    ReplyAndHang(Vec<u8>),
    /// Writes these bytes one by one with a pause in between.
    Trickle(Vec<u8>, Duration),
    /// Writes the first bytes at once and the others one by one with a pause in between.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Writes more than anybody should keep, and ends the connection in order.
    Pour(Pour),
    /// Ends the connection in order without a byte.
    Close,
    /// Aborts the connection: the peer sees a reset.
    Reset,
    /// Says nothing, for ever.
    Hang,
    /// Does this as soon as the connection is there, before a byte of a request is read.
    Unasked(Box<Self>),
    /// Does this when the head of the request has been read and its body has not.
    Unread(Box<Self>),
    /// Does the first within so much time of the server's first request, and the second from then on.
    Within(Duration, Box<Self>, Box<Self>),
}

/// Many bytes that are never in memory together.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Pour {
    /// What comes first.
    pub head: Vec<u8>,
    /// What comes again and again.
    pub piece: Bytes,
    /// How often it comes.
    pub times: u32,
    /// What comes last.
    pub tail: Vec<u8>,
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
