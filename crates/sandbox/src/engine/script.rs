//! Selection of faults for requests and jobs.

use std::{num::NonZeroU32, time::Duration};

use prism_imports_core::wire::ErrorBody;

use super::{
    answer::Delivery,
    edit::{Edit, Edits},
    job::Plan,
    seed::Seed,
};
use crate::{
    Fault, Moment, On, Sloppy,
    fault::{Effect, ScriptedAnswer},
};

/// The fault rules and their counters.
#[derive(Debug)]
pub(super) struct Script {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    seen: u32,
    applied: u32,
    draws: Seed,
}

/// The effects of the rules on one request.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) delivery: Delivery,
    pub(super) replacement: Option<Replacement>,
    /// The age of the state in the answer to a poll.
    pub(super) age: Duration,
    pub(super) edits: Edits,
}

/// The replacement of an answer.
#[derive(Debug)]
pub(super) enum Replacement {
    /// A scripted answer.
    Answer(ScriptedAnswer),
    /// No answer; the connection is closed.
    Close(Moment),
}

impl Replacement {
    /// Returns the moment at which the answer is replaced, before or after the request is executed.
    pub(super) fn moment(&self) -> Moment {
        match self {
            Self::Answer(answer) => answer.moment,
            Self::Close(moment) => *moment,
        }
    }
}

impl Script {
    /// Creates a script. Each rule has its own random stream.
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let rules = (FIRST_STREAM..).zip(faults).map(|(stream, fault)| Rule {
            fault,
            seen: 0,
            applied: 0,
            draws: Seed::new(seed, stream),
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// Returns the effects on a request; `job` is the ordinal of an existing job that is polled.
    pub(super) fn effects(&mut self, now: Duration, on: On, job: Option<NonZeroU32>) -> Effects {
        let mut effects = Effects::default();
        for rule in &mut self.rules {
            if is_of_job(&rule.fault.effect)
                || !matches!(rule.fault.on, On::Any) && rule.fault.on != on
            {
                continue;
            }
            if rule.fault.job.is_some() && rule.fault.job != job || !rule.applies(now) {
                continue;
            }
            effects.add(&rule.fault.effect, rule.applied, &mut rule.draws);
        }
        effects
    }

    /// Returns the faults of the job with this ordinal.
    pub(super) fn plan(&mut self, now: Duration, job: NonZeroU32) -> Plan {
        let mut plan = Plan::default();
        for rule in &mut self.rules {
            let matches = rule.fault.job.is_none_or(|ordinal| ordinal == job);
            if !is_of_job(&rule.fault.effect) || !matches || !rule.applies(now) {
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
                Effect::Sloppy(_) => plan.results_delay = LATE,
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
    /// Counts a matching request and returns `true` if the rule applies to it.
    fn applies(&mut self, now: Duration) -> bool {
        let after = |ms: Option<u64>| ms.map(Duration::from_millis);
        let early = after(self.fault.from_ms).is_some_and(|from| now < from);
        let late = after(self.fault.until_ms).is_some_and(|until| now >= until);
        if early || late {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        let open = self.seen > self.fault.skip
            && self.fault.times.is_none_or(|times| self.applied < times);
        // A number is drawn for every matching request, so the draws do not depend on the other conditions.
        let hit = self
            .fault
            .probability
            .is_none_or(|probability| self.draws.hits(probability));
        if open && hit {
            self.applied = self.applied.saturating_add(1);
        }
        open && hit
    }
}

impl Effects {
    fn add(&mut self, effect: &Effect, nth: u32, draws: &mut Seed) {
        match effect {
            Effect::Answer(answer) => {
                self.replacement
                    .get_or_insert_with(|| Replacement::Answer(answer.clone()));
            }
            Effect::Close { moment } => {
                self.replacement.get_or_insert(Replacement::Close(*moment));
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
            Effect::Sloppy(Sloppy::UnknownAtFirst) if nth <= MISSES => {
                let mut answer = ScriptedAnswer::new(404);
                answer.code = Some("not_found".to_owned());
                self.replacement.get_or_insert(Replacement::Answer(answer));
            }
            Effect::Sloppy(how) => {
                self.delivery.undated |= *how == Sloppy::NoDate;
                self.edits.add(Edit::Sloppy(*how, nth));
            }
            Effect::Fail { .. } | Effect::Stall { .. } | Effect::LateResults { .. } => {}
        }
    }
}

/// Returns `true` if an effect applies to a job and not to a request.
fn is_of_job(effect: &Effect) -> bool {
    match effect {
        Effect::Fail { .. }
        | Effect::Stall { .. }
        | Effect::LateResults { .. }
        | Effect::Sloppy(Sloppy::LateResults) => true,
        Effect::Answer(_)
        | Effect::Latency { .. }
        | Effect::Close { .. }
        | Effect::Cut { .. }
        | Effect::Drip { .. }
        | Effect::Stale { .. }
        | Effect::Contradict {}
        | Effect::Legacy {}
        | Effect::Set(_)
        | Effect::Sloppy(_) => false,
    }
}

/// The polls that [`Sloppy::UnknownAtFirst`] misses.
const MISSES: u32 = 2;
/// The delay of [`Sloppy::LateResults`].
const LATE: Duration = Duration::from_secs(10);
/// The number of the first random stream of the rules.
const FIRST_STREAM: u64 = 16;
