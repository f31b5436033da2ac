//! Keys, teams, and common headers.

use http::Request;

use super::{Bench, OTHER_TEAM, TEAM, contacts, get, post};

#[test]
fn requests_without_a_key_get_401() {
    let mut bench = Bench::new();
    let path = format!("/v2/prism/{TEAM}/imports/x");
    bench
        .send(Request::get(&path), "")
        .check(401, "unauthorized");
    bench
        .send(Request::get(&path).header("x-api-key", "  "), "")
        .check(401, "unauthorized");
    bench
        .send(Request::get(&path).header("x-api-key", "any"), "")
        .check(404, "not_found");
}

#[test]
fn wrong_keys_and_teams_get_403() {
    let mut bench = Bench::with(|config| {
        config.access.key = Some("right".into());
        config.access.team = Some(TEAM.parse().unwrap());
    });
    let ask = |team: &str, key: &str| {
        Request::get(format!("/v2/prism/{team}/imports/x")).header("x-api-key", key)
    };
    bench.send(ask(TEAM, "wrong"), "").check(403, "forbidden");
    bench
        .send(ask(OTHER_TEAM, "right"), "")
        .check(403, "forbidden");
    bench.send(ask(TEAM, "right"), "").check(404, "not_found");
    let upper = TEAM.to_uppercase();
    bench.send(ask(&upper, "right"), "").check(404, "not_found");
}

#[test]
fn invalid_team_ids_get_400() {
    let request = Request::get("/v2/prism/acme/imports/x").header("x-api-key", "k");
    let reply = Bench::new().send(request, "");
    reply.check(400, "invalid_request");
    assert_eq!(reply.body["error"]["errors"][0]["field"], ".path.teamId");
}

#[test]
fn jobs_of_other_teams_are_not_found() {
    let mut bench = Bench::new();
    let id = bench.start(3);
    let path = format!("/v2/prism/{OTHER_TEAM}/imports/{id}");
    bench
        .send(Request::get(path).header("x-api-key", "k"), "")
        .check(404, "not_found");
}

#[test]
fn every_answer_has_a_unique_request_id_and_a_date() {
    let mut bench = Bench::new();
    let id = bench.start(3);
    let answers = [
        bench.poll(&id),
        bench.poll("x"),
        bench.submit(&contacts(1)),
        bench.send(Request::get("/"), ""),
        bench.send(Request::delete(format!("/v2/prism/{TEAM}/imports/x")), ""),
        bench.send(get("x").header("x-api-key", ""), ""),
        bench.send(post("contact"), "{"),
    ];
    let mut ids: Vec<_> = answers
        .iter()
        .map(|reply| reply.header("x-request-id"))
        .collect();
    for reply in &answers {
        assert_eq!(reply.header("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
        if reply.status.is_client_error() {
            assert_eq!(
                reply.body["error"]["request_id"],
                reply.header("x-request-id")
            );
        }
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), answers.len());
    assert!(ids.iter().all(|id| id.starts_with("req_")));
}

#[test]
fn debug_output_hides_the_key() {
    let bench = Bench::with(|config| config.access.key = Some("sk-secret".into()));
    let shown = format!("{:?}", bench.engine);
    assert!(shown.contains("Access") && !shown.contains("sk-secret"));
}
