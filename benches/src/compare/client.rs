//! A poll of a job over loopback, with the whole client.

use std::{
    cell::RefCell,
    error::Error,
    future::Future,
    io::{self, Write},
    time::{Duration, Instant},
};

use prism_imports::Client;
use tokio::{runtime::Runtime, task::JoinSet};

use super::{Bound, Figure, Report, Server, Side, race, setup::TEAM};
use crate::rivals::{Bare, KEY, Python, PythonError, Retrying};

/// Measures polls of a job that is being imported, one at a time and 64 at a time.
///
/// All clients run on the single thread of `runtime`, reuse their connections and have default settings, except for
/// timeouts.
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
    let url: &'static str = format!("{base}/v2/prism/{TEAM}/imports/{JOB}").leak();
    let imports = Client::builder()
        .api_key(KEY)
        .team_id(TEAM)
        .base_url(base)
        .user_agent("compare/1.0")
        .build()?
        .imports();
    let (bare, retrying) = (Bare::new(), Retrying::new()?);
    let ours = move || {
        let get = imports.get(JOB);
        async move { get.await.is_ok() }
    };
    let bare = move || {
        let bare = bare.clone();
        async move { bare.get(url).await.is_ok() }
    };
    let retrying = move || {
        let retrying = retrying.clone();
        async move { retrying.get(url).await.is_ok() }
    };

    let one = Load {
        concurrency: 1,
        requests: 200,
    };
    let [ours_one, bare_one] = race(TIME, [one.side(runtime, &ours), one.side(runtime, &bare)]);
    report.record(&slower("client/get-1/hyper", ours_one / bare_one))?;
    let many = Load {
        concurrency: 64,
        requests: 16,
    };
    let sides = [
        many.side(runtime, &ours),
        many.side(runtime, &bare),
        many.side(runtime, &retrying),
    ];
    let [ours_many, bare, retrying] = race(2 * TIME, sides);
    report.record(&slower("client/get-64/hyper", ours_many / bare))?;
    report.record(&faster("client/get-64/reqwest", retrying / ours_many, 1.25))?;

    let python = match python {
        Ok(python) => python,
        Err(error) => {
            let reason = error.to_string();
            report.skip("client/get-64/python-sync", &reason)?;
            return Ok(report.skip("client/get-64/python-async", &reason)?);
        }
    };
    let python = RefCell::new(python);
    let failed = RefCell::new(None);
    let theirs = |run: &dyn Fn(&mut Python) -> io::Result<Duration>| {
        run(&mut python.borrow_mut()).unwrap_or_else(|error| {
            *failed.borrow_mut() = Some(error);
            Duration::ZERO
        })
    };
    // Each Python client is used in two ways and the faster one counts: one or four threads, httpx or aiohttp.
    let sides = [
        many.side(runtime, &ours),
        Side::timed(|| theirs(&|python| python.sync(base, 1))),
        Side::timed(|| theirs(&|python| python.sync(base, 4))),
    ];
    let [ours_many, one, four] = race(TIME, sides);
    let other = if python.borrow().has_aiohttp() {
        "aiohttp"
    } else {
        "httpx"
    };
    let sides = [
        many.side(runtime, &ours),
        Side::timed(|| theirs(&|python| python.asynchronous(base, "httpx"))),
        Side::timed(|| theirs(&|python| python.asynchronous(base, other))),
    ];
    let [ours_again, httpx, other] = race(TIME, sides);
    failed.take().map_or(Ok(()), Err)?;
    report.record(&faster(
        "client/get-64/python-sync",
        one.min(four) / ours_many,
        40.0,
    ))?;
    Ok(report.record(&faster(
        "client/get-64/python-async",
        httpx.min(other) / ours_again,
        40.0,
    ))?)
}

/// The number of concurrent tasks and the number of requests of each.
#[derive(Clone, Copy)]
struct Load {
    concurrency: u32,
    requests: u32,
}

impl Load {
    fn side<'a, G, F>(self, runtime: &'a Runtime, get: &'a G) -> Side<'a>
    where
        G: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        Side::timed(move || {
            let start = Instant::now();
            let answered = runtime.block_on(self.run(get));
            assert!(answered, "the server answers every request");
            start.elapsed() / (self.concurrency * self.requests)
        })
    }

    async fn run<G, F>(self, get: &G) -> bool
    where
        G: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for _ in 0..self.concurrency {
            let get = get.clone();
            tasks.spawn(async move {
                for _ in 0..self.requests {
                    if !get().await {
                        return false;
                    }
                }
                true
            });
        }
        tasks.join_all().await.into_iter().all(|answered| answered)
    }
}

fn slower(name: &str, ratio: f64) -> Figure {
    Figure::new(name, ratio, "x-time", Bound::AtMost(1.10))
}

fn faster(name: &str, ratio: f64, least: f64) -> Figure {
    Figure::new(name, ratio, "x-speed", Bound::AtLeast(least))
}

const JOB: &str = "b5f1";
const TIME: Duration = Duration::from_secs(4);
