//! The build without the feature `tracing`: no spans.

use std::future::Future;

use http::{HeaderMap, Request, StatusCode};

use super::observer::RetryPlanned;
use crate::call::UrlTemplate;
use crate::error::Error;

/// No span.
#[derive(Clone, Debug)]
pub(crate) struct Span;

#[expect(
    clippy::unused_self,
    reason = "the build with spans has the same methods"
)]
impl Span {
    pub(super) const fn call<B>(_: &Request<B>, _: Option<&UrlTemplate>) -> Self {
        Self
    }

    pub(super) const fn attempt<B>(_: &Request<B>, _: Option<&UrlTemplate>, _: u32) -> Self {
        Self
    }

    pub(super) const fn answered(&self, _: StatusCode, _: &HeaderMap) {}

    pub(super) const fn failed(&self, _: &Error) {}

    pub(super) const fn dropped(&self) {}

    pub(super) const fn counted(&self, _: u32) {}
}

pub(crate) const fn within<F: Future>(_: Span, future: F) -> F {
    future
}

pub(crate) const fn retry_event(_: &RetryPlanned) {}
