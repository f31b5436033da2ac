//! Compares what is stored with what the sandbox has carried out.

use super::Trial;
use crate::{
    BoxError,
    database::{Database, with_pool},
};

impl Trial {
    /// Counts the imports that did not complete, or whose stored tally is not that of the sandbox.
    pub(super) async fn lost(&self) -> Result<usize, BoxError> {
        let mut lost = 0;
        for import in &self.imports {
            let rows = u64::from(import.rows);
            let stored = self.database.tally(&import.id).await?;
            let is_stored = stored.is_some_and(|tally| tally.created() == rows);
            let mut at_server = self
                .sandbox()
                .imports_under(import.key.as_str())
                .into_iter();
            if !is_stored || !at_server.any(|import| import.created == rows) {
                println!("lost: {}", import.id);
                lost += 1;
            }
        }
        Ok(lost)
    }

    /// Counts the imports that the sandbox carried out more than once. Those under another key than the stored one show in
    /// the number of rows.
    pub(super) fn submitted_twice(&self) -> u64 {
        let (mut again, mut rows, mut largest) = (0, 0, 1);
        for import in &self.imports {
            let times = self.sandbox().imports_under(import.key.as_str()).len() as u64;
            again += times.saturating_sub(1);
            rows += u64::from(import.rows);
            largest = largest.max(import.rows.into());
        }
        let too_many = self.sandbox().stats().rows.saturating_sub(rows);
        again.max(too_many.div_ceil(largest))
    }

    /// Counts the submits beyond the first of each import.
    pub(super) fn submits_again(&self) -> u64 {
        let submits = self.sandbox().stats().submits;
        submits.saturating_sub(self.imports.len() as u64)
    }
}

impl Database {
    /// Counts the tasks that were taken from a worker that was counted as dead: apalis counts another attempt of theirs.
    pub(super) async fn runs_again(&self) -> Result<i64, BoxError> {
        let statement = match self {
            Self::Sqlite(_) => "SELECT count(*) FROM Jobs WHERE attempts > 1",
            Self::Postgres(_) => "SELECT count(*) FROM apalis.jobs WHERE attempts > 1",
        };
        let (count,): (i64,) =
            with_pool!(self, pool => sqlx::query_as(statement).fetch_one(pool).await?);
        Ok(count)
    }
}
