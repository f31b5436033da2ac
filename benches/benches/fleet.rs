//! One poll of a fleet with many jobs: it becomes due, is sent, and the next one is scheduled.

use criterion::{Criterion, criterion_group, criterion_main};
use prism_imports_benches::compare::fleet::{started, virtual_time};

fn fleet(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fleet event");
    for jobs in [100, 10_000] {
        let runtime = virtual_time().expect("a runtime can be built");
        let mut fleet = runtime
            .block_on(started(jobs))
            .expect("every poll succeeds");
        group.bench_function(format!("{jobs} jobs"), |bencher| {
            bencher.iter(|| runtime.block_on(fleet.next()).is_some());
        });
    }
    group.finish();
}

criterion_group!(benches, fleet);
criterion_main!(benches);
