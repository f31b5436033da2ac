//! hyper's client with a connection pool and nothing else.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{Request, header, request::Builder};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use super::derived;

/// Calls the service with hyper and derived structs: no retries, no timeouts, no check of the status or the content type.
#[derive(Clone, Debug)]
pub struct Bare {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Bare {
    /// Creates a client.
    pub fn new() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(90))
            .build(tcp);
        Self { client }
    }

    /// Polls a job.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no answer or it is not a job.
    pub async fn get(&self, url: &str) -> Result<derived::Job, Box<dyn Error + Send + Sync>> {
        self.send(Request::get(url), Bytes::new()).await
    }

    /// Submits an import under a key.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no answer or it is not a job.
    pub async fn submit(
        &self,
        url: &str,
        key: &str,
        body: Vec<u8>,
    ) -> Result<derived::Job, Box<dyn Error + Send + Sync>> {
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, super::JSON)
            .header("idempotency-key", key);
        self.send(request, body.into()).await
    }

    async fn send(
        &self,
        request: Builder,
        body: Bytes,
    ) -> Result<derived::Job, Box<dyn Error + Send + Sync>> {
        let request = request
            .header("x-api-key", super::KEY)
            .header(header::ACCEPT, super::JSON)
            .header(header::ACCEPT_ENCODING, super::ACCEPT_ENCODING)
            .header(header::USER_AGENT, super::USER_AGENT)
            .body(Full::new(body))?;
        let response = self.client.request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }
}

impl Default for Bare {
    fn default() -> Self {
        Self::new()
    }
}
