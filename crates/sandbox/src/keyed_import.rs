//! What was done under an idempotency key.

use crate::engine::Outcome;

/// An import that was carried out under an idempotency key; of [`Sandbox::imports_under`](crate::Sandbox::imports_under).
///
/// It is what the server knows: hold a client's own account against it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyedImport {
    /// The id of its job; `None` of an import that was done at once.
    pub job_id: Option<String>,
    /// The rows that it has.
    pub rows: u64,
    /// The rows that make a record.
    pub created: u64,
    /// The rows that match a record and change it.
    pub updated: u64,
    /// The rows that match a record and leave it as it is.
    pub existing: u64,
    /// The rows that are rejected.
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
