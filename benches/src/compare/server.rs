//! The server of the client figures: a process of its own, so that it costs both sides the same and neither runs it.

use std::{
    convert::Infallible,
    env,
    error::Error,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::body::PROCESSING;

/// A server process; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    base_url: String,
}

impl Server {
    /// Starts this program once more with [`Server::WORD`], for which it is to call [`Server::serve`].
    ///
    /// # Errors
    ///
    /// When the process does not start.
    pub fn start() -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(Self::WORD);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            child,
            input,
            base_url: format!("http://{}", address.trim()),
        })
    }

    /// Returns the server's URL.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Answers every request with a job that is being imported, until the end of the standard input.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn serve() -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            writeln!(io::stdout(), "{}", listener.local_addr()?)?;
            let mut end = tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new()));
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        tokio::spawn(connection(accepted?.0));
                    }
                    _ = &mut end => return Ok(()),
                }
            }
        })
    }

    /// What starts the program as a server.
    pub const WORD: &str = "--serve";
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the end of the process.
        self.input = None;
        self.child.wait().ok();
    }
}

async fn connection(stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let service = service_fn(|_: Request<Incoming>| async {
        let mut response = Response::new(Full::new(Bytes::from_static(PROCESSING)));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok::<_, Infallible>(response)
    });
    // A client that goes away is no fault.
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}
