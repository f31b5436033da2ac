//! Follows one request inside hyper's client.

use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};

/// A look at one request inside hyper's client: without a connection, nothing of it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Probe(CaptureConnection);

impl Probe {
    pub(super) fn of<B>(request: &mut http::Request<B>) -> Self {
        Self(capture_connection(request))
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.0.connection_metadata().is_some()
    }
}
