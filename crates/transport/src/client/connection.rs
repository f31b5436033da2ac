//! One connection, and whether it was used before.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection as Describe};

/// Any connection: TCP, TLS over it, or either through a proxy.
pub(super) trait Transport: Read + Write + Describe + Unpin + Send {}

impl<T> Transport for T where T: Read + Write + Describe + Unpin + Send {}

/// A connection that notes whether it has answered before: the end of such a connection is likely an idle timeout of the
/// server.
pub(super) struct Connection {
    io: Box<dyn Transport>,
    state: State,
    forwards: bool,
    /// Several requests share it: what is read may belong to any of them.
    is_shared: bool,
}

/// How far the use of a connection has got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Nothing was read from it yet, or several requests share it.
    Fresh,
    /// It has answered, and nothing was written since.
    Answered,
    /// It has answered before; something was written since, and nothing read.
    ///
    /// On a connection of HTTP/1.1 what is read from there on belongs to the answer of the request that was written. A
    /// body that is still being written when its answer begins looks the same, but such a request is not one that a
    /// [silent end](SilentEnd) would have sent again at once.
    Waiting,
}

impl Connection {
    pub(super) fn new(io: Box<dyn Transport>) -> Self {
        Self {
            is_shared: io.connected().is_negotiated_h2(),
            io,
            state: State::Fresh,
            forwards: false,
        }
    }

    /// Makes a connection that several requests share: HTTP/2 without negotiation.
    pub(super) fn shared(self) -> Self {
        Self {
            is_shared: true,
            ..self
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

    fn note_read(&mut self) {
        if !self.is_shared {
            self.state = State::Answered;
        }
    }

    fn note_write(&mut self) {
        self.state = match self.state {
            State::Fresh => State::Fresh,
            State::Answered | State::Waiting => State::Waiting,
        };
    }

    /// Marks the error of a connection that ended in place of an answer.
    fn blame<T>(&self, result: io::Result<T>) -> io::Result<T> {
        match self.state {
            State::Fresh | State::Answered => result,
            State::Waiting => result.map_err(SilentEnd::by),
        }
    }

    /// Reads the first bytes of an answer, or none.
    ///
    /// They go through a separate buffer, since counting the bytes in hyper's needs unsafe code.
    fn poll_first(
        &mut self,
        cx: &mut Context<'_>,
        mut to: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bytes = [MaybeUninit::uninit(); FIRST];
        let most = to.remaining().min(FIRST);
        let mut first = ReadBuf::uninit(&mut bytes[..most]);
        let result = ready!(Pin::new(&mut self.io).poll_read(cx, first.unfilled()));
        self.blame(result)?;
        if first.filled().is_empty() && most > 0 {
            return Poll::Ready(Err(SilentEnd::by(io::ErrorKind::UnexpectedEof.into())));
        }
        self.note_read();
        to.put_slice(first.filled());
        Poll::Ready(Ok(()))
    }
}

/// The end of a connection that had answered before, right after a request was written and without another byte: most
/// likely the server closed it as idle.
#[derive(Debug)]
pub(super) struct SilentEnd {
    source: io::Error,
}

impl SilentEnd {
    fn by(source: io::Error) -> io::Error {
        io::Error::new(source.kind(), Self { source })
    }
}

impl fmt::Display for SilentEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a connection that was kept open ended without an answer")
    }
}

impl StdError for SilentEnd {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

impl Describe for Connection {
    fn connected(&self) -> Connected {
        // Without the addresses, which would become extensions of every response.
        let connected = Connected::new().proxy(self.forwards);
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
        to: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.state {
            State::Waiting => self.poll_first(cx, to),
            State::Fresh | State::Answered => {
                let result = Pin::new(&mut self.io).poll_read(cx, to);
                if result.is_ready() {
                    self.note_read();
                }
                result
            }
        }
    }
}

impl Write for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.note_write();
        let result = ready!(Pin::new(&mut self.io).poll_write(cx, bytes));
        Poll::Ready(self.blame(result))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.io).poll_flush(cx));
        Poll::Ready(self.blame(result))
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
        let result = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, buffers));
        Poll::Ready(self.blame(result))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state)
            .field("forwards", &self.forwards)
            .finish_non_exhaustive()
    }
}

/// How much hyper reads at first, too.
const FIRST: usize = 8 * 1024;
