//! Whole bodies: both ways of reading agree, and snapshots and jobs round-trip.
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
        let again = ImportJob::from_slice(&json).expect("serialized jobs are valid");
        assert_eq!(Snapshot::from(&again), Snapshot::from(&job));
        // Serializing corrects three deviations. Without them, the job does not change.
        let corrected = [Rule::ResultsEarly, Rule::LegacyShape, Rule::JobIdUnusable];
        let is_corrected = |rule| corrected.contains(&rule);
        if !job
            .deviations()
            .iter()
            .any(|finding| is_corrected(finding.rule()))
        {
            assert_eq!(again, job);
        }
    }
});
