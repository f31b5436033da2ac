//! Property tests over generated snapshots, bodies and histories. The strategies are shared.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are small, and an overflow fails the test"
)]

mod snapshots;
mod bodies;
mod similar_rows;
mod validation;
mod routes;
mod row_reader;
mod chunks;
mod many_findings;
mod history;
mod auto_traits;
mod document;

use proptest::test_runner::Config;

/// 4,096 cases, unless `PROPTEST_CASES` is set.
pub(crate) fn config() -> Config {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default(),
        None => Config::with_cases(4_096),
    }
}
