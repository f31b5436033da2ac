//! The service's public Python client, as a process that does what it is told and says how long it took.

use std::{
    env,
    fmt::{self, Display},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

/// A Python process with the client in it; it ends when this is dropped.
#[derive(Debug)]
pub struct Python {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    has_aiohttp: bool,
}

impl Python {
    /// Starts a Python that has the client: the one that `PRISM_IMPORTS_PYTHON` names, or one of the workspace's
    /// own, or the machine's.
    ///
    /// # Errors
    ///
    /// [`PythonError`] when none has it.
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
        // A proxy would stand between the client and the loopback.
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

    /// Has a file decoded as the answer to a look.
    ///
    /// # Errors
    ///
    /// When the process fails.
    pub fn decode(&mut self, body: &Path) -> io::Result<Duration> {
        self.ask(format_args!("decode {}", body.display()))
    }

    /// Has a job looked at by the client for threads, from `threads` of them; answers the time of one request.
    ///
    /// # Errors
    ///
    /// When the process fails.
    pub fn sync(&mut self, base: &str, threads: u32) -> io::Result<Duration> {
        self.ask(format_args!("sync {base} {REQUESTS} {threads}"))
    }

    /// Has a job looked at by the client for `asyncio`, 64 requests at a time by way of `httpx` or `aiohttp`; answers
    /// the time of one.
    ///
    /// # Errors
    ///
    /// When the process fails, as it does when it has no such library.
    pub fn asynchronous(&mut self, base: &str, http: &str) -> io::Result<Duration> {
        self.ask(format_args!("async {base} {REQUESTS} {http}"))
    }

    /// Tells whether the client can use `aiohttp`, which serves many requests faster and is an extra of its package.
    pub fn has_aiohttp(&self) -> bool {
        self.has_aiohttp
    }

    fn ask(&mut self, question: impl Display) -> io::Result<Duration> {
        let to = self.to.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(to, "{question}")?;
        to.flush()?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        let seconds: f64 = answer.trim().parse().map_err(io::Error::other)?;
        Duration::try_from_secs_f64(seconds).map_err(io::Error::other)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The end of its input is the end of the process.
        self.to = None;
        self.child.wait().ok();
    }
}

/// No Python here has the client.
#[derive(Clone, Copy, Debug)]
pub struct PythonError(());

impl Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no Python here has the package micro-so")
    }
}

impl std::error::Error for PythonError {}

fn has(python: &Path, module: &str) -> bool {
    let output = Command::new(python)
        .args(["-c", &format!("import {module}")])
        .output();
    output.is_ok_and(|output| output.status.success())
}

/// Requests of one turn.
const REQUESTS: u32 = 256;
