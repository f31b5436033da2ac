//! One connection, and whether it has ended in place of an answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use http::{Extensions, Request};
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::Error as PoolError;
use hyper_util::client::legacy::connect::{
    CaptureConnection, Connected, Connection as Describe, capture_connection,
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Any connection: TCP, TLS over it, or either through a proxy.
pub(super) trait Transport: Read + Write + Describe + Unpin + Send {}

impl<T> Transport for T where T: Read + Write + Describe + Unpin + Send {}

/// A connection that notes whether its last request has been answered by as much as a byte.
pub(super) struct Connection {
    io: TokioIo<Box<dyn Transport>>,
    pub(super) is_http2: bool,
    /// A proxy forwards the requests: they carry the whole URL.
    pub(super) is_forwarded: bool,
    has_answered: bool,
    silence: Silence,
}

/// `true` while a connection that has answered before sends nothing since the last write.
///
/// If such a connection ends, the server most likely closed it as idle. hyper-util hands this on with its errors, and
/// with its responses. Connections of HTTP/2 have none: what they send may belong to any of their requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence(Arc<AtomicBool>);

impl Silence {
    /// Returns `true` if the connection of a failed request ended in silence.
    pub(super) fn broke(error: &PoolError) -> bool {
        let mut extras = Extensions::new();
        if let Some(connection) = error.connect_info() {
            connection.get_extras(&mut extras);
        }
        let silence = extras.get::<Self>();
        silence.is_some_and(|silence| silence.0.load(Ordering::Relaxed))
    }
}

/// A request or a body that waits for its connection.
///
/// If it is dropped while it waits, by a timeout for example, the pool uses the connection for no further request:
/// the connection may be dead, or its runtime may be gone. HTTP/1.1 connections are closed then anyway. Those of HTTP/2
/// go on with the requests that they already have, and are closed after the last of them.
pub(super) struct Wait {
    connection: CaptureConnection,
    is_waiting: bool,
}

impl Wait {
    /// Waits for the answer to this request, on the connection that it will be sent on.
    pub(super) fn on<B>(request: &mut Request<B>) -> Self {
        Self {
            connection: capture_connection(request),
            is_waiting: true,
        }
    }

    pub(super) fn set_waiting(&mut self, is_waiting: bool) {
        self.is_waiting = is_waiting;
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if self.is_waiting
            && let Some(connection) = &*self.connection.connection_metadata()
        {
            connection.poison();
        }
    }
}

impl Connection {
    pub(super) fn new(io: Box<dyn Transport>) -> Self {
        Self {
            is_http2: io.connected().is_negotiated_h2(),
            io: TokioIo::new(io),
            is_forwarded: false,
            has_answered: false,
            silence: Silence::default(),
        }
    }

    fn note_write(&self) {
        // A body that is still being written when its answer begins counts as silence too; such a request is not one
        // that is sent again for free.
        self.silence.0.store(self.has_answered, Ordering::Relaxed);
    }
}

impl Describe for Connection {
    fn connected(&self) -> Connected {
        // Without the addresses, which would become extensions of every response.
        let connected = Connected::new().proxy(self.is_forwarded);
        if self.is_http2 {
            connected.negotiated_h2()
        } else {
            connected.extra(self.silence.clone())
        }
    }
}

// The traits of tokio, since those of hyper do not let a wrapper count what was read.
impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = to.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, to))?;
        if to.filled().len() > before {
            self.has_answered = true;
            self.silence.0.store(false, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.note_write();
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.note_write();
        Pin::new(&mut self.io).poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
