//! A borrowed row as on the wire, without unknown fields.

use std::borrow::Cow;

use super::{object::Oddity, text::uuid_of};
use crate::wire::{ErrorBody, Row};

/// The known fields of a row. A missing field and a `null` field are both `None`.
#[derive(Debug, Default)]
pub(crate) struct PlainRow<'a> {
    pub(crate) id: Option<&'a str>,
    /// The id as two numbers, if it is a UUID in hyphenated form. Other forms would not be written back unchanged.
    pub(crate) uuid: Option<(u64, u64)>,
    pub(crate) created: Option<bool>,
    pub(crate) existing: Option<bool>,
    pub(crate) updated: Option<bool>,
    pub(crate) input_index: Option<i64>,
    pub(crate) error: Option<PlainError<'a>>,
    /// The fields that are not written as documented.
    pub(crate) odd: &'a [Oddity],
}

/// An error, of a job or of a row.
#[derive(Debug, Default)]
pub(crate) struct PlainError<'a> {
    pub(crate) code: Option<Cow<'a, str>>,
    pub(crate) message: Option<Cow<'a, str>>,
    /// Whether the error has unknown fields.
    pub(crate) has_unknown: bool,
    /// The fields that are not written as documented.
    pub(crate) odd: &'a [Oddity],
}

impl<'a> PlainRow<'a> {
    pub(crate) fn of(row: &'a Row) -> Self {
        Self {
            id: row.id.as_deref(),
            uuid: row.id.as_deref().and_then(uuid_of),
            created: row.created,
            existing: row.existing,
            updated: row.updated,
            input_index: row.input_index,
            error: row.error.as_ref().map(PlainError::of),
            odd: &row.extra.odd,
        }
    }
}

impl<'a> PlainError<'a> {
    pub(crate) fn of(body: &'a ErrorBody) -> Self {
        Self {
            code: body.code.as_deref().map(Cow::Borrowed),
            message: body.message.as_deref().map(Cow::Borrowed),
            has_unknown: !body.extra.is_empty(),
            odd: &body.extra.odd,
        }
    }

    /// Returns `true` if the error is blank. Some servers send `{}` or blank texts if there is no error.
    pub(crate) fn is_blank(&self) -> bool {
        let blank =
            |text: &Option<Cow<'_, str>>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        blank(&self.code) && blank(&self.message) && !self.has_unknown
    }
}

/// Only valid for rows without unknown fields.
impl From<&PlainRow<'_>> for Row {
    fn from(row: &PlainRow<'_>) -> Self {
        Self {
            id: row.id.map(Into::into),
            created: row.created,
            existing: row.existing,
            updated: row.updated,
            input_index: row.input_index,
            error: row.error.as_ref().map(|error| ErrorBody {
                code: error.code.as_deref().map(Into::into),
                message: error.message.as_deref().map(Into::into),
                ..ErrorBody::default()
            }),
            ..Self::default()
        }
    }
}
