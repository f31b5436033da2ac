//! The public Python client of the service, in a process that runs commands and returns their durations.

use std::{
    env,
    fmt::{self, Display},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

/// A Python process with the client. It ends when this value is dropped.
#[derive(Debug)]
pub struct Python {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    has_aiohttp: bool,
}

impl Python {
    /// Starts a Python that has the client: that of `PRISM_IMPORTS_PYTHON`, a virtual environment of the workspace, or
    /// `python3`.
    ///
    /// # Errors
    ///
    /// Returns [`PythonError`] if none of them has the client.
    pub fn start() -> Result<Self, PythonError> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let named = env::var_os("PRISM_IMPORTS_PYTHON").map(PathBuf::from);
        let own = ["target/python/bin/python", ".venv/bin/python"].map(|path| workspace.join(path));
        let python = named
            .into_iter()
            .chain(own)
            .chain(["python3".into()])
            .find(|python| has(python, "micro_so"))
            .ok_or(PythonError(()))?;
        Self::run(&python).map_err(|_no_process| PythonError(()))
    }

    fn run(python: &Path) -> io::Result<Self> {
        let mut command = Command::new(python);
        command.args(["-c", include_str!("python.py")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // The client must not use a proxy for loopback.
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        let mut child = command.spawn()?;
        let to = child.stdin.take();
        let from = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self {
            child,
            to,
            from: BufReader::new(from),
            has_aiohttp: has(python, "httpx_aiohttp"),
        })
    }

    /// Decodes a file as the answer to a poll.
    ///
    /// # Errors
    ///
    /// Returns an error if the process fails.
    pub fn decode(&mut self, body: &Path) -> io::Result<Duration> {
        self.run_command(format_args!("decode {}", body.display()))
    }

    /// Polls a job with the synchronous client on this many threads and returns the duration of one request.
    ///
    /// # Errors
    ///
    /// Returns an error if the process fails.
    pub fn sync(&mut self, base: &str, threads: u32) -> io::Result<Duration> {
        self.run_command(format_args!("sync {base} {REQUESTS} {threads}"))
    }

    /// Polls a job with the `asyncio` client, 64 requests at a time with `httpx` or `aiohttp`, and returns the duration
    /// of one request.
    ///
    /// # Errors
    ///
    /// Returns an error if the process fails, for example because it does not have the library.
    pub fn asynchronous(&mut self, base: &str, http: &str) -> io::Result<Duration> {
        self.run_command(format_args!("async {base} {REQUESTS} {http}"))
    }

    /// Imports a CSV file in chunks of 1,000 rows, four at a time, and returns the duration.
    ///
    /// # Errors
    ///
    /// Returns an error if the process fails.
    pub fn bulk(&mut self, base: &str, file: &Path) -> io::Result<Duration> {
        self.run_command(format_args!("bulk {base} {}", file.display()))
    }

    /// Returns the peak of the memory of the process, in KiB.
    ///
    /// # Errors
    ///
    /// Returns an error if the process fails.
    pub fn peak_kib(&mut self) -> io::Result<f64> {
        self.ask("peak")
    }

    /// Returns `true` if the client can use `aiohttp`, an optional and faster HTTP library.
    pub fn has_aiohttp(&self) -> bool {
        self.has_aiohttp
    }

    fn run_command(&mut self, command: impl Display) -> io::Result<Duration> {
        Duration::try_from_secs_f64(self.ask(command)?).map_err(io::Error::other)
    }

    fn ask(&mut self, command: impl Display) -> io::Result<f64> {
        let to = self.to.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(to, "{command}")?;
        to.flush()?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        answer.trim().parse().map_err(io::Error::other)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The process ends when its input is closed.
        self.to = None;
        self.child.wait().ok();
    }
}

/// No Python with the client was found.
#[derive(Clone, Copy, Debug)]
pub struct PythonError(());

impl Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no Python with the package micro-so was found")
    }
}

impl std::error::Error for PythonError {}

fn has(python: &Path, module: &str) -> bool {
    let output = Command::new(python)
        .args(["-c", &format!("import {module}")])
        .output();
    output.is_ok_and(|output| output.status.success())
}

/// The number of requests per turn.
const REQUESTS: u32 = 256;
