//! What becomes of a row.

use prism_imports_core::wire::{ErrorBody, Row};
use uuid::Uuid;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The row made a record.
    Created(Uuid),
    /// The row matched a record and left it as it was.
    Existing(Uuid),
    /// The row matched a record and changed it.
    Updated(Uuid),
    /// The row was refused.
    Rejected(Rejection),
}

impl Outcome {
    /// Returns the result of the row at `index`, as it goes over the wire.
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

    /// Tells whether the row was refused.
    pub(super) fn is_rejected(self) -> bool {
        matches!(self, Self::Rejected(_))
    }
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Neither `default` nor `list`.
    Empty,
    /// `default.email` is no e-mail address.
    InvalidEmail,
    /// A value is an object, or an array with more than plain values in it.
    InvalidValue,
    /// `require_list_stage` is set and `app_stage` is missing.
    MissingStage,
}

impl Rejection {
    /// Returns the word that the row's error carries.
    fn code(self) -> &'static str {
        match self {
            Self::Empty => "missing_default_or_list",
            Self::InvalidEmail => "invalid_email",
            Self::InvalidValue => "invalid_value",
            Self::MissingStage => "missing_app_stage",
        }
    }

    /// Returns the sentence that the row's error carries; it never quotes the row.
    fn message(self) -> &'static str {
        match self {
            Self::Empty => "a row has default, list or both",
            Self::InvalidEmail => "default.email is not an e-mail address",
            Self::InvalidValue => {
                "a value is a string, number, boolean, null, or an array of these"
            }
            Self::MissingStage => "require_list_stage is set and the row has no app_stage",
        }
    }
}
