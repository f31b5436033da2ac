//! One call over loopback: a poll of a job, and a submit.

use criterion::{Criterion, criterion_group, criterion_main};
use prism_imports::{Client, Imports, ObjectType};
use prism_imports_benches::{
    body::{JOB, contacts},
    compare::{Server, setup::TEAM, submit::theirs},
    rivals::{Bare, KEY, Retrying},
};
use tokio::runtime::{Builder, Runtime};

fn get(criterion: &mut Criterion) {
    let (base, runtime) = start();
    let imports = imports(&base);
    let url = format!("{base}/v2/prism/{TEAM}/imports/{JOB}");
    let (bare, retrying) = (Bare::new(), Retrying::new().expect("TLS is available"));
    let mut group = criterion.benchmark_group("get");
    group.bench_function("client", |bencher| {
        bencher.iter(|| runtime.block_on(async { imports.get(JOB).await.is_ok() }));
    });
    group.bench_function("hyper", |bencher| {
        bencher.iter(|| runtime.block_on(async { bare.get(&url).await.is_ok() }));
    });
    group.bench_function("reqwest with retries", |bencher| {
        bencher.iter(|| runtime.block_on(async { retrying.get(&url).await.is_ok() }));
    });
    group.finish();
}

fn submit(criterion: &mut Criterion) {
    let (base, runtime) = start();
    let imports = imports(&base);
    let url = format!("{base}/v2/prism/{TEAM}/contact/import");
    let (bare, rows) = (Bare::new(), contacts(100));
    let mut group = criterion.benchmark_group("submit of 100 rows");
    group.bench_function("client", |bencher| {
        bencher.iter(|| {
            let submit = imports.submit(ObjectType::Contact).rows(&rows);
            runtime.block_on(async { submit.await.is_ok() })
        });
    });
    group.bench_function("hyper", |bencher| {
        bencher.iter(|| {
            let body = theirs(&rows);
            runtime.block_on(async { bare.submit(&url, "a key", body).await.is_ok() })
        });
    });
    group.finish();
}

fn start() -> (String, Runtime) {
    let base = Server::on_a_thread().expect("a port is available");
    let runtime = Builder::new_current_thread().enable_all().build();
    (base, runtime.expect("a runtime can be built"))
}

fn imports(base: &str) -> Imports {
    let client = Client::builder().api_key(KEY).team_id(TEAM).base_url(base);
    client.build().expect("the settings are valid").imports()
}

criterion_group!(benches, get, submit);
criterion_main!(benches);
