//! The cost of the transport stack per call, around a service that answers at once.

use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use prism_imports_benches::compare::transport::{Calls, boxed, call, generic, rival};
use tokio::runtime::Builder;

fn transport(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    group.bench_function("generic", |bencher| calls(bencher, generic()));
    group.bench_function("boxed", |bencher| calls(bencher, boxed()));
    group.bench_function("tower's timeout and retry", |bencher| {
        calls(bencher, rival());
    });
    group.finish();
}

fn calls<B: Send>(bencher: &mut Bencher<'_>, mut service: impl Calls<B>) {
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime can be built");
    bencher.iter(|| runtime.block_on(call(&mut service)));
}

criterion_group!(benches, transport);
criterion_main!(benches);
