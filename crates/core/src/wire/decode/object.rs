//! JSON objects, read field by field.

use std::borrow::Cow;

use serde::{
    Deserialize,
    de::{Error, MapAccess},
};
use serde_json::Value;

use super::slot::{Read, Slot};
use crate::wire::{Fields, Snapshot, Status};

/// An object whose known fields are read by name. All other fields are kept in [`Fields`].
pub(crate) trait Object: Default {
    /// What precedes the name of a field in the path of an oddity.
    const PATH: &'static str = "";

    /// Returns the bit and the place of the known field `name`.
    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)>;

    fn extra(&mut self) -> &mut Fields;

    /// Reads the known or unknown field `name`. `seen` has one bit for each known field that was read.
    ///
    /// `read` reads the value. It receives no slot if the field is given twice.
    fn read_field<E>(
        &mut self,
        name: &str,
        seen: &mut u16,
        read: impl FnOnce(Option<Slot<'_>>) -> Result<Read, E>,
    ) -> Result<(), E> {
        let Some((bit, slot)) = self.slot(name) else {
            let mut value = Value::Null;
            read(Some(Slot::Any(&mut value)))?;
            self.extra().insert(name, value);
            return Ok(());
        };
        let odd = read((*seen & bit == 0).then_some(slot))?;
        *seen |= bit;
        if let Some(mut odd) = odd {
            odd.field = [Self::PATH, name].concat();
            self.extra().odd.push(*odd);
        }
        Ok(())
    }

    /// Reads all fields of a map.
    fn read_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut object, mut seen) = (Self::default(), 0);
        while let Some(Name(name)) = map.next_key()? {
            object.read_field(&name, &mut seen, |slot| match slot {
                Some(slot) => map.next_value_seed(slot),
                // The position of the error is that of the name.
                None => Err(A::Error::custom(TWICE)),
            })?;
        }
        Ok(object)
    }
}

/// The message for a known field that is given twice.
pub(super) const TWICE: &str = "the field is given twice";

/// A key, borrowed if it has no escapes.
#[derive(Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A snapshot that is being read.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) snapshot: Snapshot,
    pub(crate) total: Option<i64>,
    status: Option<Status>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            // The status and the total are replaced at the end.
            snapshot: Snapshot::new(Status::Processing, 0),
            total: None,
            status: None,
        }
    }
}

impl Head {
    /// Returns the snapshot. The error is the name of a missing field.
    pub(super) fn finish(self) -> Result<Snapshot, &'static str> {
        let of_summary = self.snapshot.summary.as_ref();
        let total = self.total.or(of_summary.and_then(|summary| summary.total));
        Ok(Snapshot {
            status: self.status.ok_or("status")?,
            total: total.ok_or("total")?,
            ..self.snapshot
        })
    }
}

impl Object for Head {
    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)> {
        let snapshot = &mut self.snapshot;
        Some(match name {
            RESULTS => (1, Slot::Rows(&mut snapshot.results)),
            "job_id" => (1 << 1, Slot::Code(&mut snapshot.job_id)),
            "status" => (1 << 2, Slot::Status(&mut self.status)),
            "total" => (1 << 3, Slot::Integer(&mut self.total)),
            "processed" => (1 << 4, Slot::Integer(&mut snapshot.processed)),
            "succeeded" => (1 << 5, Slot::Integer(&mut snapshot.succeeded)),
            "failed" => (1 << 6, Slot::Integer(&mut snapshot.failed)),
            "error" => (1 << 7, Slot::ErrorBody(&mut snapshot.error)),
            "created_at" => (1 << 8, Slot::Code(&mut snapshot.created_at)),
            "updated_at" => (1 << 9, Slot::Code(&mut snapshot.updated_at)),
            "expires_at" => (1 << 10, Slot::Code(&mut snapshot.expires_at)),
            "summary" => (1 << 11, Slot::Summary(&mut snapshot.summary)),
            _ => return None,
        })
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.snapshot.extra
    }
}

/// The name of the field with the rows, which has bit 0.
pub(super) const RESULTS: &str = "results";
