//! The faults of a script, and which requests they strike.

use std::{num::NonZeroU32, time::Duration};

use prism_imports_core::wire::ErrorBody;

use super::{
    answer::Delivery,
    edit::{Edit, Edits},
    job::Plan,
    seed::Seed,
};
use crate::{
    Fault, Moment, On,
    fault::{Effect, ScriptedAnswer},
};

/// The rules, each with what it struck so far.
#[derive(Debug)]
pub(super) struct Script {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    seen: u32,
    struck: u32,
    draws: Seed,
}

/// What the script does to one request.
#[derive(Debug, Default)]
pub(super) struct Strike {
    pub(super) delivery: Delivery,
    pub(super) verdict: Option<Verdict>,
    /// How old the answer to a poll is.
    pub(super) age: Duration,
    pub(super) edits: Edits,
}

/// What a request gets in place of its answer.
#[derive(Debug)]
pub(super) enum Verdict {
    /// This.
    Answer(ScriptedAnswer),
    /// Nothing.
    Close(Moment),
}

impl Verdict {
    /// Tells whether the request is carried out all the same.
    pub(super) fn moment(&self) -> Moment {
        match self {
            Self::Answer(answer) => answer.moment,
            Self::Close(moment) => *moment,
        }
    }
}

impl Script {
    /// Creates a script of which nothing struck yet; each rule draws from a stream of its own.
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let rules = (FIRST_STREAM..).zip(faults).map(|(stream, fault)| Rule {
            fault,
            seen: 0,
            struck: 0,
            draws: Seed::new(seed, stream),
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// Tells what happens to a request, of a job if it is the poll of one that is there.
    pub(super) fn strike(&mut self, now: Duration, on: On, job: Option<NonZeroU32>) -> Strike {
        let mut strike = Strike::default();
        for rule in &mut self.rules {
            if is_of_job(&rule.fault.effect)
                || !matches!(rule.fault.on, On::Any) && rule.fault.on != on
            {
                continue;
            }
            if rule.fault.job.is_some() && rule.fault.job != job || !rule.strikes(now) {
                continue;
            }
            strike.add(&rule.fault.effect, &mut rule.draws);
        }
        strike
    }

    /// Tells what happens to the job that is started as this one.
    pub(super) fn plan(&mut self, now: Duration, job: NonZeroU32) -> Plan {
        let mut plan = Plan::default();
        for rule in &mut self.rules {
            let mine = rule.fault.job.is_none_or(|ordinal| ordinal == job);
            if !is_of_job(&rule.fault.effect) || !mine || !rule.strikes(now) {
                continue;
            }
            match &rule.fault.effect {
                Effect::Fail {
                    at_percent,
                    code,
                    message,
                } => {
                    plan.fail = Some((*at_percent, ErrorBody::new(code, message)));
                }
                Effect::Stall { at_percent, ms } => {
                    plan.stall = Some((*at_percent, ms.map(Duration::from_millis)));
                }
                Effect::LateResults { ms } => plan.results_delay = Duration::from_millis(*ms),
                Effect::Answer(_)
                | Effect::Latency { .. }
                | Effect::Close { .. }
                | Effect::Cut { .. }
                | Effect::Drip { .. }
                | Effect::Stale { .. }
                | Effect::Contradict {}
                | Effect::Legacy {}
                | Effect::Set(_) => {}
            }
        }
        plan
    }
}

impl Rule {
    /// Counts a request that matches and tells whether it is struck.
    fn strikes(&mut self, now: Duration) -> bool {
        let after = |ms: Option<u64>| ms.map(Duration::from_millis);
        let early = after(self.fault.from_ms).is_some_and(|from| now < from);
        let late = after(self.fault.until_ms).is_some_and(|until| now >= until);
        if early || late {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        let open =
            self.seen > self.fault.skip && self.fault.times.is_none_or(|times| self.struck < times);
        // The draw is made for every request in question, so that a rule's luck depends on nothing else.
        let hit = self
            .fault
            .probability
            .is_none_or(|probability| self.draws.hits(probability));
        if open && hit {
            self.struck = self.struck.saturating_add(1);
        }
        open && hit
    }
}

impl Strike {
    fn add(&mut self, effect: &Effect, draws: &mut Seed) {
        match effect {
            Effect::Answer(answer) => {
                self.verdict
                    .get_or_insert_with(|| Verdict::Answer(answer.clone()));
            }
            Effect::Close { moment } => {
                self.verdict.get_or_insert(Verdict::Close(*moment));
            }
            Effect::Latency { ms, jitter_ms } => {
                let jitter = draws.below(jitter_ms.saturating_add(1));
                let delay = Duration::from_millis(ms.saturating_add(jitter));
                self.delivery.delay = self.delivery.delay.saturating_add(delay);
            }
            Effect::Cut { after_bytes } => self.delivery.cut = Some(*after_bytes),
            Effect::Drip { bytes_per_second } => self.delivery.drip = Some(*bytes_per_second),
            Effect::Stale { ms } => self.age = self.age.max(Duration::from_millis(*ms)),
            Effect::Contradict {} => self.edits.add(Edit::Contradict),
            Effect::Legacy {} => self.edits.add(Edit::Legacy),
            Effect::Set(fields) => self.edits.add(Edit::Set(fields.clone())),
            Effect::Fail { .. } | Effect::Stall { .. } | Effect::LateResults { .. } => {}
        }
    }
}

/// Tells whether an effect is settled when a job starts.
fn is_of_job(effect: &Effect) -> bool {
    match effect {
        Effect::Fail { .. } | Effect::Stall { .. } | Effect::LateResults { .. } => true,
        Effect::Answer(_)
        | Effect::Latency { .. }
        | Effect::Close { .. }
        | Effect::Cut { .. }
        | Effect::Drip { .. }
        | Effect::Stale { .. }
        | Effect::Contradict {}
        | Effect::Legacy {}
        | Effect::Set(_) => false,
    }
}

/// The first stream of random bits that belongs to a rule.
const FIRST_STREAM: u64 = 16;
