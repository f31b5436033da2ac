//! reqwest with its usual retry middleware.

use std::{error::Error, time::Duration};

use http::header;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};

use super::derived;

/// Polls a job with reqwest, retries, timeouts and derived structs.
#[derive(Clone, Debug)]
pub struct Retrying {
    client: ClientWithMiddleware,
}

impl Retrying {
    /// Creates a client.
    ///
    /// # Errors
    ///
    /// Returns an error if TLS cannot be set up.
    pub fn new() -> Result<Self, reqwest::Error> {
        // Without the proxy detection, which would cost time.
        let client = reqwest::Client::builder()
            .user_agent(super::USER_AGENT)
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()?;
        let policy = ExponentialBackoff::builder().build_with_max_retries(2);
        let retry = RetryTransientMiddleware::new_with_policy(policy);
        let client = ClientBuilder::new(client).with(retry).build();
        Ok(Self { client })
    }

    /// Polls a job.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no answer or it is not a job.
    pub async fn get(&self, url: &str) -> Result<derived::Job, Box<dyn Error + Send + Sync>> {
        let response = self
            .client
            .get(url)
            .header("x-api-key", super::KEY)
            .header(header::ACCEPT, super::JSON)
            .send()
            .await?;
        Ok(response.error_for_status()?.json().await?)
    }
}
