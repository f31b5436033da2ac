//! Requests to other origins.

use http::StatusCode;
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_transport::{AuthLayer, Credentials, Kind, Origin, Phase, StackBuilder};

use super::{client, get, send, stack};

#[tokio::test]
async fn redirects_are_returned_and_not_followed() {
    let elsewhere = FaultServer::start([Action::answer(200, "stolen")])
        .await
        .unwrap();
    let target = elsewhere.url("/steal").to_string();
    for status in [301, 302, 303, 307, 308] {
        let redirect = Action::answer_with(status, &[("location", &target)], "");
        let server = FaultServer::start([redirect]).await.unwrap();
        let origin = Origin::of(&server.url("/")).unwrap();
        let service = StackBuilder::new()
            .auth(AuthLayer::new(origin, Credentials::fixed("sesame")))
            .build(client());
        let response = send(&service, get(server.url("/"))).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["location"], target.as_str());
        assert_eq!(server.received().len(), 1);
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_request_to_another_origin_is_refused_before_any_traffic() {
    let home = FaultServer::start([Action::answer(200, "home")])
        .await
        .unwrap();
    let elsewhere = FaultServer::start([Action::answer(200, "stolen")])
        .await
        .unwrap();
    let origin = Origin::of(&home.url("/")).unwrap();
    let service = StackBuilder::new()
        .auth(AuthLayer::new(origin, Credentials::fixed("sesame")))
        .build(client());
    let response = send(&service, get(home.url("/"))).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(home.received()[0].header("x-api-key"), Some("sesame"));
    let error = send(&service, get(elsewhere.url("/"))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (Kind::Origin, Phase::NotSent)
    );
    assert_eq!(error.report().attempts, 0);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn an_invalid_port_is_not_replaced_by_the_default_one() {
    for url in [
        "http://127.0.0.1:99999/",
        "https://127.0.0.1:70000/",
        "http://127.0.0.1:0/",
        "http://[::1]:65536/",
    ] {
        let error = send(&stack(client()), get(url.parse().unwrap()))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.phase(), error.report().attempts),
            (Kind::Request, Phase::NotSent, 1),
            "{url}"
        );
    }
}
