//! Streamed rows: the same rows as from `get`, even if the connection breaks.

use std::{
    fmt::Write,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use prism_imports::{ErrorKind, Finished, ImportJob, Row, transport::ResponseBody};
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_tests::server::{KEY, TEAM, imports, serve};

use super::{in_process, start};

async fn read(mut rows: prism_imports::Rows) -> Result<Vec<Row>, prism_imports::Error> {
    let mut read = Vec::new();
    while let Some(row) = rows.next().await {
        read.push(row?);
    }
    assert_eq!(rows.yielded(), read.len() as u64);
    assert!(
        rows.job()
            .is_some_and(|job| job.is_finished() && job.rows().is_none())
    );
    Ok(read)
}

#[tokio::test]
async fn streamed_rows_equal_the_rows_of_the_job() {
    let server = serve(Sandbox::builder().rows_per_second(20_000.0)).await;
    let imports = imports(&server);
    let job = start(&imports, 3_000).await;
    let Finished::Complete(complete) = imports.wait(&job).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        read(imports.rows(&job)).await.unwrap(),
        complete.into_rows().unwrap()
    );
}

#[tokio::test]
async fn a_cut_connection_repeats_and_loses_no_row() {
    let server = serve(Sandbox::builder().rows_per_second(20_000.0)).await;
    let plain = imports(&server);
    let job = start(&plain, 3_000).await;
    let Finished::Complete(complete) = plain.wait(&job).await.unwrap() else {
        panic!()
    };
    let expected = complete.into_rows().unwrap();

    let cuts = (0..).zip([60_000, 130_000, 135_000]);
    let cuts = cuts.map(|(skip, bytes)| Fault::cut(bytes).on(On::Poll).skip(skip).times(1));
    let settings = cuts.fold(
        Sandbox::builder().rows_per_second(1e6).sync_below(1),
        prism_imports_sandbox::Builder::fault,
    );
    let broken = serve(settings).await;
    let imports = imports(&broken);
    let handle = start(&imports, 3_000).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rows = read(imports.rows(handle)).await.unwrap();
    assert_eq!(rows.len(), expected.len());
    let outcomes = |rows: &[Row]| {
        rows.iter()
            .map(|row| (row.index(), row.is_failed()))
            .collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&rows), outcomes(&expected));
    // The submit, three truncated answers and a complete one.
    assert_eq!(broken.requests(), 5);
}

#[tokio::test]
async fn an_unfinished_import_has_no_rows() {
    let server = serve(Sandbox::builder().rows_per_second(1.0)).await;
    let imports = imports(&server);
    let job = start(&imports, 200).await;
    let error = imports.rows(&job).next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(
        error.to_string().contains("the import is not finished: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_job_has_no_rows() {
    let server = serve(Sandbox::builder()).await;
    let error = imports(&server)
        .rows("b5f1")
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.request_id().is_some());
}

/// A body with this many rows, ten per frame, that counts the polled frames.
struct Counted {
    frames: Arc<AtomicUsize>,
    left: usize,
    ended: bool,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let first = self.frames.fetch_add(1, Ordering::SeqCst) == 0;
        let mut text = String::new();
        if first {
            text = format!(
                r#"{{"job_id":"j","status":"complete","total":{},"failed":0,"results":["#,
                self.left
            );
        }
        for _ in 0..self.left.min(10) {
            self.left -= 1;
            let comma = if self.left > 0 { "," } else { "]}" };
            write!(
                text,
                r#"{{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}}{comma}"#
            )
            .expect("writing to a string cannot fail");
        }
        self.ended = self.left == 0;
        Poll::Ready(Some(Ok(http_body::Frame::data(text.into()))))
    }
}

#[tokio::test]
async fn the_body_is_not_read_ahead() {
    let frames = Arc::new(AtomicUsize::new(0));
    let counter = frames.clone();
    let service = tower::service_fn(move |_: http::Request<_>| {
        let body = Counted {
            frames: counter.clone(),
            left: 100_000,
            ended: false,
        };
        let response = http::Response::builder()
            .header("content-type", "application/json")
            .body(body);
        std::future::ready(response.map_err(std::io::Error::other))
    });
    let client = prism_imports::Client::builder()
        .api_key(KEY)
        .team_id(TEAM)
        .http_service(service)
        .build()
        .unwrap();
    let mut rows = client.imports().rows("j");
    for taken in 0..1_000 {
        assert_eq!(rows.next().await.unwrap().unwrap().index(), Some(taken));
        let read = frames.load(Ordering::SeqCst);
        assert!(
            read <= taken as usize / 10 + 2,
            "{read} frames were read for {taken} rows"
        );
    }
    while rows.next().await.transpose().unwrap().is_some() {}
    assert_eq!(
        (rows.yielded(), frames.load(Ordering::SeqCst)),
        (100_000, 10_000)
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_early_without_an_error_is_requested_again() {
    let rows = (0..50).map(|_| r#"{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}"#);
    let rows = rows.collect::<Vec<_>>().join(",");
    let whole =
        format!(r#"{{"job_id":"j","status":"complete","total":50,"failed":0,"results":[{rows}]}}"#);
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let service = tower::service_fn(move |_: http::Request<_>| {
        // The first two answers are truncated within a row and end without an error.
        let until = [whole.len() / 3, whole.len() / 2]
            .get(count.fetch_add(1, Ordering::SeqCst))
            .copied();
        let body = whole[..until.unwrap_or(whole.len())].to_owned();
        std::future::ready(Ok::<_, std::io::Error>(http::Response::new(
            ResponseBody::from(body),
        )))
    });
    let client = prism_imports::Client::builder()
        .api_key(KEY)
        .team_id(TEAM)
        .http_service(service)
        .build()
        .unwrap();
    let read = read(client.imports().rows("j")).await.unwrap();
    assert_eq!((read.len(), requests.load(Ordering::SeqCst)), (50, 3));
}

#[tokio::test(start_paused = true)]
async fn late_rows_are_awaited() {
    let read_late = async |late| {
        let settings = Sandbox::builder().rows_per_second(1e6).sync_below(0);
        let (_, client) = in_process(settings.fault(Fault::late_results(late)));
        let imports = client.imports();
        let job = start(&imports, 50).await;
        imports.wait(&job).await.unwrap();
        read(imports.rows(&job)).await
    };
    let rows = read_late(Duration::from_secs(3)).await.unwrap();
    assert_eq!(rows.len(), 50);

    let error = read_late(Duration::from_secs(3_600)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Body);
    assert!(error.to_string().contains("0 of its 50 rows"), "{error}");
    assert!(error.last_seen().is_some_and(ImportJob::is_finished));
}
