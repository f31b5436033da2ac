//! The result of one row.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::error::RowError;
use crate::wire::{self, decode::uuid_of};

/// The result of one row of an import.
///
/// A row takes 32 bytes. It only allocates if the row failed or if the record id is not a UUID.
///
/// A row serializes as on the wire, including a position that was inferred from the order. Deserializing validates it
/// again. `Debug` prints a record id only if it is a UUID, and `*` otherwise.
///
/// ```
/// use prism_imports_core::{ImportJob, Outcome};
///
/// let body = br#"{"job_id":null,"status":"complete","total":1,"succeeded":1,"failed":0,
///     "results":[{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}]}"#;
/// let ImportJob::Complete(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// let row = &job.rows().unwrap()[0];
/// assert_eq!(row.index(), Some(0));
/// assert_eq!(row.outcome(), Outcome::Created);
/// assert_eq!(row.id().unwrap().to_string(), "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e");
///
/// let stored = serde_json::to_string(row).unwrap();
/// assert_eq!(stored, r#"{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true,"input_index":0}"#);
/// assert_eq!(&serde_json::from_str::<prism_imports_core::Row>(&stored).unwrap(), row);
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, Eq)]
pub struct Row {
    index: u32,
    position: Position,
    /// Not used for failed rows. The field is here and not in `detail`, because it fits into the padding.
    success: Success,
    detail: Detail,
}

// A million rows take 32 MB. The memory bound of the decoder relies on this.
const _: () = assert!(size_of::<Row>() <= 32);

impl Row {
    /// The value of `index` if the index is unknown. Valid indexes are below it.
    pub(super) const NO_INDEX: u32 = u32::MAX;

    pub(super) fn new(index: u32, position: Position, success: Success, detail: Detail) -> Self {
        Self {
            index,
            position,
            success,
            detail,
        }
    }

    /// Removes a position that the other rows contradict: an inferred one unless the results are `in_order`, and one of
    /// the server unless it `is_usable`.
    pub(super) fn settle_position(&mut self, in_order: bool, is_usable: impl Fn(u32) -> bool) {
        match self.position {
            Position::Inferred if !in_order => self.index = Self::NO_INDEX,
            Position::Given if !is_usable(self.index) => self.position = Position::Unusable,
            Position::Inferred | Position::Given | Position::Unusable => {}
        }
    }

    /// Returns `true` if two snapshots may report this row of an import, one of them without its position.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let positions = self.index().zip(other.index());
        (self.success, &self.detail) == (other.success, &other.detail)
            && positions.is_none_or(|(this, other)| this == other)
    }

    /// Returns the row's zero-based position in the request.
    ///
    /// This is the server's `input_index`. If no row has one and there are as many results as rows, it is the position
    /// of the row in the results. Otherwise, and if the `input_index` is not possible, the position is `None`.
    pub fn index(&self) -> Option<u32> {
        let known = self.position != Position::Unusable && self.index != Self::NO_INDEX;
        known.then_some(self.index)
    }

    /// Returns the outcome of the row.
    pub fn outcome(&self) -> Outcome<'_> {
        match (&self.detail, self.success) {
            (Detail::Failed(failure), _) => Outcome::Failed(&failure.error),
            (_, Success::Created) => Outcome::Created,
            (_, Success::Updated) => Outcome::Updated,
            (_, Success::Existing) => Outcome::Existing,
            (_, Success::Unspecified) => Outcome::Unspecified,
        }
    }

    /// Returns the id of the record that the row created or matched.
    pub fn id(&self) -> Option<RecordId<'_>> {
        let id = match &self.detail {
            Detail::Failed(failure) => &failure.id,
            id @ (Detail::None | Detail::Uuid(_) | Detail::Text(_)) => id,
        };
        match id {
            Detail::Uuid((high, low)) => Some(RecordId::Uuid(Uuid::from_u64_pair(*high, *low))),
            Detail::Text(id) => Some(RecordId::Text(id)),
            Detail::None | Detail::Failed(_) => None,
        }
    }

    /// Returns the error of a failed row.
    pub fn error(&self) -> Option<&RowError> {
        if let Detail::Failed(failure) = &self.detail {
            Some(&failure.error)
        } else {
            None
        }
    }

    /// Returns `true` if the row failed.
    pub fn is_failed(&self) -> bool {
        self.error().is_some()
    }
}

impl From<&Row> for wire::Row {
    fn from(row: &Row) -> Self {
        let input_index = match row.position {
            Position::Inferred => None,
            Position::Unusable if row.index == Row::NO_INDEX => Some(-1),
            Position::Given | Position::Unusable => Some(i64::from(row.index)),
        };
        let mut wire = Self {
            id: row.id().map(|id| id.to_string()),
            input_index,
            ..Self::default()
        };
        match row.outcome() {
            Outcome::Created => wire.created = Some(true),
            Outcome::Updated => wire.updated = Some(true),
            Outcome::Existing => wire.existing = Some(true),
            Outcome::Failed(error) => wire.error = Some(error.into()),
            Outcome::Unspecified => {}
        }
        wire
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |id: RecordId<'_>| id.as_uuid().map_or("*".to_owned(), |id| id.to_string());
        f.debug_struct("Row")
            .field("index", &self.index())
            .field("outcome", &self.outcome())
            .field("id", &self.id().map(shown))
            .finish()
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        (self.index(), self.success, &self.detail) == (other.index(), other.success, &other.detail)
    }
}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.index(), self.success, &self.detail).hash(state);
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = wire::Row::from(self);
        row.input_index = self.index().map(i64::from);
        row.serialize(serializer)
    }
}

/// The outcome of a row.
///
/// ```
/// use prism_imports_core::Outcome;
///
/// let text = match Outcome::Existing {
///     Outcome::Created | Outcome::Updated => "written",
///     Outcome::Existing => "unchanged",
///     Outcome::Failed(_) => "rejected",
///     Outcome::Unspecified => "accepted",
/// };
/// assert_eq!(text, "unchanged");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the outcomes of the tally")]
pub enum Outcome<'a> {
    /// A record was created.
    Created,
    /// An existing record matched and was updated.
    Updated,
    /// An existing record matched and was left unchanged.
    Existing,
    /// The row was rejected.
    Failed(&'a RowError),
    /// The row succeeded, but the server did not report the outcome.
    Unspecified,
}

/// The id of the record that a row created or matched. UUIDs are sorted before other texts.
///
/// It serializes as text. Deserializing borrows the text, which must have no escapes.
///
/// ```
/// use prism_imports_core::RecordId;
///
/// assert_eq!(RecordId::Text("rec_7").as_uuid(), None);
/// assert_eq!(RecordId::Text("rec_7").to_string(), "rec_7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an id is either a UUID or another text"
)]
pub enum RecordId<'a> {
    /// A UUID, as documented in the API reference.
    Uuid(Uuid),
    /// Any other id, as the server sent it.
    Text(&'a str),
}

impl RecordId<'_> {
    /// Returns the UUID, if the id is one.
    pub fn as_uuid(&self) -> Option<Uuid> {
        match self {
            Self::Uuid(id) => Some(*id),
            Self::Text(_) => None,
        }
    }
}

impl Serialize for RecordId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        Ok(match uuid_of(text) {
            Some((high, low)) => Self::Uuid(Uuid::from_u64_pair(high, low)),
            None => Self::Text(text),
        })
    }
}

impl fmt::Display for RecordId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(id) => fmt::Display::fmt(id, f),
            Self::Text(id) => f.write_str(id),
        }
    }
}

/// The id of a successful row, or the failure of a failed one.
///
/// A UUID is kept as two numbers. As bytes, it would begin at an odd address, and the copies of it took half of the time
/// of decoding a row.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Detail {
    None,
    Uuid((u64, u64)),
    Text(Box<str>),
    Failed(Box<Failure>),
}

/// A failure. The id is not a failure itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Failure {
    pub(super) id: Detail,
    pub(super) error: RowError,
}

/// Where the position of a row is from. Not part of equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// From the order of the results.
    Inferred,
    /// From the server's `input_index`.
    Given,
    /// The server's `input_index` is not possible. It is kept to be written back.
    Unusable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Success {
    Created,
    Updated,
    Existing,
    Unspecified,
}
