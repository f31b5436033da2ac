//! What holds for every snapshot, body and history: properties over generated ones, with the strategies in one
//! place.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a handful of rows; a test that overflows fails, as it should"
)]

mod snapshots;
mod bodies;
mod alike;
mod oracle;
mod border;
mod routes;
mod scan;
mod chunks;
mod history;
mod bounds;
mod document;

use proptest::test_runner::Config;

/// 4,096 cases, unless `PROPTEST_CASES` says otherwise.
fn config() -> Config {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default(),
        None => Config::with_cases(4_096),
    }
}
