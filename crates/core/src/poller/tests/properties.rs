//! Properties over generated answers.

use std::time::Duration;

use proptest::prelude::*;

use super::watch::{Disturbance, START, config, watch, without_rejection};
use crate::{
    ImportJob,
    poller::{Output, Poller},
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_limits_are_respected(watch in watch()) {
        let expires_at = |poller: &Poller| {
            let job = poller.job()?;
            let start = START.parse().unwrap();
            Duration::try_from(job.details().expires_at()?.duration_since(start)).ok()
        };
        let (poller, transcript) = watch.run(Disturbance::None, |poller, now, output| match output {
            Output::Wait { until } => {
                assert!(*until > now);
                assert!(watch.limits.timeout().is_none_or(|timeout| *until <= timeout));
                if watch.has_start {
                    assert!(expires_at(poller).is_none_or(|end| *until <= end));
                }
            }
            Output::Fetch { attempt } => {
                assert_eq!(attempt.checked_sub(1), Some(poller.requests()));
                assert!(watch.limits.requests().is_none_or(|requests| *attempt <= requests));
                assert!(watch.limits.timeout().is_none_or(|timeout| now < timeout));
                if watch.has_start {
                    assert!(expires_at(poller).is_none_or(|end| now < end));
                }
                assert!(!poller.job().is_some_and(ImportJob::is_finished));
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
    fn moving_to_another_process_does_not_change_the_schedule(watch in watch()) {
        let run = |disturbance| {
            let (poller, transcript) = watch.run(disturbance, |_, _, _| ());
            (poller.checkpoint(), transcript)
        };
        prop_assert_eq!(run(Disturbance::Moves), run(Disturbance::None));
    }
}
