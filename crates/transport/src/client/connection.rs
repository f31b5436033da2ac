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
    forwards: bool,
}

impl Connection {
    pub(super) fn new(io: Box<dyn Transport>) -> Self {
        Self {
            io,
            usage: Usage::default(),
            forwards: false,
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
    reads: AtomicU64,
}

impl Usage {
    pub(super) fn count_answer(&self) {
        self.counts.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn is_reused(&self) -> bool {
        self.counts.answers.load(Ordering::Relaxed) > 0
    }

    /// Returns how many reads have come to something: to bytes, to the end or to an error.
    ///
    /// Bytes cannot be counted without unsafe code, and need not be: the end and an error come once, so that a
    /// second read on the way to them has brought bytes.
    pub(super) fn reads(&self) -> u64 {
        self.counts.reads.load(Ordering::Relaxed)
    }

    /// Finds the usage that [`Connection`] attached.
    pub(super) fn of(connected: &Connected) -> Option<Self> {
        let mut extras = http::Extensions::new();
        connected.get_extras(&mut extras);
        extras.remove()
    }
}

impl Describe for Connection {
    fn connected(&self) -> Connected {
        let connected = self.io.connected().extra(self.usage.clone());
        if self.forwards {
            connected.proxy(true)
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
