//! Both ends of the simulated network: hyper over the streams of turmoil.

use std::{
    future::pending,
    io,
    net::Ipv4Addr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::{
        self,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use prism_imports::transport::RequestBody;
use prism_imports_sandbox::Sandbox;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower::{Service, service_fn};
use turmoil::net::{TcpListener, TcpStream};

use super::history::History;

/// Serves a sandbox until the host crashes.
pub(super) async fn serve(sandbox: Sandbox, history: History) -> turmoil::Result {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 80)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (sandbox, history) = (sandbox.clone(), history.clone());
        let service = service_fn(move |request: http::Request<_>| {
            let (mut sandbox, history) = (sandbox.clone(), history.clone());
            async move {
                let what = format!("{} {}", request.method(), request.uri().path());
                if let Some(key) = request.headers().get("idempotency-key") {
                    history.arrive(key.to_str().unwrap());
                }
                let answer = sandbox.call(request).await;
                match &answer {
                    Ok(answer) => history.note(format_args!("server: {what} {}", answer.status())),
                    Err(cut) => history.note(format_args!("server: {what} {cut}")),
                }
                answer
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .auto_date_header(false);
        let connection = builder
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        tokio::spawn(async move { drop(connection.await) });
    }
}

/// The HTTP client of a host: that of hyper-util, with a connection pool.
pub(super) type HttpClient = legacy::Client<Connector, RequestBody>;

/// Creates the HTTP client of a host. `cut` is `true` while its link is down.
pub(super) fn http_client(cut: Arc<AtomicBool>) -> HttpClient {
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .build(Connector { cut })
}

/// Connects to the server.
///
/// Connecting over a link that is down hangs until the timeout, as on a real network. turmoil alone would refuse it at
/// once.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    cut: Arc<AtomicBool>,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let cut = Arc::clone(&self.cut);
        Box::pin(async move {
            let connect = async {
                let stream = TcpStream::connect((SERVER, 80)).await;
                if stream.is_err() && cut.load(Ordering::Relaxed) {
                    pending::<()>().await;
                }
                stream
            };
            let stream = tokio::time::timeout(CONNECT, connect).await.ok();
            let stream = stream.ok_or(io::ErrorKind::TimedOut)??;
            Ok(TokioIo::new(Stream(stream)))
        })
    }
}

/// A stream of turmoil, adapted to the connection pool of hyper-util.
#[derive(Debug)]
pub(super) struct Stream(TcpStream);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// The host name of the server.
pub(super) const SERVER: &str = "server";

/// The connect timeout, that of the default client.
const CONNECT: Duration = Duration::from_secs(10);
