//! The quota as a layer.

use std::sync::Arc;
use std::time::SystemTime;

use http::{Request, Response, StatusCode};
use tokio::time::Instant;

use super::Quota;
use crate::call::{CallContext, Deadline};
use crate::error::Error;
use crate::retry::retry_after;
use crate::service::{Inner, Middleware, layer, ready};

layer!(Quota);

impl<S: Inner<B>, B: Send> Middleware<S, B> for Quota {
    type Body = S::Body;

    async fn send(
        self: Arc<Self>,
        call: CallContext,
        mut inner: S,
        request: Request<B>,
    ) -> Result<Response<S::Body>, Error> {
        let deadline = Deadline::of(&request).map(|deadline| deadline.at);
        let ticket = self.acquire(deadline).await;
        let ticket = ticket.inspect_err(|error| call.set_stop(None, error.retry_after()))?;
        ready(&mut inner).await?;
        ticket.use_up();
        let response = call.pass_on(&mut inner, request).await?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS
            && let Some(wait) = retry_after(response.headers(), SystemTime::now())
        {
            self.ledger().hold(Instant::now(), wait);
        }
        Ok(response)
    }
}
