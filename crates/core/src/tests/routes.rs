//! All ways of reading a body find the same in it, and writing loses nothing.

use proptest::prelude::*;

use super::{
    bodies::{Body, body, sound_body},
    config,
    snapshots::snapshot,
};
use crate::{Finding, ImportJob, ReadError, Rule, wire::Snapshot};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reading_at_once_is_reading_in_two_steps(Body(body) in body()) {
        let two_steps = Snapshot::from_slice(&body)
            .map_err(ReadError::Decode)
            .and_then(|snapshot| ImportJob::try_from(snapshot).map_err(ReadError::Contradiction));
        prop_assert_eq!(ImportJob::from_slice(&body), two_steps);
    }

    #[test]
    fn serde_reads_what_we_read(Body(body) in body()) {
        let marked = body.starts_with("\u{feff}".as_bytes());
        if !marked {
            prop_assert_eq!(serde_json::from_slice(&body).ok(), Snapshot::from_slice(&body).ok());
            prop_assert_eq!(serde_json::from_slice(&body).ok(), ImportJob::from_slice(&body).ok());
        }
    }

    #[test]
    fn sound_bodies_are_snapshots(Body(body) in sound_body()) {
        prop_assert!(Snapshot::from_slice(&body).is_ok());
    }

    #[test]
    fn a_snapshot_is_read_as_it_was_written(snapshot in snapshot()) {
        let json = serde_json::to_vec(&snapshot).unwrap();
        prop_assert_eq!(Snapshot::from_slice(&json), Ok(snapshot));
    }

    #[test]
    fn a_job_is_read_as_it_was_written(snapshot in snapshot()) {
        let job = ImportJob::try_from(snapshot).unwrap();
        let again = ImportJob::from_slice(&serde_json::to_vec(&job).unwrap()).unwrap();
        prop_assert_eq!(kept(again.deviations()), kept(job.deviations()));
        prop_assert_eq!(Snapshot::from(&again), Snapshot::from(&job));
        prop_assert_eq!(again.rows(), job.rows());
        prop_assert_eq!(tally(&again), tally(&job));
        if kept(job.deviations()).len() == job.deviations().len() {
            prop_assert_eq!(again, job);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop((ImportJob::from_slice(&body), Snapshot::from_slice(&body)));
    }
}

fn tally(job: &ImportJob) -> Option<crate::Tally> {
    match job {
        ImportJob::Complete(job) => Some(job.tally()),
        ImportJob::Processing(_) | ImportJob::Failed(_) | ImportJob::Unrecognized(_) => None,
    }
}

/// The deviations that a job still has once it was written: three are mended by that.
fn kept(deviations: &[Finding]) -> Vec<&Finding> {
    let mended = [Rule::ResultsEarly, Rule::LegacyShape, Rule::JobIdUnusable];
    deviations
        .iter()
        .filter(|finding| !mended.contains(&finding.rule()))
        .collect()
}
