//! A job that is looked at again and again goes one way.

use proptest::{collection::vec, prelude::*};

use super::config;
use crate::{
    Conflict, ImportJob, Observation,
    wire::{Snapshot, Status},
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_history_in_order_is_accepted(looks in history()) {
        let jobs: Vec<_> = looks.iter().map(Look::job).collect();
        let mut held = jobs[0].clone();
        for next in &jobs {
            held = match held.observe(next.clone()) {
                Ok(Observation::Advanced(job) | Observation::Unchanged(job)) => job,
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(&held, next);
        }
    }

    #[test]
    fn a_history_in_any_order_goes_one_way(looks in history().prop_shuffle()) {
        let jobs: Vec<_> = looks.iter().map(Look::job).collect();
        let mut held = jobs[0].clone();
        for next in jobs {
            let before = held.clone();
            held = held.observe(next.clone()).unwrap().into_job();
            prop_assert!(held == before || held == next);
            prop_assert!(goes_on(&before, &held), "{before:?} to {held:?}");
        }
        prop_assert_eq!(held.is_finished(), looks.iter().any(|look| look.status != Status::Processing));
    }

    #[test]
    fn whatever_comes_it_goes_one_way_or_hands_both_back(
        first in look(),
        looks in vec((look(), prop_oneof![9 => Just("j-1"), 1 => Just("j-2")]), 1..8),
    ) {
        let mut held = first.job();
        for (look, id) in looks {
            let next = Look { id, ..look }.job();
            let before = held.clone();
            held = match held.observe(next.clone()) {
                Ok(Observation::Advanced(job) | Observation::Unchanged(job)) => {
                    prop_assert_eq!(&job, &next);
                    job
                }
                Ok(Observation::Stale(job)) => {
                    prop_assert_eq!(&job, &before);
                    job
                }
                Err(refused) => {
                    let conflict = refused.conflict();
                    let (this, other) = refused.into_jobs();
                    prop_assert_eq!(conflict == Conflict::OtherJob, this.id() != other.id());
                    prop_assert_eq!((&this, &other), (&before, &next));
                    this
                }
            };
            prop_assert!(goes_on(&before, &held), "{before:?} to {held:?}");
        }
    }
}

/// Tells whether no counter went back, no end was undone, and nothing known of an end was lost.
fn goes_on(before: &ImportJob, after: &ImportJob) -> bool {
    let (this, next) = (before.progress(), after.progress());
    let pairs = [
        (this.processed(), next.processed()),
        (this.succeeded(), next.succeeded()),
        (this.failed(), next.failed()),
    ];
    let counted = pairs
        .iter()
        .all(|(this, next)| this.zip(*next).is_none_or(|(this, next)| this <= next));
    let kept = pairs
        .iter()
        .all(|(this, next)| this.is_none() || this == next)
        && before.status() == after.status()
        && (before.rows().is_none() || before.rows() == after.rows());
    before.id() == after.id()
        && this.total() == next.total()
        && if before.is_finished() {
            kept
        } else {
            after.is_finished() || counted
        }
}

/// One look at a job of 9 rows.
#[derive(Clone, Debug)]
struct Look {
    id: &'static str,
    status: Status,
    succeeded: i64,
    failed: i64,
    /// Which of processed, succeeded and failed are given.
    given: [bool; 3],
    listed: bool,
    /// Seconds since the job was created.
    updated: Option<u8>,
}

impl Look {
    fn job(&self) -> ImportJob {
        let mut snapshot = Snapshot::new(self.status.clone(), 9);
        snapshot.job_id = Some(self.id.to_owned());
        let [processed, succeeded, failed] = self.given;
        snapshot.processed = processed.then_some(self.succeeded + self.failed);
        snapshot.succeeded = succeeded.then_some(self.succeeded);
        snapshot.failed = failed.then_some(self.failed);
        snapshot.updated_at = self
            .updated
            .map(|second| format!("2026-01-08T00:00:{second:02}Z"));
        if self.listed && self.status == Status::Complete {
            let row = |at: i64| {
                if at < self.failed {
                    r#"{"error":"no"}"#
                } else {
                    r#"{"existing":true}"#
                }
            };
            let rows: Vec<_> = (0..9).map(row).collect();
            snapshot.results = serde_json::from_str(&format!("[{}]", rows.join(","))).unwrap();
        }
        ImportJob::try_from(snapshot).unwrap()
    }
}

/// Looks at one job in the order of time; the same counters are given in each.
fn history() -> impl Strategy<Value = Vec<Look>> {
    let steps = vec((0..4_i64, 0..2_i64), 1..6);
    let end = proptest::option::of(prop_oneof![Just("complete"), Just("failed")]);
    (
        steps,
        end,
        any::<[bool; 3]>(),
        any::<[bool; 2]>(),
        1..3_usize,
    )
        .prop_map(|(steps, end, given, [listed, timed], ends)| {
            let mut look = Look {
                id: "j-1",
                status: Status::Processing,
                succeeded: 0,
                failed: 0,
                given,
                listed,
                updated: timed.then_some(0),
            };
            let mut looks = vec![look.clone()];
            for (succeeded, failed) in steps {
                look.succeeded = (look.succeeded + succeeded).min(7);
                look.failed = (look.failed + failed).min(2);
                look.updated = look.updated.map(|second| second + 1);
                looks.push(look.clone());
            }
            if let Some(end) = end {
                look.status = Status::from(end);
                if look.status == Status::Complete {
                    look.succeeded = 9 - look.failed;
                }
                looks.extend(std::iter::repeat_n(look, ends));
            }
            looks
        })
}

/// Any look that holds together by itself.
fn look() -> impl Strategy<Value = Look> {
    let status = prop_oneof![
        Just("processing"),
        Just("paused"),
        Just("complete"),
        Just("failed")
    ];
    (
        status,
        0..=7_i64,
        0..=2_i64,
        any::<[bool; 3]>(),
        any::<bool>(),
        proptest::option::of(0..3_u8),
    )
        .prop_map(|(status, succeeded, failed, given, listed, updated)| {
            let status = Status::from(status);
            Look {
                id: "j-1",
                succeeded: if status == Status::Complete {
                    9 - failed
                } else {
                    succeeded
                },
                status,
                failed,
                given,
                listed,
                updated,
            }
        })
}
