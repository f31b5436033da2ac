//! The innermost layer of a stack: notes each request that is given to the HTTP service.

use std::sync::Arc;

use http::Request;

use crate::error::Error;
use crate::service::{Inner, Middleware, Next, Sent, layer};

/// Notes the requests of a stack in the contexts of their calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlet;

layer!(Outlet);

impl<S: Inner<B>, B: Send> Middleware<S, B> for Outlet {
    type Body = S::Body;

    const WAITS: bool = false;

    async fn send(self: Arc<Self>, mut next: Next<S>, mut request: Request<B>) -> Sent<S::Body> {
        if !next.call.is_complete() && !request.method().is_safe() {
            return Err(Error::config(NO_CALL));
        }
        let note = next.call.hand_over(&mut request)?;
        let result = next.inner.call(request).await.map_err(Error::from_any);
        note.ended(&result);
        result
    }
}

const NO_CALL: &str =
    "a layer removes the extensions of a write, or sends it after its call: its outcome is unknown";
