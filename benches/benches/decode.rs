//! From the bytes of a complete job to the job.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use prism_imports_benches::body::complete_job;
use prism_imports_core::{ImportJob, wire::Snapshot};
use serde::de::IgnoredAny;

fn decode(criterion: &mut Criterion) {
    let body = complete_job(10_000, 5);
    let mut group = criterion.benchmark_group("decode 10,000 rows");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("job", |bencher| {
        bencher.iter(|| ImportJob::from_slice(black_box(&body)));
    });
    group.bench_function("snapshot", |bencher| {
        bencher.iter(|| Snapshot::from_slice(black_box(&body)));
    });
    group.bench_function("serde_json, skipped", |bencher| {
        bencher.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&body)));
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
