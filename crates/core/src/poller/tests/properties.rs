//! Properties over generated answers.

use std::time::Duration;

use proptest::prelude::*;

use super::watch::{Answer, Disturbance, config, watch, without_rejection};
use crate::{
    ImportJob,
    poller::{Limits, Output, Pace, Poller, StopReason},
    wire::{Snapshot, Status},
};

/// Generates a counter that may be impossible.
fn counter() -> impl Strategy<Value = Option<i64>> {
    proptest::option::of(prop_oneof![0..20_i64, any::<i64>()])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_limits_are_respected(watch in watch()) {
        let (poller, transcript) = watch.run(Disturbance::None, |poller, now, output| match output {
            Output::Wait { until } => {
                assert!(*until > now);
                assert!(watch.limits.timeout().is_none_or(|timeout| *until <= timeout));
            }
            Output::Fetch { attempt } => {
                assert_eq!(attempt.checked_sub(1), Some(poller.requests()));
                assert!(watch.limits.requests().is_none_or(|requests| *attempt <= requests));
                assert!(watch.limits.timeout().is_none_or(|timeout| now < timeout));
                // A finished job is polled only for its results.
                assert!(!poller.job().is_some_and(|job| matches!(job, ImportJob::Failed(_))));
                assert!(poller.job().is_none_or(|job| job.rows().is_none()));
            }
            Output::Done => assert!(poller.job().is_some_and(ImportJob::is_finished)),
            Output::Stopped(stopped) => assert_eq!(stopped.last(), poller.job()),
        });
        let fetches = transcript.iter().filter(|(_, output)| matches!(output, Output::Fetch { .. }));
        // The last fetch has no answer if the script is over.
        prop_assert!(fetches.count() <= watch.exchanges.len().saturating_add(1));
        prop_assert!(watch.limits.requests().is_none_or(|requests| poller.requests() <= requests));
    }

    #[test]
    fn inputs_after_the_end_are_ignored(watch in watch(), later in watch()) {
        let (mut poller, transcript) = watch.run(Disturbance::None, |_, _, _| ());
        let (mut now, end) = transcript.last().unwrap().clone();
        if !matches!(end, Output::Fetch { .. }) {
            for exchange in &later.exchanges {
                now = now.saturating_add(exchange.takes);
                exchange.deliver(&mut poller, now);
                prop_assert_eq!(without_rejection(poller.poll_output(now)), end.clone());
            }
        }
    }

    #[test]
    fn no_wait_is_shorter_than_the_hint(watch in watch()) {
        let mut hints = watch.exchanges.iter().map(|exchange| exchange.hint.unwrap_or_default());
        let mut takes = watch.exchanges.iter().map(|exchange| exchange.takes);
        let mut floor = Duration::ZERO;
        watch.run(Disturbance::None, |_, now, output| {
            if let Output::Fetch { .. } = output {
                assert!(now >= floor, "{now:?} is before {floor:?}");
                let answered = now.saturating_add(takes.next().unwrap_or_default());
                floor = answered.saturating_add(hints.next().unwrap_or_default());
            }
        });
    }

    #[test]
    fn the_same_seed_produces_the_same_schedule(watch in watch()) {
        let run = || watch.run(Disturbance::None, |_, _, _| ());
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn dropped_answers_do_not_change_the_schedule(watch in watch()) {
        let run = |disturbance| watch.run(disturbance, |_, _, _| ());
        prop_assert_eq!(run(Disturbance::Drops), run(Disturbance::None));
    }

    #[test]
    fn moving_to_another_process_loses_nothing(watch in watch()) {
        // Every move is checked while the watch runs.
        let (poller, transcript) = watch.run(Disturbance::Moves, |_, _, _| ());
        if let Some((_, Output::Done)) = transcript.last() {
            prop_assert!(poller.job().is_some_and(ImportJob::is_finished));
        }
    }

    #[test]
    fn a_watch_is_done_only_by_the_end_of_its_job(watch in watch()) {
        let (poller, transcript) = watch.run(Disturbance::None, |_, _, _| ());
        let answered = usize::try_from(poller.requests()).unwrap();
        let answers = || watch.exchanges.iter().take(answered).map(|exchange| &exchange.answer);
        let (_, end) = transcript.last().unwrap();
        match end {
            Output::Done => prop_assert!(answers().any(Answer::is_end)),
            // A job that ended is not gone.
            Output::Stopped(stopped) => {
                let is_seen = stopped.last().is_some_and(ImportJob::is_finished);
                let is_gone = matches!(stopped.reason(), StopReason::Gone | StopReason::Expired | StopReason::NotFound);
                prop_assert!(!(is_seen && is_gone));
            }
            Output::Fetch { .. } | Output::Wait { .. } => {}
        }
    }

    #[test]
    fn no_counters_end_the_watch_of_an_unfinished_job(
        faults in 1..4_u32,
        counters in proptest::collection::vec((counter(), [counter(), counter(), counter()]), 1..30),
    ) {
        let limits = Limits::default().with_faults(faults);
        let mut poller = Poller::new(Pace::balanced(), limits, 3);
        for (second, (total, counters)) in (0..).zip(counters) {
            let mut snapshot = Snapshot::new(Status::Processing, total.unwrap_or_default());
            snapshot.job_id = Some("j-1".into());
            [snapshot.processed, snapshot.succeeded, snapshot.failed] = counters;
            let job = ImportJob::try_from(snapshot);
            prop_assert!(job.is_ok(), "{job:?}");
            let now = Duration::from_secs(second);
            poller.handle_snapshot(now, job.unwrap(), None);
            let goes_on = matches!(poller.poll_output(now), Output::Wait { .. });
            prop_assert!(goes_on);
        }
    }

    #[test]
    fn each_end_has_its_reason(watch in watch()) {
        let (poller, transcript) = watch.run(Disturbance::None, |_, _, _| ());
        let Some((_, Output::Stopped(stopped))) = transcript.last() else {
            return Ok(());
        };
        let answered = usize::try_from(poller.requests()).unwrap();
        let last = answered.checked_sub(1).map(|last| &watch.exchanges[last]);
        let answers: Vec<_> = watch.exchanges.iter().take(answered).map(|exchange| &exchange.answer).collect();
        let answer = answers.last().copied();
        match stopped.reason() {
            StopReason::Timeout => prop_assert!(watch.limits.timeout().is_some()),
            StopReason::Requests => prop_assert!(watch.limits.requests().is_some()),
            StopReason::Faults => prop_assert_eq!(answer, Some(&Answer::Fault)),
            // A processing snapshot is never a fault, whatever its counters are.
            StopReason::Rejected => {
                let is_rejected = answer == Some(&Answer::Contradiction)
                    || answer.is_some_and(Answer::is_end)
                    || answers.contains(&&Answer::OtherJob);
                prop_assert!(is_rejected, "{answer:?}");
            }
            StopReason::NotFound => {
                prop_assert_eq!((answer, stopped.last()), (Some(&Answer::NotFound), None));
            }
            StopReason::Gone => prop_assert_eq!(answer, Some(&Answer::NotFound)),
            StopReason::Expired => {
                let is_dated = last.is_some_and(|last| last.date.is_some());
                prop_assert!(is_dated || answer == Some(&Answer::NotFound));
                prop_assert!(stopped.last().unwrap().details().expires_at().is_some());
            }
        }
    }

    #[test]
    fn no_job_is_given_up_before_its_grace(watch in watch()) {
        let mut first = None;
        let (poller, transcript) = watch.run(Disturbance::None, |poller, now, output| match output {
            Output::Stopped(stopped) if stopped.reason() == StopReason::NotFound => {
                let grace = watch.limits.not_found_grace();
                // Offsets end there: nothing can be waited for any more.
                let is_last = now == Duration::MAX;
                assert!(!watch.is_submitted || grace.is_zero() || is_last || first.is_some_and(|first: Duration| now >= grace.saturating_add(first)));
            }
            Output::Wait { .. } if poller.job().is_none() => {
                let answered = usize::try_from(poller.requests()).unwrap();
                let last = answered.checked_sub(1).map(|last| &watch.exchanges[last].answer);
                if first.is_none() && last == Some(&Answer::NotFound) {
                    first = Some(now);
                }
            }
            Output::Fetch { .. } | Output::Wait { .. } | Output::Done | Output::Stopped(_) => {}
        });
        prop_assert!(!transcript.is_empty() && poller.requests() < 100);
    }
}
