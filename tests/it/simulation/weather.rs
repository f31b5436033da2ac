//! The weather of a run: the network, the faults of the server and the outages that a seed draws.

use std::time::Duration;

use fastrand::Rng;
use prism_imports::poller::Pace;
use prism_imports_sandbox::{Fault, Moment, On, RetryHint, Sloppy};

/// Everything that a seed determines.
#[derive(Debug)]
pub(super) struct Weather {
    pub(super) min_latency: Duration,
    pub(super) max_latency: Duration,
    /// The probabilities that a message breaks its link and that the next one repairs it.
    pub(super) fail_rate: f64,
    pub(super) repair_rate: f64,
    pub(super) rows_per_second: f64,
    pub(super) start_delay: Duration,
    pub(super) faults: Vec<Fault>,
    /// The percentage of rows at which failing jobs fail.
    pub(super) fail_at: u8,
    pub(super) events: Vec<(Duration, Event)>,
    /// The time from which no more faults occur.
    pub(super) clears_at: Duration,
    pub(super) clients: Vec<ClientSpec>,
}

/// A client.
#[derive(Debug)]
pub(super) struct ClientSpec {
    /// The offset of its clock, in seconds.
    pub(super) skew: i64,
    pub(super) imports: Vec<Spec>,
}

/// An import to submit.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub(super) struct Spec {
    pub(super) start: Duration,
    pub(super) rows: usize,
    pub(super) dedupe: bool,
    pub(super) update: bool,
    /// Whether the application sets the key instead of using a generated one.
    pub(super) custom_key: bool,
    pub(super) keyed_retries: bool,
    pub(super) timeout: Duration,
    pub(super) deadline: Duration,
    pub(super) pace: Pace,
    pub(super) watch_deadline: Duration,
    /// Whether the rows are also read as a stream.
    pub(super) stream: bool,
}

/// An outage or a repair.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// The link of a client breaks in one or both directions.
    Cut(usize, Direction),
    Repair(usize),
    ServerDown,
    ServerUp,
    ClientDown(usize),
    ClientUp(usize),
    Clear,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Both,
    ToServer,
    ToClient,
}

impl Weather {
    /// Draws the weather of a seed.
    pub(super) fn of(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let clears_at = secs(rng, 90, 240);
        let legacy = chance(rng, 0.2);
        let clients = (0..rng.usize(2..=3)).map(|_| ClientSpec::draw(rng, clears_at, legacy));
        let clients: Vec<_> = clients.collect();
        let fail_at = rng.u8(0..=100);
        let min_latency = Duration::from_millis(rng.u64(0..60));
        Self {
            min_latency,
            max_latency: min_latency + Duration::from_millis(rng.u64(1..400)),
            fail_rate: pick(rng, &[0.0, 0.001, 0.005, 0.02]),
            repair_rate: pick(rng, &[0.1, 0.3, 0.7]),
            rows_per_second: pick(rng, &[2.0, 5.0, 15.0, 50.0]),
            start_delay: Duration::from_millis(pick(rng, &[0, 0, 1_500, 20_000])),
            faults: faults(rng, clears_at, legacy, fail_at),
            fail_at,
            events: events(rng, clears_at, clients.len()),
            clears_at,
            clients,
        }
    }
}

impl ClientSpec {
    fn draw(rng: &mut Rng, clears_at: Duration, legacy: bool) -> Self {
        let far = pick(rng, &[0, 0, 1, 30, 3_600, 86_400, 9 * 86_400]);
        let imports = (0..rng.usize(2..=4)).map(|_| Spec::draw(rng, clears_at, legacy));
        let imports = imports.collect();
        Self {
            skew: if rng.bool() { far } else { -far },
            imports,
        }
    }
}

impl Spec {
    fn draw(rng: &mut Rng, clears_at: Duration, legacy: bool) -> Self {
        let rows = if chance(rng, 0.4) {
            rng.usize(1..60)
        } else {
            rng.usize(100..300)
        };
        let dedupe = chance(rng, 0.4);
        Self {
            start: secs(rng, 0, clears_at.as_secs() * 2 / 3),
            rows,
            dedupe,
            // The legacy shape does not distinguish updated rows from existing ones.
            update: dedupe && !legacy && rng.bool(),
            custom_key: rng.bool(),
            keyed_retries: chance(rng, 0.7),
            timeout: Duration::from_secs(pick(rng, &[3, 10, 30])),
            deadline: Duration::from_secs(pick(rng, &[5, 20, 60, 120])),
            pace: match rng.u8(0..3) {
                0 => Pace::prompt(),
                1 => Pace::balanced(),
                _ => Pace::frugal(),
            },
            watch_deadline: Duration::from_secs(pick(rng, &[20, 120, 600])),
            stream: chance(rng, 0.3),
        }
    }
}

/// Draws the faults of the server until the weather clears.
fn faults(rng: &mut Rng, clears_at: Duration, legacy: bool, fail_at: u8) -> Vec<Fault> {
    let hint = pick(
        rng,
        &[
            RetryHint::Seconds,
            RetryHint::Millis,
            RetryHint::Date,
            RetryHint::Absent,
        ],
    );
    let wait = Duration::from_millis(rng.u64(100..20_000));
    let all = [
        (0.5, Fault::answer(503), 0.08),
        (0.5, Fault::answer(429).retry_after(hint, wait), 0.08),
        (
            0.3,
            // The import is accepted, but the answer is an error.
            Fault::answer(500)
                .error("write_outcome_unknown", "it may have been written")
                .on(On::Submit)
                .moment(Moment::After),
            0.2,
        ),
        (
            0.3,
            Fault::answer(500)
                .error("write_committed", "it was written")
                .detail("write_committed", true)
                .on(On::Submit)
                .moment(Moment::After),
            0.2,
        ),
        (0.4, Fault::close().moment(Moment::After), 0.1),
        (0.4, Fault::close(), 0.1),
        (0.4, Fault::cut(rng.usize(1..200)), 0.1),
        (
            0.5,
            Fault::latency(Duration::from_millis(rng.u64(50..4_000))),
            0.3,
        ),
        (0.3, Fault::latency(Duration::from_secs(45)), 0.03),
        (0.3, Fault::drip(rate(rng)), 0.1),
        (0.5, Fault::stale(secs(rng, 1, 20)), 0.3),
        (0.3, Fault::contradict().on(On::Poll), 0.1),
        (0.3, Fault::status("queued").on(On::Poll), 0.1),
        (
            if legacy { 1.0 } else { 0.0 },
            Fault::legacy().on(On::Poll),
            0.5,
        ),
        (
            0.3,
            Fault::fail_at(fail_at, "import_failed", "the list was deleted"),
            0.3,
        ),
        (0.3, Fault::stall_for(rng.u8(0..100), secs(rng, 5, 40)), 0.4),
        (0.3, Fault::late_results(secs(rng, 1, 15)), 0.5),
        (0.5, Fault::sloppy(pick(rng, &SLOPPY)), 0.5),
        (0.5, Fault::sloppy(pick(rng, &SLOPPY)), 0.9),
    ];
    // The first polls of all meet a replica that does not know the job yet.
    let misses = chance(rng, 0.3).then(|| Fault::sloppy(Sloppy::UnknownAtFirst));
    let faults = all
        .into_iter()
        .filter(|(share, _, _)| chance(rng, *share))
        .map(|(_, fault, often)| fault.probability(often).during(Duration::ZERO, clears_at));
    misses.into_iter().chain(faults).collect()
}

/// Draws the outages. All are repaired by the time the weather clears.
fn events(rng: &mut Rng, clears_at: Duration, clients: usize) -> Vec<(Duration, Event)> {
    let mut events = vec![(clears_at, Event::Clear)];
    let last = clears_at.as_secs() - 31;
    for _ in 0..rng.usize(0..=4) {
        let at = secs(rng, 0, last);
        let client = rng.usize(0..clients);
        let direction = pick(
            rng,
            &[
                Direction::Both,
                Direction::Both,
                Direction::ToServer,
                Direction::ToClient,
            ],
        );
        events.push((at, Event::Cut(client, direction)));
        events.push((at + PARTITION, Event::Repair(client)));
    }
    for _ in 0..rng.usize(0..=3) {
        let at = secs(rng, 0, last);
        events.push((at, Event::ServerDown));
        events.push((at + secs(rng, 0, 20), Event::ServerUp));
    }
    for _ in 0..rng.usize(0..=3) {
        let at = secs(rng, 0, last);
        let client = rng.usize(0..clients);
        events.push((at, Event::ClientDown(client)));
        events.push((at + secs(rng, 0, 30), Event::ClientUp(client)));
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// Draws a duration between two numbers of seconds, with millisecond precision.
fn secs(rng: &mut Rng, from: u64, to: u64) -> Duration {
    Duration::from_millis(rng.u64(from * 1_000..=to.max(from) * 1_000))
}

fn rate(rng: &mut Rng) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(rng.u32(500..20_000)).unwrap()
}

fn chance(rng: &mut Rng, share: f64) -> bool {
    rng.f64() < share
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

/// The duration of a partition.
const PARTITION: Duration = Duration::from_secs(30);

/// The ways to be sloppy that leave the rows as they are.
const SLOPPY: [Sloppy; 13] = [
    Sloppy::LaggingCounters,
    Sloppy::LeadingCounters,
    Sloppy::CorrectedTotal,
    Sloppy::TwoClocks,
    Sloppy::NoDate,
    Sloppy::LateResults,
    Sloppy::NoJobId,
    Sloppy::OtherJob,
    Sloppy::Floats,
    Sloppy::NumericCodes,
    Sloppy::Capitals,
    Sloppy::NumericTimes,
    Sloppy::UnknownFields,
];
