//! The settings of a single call.

use std::{sync::Arc, time::Duration};

use http::{Extensions, HeaderMap};
use prism_imports_transport::{AttemptTimeout, CallTimeout, RetryPolicy};

use crate::error::ConfigError;

/// The settings of one call, which override those of the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions {
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    // Behind a pointer, since few calls have them, all polls of a fleet share them, and a call is moved several times
    // before it is polled.
    rare: Option<Arc<Rare>>,
}

/// The settings that few calls override.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare {
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Extensions,
}

impl CallOptions {
    pub(crate) fn rare(&mut self) -> &mut Rare {
        Arc::make_mut(self.rare.get_or_insert_default())
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        for (setting, given) in [
            ("attempt_timeout", self.attempt_timeout),
            ("timeout", self.timeout),
        ] {
            if given.is_some_and(|given| given.is_zero()) {
                return Err(ConfigError::NoTime { setting });
            }
        }
        Ok(())
    }

    /// Applies the settings to a request.
    pub(crate) fn apply<B>(&self, request: &mut http::Request<B>) {
        if let Some(rare) = &self.rare {
            for (name, value) in &rare.headers {
                request.headers_mut().append(name, value.clone());
            }
            let extensions = request.extensions_mut();
            extensions.extend(rare.extensions.clone());
            if let Some(retry) = &rare.retry {
                extensions.insert(retry.clone());
            }
        }
        let extensions = request.extensions_mut();
        if let Some(attempt_timeout) = self.attempt_timeout {
            extensions.insert(AttemptTimeout(attempt_timeout));
        }
        if let Some(timeout) = self.timeout {
            extensions.insert(CallTimeout(timeout));
        }
    }
}

/// Defines the setters of [`CallOptions`] on a call.
macro_rules! call_options {
    () => {
        /// Sets the timeout of one attempt, headers and body included.
        pub fn attempt_timeout(mut self, attempt_timeout: std::time::Duration) -> Self {
            self.options.attempt_timeout = Some(attempt_timeout);
            self
        }

        /// Sets the timeout of the whole call, all attempts and the waits between them included.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options.timeout = Some(timeout);
            self
        }

        /// Sets the retry policy of this call.
        pub fn retry(mut self, policy: prism_imports_transport::RetryPolicy) -> Self {
            self.options.rare().retry = Some(policy);
            self
        }

        /// Adds a header to every request of this call.
        pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
            self.options.rare().headers.append(name, value);
            self
        }

        /// Adds an extension to every request of this call, for custom layers.
        pub fn extension<T: Clone + Send + Sync + 'static>(mut self, extension: T) -> Self {
            self.options.rare().extensions.insert(extension);
            self
        }
    };
}

pub(crate) use call_options;
