//! hyper's client with a pool, and nothing around it.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use super::derived;

/// A look at a job by hyper and derived structs: no retry, no time limit, no look at the status or at the type.
#[derive(Clone, Debug)]
pub struct Bare {
    client: Client<HttpConnector, Empty<Bytes>>,
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

    /// Looks at a job.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is no job.
    pub async fn get(&self, url: &str) -> Result<derived::Job, Box<dyn Error + Send + Sync>> {
        let request = Request::get(url)
            .header("x-api-key", super::KEY)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, super::USER_AGENT)
            .body(Empty::new())?;
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
