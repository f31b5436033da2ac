//! One poll of a job over loopback.

use criterion::{Criterion, criterion_group, criterion_main};
use prism_imports::Client;
use prism_imports_benches::{
    compare::{Server, setup::TEAM},
    rivals::{Bare, KEY, Retrying},
};
use tokio::runtime::Builder;

fn client(criterion: &mut Criterion) {
    let base = Server::on_a_thread().expect("a port is available");
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    let url = format!("{base}/v2/prism/{TEAM}/imports/b5f1");
    let client = Client::builder()
        .api_key(KEY)
        .team_id(TEAM)
        .base_url(&base)
        .build();
    let imports = client.expect("the settings are valid").imports();
    let (bare, retrying) = (Bare::new(), Retrying::new().expect("TLS is available"));
    let mut group = criterion.benchmark_group("get");
    group.bench_function("client", |bencher| {
        bencher.iter(|| runtime.block_on(async { imports.get("b5f1").await.is_ok() }));
    });
    group.bench_function("hyper", |bencher| {
        bencher.iter(|| runtime.block_on(async { bare.get(&url).await.is_ok() }));
    });
    group.bench_function("reqwest with retries", |bencher| {
        bencher.iter(|| runtime.block_on(async { retrying.get(&url).await.is_ok() }));
    });
    group.finish();
}

criterion_group!(benches, client);
criterion_main!(benches);
