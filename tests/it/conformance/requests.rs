//! The heads and the targets of requests.

use prism_imports::{Client, ErrorKind, ObjectType, transport::RetryPolicy};
use prism_imports_tests::{
    net::{Action, FaultServer, Received},
    server::{KEY, TEAM},
};
use serde_json::json;

use super::{COMPLETE, PROCESSING, answer, imports, one_row, scripted};

fn line(received: &Received) -> &str {
    received.head.lines().next().unwrap()
}

#[tokio::test]
async fn a_poll_names_the_team_and_the_job() {
    let (server, imports) = scripted([answer(200, PROCESSING)]).await;
    imports.get("j-1").await.unwrap();
    assert_eq!(
        line(&server.received()[0]),
        format!("GET /v2/prism/{TEAM}/imports/j-1 HTTP/1.1")
    );
}

#[tokio::test]
async fn a_submit_names_the_team_and_the_object_type() {
    let (server, imports) = scripted([answer(200, COMPLETE)]).await;
    let known = [
        (ObjectType::Identity, "identity"),
        (ObjectType::Organization, "organization"),
        (ObjectType::Contact, "contact"),
        (ObjectType::Action, "action"),
        (ObjectType::Document, "document"),
        (ObjectType::Deal, "deal"),
        (ObjectType::Engagement, "engagement"),
        (ObjectType::Comment, "comment"),
        (ObjectType::from("new thing"), "new%20thing"),
    ];
    for (index, (object_type, segment)) in known.into_iter().enumerate() {
        let row = json!({"default": {"name": "x"}});
        imports.submit(object_type).rows([row]).await.unwrap();
        assert_eq!(
            line(&server.received()[index]),
            format!("POST /v2/prism/{TEAM}/{segment}/import HTTP/1.1")
        );
    }
}

#[tokio::test]
async fn a_path_prefix_works_with_and_without_a_slash() {
    let server = FaultServer::start([answer(200, PROCESSING)]).await.unwrap();
    for (prefix, path) in [
        ("", "/v2"),
        ("/", "/v2"),
        ("/eu/api", "/eu/api/v2"),
        ("/eu/api/", "/eu/api/v2"),
    ] {
        let client = Client::builder()
            .base_url(format!("http://{}{prefix}", server.address()))
            .api_key(KEY)
            .team_id(TEAM);
        client.build().unwrap().imports().get("j-1").await.unwrap();
        assert_eq!(
            line(server.received().last().unwrap()),
            format!("GET {path}/prism/{TEAM}/imports/j-1 HTTP/1.1"),
            "{prefix}"
        );
    }
}

#[tokio::test]
async fn an_invalid_base_url_is_rejected() {
    for (url, why) in [
        ("https://user:word@localhost", "a user or a password"),
        ("https://localhost?x=1", "a query"),
        ("https://localhost#x", "a fragment"),
        ("http://example.com", "plain `http`"),
        ("ftp://localhost", "neither `http` nor `https`"),
        ("localhost", "no scheme"),
    ] {
        let built = Client::builder().base_url(url).api_key(KEY).build();
        let text = built.unwrap_err().to_string();
        assert!(
            text.contains(why) && !text.contains("word@"),
            "{url}: {text}"
        );
    }
    let client = Client::builder()
        .base_url("http://example.com")
        .api_key(KEY);
    client.dangerously_allow_plain_http().build().unwrap();
}

#[tokio::test]
async fn ids_are_percent_encoded() {
    let unnamed = r#"{"status":"processing","total":3}"#;
    let (server, imports) = scripted([answer(200, unnamed)]).await;
    for (index, (id, segment)) in [
        ("a b", "a%20b"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("ä", "%C3%A4"),
        ("...", "..."),
        ("a-b_c.d~e", "a-b_c.d~e"),
    ]
    .into_iter()
    .enumerate()
    {
        imports.get(id).await.unwrap();
        let received = server.received();
        let path = line(&received[index]).split(' ').nth(1).unwrap();
        assert_eq!(path.rsplit('/').next(), Some(segment));
    }
}

#[tokio::test]
async fn invalid_ids_are_rejected_before_any_traffic() {
    let (server, imports) = scripted([answer(200, PROCESSING)]).await;
    for id in ["", ".", "..", "a/b", "a\nb"] {
        let error = imports.get(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{id:?}");
        assert_eq!(
            imports.snapshot(id).await.unwrap_err().kind(),
            ErrorKind::Argument
        );
        assert_eq!(
            imports.wait(id).await.unwrap_err().kind(),
            ErrorKind::Argument
        );
        let row = imports.rows(id).next().await.unwrap();
        assert_eq!(row.unwrap_err().kind(), ErrorKind::Argument);
    }
    for object_type in ["", ".", "..", "a/b"] {
        let row = json!({"default": {}});
        let submit = imports.submit(ObjectType::from(object_type)).rows([row]);
        assert_eq!(
            submit.await.unwrap_err().kind(),
            ErrorKind::Argument,
            "{object_type:?}"
        );
    }
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn every_request_has_the_key() {
    let hint = [("retry-after-ms", "1")];
    let server = FaultServer::start([
        Action::answer_with(503, &hint, ""),
        answer(200, PROCESSING),
        Action::answer_with(503, &hint, ""),
        answer(202, PROCESSING),
    ]);
    let server = server.await.unwrap();
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM);
    let imports = client.build().unwrap().imports();
    imports.get("j-1").await.unwrap();
    one_row(&imports).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 4);
    for request in &received {
        let keys = request
            .head
            .lines()
            .filter(|line| line.to_ascii_lowercase().starts_with("x-api-key:"));
        assert_eq!(keys.count(), 1, "{}", request.head);
        assert_eq!(request.header("x-api-key"), Some(KEY));
    }
}

#[tokio::test]
async fn redirects_to_another_origin_are_not_followed() {
    let elsewhere = FaultServer::start([answer(200, PROCESSING)]).await.unwrap();
    let target = elsewhere.url("/steal").to_string();
    for status in [301, 302, 303, 307, 308] {
        let redirect = Action::answer_with(status, &[("location", &target)], "");
        let (server, imports) = scripted([redirect]).await;
        let polled = imports.get("j-1").await.unwrap_err();
        let submitted = one_row(&imports).await.unwrap_err();
        for error in [polled, submitted] {
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert!(!error.to_string().contains("steal"));
        }
        assert_eq!(server.received().len(), 2);
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn json_is_requested_and_only_bodies_have_a_content_type() {
    let (server, imports) = scripted([answer(200, PROCESSING), answer(202, PROCESSING)]).await;
    imports.get("j-1").await.unwrap();
    one_row(&imports).await.unwrap();
    let received = server.received();
    let (poll, submit) = (&received[0], &received[1]);
    assert_eq!(poll.header("accept"), Some("application/json"));
    assert_eq!(poll.header("content-type"), None);
    assert_eq!(poll.header("idempotency-key"), None);
    assert!(poll.body.is_empty());
    assert_eq!(submit.header("accept"), Some("application/json"));
    assert_eq!(submit.header("content-type"), Some("application/json"));
    assert_eq!(
        submit.header("content-length"),
        Some(&*submit.body.len().to_string())
    );
}

#[tokio::test]
async fn the_user_agent_names_the_client_and_the_application() {
    let (server, plain) = scripted([answer(200, PROCESSING)]).await;
    plain.get("j-1").await.unwrap();
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .team_id(TEAM)
        .user_agent("billing/2.1")
        .build()
        .unwrap();
    client.imports().get("j-1").await.unwrap();
    let received = server.received();
    let agent = "prism-imports/0.1.0";
    assert_eq!(received[0].header("user-agent"), Some(agent));
    assert_eq!(
        received[1].header("user-agent"),
        Some(&*format!("{agent} (billing/2.1)"))
    );
    let broken = Client::builder().api_key(KEY).user_agent("a\nb").build();
    assert!(broken.is_err());
}

#[tokio::test]
async fn a_call_uses_the_given_team() {
    let (server, imports) = scripted([answer(200, PROCESSING)]).await;
    imports.get("j-1").await.unwrap();
    let other = uuid::uuid!("11111111-2222-4333-8444-555555555555");
    let client = Client::builder()
        .base_url(server.url("").to_string())
        .api_key(KEY)
        .retry(RetryPolicy::none());
    let client = client.build().unwrap();
    client.imports_for(other).get("j-1").await.unwrap();
    assert!(line(&server.received()[1]).contains("11111111-2222-4333-8444-555555555555"));
    let refused = Client::builder().api_key(KEY).team_id("no uuid").build();
    assert_eq!(refused.unwrap_err().to_string(), "the team is not a UUID");
}

#[tokio::test]
async fn headers_of_a_call_are_sent() {
    let (server, _) = scripted([answer(200, PROCESSING)]).await;
    let name = http::HeaderName::from_static("x-trace");
    let value = http::HeaderValue::from_static("7");
    imports(&server)
        .get("j-1")
        .header(name, value)
        .await
        .unwrap();
    assert_eq!(server.received()[0].header("x-trace"), Some("7"));
}
