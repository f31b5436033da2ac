//! A borrowed error as on the wire.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::{
    object::{Any, Object, Slot, Source, Unknown, fill},
    oddity::fill_tolerant,
    plain_row::PlainError,
    value::Value,
};
use crate::wire::{ErrorBody, Fields};

/// The fields of an error, of a job or of a row.
#[derive(Debug, Default)]
pub(crate) struct ErrorParts<'de, U> {
    code: Slot<Cow<'de, str>>,
    message: Slot<Cow<'de, str>>,
    pub(crate) unknown: U,
}

impl<'de> ErrorParts<'de, &'de Fields> {
    pub(crate) fn of(body: &'de ErrorBody) -> Self {
        let text = |text: &'de Option<String>| Some(text.as_deref().map(Cow::Borrowed));
        Self {
            code: text(&body.code),
            message: text(&body.message),
            unknown: &body.extra,
        }
    }
}

impl<'de, U: Any> ErrorParts<'de, U> {
    pub(crate) fn into_owned(self) -> ErrorParts<'static, U> {
        let owned = |text: Cow<'de, str>| Cow::Owned(text.into_owned());
        ErrorParts {
            code: self.code.map(|code| code.map(owned)),
            message: self.message.map(|message| message.map(owned)),
            unknown: self.unknown,
        }
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.code.as_ref()?.as_deref()
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_ref()?.as_deref()
    }

    pub(crate) fn plain(&self) -> PlainError<'_> {
        PlainError {
            code: self.code().map(Cow::Borrowed),
            message: self.message().map(Cow::Borrowed),
            has_unknown: self.unknown.any(),
            odd: self.unknown.odd(),
        }
    }

    /// Returns `true` if the error is blank.
    pub(crate) fn is_blank(&self) -> bool {
        self.plain().is_blank()
    }
}

impl<'de, U: Unknown> Object<'de> for ErrorParts<'de, U> {
    type Unknown = U;

    fn read<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<bool, S::Error> {
        match name {
            "code" => fill_tolerant(&mut self.code, "error.code", &mut self.unknown, source),
            "message" => fill(&mut self.message, source),
            _ => Ok(false),
        }
    }

    fn unknown(&mut self) -> &mut U {
        &mut self.unknown
    }
}

impl<'de, U: Unknown> Value<'de> for ErrorParts<'de, U> {
    const EXPECTED: &'static str = "an error object or a string";

    /// Older servers only send the message.
    fn from_text(message: Cow<'de, str>) -> Option<Self> {
        Some(Self {
            code: None,
            message: Some(Some(message)),
            unknown: U::default(),
        })
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::read_map(map)
    }
}
