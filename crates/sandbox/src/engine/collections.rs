//! The records of all teams.

use std::{collections::HashMap, num::NonZeroUsize};

use http::StatusCode;
use uuid::Uuid;

use super::{outcome::Outcome, problem::Problem, records::Records, seed::Seed, submit::Batch};

/// The records of each team and object type, with a limit on their number.
#[derive(Debug)]
pub(super) struct Collections {
    by_name: HashMap<(Uuid, String), Records>,
    count: usize,
    max: NonZeroUsize,
    ids: Seed,
}

impl Collections {
    /// Creates collections with at most `max` records in total.
    pub(super) fn new(max: NonZeroUsize, seed: u64) -> Self {
        Self {
            by_name: HashMap::new(),
            count: 0,
            max,
            ids: Seed::new(seed, 2),
        }
    }

    /// Imports the rows of a batch. Beyond the limit, the oldest records of the collection are dropped.
    pub(super) fn import(
        &mut self,
        name: &(Uuid, String),
        batch: &Batch,
    ) -> Result<Vec<Outcome>, Problem> {
        if !self.by_name.contains_key(name) && self.by_name.len() >= MAX_COLLECTIONS {
            let message = format!(
                "the sandbox holds at most {MAX_COLLECTIONS} pairs of team and object type"
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
            // The newest record is kept, since the next row may match it.
            while self.count > self.max.get() && records.len() > 1 {
                records.drop_oldest();
                self.count = self.count.saturating_sub(1);
            }
            outcome
        });
        Ok(outcomes.collect())
    }
}

/// The maximum number of collections.
const MAX_COLLECTIONS: usize = 10_000;
