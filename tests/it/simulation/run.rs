//! One run of the simulation.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use jiff::{SignedDuration, Timestamp};
use prism_imports_sandbox::{Clock, Sandbox};
use prism_imports_tests::server::KEY;
use turmoil::Sim;

use super::{
    history::{History, Log},
    judge,
    network::{SERVER, serve},
    program::Program,
    store::Store,
    weather::{Direction, Event, Weather},
};

/// Runs a seed and returns the log.
pub(super) fn run(seed: u64) -> Log {
    // The jitter, the backoff and the generated keys use this seed, on this thread.
    fastrand::seed(seed);
    let history = History::default();
    let weather = Weather::of(seed);
    let clock = Clock::manual();
    let sandbox = sandbox(&weather, seed, &clock);
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .epoch(SystemTime::UNIX_EPOCH)
        .simulation_duration(Duration::MAX)
        .tick_duration(TICK)
        .min_message_latency(weather.min_latency)
        .max_message_latency(weather.max_latency)
        .fail_rate(weather.fail_rate)
        .repair_rate(weather.repair_rate)
        .tcp_capacity(1_024)
        .enable_random_order()
        .build();
    sim.host(SERVER, {
        let (sandbox, history) = (sandbox.clone(), history.clone());
        move || serve(sandbox.clone(), history.clone())
    });
    let epoch: Timestamp = EPOCH.parse().unwrap();
    let programs = weather.clients.iter().enumerate();
    let programs: Vec<_> = programs
        .map(|(number, spec)| Program {
            name: client(number),
            skew: SignedDuration::from_secs(spec.skew),
            epoch,
            clears_at: weather.clears_at,
            cut: Arc::new(AtomicBool::new(false)),
            store: Store::new(&spec.imports),
            history: history.clone(),
            sandbox: sandbox.clone(),
        })
        .collect();
    for program in programs.iter().cloned() {
        sim.host(program.name.clone(), move || program.clone().run());
    }
    let mut events = weather.events.iter().peekable();
    while !programs.iter().all(|program| program.store.is_done()) {
        let now = sim.elapsed();
        history.set_now(now);
        while let Some((_, event)) = events.next_if(|(at, _)| *at <= now) {
            history.note(format_args!("{event:?}"));
            apply(*event, &mut sim, &programs);
            count(*event, &history);
        }
        if now > LONGEST {
            history.violate("the run does not end");
            break;
        }
        clock.advance(TICK);
        if let Err(error) = sim.step() {
            history.violate(format_args!("a host failed: {error}"));
            break;
        }
    }
    history.set_now(sim.elapsed());
    let stores: Vec<_> = programs.iter().map(|program| &program.store).collect();
    judge::judge(&weather, &stores, &sandbox, &history);
    history.count(|tally| {
        tally.seeds = 1;
        tally.time = sim.elapsed();
    });
    drop(sim);
    history.read()
}

fn sandbox(weather: &Weather, seed: u64, clock: &Clock) -> Sandbox {
    let settings = Sandbox::builder()
        .api_key(KEY)
        .clock(clock.clone())
        .seed(seed)
        .rows_per_second(weather.rows_per_second)
        .start_delay(weather.start_delay);
    let faults = weather.faults.iter().cloned();
    faults
        .fold(settings, prism_imports_sandbox::Builder::fault)
        .build()
        .unwrap()
}

/// Applies an outage or a repair to the simulation.
fn apply(event: Event, sim: &mut Sim<'_>, programs: &[Program]) {
    let cut = |number: usize, cut| programs[number].cut.store(cut, Ordering::Relaxed);
    match event {
        Event::Cut(number, direction) => {
            cut(number, true);
            match direction {
                Direction::Both => sim.partition(client(number), SERVER),
                Direction::ToServer => sim.partition_oneway(client(number), SERVER),
                Direction::ToClient => sim.partition_oneway(SERVER, client(number)),
            }
        }
        Event::Repair(number) => {
            cut(number, false);
            sim.repair(client(number), SERVER);
        }
        Event::ServerDown => sim.crash(SERVER),
        Event::ServerUp => sim.bounce(SERVER),
        Event::ClientDown(number) => sim.crash(client(number)),
        Event::ClientUp(number) => sim.bounce(client(number)),
        Event::Clear => {
            sim.set_fail_rate(0.0);
            for (number, _) in programs.iter().enumerate() {
                sim.repair(client(number), SERVER);
            }
        }
    }
}

fn count(event: Event, history: &History) {
    history.count(|tally| match event {
        Event::Cut(..) => tally.partitions += 1,
        Event::ServerUp => tally.server_restarts += 1,
        Event::ClientUp(_) => tally.client_restarts += 1,
        Event::Repair(_) | Event::ServerDown | Event::ClientDown(_) | Event::Clear => {}
    });
}

fn client(number: usize) -> String {
    format!("client-{number}")
}

/// The start of the manual clock of the sandbox.
const EPOCH: &str = "2026-01-01T00:00:00Z";

/// The granularity of message delivery. Timers are more precise.
const TICK: Duration = Duration::from_millis(50);

/// The time limit of a run.
const LONGEST: Duration = Duration::from_secs(3_600);
