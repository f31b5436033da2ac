//! What stands in for a span in a build without the feature `tracing`: nothing at all.

use http::{HeaderMap, Request, StatusCode};

use super::observer::RetryPlanned;
use crate::call::{Call, UrlTemplate};
use crate::error::Error;

/// No span.
#[derive(Debug)]
pub(super) struct Span;

/// Being within no span.
pub(super) struct Entered;

#[expect(clippy::unused_self, reason = "its twin has a span")]
impl Span {
    /// Whether there are spans in this build.
    pub(super) const IS_SEEN: bool = false;

    pub(super) const fn call<B>(_: &Request<B>, _: Option<&UrlTemplate>) -> Self {
        Self
    }

    pub(super) const fn attempt<B>(_: &Request<B>, _: Option<&UrlTemplate>, _: u32) -> Self {
        Self
    }

    pub(super) const fn is_disabled(&self) -> bool {
        true
    }

    pub(super) const fn enter(&self) -> Entered {
        Entered
    }

    pub(super) const fn answered(&self, _: StatusCode, _: &HeaderMap) {}

    pub(super) const fn failed(&self, _: &Error) {}

    pub(super) const fn dropped(&self) {}

    pub(super) const fn counted(&self, _: &Call) {}
}

pub(crate) const fn retry_event(_: &RetryPlanned) {}
