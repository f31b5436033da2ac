//! The records of all teams.

use std::{collections::HashMap, num::NonZeroUsize};

use http::StatusCode;
use uuid::Uuid;

use super::{outcome::Outcome, problem::Problem, records::Records, seed::Seed, submit::Batch};

/// The records of each team and object type, within bounds.
#[derive(Debug)]
pub(super) struct Collections {
    by_name: HashMap<(Uuid, String), Records>,
    count: usize,
    max: NonZeroUsize,
    ids: Seed,
}

impl Collections {
    /// Creates collections of at most `max` records together.
    pub(super) fn new(max: NonZeroUsize, seed: u64) -> Self {
        Self {
            by_name: HashMap::new(),
            count: 0,
            max,
            ids: Seed::new(seed, 2),
        }
    }

    /// Imports a batch, row after row; where records go beyond the bound, the collection's oldest are forgotten.
    pub(super) fn import(
        &mut self,
        name: &(Uuid, String),
        batch: &Batch,
    ) -> Result<Vec<Outcome>, Problem> {
        if !self.by_name.contains_key(name) && self.by_name.len() >= MAX_COLLECTIONS {
            let message = format!(
                "the sandbox holds {MAX_COLLECTIONS} pairs of team and object type at most"
            );
            return Err(Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "sandbox_full",
                message,
            ));
        }
        let records = self.by_name.entry(name.clone()).or_default();
        let outcomes = batch.rows.iter().map(|row| {
            let outcome = records.apply(row, &batch.options, &mut self.ids);
            if let Outcome::Created(_) = outcome {
                self.count = self.count.saturating_add(1);
            }
            // The newest record stays: a row that follows at once may match it.
            while self.count > self.max.get() && records.len() > 1 {
                records.forget_oldest();
                self.count = self.count.saturating_sub(1);
            }
            outcome
        });
        Ok(outcomes.collect())
    }
}

/// How many collections there are at most.
const MAX_COLLECTIONS: usize = 10_000;
