//! The contents of a snapshot without its rows, in the same form for both ways of reading it.

use super::{JobError, times::Time};
use crate::wire::{
    Snapshot, Status,
    decode::{Any, ErrorParts, Head, Oddity, OwnedError, Unknown},
};

/// The contents of a snapshot without its rows.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(super) job_id: Option<String>,
    pub(super) status: Status,
    pub(super) total: i64,
    pub(super) processed: Option<i64>,
    pub(super) succeeded: Option<i64>,
    pub(super) failed: Option<i64>,
    /// `None` also if the error is blank.
    pub(super) error: Option<JobError>,
    pub(super) created_at: Option<Time>,
    pub(super) updated_at: Option<Time>,
    pub(super) expires_at: Option<Time>,
    pub(super) legacy: Option<Legacy>,
    /// The fields that are not written as documented.
    pub(super) odd: Vec<Oddity>,
}

/// The counters in the format of older servers.
#[derive(Debug)]
pub(super) struct Legacy {
    pub(super) created: Option<i64>,
    pub(super) existing: Option<i64>,
    pub(super) errors: Option<i64>,
}

impl Facts {
    /// Converts the fields of a document. The error is the name of the missing field.
    pub(crate) fn from_head<U: Unknown>(head: Head<U>) -> Result<Self, &'static str> {
        let (error, summary) = (head.error.flatten(), head.summary.flatten());
        let of_error = error
            .as_ref()
            .map_or(&[][..], |error| error.0.unknown.odd());
        let of_summary = summary
            .as_ref()
            .map_or(&[][..], |summary| summary.unknown.odd());
        let odd = [head.unknown.odd(), of_error, of_summary].concat();
        let summary_total = summary.as_ref().and_then(|summary| summary.total.flatten());
        Ok(Self {
            status: head.status.flatten().ok_or("status")?,
            total: head.total.flatten().or(summary_total).ok_or("total")?,
            job_id: head.job_id.flatten(),
            processed: head.processed.flatten(),
            succeeded: head.succeeded.flatten(),
            failed: head.failed.flatten(),
            error: error.and_then(|OwnedError(parts)| job_error(&parts)),
            created_at: head.created_at.flatten().map(Into::into),
            updated_at: head.updated_at.flatten().map(Into::into),
            expires_at: head.expires_at.flatten().map(Into::into),
            legacy: summary.map(|summary| Legacy {
                created: summary.created.flatten(),
                existing: summary.existing.flatten(),
                errors: summary.errors.flatten(),
            }),
            odd,
        })
    }

    pub(crate) fn from_snapshot(snapshot: &Snapshot) -> Self {
        let time = |text: &Option<String>| text.as_deref().map(|text| Time::of(text.into()));
        let (error, summary) = (snapshot.error.as_ref(), snapshot.summary.as_ref());
        let of_error = error.map_or(&[][..], |error| error.extra.odd());
        let of_summary = summary.map_or(&[][..], |summary| summary.extra.odd());
        Self {
            job_id: snapshot.job_id.clone(),
            status: snapshot.status.clone(),
            total: snapshot.total,
            processed: snapshot.processed,
            succeeded: snapshot.succeeded,
            failed: snapshot.failed,
            error: snapshot
                .error
                .as_ref()
                .map(ErrorParts::of)
                .and_then(|parts| job_error(&parts)),
            created_at: time(&snapshot.created_at),
            updated_at: time(&snapshot.updated_at),
            expires_at: time(&snapshot.expires_at),
            legacy: snapshot.summary.as_ref().map(|summary| Legacy {
                created: summary.created,
                existing: summary.existing,
                errors: summary.errors,
            }),
            odd: [snapshot.extra.odd(), of_error, of_summary].concat(),
        }
    }
}

fn job_error<U: Any>(parts: &ErrorParts<'_, U>) -> Option<JobError> {
    (!parts.is_blank()).then(|| JobError::new(parts.code(), parts.message()))
}
