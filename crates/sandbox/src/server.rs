//! The sandbox on a socket.

use std::{io, net::SocketAddr, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use crate::Sandbox;

impl Sandbox {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// What the operating system says, such as [`io::ErrorKind::AddrInUse`].
    pub async fn serve(&self, addr: SocketAddr) -> io::Result<Server> {
        self.accept_from(TcpListener::bind(addr).await?)
    }

    /// Listens on a listener that is already bound. Call it inside a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// What the operating system says when the listener is handed over.
    pub fn serve_on(&self, listener: std::net::TcpListener) -> io::Result<Server> {
        listener.set_nonblocking(true)?;
        self.accept_from(TcpListener::from_std(listener)?)
    }

    fn accept_from(&self, listener: TcpListener) -> io::Result<Server> {
        let addr = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(self.clone(), listener, stopped));
        Ok(Server {
            sandbox: self.clone(),
            addr,
            stop,
            task,
        })
    }
}

/// A sandbox that listens. Dropping it stops the listening too, and waits for nothing.
#[derive(Debug)]
pub struct Server {
    sandbox: Sandbox,
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Returns the address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the base URL for a client, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns how many requests arrived, the refused ones included.
    pub fn requests(&self) -> u64 {
        self.sandbox.requests()
    }

    /// Returns the sandbox that answers.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Stops listening, lets the requests that have begun end, for 5 seconds at most, and returns.
    pub async fn shutdown(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            warn!(%error, "the accepting task ended badly");
        }
    }
}

/// Accepts connections until `stopped` resolves.
async fn accept(sandbox: Sandbox, listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(ended) = connections.join_next() => if let Err(error) = ended {
                warn!(%error, "a connection's task ended badly");
            },
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(&sandbox, stream, &graceful));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: some come back as connections end.
                    warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        warn!("connections still open are cut");
    }
    connections.shutdown().await;
}

/// Serves one connection, HTTP/1.1 or HTTP/2 as the client begins it.
fn connection(
    sandbox: &Sandbox,
    stream: TcpStream,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let service = TowerToHyperService::new(sandbox.clone());
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let connection = graceful.watch(connection);
    async move {
        if let Err(error) = connection.await {
            debug!(%error, "a connection ended early");
        }
    }
}

/// How long a shutdown waits for the requests that have begun.
const GRACE: Duration = Duration::from_secs(5);
/// How long accepting rests after it failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
