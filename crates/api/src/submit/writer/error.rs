//! Why a row cannot be written.

use std::{error::Error, fmt};

use serde::ser;

/// A row cannot be written. Its own serializer may quote it when it says why, so that none of it is kept.
#[derive(Debug)]
pub(in crate::submit) struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it does not serialize to JSON")
    }
}

impl Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Drops what the error says.
pub(super) fn written<E>(result: Result<(), E>) -> Result<(), Unwritable> {
    result.ok().ok_or(Unwritable)
}
