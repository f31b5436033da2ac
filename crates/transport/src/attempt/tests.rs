use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::StreamBody;
use tokio::time::{Instant, Sleep};
use tower::{Layer, ServiceExt, service_fn};

use super::AttemptLayer;
use crate::body::{RequestBody, ResponseBody};
use crate::call::{AttemptTimeout, CallReport, Deadline, MaxBody, Streamed};
use crate::error::{Error, Kind, Phase, Scope};
use crate::tests::{Fault, Script, Step, get};

/// A body that plays pieces: what to give after how many milliseconds.
#[derive(Debug)]
struct Pieces {
    left: VecDeque<(u64, Piece)>,
    clock: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Debug)]
enum Piece {
    Data(&'static [u8]),
    Trailers,
    Reset,
    Hang,
}

impl Pieces {
    fn new(pieces: impl IntoIterator<Item = (u64, Piece)>) -> Self {
        Self {
            left: pieces.into_iter().collect(),
            clock: None,
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some((millis, piece)) = self.left.front().cloned() else {
            return Poll::Ready(None);
        };
        if millis > 0 {
            let clock = self
                .clock
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(millis))));
            ready!(clock.as_mut().poll(cx));
            self.clock = None;
        }
        Poll::Ready(Some(match piece {
            Piece::Data(data) => Ok(Frame::data(Bytes::from_static(data))),
            Piece::Trailers => Ok(Frame::trailers(HeaderMap::new())),
            Piece::Reset => Err(io::ErrorKind::ConnectionReset.into()),
            Piece::Hang => return Poll::Pending,
        }))
        .map(|frame| {
            self.left.pop_front();
            frame
        })
    }
}

/// Calls a service that answers with this head and body.
async fn answer(
    layer: AttemptLayer,
    request: Request<RequestBody>,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    pieces: Vec<(u64, Piece)>,
) -> Result<Response<ResponseBody>, Error> {
    let service = service_fn(move |_: Request<RequestBody>| {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Pieces::new(pieces.clone())).unwrap();
        async { Ok::<_, Infallible>(response) }
    });
    layer
        .layer(service)
        .oneshot(request)
        .await
        .map_err(Error::from_boxed)
}

async fn plain(pieces: Vec<(u64, Piece)>) -> Result<Response<ResponseBody>, Error> {
    answer(AttemptLayer::default(), get(), 200, &[], pieces).await
}

fn streamed() -> Request<RequestBody> {
    let mut request = get();
    request.extensions_mut().insert(Streamed);
    request
}

#[track_caller]
fn assert_timeout(error: &Error, scope: Scope, phase: Phase, start: Instant, millis: u64) {
    assert_eq!(error.kind(), Kind::Timeout(scope));
    assert_eq!(error.phase(), phase);
    let took = start.elapsed();
    let limit = Duration::from_millis(millis);
    assert!(
        took >= limit && took <= limit + Duration::from_millis(1),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_whole() {
    let pieces = vec![
        (10, Piece::Data(b"he")),
        (10, Piece::Data(b"llo")),
        (0, Piece::Trailers),
    ];
    let response = plain(pieces).await.unwrap();
    let report = CallReport::of(&response).unwrap();
    assert_eq!(response.into_body().collect().await.unwrap(), "hello");
    assert_eq!((report.attempts, report.unanswered), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_time_covers_the_head() {
    let start = Instant::now();
    let service = AttemptLayer::default().layer(Script::new([Step::Hang]));
    let error = service.oneshot(get()).await.fault();
    assert_timeout(&error, Scope::Attempt, Phase::MaybeSent, start, 30_000);
    assert_eq!((error.report().attempts, error.report().unanswered), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_time_covers_the_body() {
    let start = Instant::now();
    let drip = vec![(9_000, Piece::Data(b"x")); 10];
    let error = plain(drip).await.unwrap_err();
    assert_timeout(&error, Scope::Attempt, Phase::Answered, start, 30_000);
    assert_eq!(error.status().unwrap(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_body_is_found_before_the_time_is_up() {
    let start = Instant::now();
    let error = plain(vec![(1_000, Piece::Data(b"x")), (0, Piece::Hang)])
        .await
        .unwrap_err();
    assert_timeout(&error, Scope::Idle, Phase::Answered, start, 16_000);
}

#[tokio::test(start_paused = true)]
async fn the_idle_time_runs_from_the_last_byte_however_late_the_head_came() {
    for (gap, request) in [(0, get()), (2, get()), (0, streamed()), (2, streamed())] {
        let service = service_fn(move |_: Request<RequestBody>| async move {
            tokio::time::sleep(Duration::from_secs(17)).await;
            let pieces = [(gap * 1_000, Piece::Data(b"x")), (0, Piece::Hang)];
            Ok::<_, Infallible>(Response::new(Pieces::new(pieces)))
        });
        let start = Instant::now();
        let layer = AttemptLayer::default().with_timeout(Duration::from_secs(50));
        let result = layer.layer(service).oneshot(request).await;
        let error = match result {
            Ok(response) => response.into_body().collect().await.fault(),
            Err(error) => Error::from_boxed(error),
        };
        let ends = 17_000 + gap * 1_000 + 15_000;
        assert_timeout(&error, Scope::Idle, Phase::Answered, start, ends);
    }
}

#[tokio::test(start_paused = true)]
async fn the_requests_own_time_counts() {
    let start = Instant::now();
    let mut request = get();
    request
        .extensions_mut()
        .insert(AttemptTimeout(Duration::from_millis(40)));
    let error = answer(
        AttemptLayer::default(),
        request,
        200,
        &[],
        vec![(0, Piece::Hang)],
    )
    .await
    .unwrap_err();
    assert_timeout(&error, Scope::Attempt, Phase::Answered, start, 40);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_bounds_the_attempt_and_is_named() {
    let start = Instant::now();
    let mut request = get();
    request
        .extensions_mut()
        .insert(Deadline::after(Duration::from_millis(25)));
    let error = answer(
        AttemptLayer::default(),
        request,
        200,
        &[],
        vec![(0, Piece::Hang)],
    )
    .await
    .unwrap_err();
    assert_timeout(&error, Scope::Call, Phase::Answered, start, 25);
}

#[tokio::test(start_paused = true)]
async fn a_body_cut_short_is_an_error_of_its_answer() {
    let headers = &[("x-request-id", "r-7")];
    let pieces = vec![(0, Piece::Data(b"half")), (0, Piece::Reset)];
    let error = answer(AttemptLayer::default(), get(), 200, headers, pieces)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::Body, Phase::Answered));
    assert_eq!(error.request_id(), Some("r-7"));
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.downcast_ref::<io::Error>().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_length_that_lies_is_found_in_both_directions() {
    for declared in [&[("content-length", "6")], &[("content-length", "4")]] {
        let pieces = vec![(0, Piece::Data(b"hello"))];
        let error = answer(AttemptLayer::default(), get(), 200, declared, pieces)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Body, "{declared:?}");
    }
    let honest = vec![(0, Piece::Data(b"hello"))];
    let headers = &[("content-length", "5")];
    let response = answer(AttemptLayer::default(), get(), 200, headers, honest).await;
    assert!(response.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_head_answer_declares_a_body_that_does_not_come() {
    let mut request = get();
    *request.method_mut() = http::Method::HEAD;
    let headers = &[("content-length", "99999999999")];
    let response = answer(AttemptLayer::default(), request, 200, headers, vec![]).await;
    let body = response.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn the_size_cap_holds_declared_or_not() {
    let layer = AttemptLayer::default().with_max_body(4);
    let five = vec![(0, Piece::Data(b"hello"))];
    for headers in [&[][..], &[("content-length", "5")][..]] {
        let error = answer(layer.clone(), get(), 200, headers, five.clone())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge);
        assert_eq!(error.to_string(), "body larger than the limit of 4 bytes");
        assert_eq!(error.status().unwrap(), 200);
    }
    let four = vec![(0, Piece::Data(b"hell"))];
    assert!(answer(layer.clone(), get(), 200, &[], four).await.is_ok());
    let mut request = get();
    request.extensions_mut().insert(MaxBody(5));
    assert!(answer(layer.clone(), request, 200, &[], five).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn error_answers_keep_a_part_of_their_body_and_never_fail() {
    static LARGE: [u8; 100_000] = [b'e'; 100_000];
    let layer = AttemptLayer::default();
    for (pieces, kept) in [
        (vec![(0, Piece::Data(&LARGE))], 65_536),
        (vec![(0, Piece::Data(&LARGE)); 50], 65_536),
        (vec![(0, Piece::Data(b"par")), (0, Piece::Reset)], 3),
        (vec![(0, Piece::Data(b"par")), (0, Piece::Hang)], 3),
    ] {
        let response = answer(layer.clone(), get(), 503, &[], pieces)
            .await
            .unwrap();
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.len(), kept);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_answer_is_read_a_little_beyond_what_is_kept() {
    static PIECE: [u8; 65_536] = [b'e'; 65_536];
    // The kept one and three more are the most that is read; the fifth is one too many.
    for (pieces, read) in [(1, 1), (4, 4), (5, 5), (50, 5)] {
        let polls = Arc::new(AtomicUsize::new(0));
        let service = {
            let polls = Arc::clone(&polls);
            service_fn(move |_: Request<RequestBody>| {
                let polls = Arc::clone(&polls);
                let body = stream::iter(0..pieces).map(move |_| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, Infallible>(Frame::data(Bytes::from_static(&PIECE)))
                });
                let response = Response::builder().status(503).body(StreamBody::new(body));
                std::future::ready(Ok::<_, Infallible>(response.unwrap()))
            })
        };
        let response = AttemptLayer::default().layer(service).oneshot(get()).await;
        let body = response.unwrap().into_body().collect().await.unwrap();
        assert_eq!(body.len(), PIECE.len());
        assert_eq!(polls.load(Ordering::Relaxed), read);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_given_at_its_head_and_outlives_the_attempt() {
    let start = Instant::now();
    let drip = vec![(9_000, Piece::Data(b"x")); 10];
    let response = answer(AttemptLayer::default(), streamed(), 200, &[], drip)
        .await
        .unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(response.into_body().collect().await.unwrap(), "xxxxxxxxxx");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_guarded() {
    let layer = AttemptLayer::default().with_max_body(4);
    let body = |pieces| {
        let layer = layer.clone();
        async move {
            let response = answer(layer, streamed(), 200, &[], pieces).await.unwrap();
            response.into_body().collect().await.fault()
        }
    };
    let start = Instant::now();
    let stalled = body(vec![(0, Piece::Data(b"x")), (0, Piece::Hang)]).await;
    assert_timeout(&stalled, Scope::Idle, Phase::Answered, start, 15_000);
    let large = body(vec![(0, Piece::Data(b"hello"))]).await;
    assert_eq!(large.kind(), Kind::TooLarge);
    let cut = body(vec![(0, Piece::Data(b"x")), (0, Piece::Reset)]).await;
    assert_eq!(cut.kind(), Kind::Body);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_the_deadline() {
    let start = Instant::now();
    let mut request = streamed();
    request
        .extensions_mut()
        .insert(Deadline::after(Duration::from_secs(20)));
    let drip = vec![(9_000, Piece::Data(b"x")); 10];
    let response = answer(AttemptLayer::default(), request, 200, &[], drip)
        .await
        .unwrap();
    let mut body = response.into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), "x");
    assert_eq!(body.data().await.unwrap().unwrap(), "x");
    let error = body.data().await.fault();
    assert_timeout(&error, Scope::Call, Phase::Answered, start, 20_000);
    assert_eq!(error.report().attempts, 1);
    assert!(error.report().elapsed >= Duration::from_secs(20));
    // An ended stream stays ended.
    assert!(body.data().await.unwrap().is_none());
    assert!(
        poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))
            .await
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_lies_about_its_length_is_found() {
    let headers = &[("content-length", "6")];
    let pieces = vec![(0, Piece::Data(b"hello"))];
    let response = answer(AttemptLayer::default(), streamed(), 200, headers, pieces)
        .await
        .unwrap();
    let error = response.into_body().collect().await.fault();
    assert_eq!(error.kind(), Kind::Body);
}

#[tokio::test(start_paused = true)]
async fn error_answers_are_never_streamed() {
    let pieces = vec![(0, Piece::Data(b"no"))];
    let response = answer(AttemptLayer::default(), streamed(), 500, &[], pieces)
        .await
        .unwrap();
    assert_eq!(response.into_body().collect().await.unwrap(), "no");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not_taken_for_a_stalled_sender() {
    let pieces = vec![
        (0, Piece::Data(b"w")),
        (1_000, Piece::Data(b"x")),
        (10_000, Piece::Data(b"y")),
        (0, Piece::Hang),
    ];
    let response = answer(AttemptLayer::default(), streamed(), 200, &[], pieces)
        .await
        .unwrap();
    let minute = Duration::from_secs(60);
    let mut body = response.into_body();
    tokio::time::sleep(minute).await;
    assert_eq!(body.data().await.unwrap().unwrap(), "w");
    // Found nothing, and came back long after the idle limit and the piece.
    let early = tokio::time::timeout(Duration::from_millis(100), body.data());
    early.await.unwrap_err();
    tokio::time::sleep(minute).await;
    assert_eq!(body.data().await.unwrap().unwrap(), "x");
    // The clock that was set before has gone off meanwhile.
    assert_eq!(body.data().await.unwrap().unwrap(), "y");
    let start = Instant::now();
    let error = body.data().await.fault();
    assert_timeout(&error, Scope::Idle, Phase::Answered, start, 15_000);
}

#[tokio::test(start_paused = true)]
async fn a_declared_length_beyond_the_cap_is_refused_before_the_body_comes() {
    let layer = AttemptLayer::default().with_max_body(4);
    for request in [get(), streamed()] {
        let start = Instant::now();
        let body = vec![(0, Piece::Hang)];
        let headers = &[("content-length", "5"), ("x-request-id", "r-8")];
        let error = answer(layer.clone(), request, 200, headers, body)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), start.elapsed()),
            (Kind::TooLarge, Duration::ZERO)
        );
        assert_eq!(error.request_id(), Some("r-8"));
        assert_eq!(
            (error.report().attempts, error.phase()),
            (1, Phase::Answered)
        );
    }
    let four = vec![(0, Piece::Data(b"hell"))];
    let headers = &[("content-length", "4")];
    let response = answer(layer, get(), 200, headers, four).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap(), "hell");
}

#[tokio::test(start_paused = true)]
async fn when_both_limits_are_reached_at_once_the_attempts_is_named() {
    let start = Instant::now();
    let layer = AttemptLayer::default().with_timeout(Duration::from_secs(15));
    let error = answer(layer, get(), 200, &[], vec![(0, Piece::Hang)])
        .await
        .unwrap_err();
    assert_timeout(&error, Scope::Attempt, Phase::Answered, start, 15_000);
}

/// A body that is always ready, while each piece of it takes a second.
struct Busy {
    pieces: u32,
}

/// Lets time pass without a wait.
fn pass_time(cx: &mut Context<'_>) {
    let passed = tokio::time::advance(Duration::from_secs(1));
    assert!(std::pin::pin!(passed).poll(cx).is_pending());
}

impl Body for Busy {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.pieces == 0 {
            return Poll::Ready(None);
        }
        self.pieces -= 1;
        pass_time(cx);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_waits_ends_on_time() {
    for (pieces, request, ends) in [
        // What has come with the head is taken, however late.
        (1, get(), None),
        (2, get(), Some(Scope::Attempt)),
        (100, get(), Some(Scope::Attempt)),
        (100, streamed(), None),
    ] {
        let start = Instant::now();
        let service = service_fn(move |_: Request<RequestBody>| {
            poll_fn(move |cx| {
                (0..5).for_each(|_| pass_time(cx));
                Poll::Ready(Ok::<_, Infallible>(Response::new(Busy { pieces })))
            })
        });
        let layer = AttemptLayer::default().with_timeout(Duration::from_millis(5_500));
        let result = layer.layer(service).oneshot(request).await;
        match (result, ends) {
            (Ok(response), None) => {
                let body = response.into_body().collect().await.unwrap();
                assert_eq!(body.len(), pieces as usize);
            }
            (Err(error), Some(scope)) => {
                assert_eq!(Error::from_boxed(error).kind(), Kind::Timeout(scope));
                assert_eq!(start.elapsed(), Duration::from_secs(7));
            }
            (result, _) => panic!("{pieces}: {:?}", result.map(|_| ())),
        }
    }
}
