//! Calls of the whole client over loopback: a poll of a job, and a submit.

use std::{
    cell::RefCell,
    error::Error,
    io::{self, Write},
    time::{Duration, Instant},
};

use prism_imports::{Client, Get, Imports, ObjectType};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{Bound, Figure, Report, Server, Side, race, setup::TEAM, submit::theirs};
use crate::{
    body::{Contact, JOB, contacts},
    rivals::{Bare, KEY, Python, PythonError, Retrying},
};

/// Measures polls of a job that is being imported, one at a time and 64 at a time, and submits.
///
/// All clients run on the single thread of `runtime`, reuse their connections, send the same headers and have default
/// settings, except for timeouts.
///
/// # Errors
///
/// Returns an error if a line cannot be written, a client cannot be built, or the server does not start.
pub fn client<W: Write>(
    report: &mut Report<W>,
    runtime: &Runtime,
    python: &mut Result<Python, PythonError>,
) -> Result<(), Box<dyn Error>> {
    if !report.includes("client") {
        return Ok(());
    }
    let server = Server::start()?;
    let base = server.base_url();
    let client = Client::builder().api_key(KEY).team_id(TEAM);
    let imports = client.base_url(base).build()?.imports();
    gets(report, runtime, &imports, base)?;
    submits(report, runtime, &imports, base)?;
    if !report.includes("client/get-64/python") {
        return Ok(());
    }
    match python {
        Ok(python) => Ok(gets_by_python(report, runtime, &imports, base, python)?),
        Err(error) => {
            let reason = error.to_string();
            report.skip("client/get-64/python-sync", &reason)?;
            Ok(report.skip("client/get-64/python-async", &reason)?)
        }
    }
}

fn gets<W: Write>(
    report: &mut Report<W>,
    runtime: &Runtime,
    imports: &Imports,
    base: &str,
) -> Result<(), Box<dyn Error>> {
    let url: &'static str = format!("{base}/v2/prism/{TEAM}/imports/{JOB}").leak();
    let (bare, retrying) = (Bare::new(), Retrying::new()?);
    let ours = get(imports);
    let bare = move || {
        let bare = bare.clone();
        async move { bare.get(url).await }
    };
    let retrying = move || {
        let retrying = retrying.clone();
        async move { retrying.get(url).await }
    };
    for (name, load, most, least) in [
        ("client/get-1", Load::ONE, 1.25, 0.9),
        ("client/get-64", Load::MANY, 1.35, 1.15),
    ] {
        if !report.includes(name) {
            continue;
        }
        let sides = [
            load.side(runtime, &ours),
            load.side(runtime, &bare),
            load.side(runtime, &retrying),
        ];
        let [ours, bare, retrying] = race(2 * TIME, sides);
        report.record(&slower(format!("{name}/hyper"), ours / bare, most))?;
        report.record(&faster(format!("{name}/reqwest"), retrying / ours, least))?;
    }
    Ok(())
}

fn submits<W: Write>(
    report: &mut Report<W>,
    runtime: &Runtime,
    imports: &Imports,
    base: &str,
) -> io::Result<()> {
    let name = "client/submit/hyper";
    if !report.includes(name) {
        return Ok(());
    }
    let url: &'static str = format!("{base}/v2/prism/{TEAM}/contact/import").leak();
    let rows: &'static [Contact] = contacts(ROWS).leak();
    let (imports, bare) = (imports.clone(), Bare::new());
    let ours = move || imports.submit(ObjectType::Contact).rows(rows);
    let bare = move || {
        let (bare, body) = (bare.clone(), theirs(rows));
        async move { bare.submit(url, SUBMIT_KEY, body).await }
    };
    let load = Load::ONE;
    let sides = [load.side(runtime, &ours), load.side(runtime, &bare)];
    let [ours, bare] = race(TIME, sides);
    report.record(&slower(name, ours / bare, 2.0))
}

/// Each Python client is used in two ways and the faster one counts: one or four threads, httpx or aiohttp.
fn gets_by_python<W: Write>(
    report: &mut Report<W>,
    runtime: &Runtime,
    imports: &Imports,
    base: &str,
    python: &mut Python,
) -> io::Result<()> {
    let ours = get(imports);
    let python = RefCell::new(python);
    let failed = RefCell::new(None);
    let theirs = |run: &dyn Fn(&mut Python) -> io::Result<Duration>| {
        run(&mut python.borrow_mut()).unwrap_or_else(|error| {
            *failed.borrow_mut() = Some(error);
            Duration::ZERO
        })
    };
    let sides = [
        Load::MANY.side(runtime, &ours),
        Side::timed(|| theirs(&|python| python.sync(base, 1))),
        Side::timed(|| theirs(&|python| python.sync(base, 4))),
    ];
    let [ours_once, one, four] = race(TIME, sides);
    let other = if python.borrow().has_aiohttp() {
        "aiohttp"
    } else {
        "httpx"
    };
    let sides = [
        Load::MANY.side(runtime, &ours),
        Side::timed(|| theirs(&|python| python.asynchronous(base, "httpx"))),
        Side::timed(|| theirs(&|python| python.asynchronous(base, other))),
    ];
    let [ours_again, httpx, other] = race(TIME, sides);
    failed.take().map_or(Ok(()), Err)?;
    let ratio = one.min(four) / ours_once;
    report.record(&faster("client/get-64/python-sync", ratio, 40.0))?;
    let ratio = httpx.min(other) / ours_again;
    report.record(&faster("client/get-64/python-async", ratio, 40.0))
}

/// Returns a function that polls a job with our client.
fn get(imports: &Imports) -> impl Fn() -> Get + Clone + Send + Sync + use<> {
    let imports = imports.clone();
    move || imports.get(JOB)
}

/// The number of concurrent tasks and the number of requests of each.
#[derive(Clone, Copy)]
struct Load {
    concurrency: u32,
    requests: u32,
}

impl Load {
    const ONE: Self = Self {
        concurrency: 1,
        requests: 200,
    };
    const MANY: Self = Self {
        concurrency: 64,
        requests: 16,
    };

    fn side<'a, G, F, T, E>(self, runtime: &'a Runtime, call: &'a G) -> Side<'a>
    where
        G: Fn() -> F + Clone + Send + Sync + 'static,
        F: IntoFuture<Output = Result<T, E>, IntoFuture: Send>,
    {
        Side::timed(move || {
            let start = Instant::now();
            let answered = runtime.block_on(self.run(call));
            assert!(answered, "the server answers every request");
            start.elapsed() / (self.concurrency * self.requests)
        })
    }

    async fn run<G, F, T, E>(self, call: &G) -> bool
    where
        G: Fn() -> F + Clone + Send + Sync + 'static,
        F: IntoFuture<Output = Result<T, E>, IntoFuture: Send>,
    {
        let mut tasks = JoinSet::new();
        for _ in 0..self.concurrency {
            let call = call.clone();
            tasks.spawn(async move {
                for _ in 0..self.requests {
                    if call().await.is_err() {
                        return false;
                    }
                }
                true
            });
        }
        tasks.join_all().await.into_iter().all(|answered| answered)
    }
}

fn slower(name: impl Into<String>, ratio: f64, most: f64) -> Figure {
    Figure::new(name, ratio, "x-time", Bound::AtMost(most))
}

fn faster(name: impl Into<String>, ratio: f64, least: f64) -> Figure {
    Figure::new(name, ratio, "x-speed", Bound::AtLeast(least))
}

/// The rows of a usual submit, 11 KB.
const ROWS: u32 = 100;
const SUBMIT_KEY: &str = "0199f2b4-6a51-7c07-9d6e-3f1f6f2a9c44";
const TIME: Duration = Duration::from_secs(4);
