//! The future of a call with credentials: ask, send, and once more after a 401.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::credentials::Token;
use super::{AuthLayer, AuthScheme};
use crate::call::{Beneath, Call, Turn};
use crate::error::{BoxError, Error};

type Asking = Pin<Box<dyn Future<Output = Result<Token, Error>> + Send>>;

pin_project! {
    /// The future of [`Auth`](super::Auth).
    pub struct AuthFuture<S, B, C>
    where
        S: Service<Request<B>, Response = Response<C>>,
    {
        #[pin]
        state: State<S, B, C, S::Future>,
        settings: Option<Arc<AuthLayer>>,
        call: Call,
        owner: bool,
    }
}

pin_project! {
    #[project = StateProj]
    #[project_replace = StateReplace]
    enum State<S, B, C, F> {
        /// Refused before any traffic.
        Refused { error: Error },
        /// A token must be asked for; `rejected` is the answer that its predecessor got.
        Asking { inner: S, request: Request<B>, asking: Asking, rejected: Option<Rejected<C>> },
        /// The request is under way; `again` is what a 401 would be answered with. It is boxed, since few have it.
        Sent { #[pin] turn: Turn<S, Request<B>, F>, generation: u64, again: Option<Box<Again<S, B>>> },
        Done,
    }
}

struct Again<S, B> {
    inner: S,
    request: Request<B>,
    token: Token,
}

/// A 401, kept in case no better credentials are to be had.
struct Rejected<C> {
    response: Response<C>,
    token: Token,
}

impl<S, B, C> AuthFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    pub(super) fn new(
        inner: &mut Beneath<S>,
        mut request: Request<B>,
        settings: &Arc<AuthLayer>,
        call: Call,
        owner: bool,
    ) -> Self {
        let refreshing = settings.credentials.is_refreshing();
        let (refused, token) = (
            settings.refuse(request.uri()),
            settings.credentials.at_hand(),
        );
        let state = match (refused, token) {
            (Some(error), _) => State::Refused { error },
            (None, Some(token)) if refreshing => {
                send(inner.later(), request, token, &settings.scheme, true)
            }
            (None, Some(token)) => match settings.scheme.sign(&mut request, &token) {
                Ok(()) => return Self::passing(inner, request, call, owner),
                Err(error) => State::Refused { error },
            },
            (None, None) => State::Asking {
                inner: inner.later(),
                request,
                asking: Box::pin(settings.credentials.clone().token()),
                rejected: None,
            },
        };
        Self {
            state,
            settings: Some(Arc::clone(settings)),
            call,
            owner,
        }
    }

    /// Begins a call whose credentials, if it has any, cannot be renewed: whatever it comes to stands.
    pub(super) fn passing(
        inner: &mut Beneath<S>,
        request: Request<B>,
        call: Call,
        owner: bool,
    ) -> Self {
        Self {
            state: State::Sent {
                turn: inner.turn(request, &call),
                generation: 0,
                again: None,
            },
            settings: None,
            call,
            owner,
        }
    }
}

fn send<S, B, C>(
    inner: S,
    mut request: Request<B>,
    token: Token,
    scheme: &AuthScheme,
    replays: bool,
) -> State<S, B, C, S::Future>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    let before = replays.then(|| request.clone());
    if let Err(error) = scheme.sign(&mut request, &token) {
        return State::Refused { error };
    }
    let generation = token.generation;
    let again = before.map(|request| {
        Box::new(Again {
            inner: inner.clone(),
            request,
            token,
        })
    });
    State::Sent {
        turn: Turn::new(inner, request),
        generation,
        again,
    }
}

impl<S, B, C> Future for AuthFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<C>> + Clone,
    S::Error: Into<BoxError>,
    B: Clone,
{
    type Output = Result<Response<C>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut result = loop {
            match this.state.as_mut().project() {
                StateProj::Refused { .. } => {
                    match this.state.as_mut().project_replace(State::Done) {
                        StateReplace::Refused { error } => break Err(error),
                        StateReplace::Asking { .. }
                        | StateReplace::Sent { .. }
                        | StateReplace::Done => return Poll::Pending,
                    }
                }
                StateProj::Asking { asking, .. } => {
                    let asked = ready!(asking.as_mut().poll(cx));
                    let (
                        Some(settings),
                        StateReplace::Asking {
                            inner,
                            request,
                            rejected,
                            ..
                        },
                    ) = (
                        this.settings.as_ref(),
                        this.state.as_mut().project_replace(State::Done),
                    )
                    else {
                        return Poll::Pending;
                    };
                    match (asked, rejected) {
                        (Ok(token), None) => {
                            let replays = settings.credentials.is_refreshing();
                            this.state
                                .set(send(inner, request, token, &settings.scheme, replays));
                        }
                        (Ok(token), Some(before)) if token.differs(&before.token) => {
                            drop(before);
                            this.state
                                .set(send(inner, request, token, &settings.scheme, false));
                        }
                        // Nothing better is to be had: the server's word stands.
                        (Ok(_) | Err(_), Some(before)) => break Ok(before.response),
                        (Err(error), None) => break Err(error),
                    }
                }
                StateProj::Sent {
                    turn,
                    generation,
                    again,
                } => {
                    let result = ready!(turn.poll_turn(this.call, cx));
                    // Without them no credentials can be renewed.
                    let Some(settings) = this.settings.as_ref() else {
                        break result;
                    };
                    let response = match result {
                        Ok(response) if response.status() == StatusCode::UNAUTHORIZED => response,
                        other => break other,
                    };
                    settings.credentials.reject(*generation);
                    let Some(again) = again.take() else {
                        break Ok(response);
                    };
                    let Again {
                        inner,
                        request,
                        token,
                    } = *again;
                    this.call.hold();
                    this.state.set(State::Asking {
                        inner,
                        request,
                        asking: Box::pin(settings.credentials.clone().token()),
                        rejected: Some(Rejected { response, token }),
                    });
                }
                // Only a future polled after its end comes here.
                StateProj::Done => return Poll::Pending,
            }
        };
        this.state.set(State::Done);
        if *this.owner {
            this.call.close(&mut result);
        }
        Poll::Ready(result)
    }
}

impl<S, B, C> fmt::Debug for AuthFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<C>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFuture").finish_non_exhaustive()
    }
}
