//! The fields of a snapshot without its rows.

use super::object::{Object, Seen, Source};
use crate::wire::{Fields, Row, Snapshot, Status};

/// A snapshot that is being read, without `results`.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) snapshot: Snapshot,
    pub(crate) total: Option<i64>,
    status: Option<Status>,
    seen: Seen,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            // The status and the total are replaced at the end.
            snapshot: Snapshot::new(Status::Processing, 0),
            total: None,
            status: None,
            seen: Seen::default(),
        }
    }
}

impl Head {
    /// Reads the known or unknown field `name`.
    pub(crate) fn read_field<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        source: &mut S,
    ) -> Result<(), S::Error> {
        let mut seen = self.seen;
        let read = self.read_any(name, &mut seen, source);
        // A field that is incomplete is read again.
        if read.is_ok() {
            self.seen = seen;
        }
        read
    }

    /// Returns the snapshot. The error is the name of a missing field.
    pub(crate) fn finish(self, results: Option<Vec<Row>>) -> Result<Snapshot, &'static str> {
        let of_summary = self.snapshot.summary.as_ref();
        let total = self.total.or(of_summary.and_then(|summary| summary.total));
        Ok(Snapshot {
            status: self.status.ok_or("status")?,
            total: total.ok_or("total")?,
            results,
            ..self.snapshot
        })
    }
}

impl Object for Head {
    fn read<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        seen: &mut Seen,
        source: &mut S,
    ) -> Result<bool, S::Error> {
        let this = &mut self.snapshot;
        let odd = &mut this.extra;
        match name {
            "job_id" => seen.tolerant(0, "job_id", &mut this.job_id, odd, source),
            "status" => seen.tolerant(1, "status", &mut self.status, odd, source),
            "total" => seen.tolerant(2, "total", &mut self.total, odd, source),
            "processed" => seen.tolerant(3, "processed", &mut this.processed, odd, source),
            "succeeded" => seen.tolerant(4, "succeeded", &mut this.succeeded, odd, source),
            "failed" => seen.tolerant(5, "failed", &mut this.failed, odd, source),
            "error" => seen.fill(6, &mut this.error, source),
            "created_at" => seen.tolerant(7, "created_at", &mut this.created_at, odd, source),
            "updated_at" => seen.tolerant(8, "updated_at", &mut this.updated_at, odd, source),
            "expires_at" => seen.tolerant(9, "expires_at", &mut this.expires_at, odd, source),
            "summary" => seen.fill(10, &mut this.summary, source),
            _ => Ok(false),
        }
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.snapshot.extra
    }
}
