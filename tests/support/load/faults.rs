//! The faults of a load.

use std::{num::NonZeroU32, time::Duration};

use prism_imports_sandbox::{Envelope, Fault, Moment, On, RetryHint};

/// Returns faults that affect this share of the polls and this share of the submits.
///
/// In addition, a tenth of `share` of the jobs fail at half of their rows, and another tenth stall there for `pause`,
/// in the time of the sandbox. Replicas lag by the same duration.
pub fn faults(share: f64, pause: Duration) -> Vec<Fault> {
    let polls = polls(pause).map(|(part, fault)| fault.on(On::Poll).probability(part * share));
    let submits = submits().map(|(part, fault)| fault.on(On::Submit).probability(part * share));
    let jobs = [
        Fault::fail_at(50, "import_failed", "the list was deleted"),
        Fault::stall_for(50, pause),
    ];
    let jobs = jobs.map(|fault| fault.probability(share / 10.0));
    polls.into_iter().chain(submits).chain(jobs).collect()
}

/// Returns the faults of polls, each with its weight.
fn polls(lag: Duration) -> [(f64, Fault); 14] {
    [
        (0.14, Fault::answer(503)),
        (0.08, Fault::answer(500).envelope(Envelope::Flat)),
        (0.06, Fault::answer(502).envelope(Envelope::Html)),
        (0.02, Fault::answer(504).envelope(Envelope::Empty)),
        (0.09, busy(RetryHint::Millis, Duration::from_millis(50))),
        (0.01, busy(RetryHint::Seconds, Duration::from_secs(1))),
        (0.14, Fault::close()),
        (0.14, Fault::cut(100)),
        (0.06, Fault::drip(SLOW)),
        (0.10, Fault::stale(lag)),
        (0.06, Fault::contradict()),
        (0.04, Fault::status("reticulating")),
        (0.03, Fault::legacy()),
        (0.03, Fault::without_results()),
    ]
}

/// Returns the faults of submits, each with its weight. Most strike after the import was accepted.
fn submits() -> [(f64, Fault); 8] {
    let lost = |fault: Fault| fault.moment(Moment::After);
    [
        (0.15, Fault::answer(503)),
        (0.10, busy(RetryHint::Millis, Duration::from_millis(50))),
        (0.15, Fault::close()),
        (0.20, lost(Fault::close())),
        (0.15, lost(Fault::answer(504))),
        (
            0.05,
            lost(Fault::answer(500).error("write_outcome_unknown", "the write may have happened")),
        ),
        (0.15, Fault::cut(30)),
        (0.05, Fault::drip(SLOW)),
    ]
}

fn busy(form: RetryHint, wait: Duration) -> Fault {
    Fault::answer(429).retry_after(form, wait)
}

/// Slow enough for the largest answers to take one or two seconds.
const SLOW: NonZeroU32 = NonZeroU32::new(65_536).expect("not 0");
