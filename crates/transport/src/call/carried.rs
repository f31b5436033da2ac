//! What a request carries of its call.

use std::any::Any;

use bytes::Bytes;
use http::Request;

use super::{AttemptNumber, Call, Deadline};
use crate::body::RequestBody;

/// What a request carries of its call, beside the caller's own extensions.
///
/// It lies in the body where that is a [`RequestBody`], as in a whole [stack](crate::stack), and else in a private
/// extension. An extension costs three allocations, and as many for every copy of the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    call: Call,
    deadline: Option<Deadline>,
    number: Option<AttemptNumber>,
}

impl Carried {
    /// Joins the call that a request belongs to, or opens one; the flag says which.
    pub(crate) fn join<B: 'static>(request: &mut Request<B>) -> (Call, bool) {
        match Self::find(request) {
            Some(carried) => (carried.call.clone(), false),
            None => (Self::edit(request, |carried| carried.call.clone()), true),
        }
    }

    /// Gives a request the body of our own layers, with what layers further out have put on it.
    pub(crate) fn within(mut request: Request<Bytes>) -> Request<RequestBody> {
        let carried = request.extensions_mut().remove();
        let mut request = request.map(RequestBody::new);
        if let Some(carried) = carried {
            *request.body_mut().carried_mut() = carried;
        }
        request
    }

    pub(crate) const fn call(&self) -> &Call {
        &self.call
    }

    #[cfg(feature = "client")]
    pub(crate) fn into_call(self) -> Call {
        self.call
    }

    /// Returns the deadline of a request: the one set by a layer or the caller's own, whichever is earlier.
    pub(crate) fn deadline<B: 'static>(request: &Request<B>) -> Option<Deadline> {
        let set = Self::find(request).and_then(|carried| carried.deadline);
        let own = request.extensions().get().copied();
        set.into_iter().chain(own).min()
    }

    pub(crate) fn set_deadline<B: 'static>(request: &mut Request<B>, deadline: Deadline) {
        Self::edit(request, |carried| carried.deadline = Some(deadline));
    }

    pub(crate) fn number<B: 'static>(request: &Request<B>) -> Option<AttemptNumber> {
        Self::find(request).and_then(|carried| carried.number)
    }

    pub(crate) fn set_number<B: 'static>(request: &mut Request<B>, number: AttemptNumber) {
        Self::edit(request, |carried| carried.number = Some(number));
    }

    /// Finds what a request carries, if a layer of ours has met it.
    pub(crate) fn find<B: 'static>(request: &Request<B>) -> Option<&Self> {
        // Which of the two it is, the compiler knows.
        match (request.body() as &dyn Any).downcast_ref::<RequestBody>() {
            Some(body) => body.carried(),
            None => request.extensions().get(),
        }
    }

    fn edit<B: 'static, T>(request: &mut Request<B>, edit: impl FnOnce(&mut Self) -> T) -> T {
        match (request.body_mut() as &mut dyn Any).downcast_mut::<RequestBody>() {
            Some(body) => edit(body.carried_mut()),
            None => edit(request.extensions_mut().get_or_insert_with(Self::default)),
        }
    }
}
