//! The server of the client figures. It is a separate process, so it costs both sides the same.

use std::{
    env,
    error::Error,
    fmt::Display,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
};

use crate::body::PROCESSING;

/// A server process. It ends when this value is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    base_url: String,
}

impl Server {
    /// Starts this program again with [`Server::ARGUMENT`]. The program must then call [`Server::serve`].
    ///
    /// # Errors
    ///
    /// Returns an error if the process does not start.
    pub fn start() -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(Self::ARGUMENT);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        Ok(Self {
            child,
            input,
            base_url: base_url(port.trim()),
        })
    }

    /// Returns the base URL of the server.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Answers every request with a job that is being imported, until standard input is closed.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub fn serve() -> Result<(), Box<dyn Error>> {
        Self::serve_body(Bytes::from_static(PROCESSING))
    }

    /// Answers every request with this body, until standard input is closed.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub fn serve_body(body: Bytes) -> Result<(), Box<dyn Error>> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
        thread::spawn(move || accept(listener, &body));
        io::stdin().read_line(&mut String::new())?;
        Ok(())
    }

    /// Serves on a thread of this process until it ends and returns the URL. The benches use it because they cannot
    /// start themselves as a server.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub fn on_a_thread() -> io::Result<String> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        thread::spawn(|| accept(listener, &Bytes::from_static(PROCESSING)));
        Ok(base_url(port))
    }

    /// The argument that starts the program as a server.
    pub const ARGUMENT: &str = "--serve";
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process ends when its input is closed.
        self.input = None;
        self.child.wait().ok();
    }
}

/// Returns a base URL as users have one: with the name of a host and a path.
fn base_url(port: impl Display) -> String {
    format!("http://localhost:{port}/base")
}

fn accept(listener: std::net::TcpListener, body: &Bytes) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            tokio::spawn(connection(listener.accept().await?.0, body.clone()));
        }
    })
}

async fn connection(stream: TcpStream, body: Bytes) {
    stream.set_nodelay(true).ok();
    let service = service_fn(|request: Request<Incoming>| {
        let body = body.clone();
        async {
            // A body that is not read would close the connection.
            request.into_body().collect().await?;
            let mut response = Response::new(Full::new(body));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            Ok::<_, hyper::Error>(response)
        }
    });
    // Clients that disconnect are expected.
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}
