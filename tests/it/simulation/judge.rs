//! The properties that must hold at the end of a run.

use prism_imports_sandbox::{KeyedImport, Sandbox};

use super::{
    history::History,
    store::{End, ImportState, Record, Store},
    weather::Weather,
};

/// Compares the results of the clients with those of the server.
pub(super) fn judge(weather: &Weather, stores: &[&Store], sandbox: &Sandbox, history: &History) {
    let stats = sandbox.stats();
    let (mut rows, mut jobs, mut created, mut rejected) = (0, 0, 0, 0);
    for (client, store) in stores.iter().enumerate() {
        for (import, record) in store.read().iter().enumerate() {
            let name = format!("client-{client} import {import}");
            let violate = |what: &str| history.violate(format_args!("{name}: {what}"));
            let key = record.key.as_deref().unwrap_or_default();
            let done = sandbox.imports_under(key);
            let [done] = done.as_slice() else {
                violate(&format!("{} imports with its key", done.len()));
                continue;
            };
            rows += done.rows;
            jobs += u32::from(done.job_id.is_some());
            created += done.created;
            rejected += done.rejected;
            if let Err(what) = compare(weather, record, done) {
                violate(&what);
            }
            history.count(|tally| {
                tally.imports += 1;
                tally.rows += done.rows;
                tally.failed_jobs += u64::from(matches!(
                    record.state,
                    ImportState::Ended(End::Failed { .. })
                ));
            });
        }
    }
    history.check(
        (stats.rows, stats.jobs, stats.created, stats.rejected) == (rows, jobs, created, rejected),
        format_args!("the server has imports that its clients do not know: {stats:?}"),
    );
    history.count(|tally| {
        tally.jobs = stats.jobs.into();
        tally.requests = stats.requests;
        tally.polls = stats.polls;
    });
    let attempts = history.read().tally.attempts;
    history.check(
        stats.requests <= attempts,
        format_args!("{} requests of {attempts} attempts", stats.requests),
    );
}

/// Compares the result of a client with that of the server.
fn compare(weather: &Weather, record: &Record, done: &KeyedImport) -> Result<(), String> {
    let rows = u64::try_from(record.spec.rows).unwrap();
    if done.rows != rows {
        return Err(format!("{} of {rows} rows arrived", done.rows));
    }
    match record.state {
        ImportState::Ended(End::Complete(tally)) => {
            let mine = [
                tally.created(),
                tally.updated(),
                tally.existing(),
                tally.failed(),
                tally.unspecified(),
                tally.unaccounted(),
            ];
            let theirs = [
                done.created,
                done.updated,
                done.existing,
                done.rejected,
                0,
                0,
            ];
            if mine != theirs || tally.total() != rows {
                return Err(format!(
                    "the client counted {mine:?}, the server {theirs:?}"
                ));
            }
        }
        ImportState::Ended(End::Failed { total, processed }) => {
            let share = rows * u64::from(weather.fail_at) / 100;
            if (total, processed) != (rows, Some(share)) {
                return Err(format!(
                    "failed at {processed:?} of {total}, the server at {share} of {rows}"
                ));
            }
        }
        ImportState::Planned
        | ImportState::Submitted
        | ImportState::Started(_)
        | ImportState::Watched(_) => {
            return Err(format!("the import has not ended: {:?}", record.state));
        }
    }
    Ok(())
}
