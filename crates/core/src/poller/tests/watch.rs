//! Generators of watches: settings, answers and disturbances.

use std::time::Duration;

use proptest::prelude::*;

use crate::{
    Contradiction, ImportJob, ReadError,
    poller::{Checkpoint, Limits, Output, Pace, PaceBuilder, Poller, Seen},
    wire::{Row, Snapshot, Status},
};

/// One fetch with its answer and disturbances.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) answer: Answer,
    /// The seconds of the server's clock since the start, if the answer is dated.
    pub(super) date: Option<u32>,
    pub(super) hint: Option<Duration>,
    /// The time from the fetch to its answer.
    pub(super) takes: Duration,
    /// The delay of the caller after a wait.
    oversleeps: Duration,
    /// How often the answer is dropped before it is delivered.
    drops: u8,
    /// Whether the watch moves to another process during the fetch.
    moves: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Processed(Option<u8>),
    Expiring(u32),
    OtherJob,
    Contradiction,
    NotFound,
    Fault,
    /// Complete, with its results or without.
    Complete(bool),
    Failed,
}

impl Answer {
    /// Returns `true` if this is the end of the job.
    pub(super) fn is_end(&self) -> bool {
        matches!(self, Self::Complete(_) | Self::Failed)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Disturbance {
    None,
    Drops,
    Moves,
}

#[derive(Clone, Debug)]
pub(super) struct Watch {
    pace: Pace,
    pub(super) limits: Limits,
    seed: u64,
    pub(super) is_submitted: bool,
    has_start: bool,
    pub(super) exchanges: Vec<Exchange>,
}

/// The start of each watch and the creation time of its job.
pub(super) const START: &str = "2026-01-01T00:00:00Z";

impl Watch {
    fn poller(&self) -> Poller {
        let mut poller = Poller::new(self.pace.clone(), self.limits.clone(), self.seed);
        if self.is_submitted {
            poller = poller.submitted();
        }
        if self.has_start {
            poller.with_start(START.parse().unwrap())
        } else {
            poller
        }
    }

    /// Runs the watch to its end, or until there are no more answers.
    ///
    /// `check` is called with every output before the output is handled. Returns the poller and the outputs with their
    /// times, without repeated fetches.
    pub(super) fn run(
        &self,
        disturbance: Disturbance,
        mut check: impl FnMut(&Poller, Duration, &Output),
    ) -> (Poller, Vec<(Duration, Output)>) {
        let mut poller = self.poller();
        let mut now = Duration::ZERO;
        let mut transcript = Vec::new();
        let mut exchanges = self.exchanges.iter();
        let mut oversleeps = Duration::ZERO;
        loop {
            let output = poller.poll_output(now);
            check(&poller, now, &output);
            transcript.push((now, without_rejection(output.clone())));
            match output {
                Output::Wait { until } => now = until.saturating_add(oversleeps),
                Output::Done | Output::Stopped(_) => return (poller, transcript),
                Output::Fetch { .. } => {
                    let Some(exchange) = exchanges.next() else {
                        return (poller, transcript);
                    };
                    for _ in 0..exchange.drops {
                        if disturbance == Disturbance::Drops {
                            assert_eq!(poller.poll_output(now), output);
                        }
                    }
                    if disturbance == Disturbance::Moves && exchange.moves {
                        poller = moved(&poller);
                        assert_eq!(poller.poll_output(now), output);
                        assert!(poller.is_restored());
                    }
                    now = now.saturating_add(exchange.takes);
                    oversleeps = exchange.oversleeps;
                    exchange.deliver(&mut poller, now);
                    if disturbance == Disturbance::Moves && exchange.moves {
                        let next = without_rejection(poller.clone().poll_output(now));
                        poller = moved(&poller);
                        // A restored poller has one more fetch.
                        let timeout = self.limits.timeout();
                        if timeout.is_none_or(|timeout| now < timeout) {
                            assert_eq!(poller.poll_output(now), next);
                        }
                    }
                }
            }
        }
    }
}

impl Exchange {
    pub(super) fn deliver(&self, poller: &mut Poller, now: Duration) -> Option<Seen> {
        let start: jiff::Timestamp = START.parse().unwrap();
        let after = |seconds: u32| {
            let seconds = jiff::SignedDuration::from_secs(i64::from(seconds));
            start.checked_add(seconds).unwrap()
        };
        if let Some(date) = self.date {
            poller.handle_server_time(now, after(date), after(date.saturating_add(2)));
        }
        let mut snapshot = Snapshot::new(Status::Processing, 200);
        snapshot.job_id = Some("j-1".into());
        match self.answer {
            Answer::Processed(processed) => snapshot.processed = processed.map(i64::from),
            Answer::Expiring(seconds) => {
                snapshot.created_at = Some(START.into());
                snapshot.updated_at = Some(START.into());
                snapshot.expires_at = Some(after(seconds).to_string());
            }
            Answer::OtherJob => snapshot.job_id = Some("j-2".into()),
            Answer::Contradiction => {
                poller.handle_contradiction(now, contradiction(), self.hint);
                return None;
            }
            Answer::NotFound => {
                poller.handle_not_found(now, self.hint);
                return None;
            }
            Answer::Fault => {
                poller.handle_fault(now, self.hint);
                return None;
            }
            Answer::Complete(has_results) => {
                snapshot.status = Status::Complete;
                snapshot.results = has_results.then(|| vec![Row::default(); 200]);
            }
            Answer::Failed => snapshot.status = Status::Failed,
        }
        let job = ImportJob::try_from(snapshot).unwrap();
        Some(poller.handle_snapshot(now, job, self.hint))
    }
}

fn contradiction() -> Contradiction {
    match ImportJob::from_slice(br#"{"job_id":"j-1","status":"complete","total":2,"processed":1}"#)
    {
        Err(ReadError::Contradiction(contradiction)) => contradiction,
        other @ (Ok(_) | Err(ReadError::Decode(_))) => panic!("{other:?}"),
    }
}

fn moved(poller: &Poller) -> Poller {
    let stored = serde_json::to_vec(&poller.checkpoint()).unwrap();
    let restored = Poller::from(serde_json::from_slice::<Checkpoint>(&stored).unwrap());
    assert_eq!(restored.checkpoint(), poller.checkpoint());
    restored
}

/// Removes the rejection, which a checkpoint does not contain.
pub(super) fn without_rejection(output: Output) -> Output {
    match output {
        Output::Stopped(mut stopped) => {
            stopped.rejection = None;
            Output::Stopped(stopped)
        }
        Output::Fetch { .. } | Output::Wait { .. } | Output::Done => output,
    }
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => (0..20_000_u64).prop_map(Duration::from_millis),
        2 => (0..90_000_u64).prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
        1 => Just(Duration::ZERO),
    ]
}

fn pace() -> impl Strategy<Value = Pace> {
    let presets = prop_oneof![
        Just(Pace::prompt()),
        Just(Pace::balanced()),
        Just(Pace::frugal())
    ];
    let secs = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    let custom = (
        presets.clone(),
        secs(1..3_600_000),
        1..=400_u16,
        secs(10..60_000),
    )
        .prop_map(|(preset, worth, growth, shortest)| {
            PaceBuilder::from(preset)
                .request_worth(worth)
                .growth_percent(growth)
                .shortest(shortest)
                .longest(shortest.saturating_mul(3))
                .build()
                .unwrap()
        });
    prop_oneof![presets, custom]
}

fn limits() -> impl Strategy<Value = Limits> {
    let timeout = proptest::option::of(duration());
    let requests = proptest::option::of(0..12_u32);
    let graces = (duration(), duration());
    (timeout, requests, 0..5_u32, graces).prop_map(|(timeout, requests, faults, graces)| {
        let mut limits = Limits::default().with_faults(faults);
        limits = limits
            .with_not_found_grace(graces.0)
            .with_results_grace(graces.1);
        if let Some(timeout) = timeout {
            limits = limits.with_timeout(timeout);
        }
        if let Some(requests) = requests {
            limits = limits.with_requests(requests);
        }
        limits
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        12 => proptest::option::of(0..=200_u8).prop_map(Answer::Processed),
        2 => (0..100_000_u32).prop_map(Answer::Expiring),
        1 => Just(Answer::OtherJob),
        2 => Just(Answer::Contradiction),
        2 => Just(Answer::NotFound),
        2 => Just(Answer::Fault),
        2 => any::<bool>().prop_map(Answer::Complete),
        1 => Just(Answer::Failed),
    ]
}

pub(super) fn watch() -> impl Strategy<Value = Watch> {
    let rarely = |often: u32| proptest::bool::weighted(1.0 / f64::from(often));
    let exchange = (
        answer(),
        proptest::option::weighted(0.3, 0..100_000_u32),
        proptest::option::weighted(0.1, duration()),
        duration(),
        duration(),
        0..3_u8,
        rarely(3),
    )
        .prop_map(
            |(answer, date, hint, takes, oversleeps, drops, moves)| Exchange {
                answer,
                date,
                hint,
                takes: takes.min(Duration::from_secs(100)),
                oversleeps: oversleeps.div_f64(10.0),
                drops,
                moves,
            },
        );
    let exchanges = proptest::collection::vec(exchange, 0..24);
    let flags = (any::<bool>(), any::<bool>());
    (pace(), limits(), any::<u64>(), flags, exchanges).prop_map(
        |(pace, limits, seed, (is_submitted, has_start), exchanges)| Watch {
            pace,
            limits,
            seed,
            is_submitted,
            has_start,
            exchanges,
        },
    )
}

/// 1,024 cases, unless `PROPTEST_CASES` is set.
pub(super) fn config() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(1_024),
    }
}
