//! One connection, and what is known of its use.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection as Describe};

/// What a connector makes: TCP, TLS over it, or either through a proxy.
pub(super) trait Transport: Read + Write + Describe + Unpin + Send {}

impl<T> Transport for T where T: Read + Write + Describe + Unpin + Send {}

/// A connection that counts, so that an error on it can be told from an error on a fresh one.
pub(super) struct Connection {
    io: Box<dyn Transport>,
    usage: Usage,
    /// How many answers there had been at the last write.
    answers_at_write: Option<u64>,
    forwards: bool,
}

impl Connection {
    pub(super) fn new(io: Box<dyn Transport>) -> Self {
        Self {
            io,
            usage: Usage::default(),
            answers_at_write: None,
            forwards: false,
        }
    }

    /// Notes what had been read when the first write of a request goes out. A connection of HTTP/1.1 is at rest then:
    /// what is read from there on belongs to the request's own answer.
    fn note_write(&mut self) {
        let counts = &self.usage.counts;
        let answers = counts.answers.load(Ordering::Relaxed);
        if self.answers_at_write != Some(answers) {
            self.answers_at_write = Some(answers);
            let reads = counts.reads.load(Ordering::Relaxed);
            counts.reads_at_write.store(reads, Ordering::Relaxed);
        }
    }

    /// Makes a connection to a proxy that forwards requests: they then carry the whole URL.
    #[cfg(feature = "proxy")]
    pub(super) fn forwarding(io: Box<dyn Transport>) -> Self {
        Self {
            forwards: true,
            ..Self::new(io)
        }
    }
}

/// What a connection has been used for. hyper hands it out with every response and every error.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    answers: AtomicU64,
    /// How many reads have come to something: to bytes, to the end or to an error.
    ///
    /// Bytes cannot be counted without unsafe code, and need not be: the end and an error come once, so that a
    /// second read on the way to them has brought bytes.
    reads: AtomicU64,
    reads_at_write: AtomicU64,
}

impl Usage {
    /// Finds the usage that [`Connection`] attached, on a connection for one request at a time: on HTTP/2 the reads
    /// of other requests would count too.
    pub(super) fn of(connected: &Connected) -> Option<Self> {
        if connected.is_negotiated_h2() {
            return None;
        }
        let mut extras = http::Extensions::new();
        connected.get_extras(&mut extras);
        extras.remove()
    }

    pub(super) fn count_answer(&self) {
        self.counts.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns whether the connection had answered before and has ended without another byte.
    pub(super) fn ended_silently(&self) -> bool {
        let counts = &self.counts;
        let reads = counts.reads.load(Ordering::Relaxed);
        let before = counts.reads_at_write.load(Ordering::Relaxed);
        counts.answers.load(Ordering::Relaxed) > 0 && reads.saturating_sub(before) <= 1
    }
}

impl Describe for Connection {
    fn connected(&self) -> Connected {
        // Not what hyper knows of the connection besides, such as its addresses: it would go with every answer.
        let connected = Connected::new()
            .proxy(self.forwards)
            .extra(self.usage.clone());
        if self.io.connected().is_negotiated_h2() {
            connected.negotiated_h2()
        } else {
            connected
        }
    }
}

impl Read for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.io).poll_read(cx, buffer);
        if result.is_ready() {
            self.usage.counts.reads.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

impl Write for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.note_write();
        Pin::new(&mut self.io).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.note_write();
        Pin::new(&mut self.io).poll_write_vectored(cx, buffers)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("usage", &self.usage)
            .field("forwards", &self.forwards)
            .finish_non_exhaustive()
    }
}
