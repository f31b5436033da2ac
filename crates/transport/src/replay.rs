//! Whether a request may be sent more than once.

use http::{Extensions, Method};

/// Whether sending a request twice could do something twice.
///
/// A request extension, set by the caller. Without it, GET and
/// HEAD are [`Safe`](Self::Safe) and every other method is [`Never`](Self::Never).
///
/// # Examples
///
/// ```
/// use http::Request;
/// use prism_imports_transport::Replay;
///
/// let mut post = Request::post("https://api.example/v1/orders").body(()).unwrap();
/// assert_eq!(Replay::of(&post), Replay::Never);
///
/// // The server keeps the first answer to a key, so a second send changes nothing.
/// post.extensions_mut().insert(Replay::Keyed);
/// assert_eq!(Replay::of(&post), Replay::Keyed);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the retry table has exactly these three columns"
)]
pub enum Replay {
    /// It only reads: any number of sends is one.
    Safe,
    /// It writes under an idempotency key the server honours.
    Keyed,
    /// It writes, and a second send may write again: only a request that surely was not sent is retried.
    Never,
}

impl Replay {
    /// Returns the extension of the request, or the default for its method.
    pub fn of<B>(request: &http::Request<B>) -> Self {
        Self::from_parts(request.method(), request.extensions())
    }

    pub(crate) fn from_parts(method: &Method, extensions: &Extensions) -> Self {
        match extensions.get::<Self>() {
            Some(replay) => *replay,
            None if *method == Method::GET || *method == Method::HEAD => Self::Safe,
            None => Self::Never,
        }
    }
}
