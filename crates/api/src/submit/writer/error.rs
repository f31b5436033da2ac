//! The error of a row that cannot be written.

use std::{error::Error, fmt};

use serde::ser;

/// A row cannot be serialized. The message of its `Serialize` implementation may quote the row and is discarded.
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

/// Discards the error's message.
pub(super) fn written<E>(result: Result<(), E>) -> Result<(), Unwritable> {
    result.ok().ok_or(Unwritable)
}
