//! The poller: a watch of one hour.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use prism_imports_core::{
    ImportJob,
    poller::{Limits, Output, Pace, Poller},
};

fn poller(criterion: &mut Criterion) {
    criterion.bench_function("poller, a watch of an hour", |bencher| {
        bencher.iter(|| watch(black_box(HOUR)));
    });
}

/// Watches a job with a constant rate and returns the number of requests.
fn watch(length: Duration) -> u32 {
    let limits = Limits::default().with_results_grace(Duration::ZERO);
    let mut poller = Poller::new(Pace::balanced(), limits, 7);
    let mut now = Duration::ZERO;
    loop {
        match poller.poll_output(now) {
            Output::Fetch { .. } => {
                poller.handle_snapshot(now, job(now, length), None);
            }
            Output::Wait { until } => now = until,
            Output::Done | Output::Stopped(_) => return poller.requests(),
        }
    }
}

fn job(now: Duration, length: Duration) -> ImportJob {
    let processed = 1_000 * now.as_secs().min(length.as_secs()) / length.as_secs();
    let status = if now < length {
        "processing"
    } else {
        "complete"
    };
    let body = format!(
        r#"{{"job_id":"b5f1","status":"{status}","total":1000,"processed":{processed},"succeeded":{processed},"failed":0}}"#
    );
    ImportJob::from_slice(body.as_bytes()).expect("the body is valid")
}

const HOUR: Duration = Duration::from_secs(3_600);

criterion_group!(benches, poller);
criterion_main!(benches);
