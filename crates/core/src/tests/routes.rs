//! All ways of reading a body give the same result, and writing is lossless.

use proptest::prelude::*;

use super::{
    bodies::{Body, body, valid_body},
    config,
    snapshots::snapshot,
};
use crate::{Finding, ImportJob, ReadError, Rule, wire::Snapshot};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reading_in_one_step_and_in_two_gives_the_same_result(Body(body) in body()) {
        let two_steps = Snapshot::from_slice(&body)
            .map_err(ReadError::Decode)
            .and_then(|snapshot| ImportJob::try_from(snapshot).map_err(ReadError::Contradiction));
        prop_assert_eq!(ImportJob::from_slice(&body), two_steps);
    }

    #[test]
    fn serde_and_from_slice_give_the_same_result(Body(body) in body()) {
        let has_byte_order_mark = body.starts_with("\u{feff}".as_bytes());
        if !has_byte_order_mark {
            prop_assert_eq!(serde_json::from_slice(&body).ok(), Snapshot::from_slice(&body).ok());
            let job = ImportJob::from_slice(&body).ok();
            // serde does not give the text of a number such as `1e3`.
            let is_exact = job.iter().flat_map(ImportJob::deviations).all(|finding| finding.rule() != Rule::IntegerFormat);
            if is_exact {
                prop_assert_eq!(serde_json::from_slice(&body).ok(), job);
            }
        }
    }

    #[test]
    fn valid_bodies_are_snapshots(Body(body) in valid_body()) {
        prop_assert!(Snapshot::from_slice(&body).is_ok());
    }

    #[test]
    fn snapshots_round_trip(snapshot in snapshot()) {
        let json = serde_json::to_vec(&snapshot).unwrap();
        prop_assert_eq!(Snapshot::from_slice(&json), Ok(snapshot));
    }

    #[test]
    fn jobs_round_trip(snapshot in snapshot()) {
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
    fn arbitrary_bytes_do_not_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop((ImportJob::from_slice(&body), Snapshot::from_slice(&body)));
    }
}

fn tally(job: &ImportJob) -> Option<crate::Tally> {
    match job {
        ImportJob::Complete(job) => Some(job.tally()),
        ImportJob::Processing(_) | ImportJob::Failed(_) | ImportJob::Unrecognized(_) => None,
    }
}

/// The deviations that are left after serializing a job. Serializing corrects three of them.
fn kept(deviations: &[Finding]) -> Vec<&Finding> {
    let corrected = [Rule::ResultsEarly, Rule::LegacyShape, Rule::JobIdUnusable];
    deviations
        .iter()
        .filter(|finding| !corrected.contains(&finding.rule()))
        .collect()
}
