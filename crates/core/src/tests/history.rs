//! A job that is polled repeatedly never goes back.

use proptest::{collection::vec, prelude::*};

use super::config;
use crate::{
    Conflict, ImportJob, Observation,
    wire::{Snapshot, Status},
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_history_in_order_is_accepted(polls in history()) {
        let jobs: Vec<_> = polls.iter().map(Poll::job).collect();
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
    fn a_history_in_any_order_never_goes_back(polls in history().prop_shuffle()) {
        let jobs: Vec<_> = polls.iter().map(Poll::job).collect();
        let mut held = jobs[0].clone();
        for next in jobs {
            let before = held.clone();
            held = held.observe(next.clone()).unwrap().into_job();
            prop_assert!(held == before || held == next);
            prop_assert!(never_goes_back(&before, &held), "{before:?} to {held:?}");
        }
        prop_assert_eq!(held.is_finished(), polls.iter().any(|poll| poll.status != Status::Processing));
    }

    #[test]
    fn any_snapshot_advances_the_job_or_is_refused(
        first in poll(),
        polls in vec((poll(), prop_oneof![9 => Just("j-1"), 1 => Just("j-2")]), 1..8),
    ) {
        let mut held = first.job();
        for (poll, id) in polls {
            let next = Poll { id, ..poll }.job();
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
            prop_assert!(never_goes_back(&before, &held), "{before:?} to {held:?}");
        }
    }
}

/// Returns `true` if no counter decreased, no final state was left, and no information on a finished job was lost.
fn never_goes_back(before: &ImportJob, after: &ImportJob) -> bool {
    let (this, next) = (before.progress(), after.progress());
    let pairs = [
        (this.processed(), next.processed()),
        (this.succeeded(), next.succeeded()),
        (this.failed(), next.failed()),
    ];
    let counted = pairs
        .iter()
        .all(|(this, next)| this.zip(*next).is_none_or(|(this, next)| this <= next));
    // Results outweigh the counters before them.
    let gained_rows = before.rows().is_none() && after.rows().is_some();
    let kept = pairs
        .iter()
        .all(|(this, next)| this.is_none() || this == next || gained_rows)
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

/// One poll of a job with 9 rows.
#[derive(Clone, Debug)]
struct Poll {
    id: &'static str,
    status: Status,
    succeeded: i64,
    failed: i64,
    /// Which of processed, succeeded and failed are present.
    given: [bool; 3],
    listed: bool,
    /// Seconds since the job was created.
    updated: Option<u8>,
}

impl Poll {
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

/// Polls of one job in chronological order. All of them contain the same counters.
fn history() -> impl Strategy<Value = Vec<Poll>> {
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
            let mut poll = Poll {
                id: "j-1",
                status: Status::Processing,
                succeeded: 0,
                failed: 0,
                given,
                listed,
                updated: timed.then_some(0),
            };
            let mut polls = vec![poll.clone()];
            for (succeeded, failed) in steps {
                poll.succeeded = (poll.succeeded + succeeded).min(7);
                poll.failed = (poll.failed + failed).min(2);
                poll.updated = poll.updated.map(|second| second + 1);
                polls.push(poll.clone());
            }
            if let Some(end) = end {
                poll.status = Status::from(end);
                if poll.status == Status::Complete {
                    poll.succeeded = 9 - poll.failed;
                }
                polls.extend(std::iter::repeat_n(poll, ends));
            }
            polls
        })
}

/// A poll with a consistent snapshot.
fn poll() -> impl Strategy<Value = Poll> {
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
            Poll {
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
