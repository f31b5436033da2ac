//! Decoding a job, as a whole and in chunks.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use prism_imports_benches::{
    body::{PROCESSING, complete_job},
    compare::decode::in_chunks,
    rivals::derived,
};
use prism_imports_core::{ImportJob, wire::Snapshot};
use serde::de::IgnoredAny;

fn decode(criterion: &mut Criterion) {
    let body = complete_job(10_000, 5);
    let mut group = criterion.benchmark_group("decode 10,000 rows");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("job", |bencher| {
        bencher.iter(|| ImportJob::from_slice(black_box(&body)));
    });
    group.bench_function("row decoder, 16 KiB chunks", |bencher| {
        bencher.iter(|| in_chunks(black_box(&body)));
    });
    group.bench_function("snapshot", |bencher| {
        bencher.iter(|| Snapshot::from_slice(black_box(&body)));
    });
    group.bench_function("sonic-rs, derived", |bencher| {
        bencher.iter(|| sonic_rs::from_slice::<derived::Job>(black_box(&body)));
    });
    group.bench_function("serde_json, derived", |bencher| {
        bencher.iter(|| serde_json::from_slice::<derived::Job>(black_box(&body)));
    });
    group.bench_function("serde_json, skipped", |bencher| {
        bencher.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&body)));
    });
    group.finish();
}

fn poll(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode a poll");
    group.bench_function("job", |bencher| {
        bencher.iter(|| ImportJob::from_slice(black_box(PROCESSING)));
    });
    group.bench_function("serde_json, derived", |bencher| {
        bencher.iter(|| serde_json::from_slice::<derived::Job>(black_box(PROCESSING)));
    });
    group.finish();
}

fn validation(criterion: &mut Criterion) {
    let body = complete_job(10_000, 5);
    let snapshot = Snapshot::from_slice(&body).expect("the body is valid");
    criterion.bench_function("validation, 10,000 rows", |bencher| {
        bencher.iter_batched(
            || snapshot.clone(),
            ImportJob::try_from,
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, decode, poll, validation);
criterion_main!(benches);
