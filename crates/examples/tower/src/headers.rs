//! Layers of tower-http on calls and on attempts.

use http::{HeaderName, HeaderValue};
use prism_imports::ClientBuilder;
use tower_http::{
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetRequestHeaderLayer,
    trace::TraceLayer,
};

/// The name of the header with the id of a call.
pub const CALL_ID: HeaderName = HeaderName::from_static("x-call-id");

/// One id for each call, the same in all of its attempts; a header in each attempt; and spans of tower-http.
///
/// The first layer is the outermost. `layer` sees a call once, `attempt_layer` each attempt.
pub fn layered(builder: ClientBuilder, application: HeaderValue) -> ClientBuilder {
    builder
        .layer(SetRequestIdLayer::new(CALL_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(CALL_ID))
        .layer(TraceLayer::new_for_http())
        .attempt_layer(SetRequestHeaderLayer::overriding(
            HeaderName::from_static("x-application"),
            application,
        ))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::{HeaderMap, HeaderValue, Request};
    use prism_imports::transport::RequestBody;
    use prism_imports_sandbox::{Fault, Sandbox};
    use tower::{ServiceExt, service_fn};

    use super::{CALL_ID, layered};
    use crate::testing::builder;

    #[tokio::test(start_paused = true)]
    async fn a_call_has_one_id_and_each_attempt_its_header() {
        let sandbox = Sandbox::builder()
            .fault(Fault::answer(503).times(1))
            .build()
            .unwrap();
        let sent: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
        let noted = Arc::clone(&sent);
        let http = service_fn(move |request: Request<RequestBody>| {
            noted.lock().unwrap().push(request.headers().clone());
            sandbox.clone().oneshot(request)
        });
        let client = layered(builder(), HeaderValue::from_static("contacts"));
        let imports = client.http_service(http).build().unwrap().imports();
        for _ in 0..2 {
            imports.get("unknown").await.unwrap_err();
        }

        let sent = sent.lock().unwrap();
        let ids: Vec<_> = sent
            .iter()
            .map(|headers| headers[CALL_ID].clone())
            .collect();
        assert_eq!(ids.len(), 3, "the first call has two attempts");
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[1], ids[2]);
        assert!(
            sent.iter()
                .all(|headers| headers["x-application"] == "contacts")
        );
    }
}
