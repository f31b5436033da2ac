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
    /// Listens on an address; port 0 selects a free port. Supports HTTP/1.1 and HTTP/2 with prior knowledge.
    ///
    /// A sandbox can listen on several addresses. Must be called inside a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// The error of the operating system, such as [`io::ErrorKind::AddrInUse`].
    pub async fn serve(&self, addr: SocketAddr) -> io::Result<Server> {
        self.accept_from(TcpListener::bind(addr).await?)
    }

    /// Accepts connections from a bound listener. Must be called inside a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// The error of the operating system if the listener cannot be used.
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

/// A listening sandbox. Created by [`Sandbox::serve`] and [`Sandbox::serve_on`].
///
/// ```
/// use prism_imports_sandbox::Sandbox;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let sandbox = Sandbox::builder().build()?;
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let server = sandbox.serve_on(listener)?;
/// assert_eq!(server.base_url(), format!("http://{}", server.addr()));
/// server.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// Dropping it stops listening without waiting for requests in flight.
#[derive(Debug)]
pub struct Server {
    sandbox: Sandbox,
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Returns the local address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the base URL for a client, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the number of requests, rejected ones included.
    pub fn requests(&self) -> u64 {
        self.sandbox.requests()
    }

    /// Returns the sandbox.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Stops listening and waits up to 5 seconds for requests in flight.
    pub async fn shutdown(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            warn!(%error, "the accept task failed");
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
                warn!(%error, "a connection task failed");
            },
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(&sandbox, stream, &graceful));
                }
                Err(error) => {
                    // Probably out of file descriptors, which become free when connections close.
                    warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        warn!("closing connections that are still open");
    }
    connections.shutdown().await;
}

/// Serves one HTTP/1.1 or HTTP/2 connection.
fn connection(
    sandbox: &Sandbox,
    stream: TcpStream,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The sandbox dates its answers by its own clock, or not at all.
    builder
        .http1()
        .timer(TokioTimer::new())
        .auto_date_header(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .auto_date_header(false);
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

/// The time that a shutdown waits for requests in flight.
const GRACE: Duration = Duration::from_secs(5);
/// The pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The maximum number of open connections; further ones wait in the listen queue.
const MAX_CONNECTIONS: usize = 8_192;
