//! Every script.

use std::time::Duration;

use super::flood;
use super::script::{Flaw, Play, Script, Takes};
use crate::net::h2::H2Act;
use crate::net::{Act, response};

/// Makes every script, in the order of how far a call gets.
pub fn scripts() -> Vec<Script> {
    [
        connections(),
        heads(),
        bodies(),
        floods(),
        answers(),
        http2(),
        tls(),
        redirects(),
    ]
    .concat()
}

/// What happens to connections.
fn connections() -> Vec<Script> {
    let reset = || Act::Unasked(Box::new(Act::Reset));
    vec![
        Script::new("nobody listens", Play::Nobody),
        Script::http("every connection is reset as it is accepted", [reset()]),
        Script::http("it says nothing", [Act::Hang]).takes(Takes::Time),
        Script::http("it says nothing, once", [Act::Hang, ok()]).takes(Takes::Time),
        Script::http(
            "it closes as the request is there, once",
            [Act::Close, ok()],
        ),
        Script::http(
            "it resets as the request is there, once",
            [Act::Reset, ok()],
        ),
        Script::http("it resets every request", [Act::Reset]),
        Script::http(
            "a kept-alive connection is closed as the next request arrives",
            [ok(), Act::Close, ok()],
        )
        .primed(),
        Script::http(
            "a kept-alive connection is reset as the next request arrives",
            [ok(), Act::Reset, ok()],
        )
        .primed(),
        Script::http(
            "it answers 503 before the request is read, once",
            [
                Act::Unasked(Box::new(Act::ReplyAndClose(response(503, &[], b"busy")))),
                ok(),
            ],
        ),
        Script::http(
            "it answers 503 with most of a long request unread, once",
            [
                Act::Unread(Box::new(Act::ReplyAndClose(response(503, &[], b"busy")))),
                ok(),
            ],
        )
        .with_row_bytes(8 * 1024 * 1024),
        Script::http(
            "an answer too many follows the one before",
            [
                Act::Reply([text(JOB).into_bytes(), text(OTHER_JOB).into_bytes()].concat()),
                ok(),
            ],
        )
        .primed(),
    ]
}

/// What happens to heads.
fn heads() -> Vec<Script> {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec();
    vec![
        Script::http(
            "the head trickles, a byte every 50 ms",
            [Act::Trickle(text(JOB).into_bytes(), A_WHILE)],
        )
        .takes(Takes::Time),
        Script::http(
            "the head trickles, once",
            [Act::Trickle(text(JOB).into_bytes(), A_WHILE), ok()],
        )
        .takes(Takes::Time),
        Script::http(
            "the head is cut, once",
            [Act::ReplyAndClose(cut.clone()), ok()],
        ),
        Script::http(
            "the head is cut by a reset, once",
            [Act::ReplyAndReset(cut), ok()],
        ),
        Script::http(
            "it does not speak HTTP",
            [Act::ReplyAndClose(b"220 mail.example ESMTP\r\n".to_vec())],
        )
        .lasting(),
    ]
}

/// What happens to bodies.
fn bodies() -> Vec<Script> {
    let half = &JOB[..JOB.len() / 2];
    let cut = framed(JOB.len(), half);
    let chunks = |body: &str| {
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}").into_bytes()
    };
    let good = format!("{:x}\r\n{half}\r\n", half.len());
    vec![
        Script::http(
            "the body drips, a byte every 50 ms",
            [Act::Drip(framed(JOB.len(), ""), JOB.into(), A_WHILE)],
        )
        .takes(Takes::Time),
        Script::http(
            "the body stalls, once",
            [Act::ReplyAndHang(cut.clone()), ok()],
        )
        .takes(Takes::Time),
        Script::http(
            "the body is cut, once",
            [Act::ReplyAndClose(cut.clone()), ok()],
        ),
        Script::http(
            "the body is cut by a reset, once",
            [Act::ReplyAndReset(cut), ok()],
        ),
        Script::http(
            "the length is too long, once",
            [Act::ReplyAndHang(framed(JOB.len() + 10, JOB)), ok()],
        )
        .takes(Takes::Time),
        Script::http(
            "the length is too short",
            [Act::Reply(framed(half.len(), JOB))],
        )
        .lasting(),
        Script::http(
            "chunks without an end, once",
            [Act::ReplyAndClose(chunks(&good)), ok()],
        ),
        Script::http(
            "chunks turn to garbage, once",
            [
                Act::ReplyAndClose(chunks(&format!("{good}no size at all\r\n"))),
                ok(),
            ],
        ),
    ]
}

/// What is too much.
fn floods() -> Vec<Script> {
    vec![
        Script::http("a head of 1 GB", [flood::headers()])
            .lasting()
            .takes(Takes::Memory),
        Script::http("a body of 1 GB, declared", [flood::declared(200)])
            .lasting()
            .takes(Takes::Memory),
        Script::http("a body of 1 GB, in chunks", [flood::chunked(200)])
            .lasting()
            .takes(Takes::Memory),
        Script::http("a gzip bomb of 1 GB", [flood::gzip()])
            .lasting()
            .takes(Takes::Memory),
        Script::http("a 503 with a body of 1 GB", [flood::chunked(503)]).takes(Takes::Memory),
    ]
}

/// What servers say by HTTP.
fn answers() -> Vec<Script> {
    let told = |status, headers: &[(&str, &str)]| Act::answer_with(status, headers, "busy");
    let soon = [("retry-after", "1")];
    let limited = |then| {
        Act::Within(
            Duration::from_secs(1),
            Box::new(told(429, &soon)),
            Box::new(then),
        )
    };
    let page = "<html><title>Sign in</title></html>";
    vec![
        Script::http(
            "a page where JSON was due",
            [Act::answer_with(
                200,
                &[("content-type", "text/html")],
                page,
            )],
        )
        .lasting(),
        Script::http("503, once", [told(503, &[]), ok()]),
        Script::http("503 with Retry-After: 1, once", [told(503, &soon), ok()]),
        Script::http("429 with Retry-After: 1 for a second", [limited(ok())]),
        Script::http("429 for ever", [told(429, &[])]),
        Script::http(
            "503 with Retry-After: 3600",
            [told(503, &[("retry-after", "3600")])],
        )
        .lasting(),
        Script::http(
            "500 with x-should-retry: false",
            [told(500, &[("x-should-retry", "false")])],
        )
        .lasting(),
        Script::http(
            "500 with x-should-retry: true, once",
            [told(500, &[("x-should-retry", "true")]), ok()],
        ),
        Script::http(
            "425 with x-should-retry: true, once",
            [told(425, &[("x-should-retry", "true")]), ok()],
        ),
    ]
}

/// What HTTP/2 adds.
fn http2() -> Vec<Script> {
    let two = |name, acts: &[H2Act]| Script::new(name, Play::Http2(acts.to_vec()));
    let ok = H2Act::Answer(200, JOB);
    vec![
        two(
            "HTTP/2: GOAWAY below the stream, once",
            &[H2Act::GoAway, ok],
        ),
        two("HTTP/2: REFUSED_STREAM, once", &[H2Act::Refuse, ok]),
        two("HTTP/2: REFUSED_STREAM for ever", &[H2Act::Refuse]),
        two(
            "HTTP/2: the stream is cancelled, once",
            &[H2Act::Cancel, ok],
        ),
    ]
}

/// What TLS adds.
fn tls() -> Vec<Script> {
    let tls = |name, flaw| Script::new(name, Play::Tls(flaw));
    vec![
        tls("TLS: a certificate of another name", Flaw::Name).lasting(),
        tls("TLS: an expired certificate", Flaw::Expired).lasting(),
        tls("TLS: an unknown authority", Flaw::Authority).lasting(),
        tls("TLS: the handshake is never answered", Flaw::Mute).takes(Takes::Time),
    ]
}

/// Where servers send a client.
fn redirects() -> Vec<Script> {
    vec![
        Script::new("302 to another origin", Play::Redirect(302)).lasting(),
        Script::new("307 to another origin", Play::Redirect(307)).lasting(),
    ]
}

fn ok() -> Act {
    job(200, JOB)
}

pub(super) fn job(status: u16, job: &str) -> Act {
    Act::answer_with(status, &[("content-type", "application/json")], job)
}

fn text(job: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{job}",
        job.len()
    )
}

/// Makes an answer that declares a length, whatever its body has.
fn framed(length: usize, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The job that was asked for, or started.
pub(super) const JOB: &str =
    r#"{"job_id":"job-1","status":"processing","total":3,"processed":1,"succeeded":1,"failed":0}"#;

/// A job that nobody asked for.
pub(super) const OTHER_JOB: &str =
    r#"{"job_id":"job-2","status":"processing","total":3,"processed":1,"succeeded":1,"failed":0}"#;

/// Between two bytes of a trickle.
const A_WHILE: Duration = Duration::from_millis(50);
