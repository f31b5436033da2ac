//! Names: of a job, of a submit, of a type of records.

mod handle;
mod key;
mod object_type;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub use self::{
    handle::{HandleError, ImportHandle, IntoHandle},
    key::IdempotencyKey,
    object_type::{ObjectType, OtherType},
};

/// Percent-encodes all characters but the unreserved ones of RFC 3986, section 2.3.
pub(crate) fn encode(text: &str) -> impl fmt::Display + Iterator<Item = &str> {
    const BEYOND_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, BEYOND_UNRESERVED)
}

/// Percent-decodes a text; `None` if its bytes are not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}
