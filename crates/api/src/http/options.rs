//! The settings of a single call.

use std::time::Duration;

use http::{Extensions, HeaderMap, Request};
use prism_imports_transport::{AttemptTimeout, Deadline};

use crate::error::{ConfigError, Hidden};

/// The settings of one call, which narrow or replace those of the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: Hidden<HeaderMap>,
    pub(crate) extensions: Extensions,
}

impl CallOptions {
    /// Refuses settings that cannot be used.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let attempt_timeout = self.extensions.get().map(|AttemptTimeout(given)| *given);
        check_times([
            ("timeout", self.timeout),
            ("attempt_timeout", attempt_timeout),
        ])
    }

    /// Puts the settings on a request that is about to be sent. Its timeout starts now.
    pub(crate) fn apply<B>(&self, request: &mut Request<B>) {
        for (name, value) in &self.headers.0 {
            request.headers_mut().append(name, value.clone());
        }
        let extensions = request.extensions_mut();
        extensions.extend(self.extensions.clone());
        if let Some(timeout) = self.timeout {
            let ours = Deadline::after(timeout);
            let deadline = extensions.get().map_or(ours, |given| ours.min(*given));
            extensions.insert(deadline);
        }
    }
}

/// Refuses a duration of 0.
pub(crate) fn check_times<const N: usize>(
    times: [(&'static str, Option<Duration>); N],
) -> Result<(), ConfigError> {
    let mut times = times.into_iter();
    let zero = times.find(|(_, given)| *given == Some(Duration::ZERO));
    zero.map_or(Ok(()), |(setting, _)| Err(ConfigError::NoTime(setting)))
}

/// The setters of [`CallOptions`] on a builder that has some.
macro_rules! call_options {
    ($($options:ident).+) => {
        /// Sets how long the whole call may take: all attempts and the waits between them. The client's `timeout` bounds
        /// it too.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.$($options).+.timeout = Some(timeout);
            self
        }

        $crate::http::attempt_options!($($options).+);
    };
}

/// The setters of [`CallOptions`] that concern each request.
macro_rules! attempt_options {
    ($($options:ident).+) => {
        /// Sets how long one attempt may take, headers and body, in place of the client's `attempt_timeout`.
        pub fn attempt_timeout(self, timeout: std::time::Duration) -> Self {
            self.extension(prism_imports_transport::AttemptTimeout(timeout))
        }

        /// Sets how requests are retried, in place of the client's policy. The client's retry budget pays in both cases.
        pub fn retry(self, policy: prism_imports_transport::RetryPolicy) -> Self {
            self.extension(policy)
        }

        /// Adds a header to every request, in place of the client's own of that name.
        pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
            self.$($options).+.headers.0.append(name, value);
            self
        }

        /// Adds an extension to every request, for layers of yours.
        pub fn extension<T: Clone + Send + Sync + 'static>(mut self, extension: T) -> Self {
            self.$($options).+.extensions.insert(extension);
            self
        }
    };
}

pub(crate) use attempt_options;
pub(crate) use call_options;
