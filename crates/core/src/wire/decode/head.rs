//! The fields of a snapshot without its rows.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::{
    error_parts::ErrorParts,
    object::{Object, Slot, Source, Unknown, fill},
    oddity::fill_tolerant,
    value::Value,
};
use crate::wire::Status;

/// The fields of a snapshot without `results`.
///
/// The fields borrow nothing, because a document outlives the chunks that it is read from.
#[derive(Debug)]
pub(crate) struct Head<U: Unknown> {
    pub(crate) job_id: Slot<String>,
    pub(crate) status: Slot<Status>,
    pub(crate) total: Slot<i64>,
    pub(crate) processed: Slot<i64>,
    pub(crate) succeeded: Slot<i64>,
    pub(crate) failed: Slot<i64>,
    pub(crate) error: Slot<OwnedError<U>>,
    pub(crate) created_at: Slot<U::Time>,
    pub(crate) updated_at: Slot<U::Time>,
    pub(crate) expires_at: Slot<U::Time>,
    pub(crate) summary: Slot<SummaryParts<U>>,
    pub(crate) unknown: U,
}

/// A derived implementation would require `U::Time: Default`.
impl<U: Unknown> Default for Head<U> {
    fn default() -> Self {
        Self {
            job_id: None,
            status: None,
            total: None,
            processed: None,
            succeeded: None,
            failed: None,
            error: None,
            created_at: None,
            updated_at: None,
            expires_at: None,
            summary: None,
            unknown: U::default(),
        }
    }
}

impl<'de, U: Unknown> Object<'de> for Head<U> {
    type Unknown = U;

    fn read<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<bool, S::Error> {
        let odd = &mut self.unknown;
        match name {
            "job_id" => fill_tolerant(&mut self.job_id, "job_id", odd, source),
            "status" => fill_tolerant(&mut self.status, "status", odd, source),
            "total" => fill_tolerant(&mut self.total, "total", odd, source),
            "processed" => fill_tolerant(&mut self.processed, "processed", odd, source),
            "succeeded" => fill_tolerant(&mut self.succeeded, "succeeded", odd, source),
            "failed" => fill_tolerant(&mut self.failed, "failed", odd, source),
            "error" => fill(&mut self.error, source),
            "created_at" => fill(&mut self.created_at, source),
            "updated_at" => fill(&mut self.updated_at, source),
            "expires_at" => fill(&mut self.expires_at, source),
            "summary" => fill(&mut self.summary, source),
            _ => Ok(false),
        }
    }

    fn unknown(&mut self) -> &mut U {
        &mut self.unknown
    }
}

/// The counters in the format of older servers.
#[derive(Debug, Default)]
pub(crate) struct SummaryParts<U> {
    pub(crate) created: Slot<i64>,
    pub(crate) existing: Slot<i64>,
    pub(crate) errors: Slot<i64>,
    pub(crate) total: Slot<i64>,
    pub(crate) unknown: U,
}

impl<'de, U: Unknown> Object<'de> for SummaryParts<U> {
    type Unknown = U;

    fn read<S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<bool, S::Error> {
        let odd = &mut self.unknown;
        match name {
            "created" => fill_tolerant(&mut self.created, "summary.created", odd, source),
            "existing" => fill_tolerant(&mut self.existing, "summary.existing", odd, source),
            "errors" => fill_tolerant(&mut self.errors, "summary.errors", odd, source),
            "total" => fill_tolerant(&mut self.total, "summary.total", odd, source),
            _ => Ok(false),
        }
    }

    fn unknown(&mut self) -> &mut U {
        &mut self.unknown
    }
}

impl<'de, U: Unknown> Value<'de> for SummaryParts<U> {
    const EXPECTED: &'static str = "a summary object";

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::read_map(map)
    }
}

/// An error that borrows nothing.
#[derive(Debug)]
pub(crate) struct OwnedError<U>(pub(crate) ErrorParts<'static, U>);

impl<'de, U: Unknown> Value<'de> for OwnedError<U> {
    const EXPECTED: &'static str = <ErrorParts<'de, U> as Value<'de>>::EXPECTED;

    fn from_text(message: Cow<'de, str>) -> Option<Self> {
        ErrorParts::from_text(message).map(|parts| Self(parts.into_owned()))
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        ErrorParts::from_map(map).map(|parts| Self(parts.into_owned()))
    }
}
