//! The list of scripts.

use std::sync::LazyLock;
use std::time::Duration;

use super::flood;
use super::script::{Cost, Earlier, Flaw, Script, ServerKind};
use crate::net::h2::H2Action;
use crate::net::{Action, response};

/// Returns all scripts, ordered by how far a call gets.
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

/// Faults of connections.
fn connections() -> Vec<Script> {
    let reset = || Action::OnAccept(Box::new(Action::Reset));
    vec![
        Script::new("no server listens", ServerKind::Unreachable),
        Script::http("every connection is reset as it is accepted", [reset()]),
        Script::http("no answer", [Action::Hang]).cost(Cost::Time),
        Script::http("no answer, once", [Action::Hang, ok()]).cost(Cost::Time),
        Script::http(
            "the connection is closed when the request arrives, once",
            [Action::Close, ok()],
        ),
        Script::http(
            "the connection is reset when the request arrives, once",
            [Action::Reset, ok()],
        ),
        Script::http("every request is reset", [Action::Reset]),
        Script::http(
            "a kept-alive connection is closed as the next request arrives",
            [ok(), Action::Close, ok()],
        )
        .after(Earlier::Get),
        Script::http(
            "a kept-alive connection is reset as the next request arrives",
            [ok(), Action::Reset, ok()],
        )
        .after(Earlier::Get),
        Script::http(
            "503 before the request is read, once",
            [
                Action::OnAccept(Box::new(Action::ReplyAndClose(response(503, &[], b"busy")))),
                ok(),
            ],
        ),
        Script::http(
            "503 with most of a long request unread, once",
            [
                Action::BeforeBody(Box::new(Action::ReplyAndClose(response(503, &[], b"busy")))),
                ok(),
            ],
        )
        .with_row_bytes(8 * 1024 * 1024),
        Script::http(
            "an extra answer follows the first one",
            [
                Action::Reply([text(JOB).into_bytes(), text(OTHER_JOB).into_bytes()].concat()),
                ok(),
            ],
        )
        .after(Earlier::Get),
    ]
}

/// Faults of response heads.
fn heads() -> Vec<Script> {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec();
    vec![
        Script::http(
            "the head trickles, a byte every 50 ms",
            [Action::Trickle(text(JOB).into_bytes(), PAUSE)],
        )
        .cost(Cost::Time),
        Script::http(
            "the head trickles, once",
            [Action::Trickle(text(JOB).into_bytes(), PAUSE), ok()],
        )
        .cost(Cost::Time),
        Script::http(
            "the head is cut, once",
            [Action::ReplyAndClose(cut.clone()), ok()],
        ),
        Script::http(
            "the head is cut by a reset, once",
            [Action::ReplyAndReset(cut), ok()],
        ),
        Script::http(
            "the server does not speak HTTP",
            [Action::ReplyAndClose(
                b"220 mail.example ESMTP\r\n".to_vec(),
            )],
        )
        .permanent(),
    ]
}

/// Faults of response bodies.
fn bodies() -> Vec<Script> {
    let half = &JOB[..JOB.len() / 2];
    let cut = framed(JOB.len(), half);
    let chunks = |body: &str| {
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}").into_bytes()
    };
    let valid = format!("{:x}\r\n{half}\r\n", half.len());
    vec![
        Script::http(
            "the body drips, a byte every 50 ms",
            [Action::Drip(framed(JOB.len(), ""), JOB.into(), PAUSE)],
        )
        .cost(Cost::Time),
        Script::http(
            "the body stalls, once",
            [Action::ReplyAndHang(cut.clone()), ok()],
        )
        .cost(Cost::Time),
        Script::http(
            "the body is cut, once",
            [Action::ReplyAndClose(cut.clone()), ok()],
        ),
        Script::http(
            "the body is cut by a reset, once",
            [Action::ReplyAndReset(cut), ok()],
        ),
        Script::http(
            "the length is too long, once",
            [Action::ReplyAndHang(framed(JOB.len() + 10, JOB)), ok()],
        )
        .cost(Cost::Time),
        Script::http(
            "the length is too short",
            [Action::Reply(framed(half.len(), JOB))],
        )
        .permanent(),
        Script::http(
            "chunks without an end, once",
            [Action::ReplyAndClose(chunks(&valid)), ok()],
        ),
        Script::http(
            "chunks turn to garbage, once",
            [
                Action::ReplyAndClose(chunks(&format!("{valid}no size at all\r\n"))),
                ok(),
            ],
        ),
        Script::http(
            "another length besides chunks",
            [Action::Reply(
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n\
                     {:x}\r\n{JOB}\r\n0\r\n\r\n",
                    JOB.len()
                )
                .into_bytes(),
            )],
        ),
        Script::http("zeros after gzip", [encoded("gzip", b"\0\0\0\0")]).permanent(),
        Script::http("text after gzip", [encoded("gzip", b"<html>")]).permanent(),
        Script::http("an encoding of another name", [encoded("br", b"")]).permanent(),
    ]
}

/// Answers that are too large.
fn floods() -> Vec<Script> {
    vec![
        Script::http("a head of 1 GB", [flood::headers()])
            .permanent()
            .cost(Cost::Memory),
        Script::http("a body of 1 GB, declared", [flood::declared(200)])
            .permanent()
            .cost(Cost::Memory),
        Script::http("a body of 1 GB, in chunks", [flood::chunked(200)])
            .permanent()
            .cost(Cost::Memory),
        Script::http("a gzip bomb of 1 GB", [flood::gzip()])
            .permanent()
            .cost(Cost::Memory),
        Script::http("a 503 with a body of 1 GB", [flood::chunked(503)]).cost(Cost::Memory),
    ]
}

/// Error answers.
fn answers() -> Vec<Script> {
    let busy = |status, headers: &[(&str, &str)]| Action::answer_with(status, headers, "busy");
    let soon = [("retry-after", "1")];
    let limited = |then| {
        Action::Within(
            Duration::from_secs(1),
            Box::new(busy(429, &soon)),
            Box::new(then),
        )
    };
    let page = "<html><title>Sign in</title></html>";
    vec![
        Script::http(
            "an HTML page instead of JSON",
            [Action::answer_with(
                200,
                &[("content-type", "text/html")],
                page,
            )],
        )
        .permanent(),
        Script::http("503, once", [busy(503, &[]), ok()]),
        Script::http("503 with Retry-After: 1, once", [busy(503, &soon), ok()]),
        Script::http("429 with Retry-After: 1 for a second", [limited(ok())]),
        Script::http("429 every time", [busy(429, &[])]),
        Script::http(
            "503 with Retry-After: 3600",
            [busy(503, &[("retry-after", "3600")])],
        )
        .permanent(),
        Script::http(
            "500 with x-should-retry: false",
            [busy(500, &[("x-should-retry", "false")])],
        )
        .permanent(),
        Script::http(
            "500 with x-should-retry: true, once",
            [busy(500, &[("x-should-retry", "true")]), ok()],
        ),
        Script::http(
            "425 with x-should-retry: true, once",
            [busy(425, &[("x-should-retry", "true")]), ok()],
        ),
    ]
}

/// Faults of HTTP/2.
fn http2() -> Vec<Script> {
    let http2 = |name, actions: &[H2Action]| Script::new(name, ServerKind::Http2(actions.to_vec()));
    let ok = H2Action::Answer(200, JOB);
    let large = H2Action::Answer(200, &LARGE_JOB);
    vec![
        http2(
            "HTTP/2: GOAWAY below the stream, once",
            &[H2Action::GoAway, ok],
        ),
        http2("HTTP/2: REFUSED_STREAM, once", &[H2Action::Refuse, ok]),
        http2("HTTP/2: REFUSED_STREAM every time", &[H2Action::Refuse]),
        http2(
            "HTTP/2: the stream is cancelled, once",
            &[H2Action::Cancel, ok],
        ),
        http2(
            "HTTP/2: a reused connection falls silent, once",
            &[ok, H2Action::Silence, ok],
        )
        .after(Earlier::Get)
        .cost(Cost::Time),
        http2(
            "HTTP/2: three large answers are left unread",
            &[large, large, large, ok],
        )
        .after(Earlier::Parked(3)),
    ]
}

/// Faults of TLS.
fn tls() -> Vec<Script> {
    let tls = |name, flaw| Script::new(name, ServerKind::Tls(flaw));
    vec![
        tls("TLS: a certificate of another name", Flaw::Name).permanent(),
        tls("TLS: an expired certificate", Flaw::Expired).permanent(),
        tls("TLS: an unknown authority", Flaw::Authority).permanent(),
        tls("TLS: the handshake is never answered", Flaw::NoAnswer).cost(Cost::Time),
    ]
}

/// Redirects.
fn redirects() -> Vec<Script> {
    vec![
        Script::new("302 to another origin", ServerKind::Redirect(302)).permanent(),
        Script::new("307 to another origin", ServerKind::Redirect(307)).permanent(),
    ]
}

fn ok() -> Action {
    job(200, JOB)
}

pub(super) fn job(status: u16, job: &str) -> Action {
    Action::answer_with(status, &[("content-type", "application/json")], job)
}

fn text(job: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{job}",
        job.len()
    )
}

/// Encodes an answer with this `content-length`, whatever the size of its body.
fn framed(length: usize, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Encodes an answer in gzip, with these bytes after it, under the name of an encoding.
fn encoded(name: &str, tail: &[u8]) -> Action {
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", name),
    ];
    Action::answer_with(200, &headers, [&flood::compressed(JOB), tail].concat())
}

/// The requested or started job.
pub(super) const JOB: &str =
    r#"{"job_id":"job-1","status":"processing","total":3,"processed":1,"succeeded":1,"failed":0}"#;

/// The requested job with 2.9 MB of results, more than a client lets a server send ahead on one stream by default.
static LARGE_JOB: LazyLock<String> = LazyLock::new(|| {
    let row = r#"{"id":"0190b2a4-6f7e-7c3a-9d51-2b8e4f6a1c07","created":true,"existing":false,"error":null}"#;
    let rows = 2_900_000 / row.len();
    format!(
        r#"{{"job_id":"job-1","status":"complete","total":{rows},"processed":{rows},"succeeded":{rows},"failed":0,"results":[{}]}}"#,
        vec![row; rows].join(",")
    )
});

/// A job that was not requested.
pub(super) const OTHER_JOB: &str =
    r#"{"job_id":"job-2","status":"processing","total":3,"processed":1,"succeeded":1,"failed":0}"#;

/// The pause between two bytes of a trickle.
const PAUSE: Duration = Duration::from_millis(50);
