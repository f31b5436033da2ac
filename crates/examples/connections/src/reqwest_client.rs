//! reqwest in place of the default client.

use prism_imports::transport::{
    BoxError, Error, HttpService, IntoHttpService, Kind, Phase, RequestBody, Scope,
};
use tower::{ServiceExt, service_fn};

/// An HTTP service that sends with reqwest, for `ClientBuilder::http_service`.
///
/// Build the client with `redirect(Policy::none())`: the service must not repeat a request, to whatever address.
pub fn http_service(client: reqwest::Client) -> HttpService {
    service_fn(move |request: http::Request<RequestBody>| {
        let client = client.clone();
        async move {
            let request: reqwest::Request = request.map(RequestBody::into_bytes).try_into()?;
            let response: reqwest::Response = client.oneshot(request).await.map_err(convert)?;
            Ok::<_, BoxError>(http::Response::<reqwest::Body>::from(response))
        }
    })
    .into_http_service()
}

/// Makes a timeout of reqwest one that is retried. Its other errors are understood by their sources.
fn convert(error: reqwest::Error) -> BoxError {
    if error.is_timeout() && !error.is_connect() {
        let kind = Kind::Timeout(Scope::Layer);
        return Error::new(kind, Phase::MaybeSent).with_source(error).into();
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use prism_imports_sandbox::{Fault, Sandbox};
    use reqwest::redirect::Policy;

    use super::http_service;
    use crate::testing::{builder, import};

    #[tokio::test]
    async fn an_import_is_sent_by_reqwest() {
        let sandbox =
            Sandbox::builder().fault(Fault::answer(503).header("retry-after-ms", "1").times(1));
        let server = sandbox
            .build()
            .unwrap()
            .serve(([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        let reqwest = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let client = builder(&server.base_url())
            .http_service(http_service(reqwest))
            .build()
            .unwrap();
        assert_eq!(import(&client.imports()).await, 3);
        assert_eq!(server.requests(), 2, "the retry layer is ours");
        server.shutdown().await;
    }
}
