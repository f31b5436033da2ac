//! Random requests, all of which must get valid answers.

use http::{HeaderValue, Request};
use serde_json::json;

use super::{Bench, TEAM, contact};
use crate::engine::seed::Seed;

fn below(seed: &mut Seed, bound: usize) -> usize {
    usize::try_from(seed.below(u64::try_from(bound).unwrap())).unwrap()
}

/// Changes, adds or removes some bytes.
fn disturb(seed: &mut Seed, text: &str, alphabet: &[u8]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..seed.below(4) {
        let at = below(seed, bytes.len().max(1));
        let byte = alphabet[below(seed, alphabet.len())];
        match seed.below(3) {
            0 if at < bytes.len() => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => bytes.truncate(bytes.len() - below(seed, 5).min(bytes.len())),
        }
    }
    bytes
}

#[test]
fn random_requests_get_valid_answers() {
    let body = json!({
        "objects": [contact("a@x.org"), {"list": {"app_stage": [1, null]}}, {}, contact("ß@x.org")],
        "options": {"dedupe_by": ["email"], "caseInsensitive": false, "list_id": TEAM, "update_existing": true},
    });
    let bodies = [body.to_string(), "{}".to_owned(), "[[[[".repeat(100)];
    let paths = [
        format!("/v2/prism/{TEAM}/contact/import"),
        format!("/v2/prism/{TEAM}/imports/x"),
        "/sandbox/".to_owned(),
    ];
    let mut seed = Seed::new(11, 0);
    let mut bench = Bench::new();
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..20_000 {
        let (path, body) = (below(&mut seed, 3), below(&mut seed, 3));
        let path = disturb(&mut seed, &paths[path], b"/%2F.abc-?#");
        let Ok(path) = String::from_utf8(path) else {
            continue;
        };
        let body = disturb(&mut seed, &bodies[body], b"{}[]\",:0e-\\u\xff\x00null");
        let key = HeaderValue::from_bytes(&disturb(&mut seed, "key", b"\x80\xff k")).unwrap();
        let request = Request::builder()
            .method(["POST", "GET", "PUT"][below(&mut seed, 3)])
            .uri(path)
            .header("x-api-key", "k")
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        if request.uri_ref().is_none() {
            continue;
        }
        bench.now += std::time::Duration::from_millis(seed.below(50));
        let reply = bench.send(request, body);
        assert!(reply.header("x-request-id").starts_with("req_"));
        assert!(!reply.status.is_server_error(), "{reply:?}");
        assert!(
            reply.body.is_object() || reply.header("content-type").starts_with("text/html"),
            "{reply:?}"
        );
        *statuses.entry(reply.status.as_u16()).or_insert(0) += 1;
    }
    // The requests must reach each part of the engine.
    for status in [200, 202, 400, 404, 405, 409] {
        assert!(
            statuses.get(&status).is_some_and(|&times| times > 20),
            "{statuses:?}"
        );
    }
}
