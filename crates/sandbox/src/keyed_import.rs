//! Imports by idempotency key.

use crate::engine::Outcome;

/// An import that was executed with an idempotency key. Returned by
/// [`Sandbox::imports_under`](crate::Sandbox::imports_under).
///
/// Tests can compare it with the tally that a client reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyedImport {
    /// The id of the job; `None` if the import finished in the response.
    pub job_id: Option<String>,
    /// The number of rows.
    pub rows: u64,
    /// The number of rows that created a record.
    pub created: u64,
    /// The number of rows that updated a matching record.
    pub updated: u64,
    /// The number of rows that matched a record and left it unchanged.
    pub existing: u64,
    /// The number of rejected rows.
    pub rejected: u64,
}

impl KeyedImport {
    /// Counts the rows of an import.
    pub(crate) fn of(rows: &[Outcome]) -> Self {
        let mut import = Self::default();
        for row in rows {
            let kind = match row {
                Outcome::Created(_) => &mut import.created,
                Outcome::Updated(_) => &mut import.updated,
                Outcome::Existing(_) => &mut import.existing,
                Outcome::Rejected(_) => &mut import.rejected,
            };
            *kind = kind.saturating_add(1);
            import.rows = import.rows.saturating_add(1);
        }
        import
    }
}
