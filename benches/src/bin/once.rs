//! Runs one operation once, to count its instructions.
//!
//! ```text
//! cargo build --release -p prism-imports-benches --bin once
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no --toggle-collect='*measured*' \
//!     target/release/once decode
//! ```
//!
//! Operations: `decode`, `decode-sonic-rs` and `decode-serde_json` of 100,000 rows; `get` and `get-hyper` over
//! loopback, after a warm-up.

use std::{env, error::Error, hint::black_box};

use prism_imports::Client;
use prism_imports_benches::{
    body::{JOB, complete_job},
    compare::{Server, decode::ROWS, setup::TEAM},
    rivals::{Bare, KEY, derived},
};
use prism_imports_core::ImportJob;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let operation = env::args().nth(1).unwrap_or_default();
    match &*operation {
        Server::ARGUMENT => Server::serve(),
        "decode" => decode(|body| ImportJob::from_slice(body).is_ok()),
        "decode-sonic-rs" => decode(|body| sonic_rs::from_slice::<derived::Job>(body).is_ok()),
        "decode-serde_json" => decode(|body| serde_json::from_slice::<derived::Job>(body).is_ok()),
        "get" => {
            let server = Server::start()?;
            let client = Client::builder().api_key(KEY).team_id(TEAM);
            let imports = client.base_url(server.base_url()).build()?.imports();
            warm(async || imports.get(JOB).await.is_ok())
        }
        "get-hyper" => {
            let server = Server::start()?;
            let url = format!("{}/v2/prism/{TEAM}/imports/{JOB}", server.base_url());
            let bare = Bare::new();
            warm(async || bare.get(&url).await.is_ok())
        }
        _ => Err("usage: once decode|decode-sonic-rs|decode-serde_json|get|get-hyper".into()),
    }
}

fn decode(work: fn(&[u8]) -> bool) -> Result<(), Box<dyn Error>> {
    let body = complete_job(ROWS, 5);
    check(measured(&mut || work(black_box(&body))))
}

/// Makes some calls to connect and warm up, then measures the next one.
fn warm(mut call: impl AsyncFnMut() -> bool) -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    for _ in 0..WARMING {
        check(runtime.block_on(call()))?;
    }
    check(measured(&mut || runtime.block_on(call())))
}

/// The function whose name toggles the counting.
#[inline(never)]
fn measured(work: &mut dyn FnMut() -> bool) -> bool {
    black_box(work())
}

fn check(done: bool) -> Result<(), Box<dyn Error>> {
    if done {
        Ok(())
    } else {
        Err("the operation failed".into())
    }
}

/// The number of warm-up calls. They also fill the free lists of the allocator.
const WARMING: u32 = 100;
