//! A unix socket, for example of a proxy beside the service.

use std::path::Path;

use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use prism_imports::transport::{HttpService, IntoHttpService, RequestBody};
use tokio::net::UnixStream;

/// An HTTP service that connects to a unix socket, for `ClientBuilder::http_service`.
///
/// The base URL is `http://localhost`: the host is sent as `host`, and is one to which the API key may go over plain http.
pub fn http_service(socket: &Path) -> HttpService {
    let socket = socket.to_owned();
    let connect = tower::service_fn(move |_: http::Uri| {
        let socket = socket.clone();
        // hyper-util moves the future, so it is boxed.
        Box::pin(async move { UnixStream::connect(socket).await.map(TokioIo::new) })
    });
    Client::builder(TokioExecutor::new())
        .build::<_, RequestBody>(connect)
        .into_http_service()
}

#[cfg(test)]
mod tests {
    use hyper_util::{
        rt::{TokioExecutor, TokioIo},
        server::conn::auto,
        service::TowerToHyperService,
    };
    use prism_imports::{ErrorKind, Phase};
    use prism_imports_sandbox::Sandbox;
    use tokio::net::UnixListener;

    use super::http_service;
    use crate::testing::{builder, import};

    #[tokio::test]
    async fn an_import_goes_through_the_socket() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("prism.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let sandbox = Sandbox::builder().build().unwrap();
        let service = TowerToHyperService::new(sandbox.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = auto::Builder::new(TokioExecutor::new());
                let service = service.clone();
                tokio::spawn(async move {
                    server.serve_connection(TokioIo::new(stream), service).await
                });
            }
        });

        let client = builder("http://localhost")
            .http_service(http_service(&socket))
            .build()
            .unwrap();
        assert_eq!(import(&client.imports()).await, 3);
        assert_eq!(sandbox.stats().submits, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_is_not_there_is_an_error_of_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let missing = http_service(&folder.path().join("missing.sock"));
        let client = builder("http://localhost")
            .http_service(missing)
            .build()
            .unwrap();
        let error = client.imports().get("j-1").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Connect, Phase::NotSent)
        );
    }
}
