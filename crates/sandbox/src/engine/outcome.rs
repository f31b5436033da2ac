//! Outcomes of rows.

use prism_imports_core::wire::{ErrorBody, Row};
use uuid::Uuid;

/// The outcome of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The row created a record.
    Created(Uuid),
    /// The row matched a record and left it unchanged.
    Existing(Uuid),
    /// The row updated a matching record.
    Updated(Uuid),
    /// The row was rejected.
    Rejected(Rejection),
}

impl Outcome {
    /// Returns the wire format of the row at `index`.
    pub(super) fn to_row(self, index: i64) -> Row {
        let mut row = Row::default();
        row.input_index = Some(index);
        row.created = Some(false);
        row.existing = Some(false);
        match self {
            Self::Created(id) => {
                row.id = Some(id.to_string());
                row.created = Some(true);
            }
            Self::Existing(id) => {
                row.id = Some(id.to_string());
                row.existing = Some(true);
            }
            Self::Updated(id) => {
                row.id = Some(id.to_string());
                row.existing = Some(true);
                row.updated = Some(true);
            }
            Self::Rejected(why) => row.error = Some(ErrorBody::new(why.code(), why.message())),
        }
        row
    }

    /// Returns `true` if the row was rejected.
    pub(super) fn is_rejected(self) -> bool {
        matches!(self, Self::Rejected(_))
    }
}

/// The reason of a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The row has neither `default` nor `list`.
    Empty,
    /// `default.email` is not an e-mail address.
    InvalidEmail,
    /// A value is an object or an array of other than plain values.
    InvalidValue,
    /// `require_list_stage` is set and `app_stage` is missing.
    MissingStage,
}

impl Rejection {
    /// Returns the code of the row's error.
    fn code(self) -> &'static str {
        match self {
            Self::Empty => "missing_default_or_list",
            Self::InvalidEmail => "invalid_email",
            Self::InvalidValue => "invalid_value",
            Self::MissingStage => "missing_app_stage",
        }
    }

    /// Returns the message of the row's error, which never quotes the row.
    fn message(self) -> &'static str {
        match self {
            Self::Empty => "a row must have default, list or both",
            Self::InvalidEmail => "default.email is not an e-mail address",
            Self::InvalidValue => {
                "a value must be a string, number, boolean, null, or an array of these"
            }
            Self::MissingStage => "require_list_stage is set and the row has no app_stage",
        }
    }
}
