//! The sandbox over real sockets, and as a service in virtual time.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::{io, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prism_imports_sandbox::{Clock, Cut, Fault, Moment, On, Sandbox, Server, Sloppy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use tower_service::Service;

const TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";

fn submit(rows: usize) -> Request<Full<Bytes>> {
    let rows: Vec<_> = (0..rows)
        .map(|n| json!({"default": {"email": format!("p{n}@example.org")}}))
        .collect();
    Request::post(format!("/v2/prism/{TEAM}/contact/import"))
        .header("host", "localhost")
        .header("x-api-key", "k")
        .header("content-type", "application/json")
        .body(json!({ "objects": rows }).to_string().into())
        .unwrap()
}

fn poll(job: &str) -> Request<Full<Bytes>> {
    Request::get(format!("/v2/prism/{TEAM}/imports/{job}"))
        .header("host", "localhost")
        .header("x-api-key", "k")
        .body(Full::default())
        .unwrap()
}

async fn connect(server: &Server) -> http1::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn json_of(response: Response<Incoming>) -> Value {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

async fn serve(sandbox: &Sandbox) -> Server {
    sandbox.serve("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_sloppy_server_answers_over_a_socket() {
    for sloppy in Sloppy::ALL {
        let settings = Sandbox::builder().fault(Fault::sloppy(sloppy));
        let sandbox = settings.build().unwrap();
        let server = serve(&sandbox).await;
        let mut client = connect(&server).await;
        let started = client.send_request(submit(200)).await.unwrap();
        assert!(started.headers().contains_key("date"));
        let job = json_of(started).await;
        let polled = client.send_request(poll(job["job_id"].as_str().unwrap()));
        let polled = polled.await.unwrap();
        let is_dated = polled.headers().contains_key("date");
        assert_eq!(is_dated, sloppy != Sloppy::NoDate, "{sloppy:?}");
        let is_known = polled.status() == StatusCode::OK;
        assert_eq!(is_known, sloppy != Sloppy::UnknownAtFirst, "{sloppy:?}");
        let polled = json_of(polled).await;
        assert_eq!(polled["status"].is_string(), is_known, "{sloppy:?}");
        let json = serde_json::to_value(Fault::sloppy(sloppy)).unwrap();
        let fault: Fault = serde_json::from_value(json).unwrap();
        assert_eq!(fault, Fault::sloppy(sloppy));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_job_finishes_over_a_socket() {
    let clock = Clock::manual();
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .rows_per_second(100.0)
        .build()
        .unwrap();
    let server = serve(&sandbox).await;
    let mut client = connect(&server).await;

    let response = client.send_request(submit(200)).await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let id = json_of(response).await["job_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (seconds, processed, status) in [
        (0, 0, "processing"),
        (1, 100, "processing"),
        (1, 200, "complete"),
    ] {
        clock.advance(Duration::from_secs(seconds));
        let job = json_of(client.send_request(poll(&id)).await.unwrap()).await;
        assert_eq!(
            (&job["processed"], &job["status"]),
            (&json!(processed), &json!(status))
        );
    }
    assert_eq!(server.requests(), 4);
    server.shutdown().await;
}

#[tokio::test]
async fn http2_is_supported() {
    let server = serve(&Sandbox::builder().build().unwrap()).await;
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let (mut head, body) = submit(200).into_parts();
    head.uri = format!("{}{}", server.base_url(), head.uri)
        .parse()
        .unwrap();
    head.headers.remove("host");
    let response = client
        .send_request(Request::from_parts(head, body))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with(&format!("{}/v2/prism/{TEAM}/imports/", server.base_url())),
        "{location}"
    );
}

#[tokio::test]
async fn a_job_may_start_although_the_connection_is_closed() {
    for (moment, jobs) in [(Moment::Before, 0), (Moment::After, 1)] {
        let sandbox = Sandbox::builder()
            .fault(Fault::close().moment(moment))
            .build()
            .unwrap();
        let server = serve(&sandbox).await;
        let error = connect(&server)
            .await
            .send_request(submit(200))
            .await
            .unwrap_err();
        assert!(
            error.is_incomplete_message() || error.is_closed(),
            "{error:?}"
        );
        assert_eq!(sandbox.stats().jobs, jobs);
    }
}

#[tokio::test]
async fn bodies_are_truncated_at_the_configured_length() {
    let sandbox = Sandbox::builder().fault(Fault::cut(20)).build().unwrap();
    let server = serve(&sandbox).await;
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let request =
        format!("GET /v2/prism/{TEAM}/imports/x HTTP/1.1\r\nhost: l\r\nx-api-key: k\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The connection may end with an end of file or a reset; only the bytes before it are checked.
    stream.read_to_end(&mut answer).await.ok();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), 20, "{answer}");
    let promised: usize = head
        .split_once("content-length: ")
        .unwrap()
        .1
        .split("\r\n")
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(promised > 20);
}

#[tokio::test]
async fn too_large_bodies_are_rejected_without_a_reset() {
    let sandbox = Sandbox::builder().max_body_bytes(1_000).build().unwrap();
    let server = serve(&sandbox).await;
    let mut client = connect(&server).await;
    let (head, _) = submit(1).into_parts();
    let large = Request::from_parts(head, Full::from(vec![b' '; 8 << 20]));
    let response = client.send_request(large).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(json_of(response).await["error"]["code"], "body_too_large");
    assert_eq!(
        client.send_request(poll("x")).await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn many_connections_are_served_concurrently() {
    let sandbox = Sandbox::builder().build().unwrap();
    let server = serve(&sandbox).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(connect(&server).await);
    }
    for client in &mut clients {
        assert_eq!(
            client.send_request(submit(1)).await.unwrap().status(),
            StatusCode::OK
        );
    }
    assert_eq!(sandbox.stats().submits, 200);
    server.shutdown().await;
}

#[tokio::test]
async fn shutdown_waits_for_requests_in_flight() {
    let clock = Clock::manual();
    let latency = Duration::from_secs(60);
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .fault(Fault::latency(latency))
        .build()
        .unwrap();
    let server = serve(&sandbox).await;
    let addr = server.addr();
    let mut client = connect(&server).await;
    let answer = tokio::spawn(async move { client.send_request(poll("x")).await });
    while sandbox.requests() == 0 {
        tokio::task::yield_now().await;
    }
    let shutdown = tokio::spawn(server.shutdown());
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // Enough time for a wrong shutdown to close the connection.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!answer.is_finished() && !shutdown.is_finished());
    clock.advance(latency);
    assert_eq!(
        answer.await.unwrap().unwrap().status(),
        StatusCode::NOT_FOUND
    );
    shutdown.await.unwrap();
}

#[tokio::test]
async fn listeners_are_accepted_and_ports_in_use_are_errors() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let sandbox = Sandbox::builder().build().unwrap();
    let server = sandbox.serve_on(listener).unwrap();
    assert_eq!(server.addr(), addr);
    assert_eq!(server.base_url(), format!("http://{addr}"));
    let taken = sandbox.serve(addr).await.unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_dropped_server_stops_listening() {
    let server = serve(&Sandbox::builder().build().unwrap()).await;
    let addr = server.addr();
    drop(server);
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_real_clock_follows_paused_time() {
    let mut sandbox = Sandbox::builder().rows_per_second(1.0).build().unwrap();
    let response = sandbox.call(submit(100)).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let id = serde_json::from_slice::<Value>(&body).unwrap()["job_id"]
        .as_str()
        .unwrap()
        .to_owned();
    tokio::time::advance(Duration::from_secs(40)).await;
    let response = sandbox.call(poll(&id)).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap()["processed"],
        40
    );
}

#[tokio::test(start_paused = true)]
async fn a_scaled_clock_runs_faster() {
    let clock = Clock::scaled(60.try_into().unwrap());
    tokio::time::advance(Duration::from_secs(90)).await;
    assert_eq!(clock.now(), Duration::from_secs(90 * 60));
}

#[tokio::test(start_paused = true)]
async fn answers_are_delayed_and_slowed_down() {
    let mut sandbox = Sandbox::builder()
        .fault(Fault::latency(Duration::from_millis(250)).on(On::Poll))
        .fault(Fault::drip(100.try_into().unwrap()))
        .build()
        .unwrap();
    let began = Instant::now();
    let response = sandbox.call(poll("x")).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_millis(250));
    let began = Instant::now();
    let length = response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .len();
    // Five bytes every 50 ms, the first at once; the paused clock rounds each pause up to a millisecond.
    let pauses = u32::try_from(length.div_ceil(5) - 1).unwrap();
    let took = began.elapsed();
    assert!(
        took >= pauses * Duration::from_millis(50),
        "{took:?} for {length} bytes"
    );
    assert!(
        took <= pauses * Duration::from_millis(52),
        "{took:?} for {length} bytes"
    );
}

#[tokio::test]
async fn truncation_is_an_error_in_process() {
    let mut sandbox = Sandbox::builder()
        .fault(Fault::close().times(1))
        .fault(Fault::cut(3).skip(1).times(1))
        .fault(Fault::cut(100_000).skip(2))
        .build()
        .unwrap();
    assert_eq!(sandbox.call(poll("x")).await.unwrap_err(), Cut);
    let response = sandbox.call(poll("x")).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap_err(), Cut);
    let response = sandbox.call(poll("x")).await.unwrap();
    let whole = response.into_body().collect().await.unwrap().to_bytes();
    assert!(whole.ends_with(b"}}"), "{whole:?}");
}
