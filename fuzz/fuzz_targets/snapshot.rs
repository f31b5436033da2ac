//! Whole bodies: both ways to decode one agree, and a job that is written and read again is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prism_imports_core::{ImportJob, ReadError, Rule, wire::Snapshot};

fuzz_target!(|body: &[u8]| {
    let snapshot = Snapshot::from_slice(body);
    if let Ok(snapshot) = &snapshot {
        let json = serde_json::to_vec(snapshot).expect("snapshots are JSON");
        assert_eq!(Snapshot::from_slice(&json).as_ref(), Ok(snapshot));
    }
    let two_steps = snapshot
        .map_err(ReadError::Decode)
        .and_then(|snapshot| ImportJob::try_from(snapshot).map_err(ReadError::Contradiction));
    assert_eq!(ImportJob::from_slice(body), two_steps);

    if let Ok(job) = two_steps {
        let json = serde_json::to_vec(&job).expect("jobs are JSON");
        let again = ImportJob::from_slice(&json).expect("a valid job is valid when written");
        assert_eq!(Snapshot::from(&again), Snapshot::from(&job));
        // Writing corrects what some deviations are about. Without them nothing changes.
        let removed = [
            Rule::NegativeCounter,
            Rule::ProcessedMismatch,
            Rule::ProcessedExceedsTotal,
            Rule::CompleteUnfinished,
            Rule::ResultsCounts,
            Rule::RowAmbiguous,
            Rule::RowIndex,
            Rule::ResultsEarly,
            Rule::LegacyShape,
            Rule::JobIdUnusable,
        ];
        let is_removed = |rule| removed.contains(&rule);
        if !job
            .deviations()
            .iter()
            .any(|finding| is_removed(finding.rule()))
        {
            assert_eq!(again, job);
        }
    }
});
