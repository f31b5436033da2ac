//! The server of the client figures: a process of its own, so that it costs both sides the same and neither runs it.

use std::{
    convert::Infallible,
    env,
    error::Error,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
};

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
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        writeln!(io::stdout(), "{}", listener.local_addr()?)?;
        thread::spawn(|| accept(listener));
        io::stdin().read_line(&mut String::new())?;
        Ok(())
    }

    /// Answers on a thread of this process, until its end, and returns the URL; for the benches, which have no
    /// program to start once more.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn on_a_thread() -> io::Result<String> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(|| accept(listener));
        Ok(format!("http://{address}"))
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

fn accept(listener: std::net::TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            tokio::spawn(connection(listener.accept().await?.0));
        }
    })
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
