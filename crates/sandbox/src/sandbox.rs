//! The sandbox as a tower service.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use http::{Request, Response, request::Parts};
use http_body::Body;
use tower_service::Service;

use crate::{
    Builder, Clock, KeyedImport, Stats,
    body::{self, Cut, ResponseBody},
    engine::{Answer, Engine, Payload},
};

/// The server as a tower `Service` of HTTP requests, without a socket.
///
/// Clones share all state. The service is always ready. It needs a tokio runtime only for faults that delay an answer.
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use http_body_util::Empty;
/// use prism_imports_sandbox::Sandbox;
/// use tower_service::Service;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut sandbox = Sandbox::builder().build()?;
/// let response = sandbox.call(Request::get("/nowhere").body(Empty::<Bytes>::new())?).await?;
/// assert_eq!(response.status(), 404);
/// assert!(response.headers().contains_key("x-request-id"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Sandbox {
    engine: Arc<Mutex<Engine>>,
    clock: Clock,
    max_body: usize,
}

impl Sandbox {
    /// Returns a builder with the default settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(engine: Engine, clock: Clock, max_body: usize) -> Self {
        Self {
            engine: Arc::new(Mutex::new(engine)),
            clock,
            max_body,
        }
    }

    /// Returns the sandbox's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the number of requests, rejected ones included.
    pub fn requests(&self) -> u64 {
        self.stats().requests
    }

    /// Returns the counters.
    pub fn stats(&self) -> Stats {
        self.engine().stats()
    }

    /// Returns the imports that were executed with an idempotency key, oldest first.
    ///
    /// There is at most one, unless the key was used on several paths, by several callers or after its 24 hours, or keys
    /// are [ignored](Builder::without_idempotency). A replay is not an import. The last 50,000 imports with a key are
    /// stored, with a digest of the key.
    ///
    /// ```
    /// use prism_imports_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::builder().build()?;
    /// // … a client submits under this key, loses the answer and submits again …
    /// assert!(sandbox.imports_under("nightly-2026-11-24").len() <= 1);
    /// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
    /// ```
    pub fn imports_under(&self, key: &str) -> Vec<KeyedImport> {
        self.engine().imports_under(key).to_vec()
    }

    /// Locks the engine. Its state stays usable after a panic, so poisoning is ignored.
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, head: &Parts, payload: &Payload) -> Answer {
        let mut engine = self.engine();
        // Read under the lock, so that the engine's time never goes back.
        let now = self.clock.now();
        engine.handle(now, head, payload)
    }

    async fn answer<B>(self, request: Request<B>) -> Result<Response<ResponseBody>, Cut>
    where
        B: Body<Error: Into<Box<dyn Error + Send + Sync>>>,
    {
        let (head, body) = request.into_parts();
        let payload = body::read(body, self.max_body).await?;
        let answer = self.handle(&head, &payload);
        let (response, delivery) = answer.into_response();
        if !delivery.delay.is_zero() {
            self.clock.sleep(delivery.delay).await;
        }
        if delivery.close {
            return Err(Cut);
        }
        Ok(response.map(|bytes| ResponseBody::new(bytes, delivery, &self.clock)))
    }
}

impl<B> Service<Request<B>> for Sandbox
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Cut;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        ResponseFuture(Box::pin(self.clone().answer(request)))
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// The future of an answer.
///
/// Dropping it before the request was read has no effect on the sandbox. Dropping it later discards the answer, and the
/// request has been executed.
pub struct ResponseFuture(
    Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Cut>> + Send>>,
);

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, Cut>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
