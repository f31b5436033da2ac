//! Whole bodies: both routes agree, and what is written is read again as the same.
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
        let again = ImportJob::from_slice(&json).expect("what was accepted is accepted again");
        assert_eq!(Snapshot::from(&again), Snapshot::from(&job));
        // Writing mends three deviations; without them nothing at all changes.
        let mended = [Rule::ResultsEarly, Rule::LegacyShape, Rule::JobIdUnusable];
        let is_mended = |rule| mended.contains(&rule);
        if !job
            .deviations()
            .iter()
            .any(|finding| is_mended(finding.rule()))
        {
            assert_eq!(again, job);
        }
    }
});
