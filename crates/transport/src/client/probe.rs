//! Follows one request inside hyper's client.

use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};

use super::connection::Usage;

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

    /// Returns the use of the connection that the request has got, as long as it is one for a single request
    /// at a time: on HTTP/2 the reads of others would count too.
    pub(super) fn usage(&self) -> Option<Usage> {
        let connected = self.0.connection_metadata();
        connected
            .as_ref()
            .filter(|connected| !connected.is_negotiated_h2())
            .and_then(Usage::of)
    }
}
