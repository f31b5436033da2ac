//! Responses: status, headers and body become a result of the right type, and no output holds a secret.
//!
//! The input is a call, a status, header lines up to an empty one, and the body: `G200`, `content-type: text/html`,
//! an empty line, `<html>`. The call is a get (`G`), a snapshot (`S`), a submit (`P`) or a submit that is sent only once
//! (`N`). A call in lower case has a body that breaks off after its last byte. The last digit of the status is the size of
//! the pieces in which the body arrives; with 0 it arrives whole.
#![no_main]

mod answer;

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use answer::{Answer, Operation};
use http::{Request, StatusCode};
use libfuzzer_sys::{Corpus, fuzz_target};
use prism_imports::{
    Client, Commit, Error, ErrorKind, Finished, ImportJob, ObjectType, ReadError, RetryPolicy,
    Submitted, transport::RequestBody, wire::Snapshot,
};
use tokio::{runtime, time::Instant};
use tower::service_fn;

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(answer) = Answer::parse(input) else {
        return Corpus::Reject;
    };
    runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread")
        .block_on(check(Arc::new(answer)));
    Corpus::Keep
});

async fn check(answer: Arc<Answer>) {
    let log = Log::default();
    let (served, requests) = (Arc::clone(&answer), log.clone());
    let server = service_fn(move |request: Request<RequestBody>| {
        let (served, requests) = (Arc::clone(&served), requests.clone());
        async move {
            let (head, body) = request.into_parts();
            let key = head.headers.get("idempotency-key").cloned();
            requests
                .0
                .lock()
                .expect("no thread panics")
                .push((key, body.into_bytes()));
            Ok::<_, std::convert::Infallible>(served.response())
        }
    });
    let client = Client::builder()
        .api_key(KEY)
        .team_id("6f0b2a7e-1b1c-4c55-9d0a-0c4f0b8f2a11")
        .retry(RetryPolicy::default().with_max_attempts(ATTEMPTS))
        .timeout(DEADLINE)
        .http_service(server)
        .build()
        .expect("a key and a team are enough");
    let imports = client.imports();
    let began = Instant::now();
    match answer.operation {
        Operation::Get => {
            let got = imports.get("b5f1").await;
            let id = "b5f1".parse().expect("the id is valid");
            result(&answer, got, |body| ImportJob::from_slice_for(&id, body));
        }
        Operation::Snapshot => {
            let got = imports.snapshot("b5f1").await;
            result(&answer, got, |body| {
                Snapshot::from_slice(body).map_err(ReadError::Decode)
            });
        }
        Operation::Submit | Operation::SubmitOnce => {
            let submit = imports
                .submit(ObjectType::Contact)
                .rows([serde_json::json!({"default": {"email": ROW}})])
                .keyed_retries(answer.operation == Operation::Submit);
            let key = submit.key().clone();
            let sent = submit.await;
            if let Err(error) = &sent {
                assert_eq!(error.idempotency_key(), Some(&key));
                commit(&answer, error);
            }
            submitted(&answer, sent);
        }
    }
    assert!(began.elapsed() <= DEADLINE, "the deadline holds");
    log.check(answer.operation);
}

/// Checks that the result of a call is what the body of the response decodes to.
fn result<T: Debug + PartialEq>(
    answer: &Answer,
    got: Result<T, Error>,
    read: impl Fn(&[u8]) -> Result<T, ReadError>,
) {
    secrets(answer, &got);
    if let Err(error) = &got {
        fault(answer, error);
    }
    if !answer.is_plain() {
        return;
    }
    match (read(&answer.body), got) {
        (Ok(read), Ok(got)) => {
            assert!(answer.status.is_success() && !answer.is_cut && answer.says_json());
            assert_eq!(read, got);
        }
        (Ok(_), Err(_)) => {
            assert!(!answer.status.is_success() || answer.is_cut || !answer.says_json());
        }
        (Err(_), Ok(got)) => panic!("an unreadable body became {got:?}"),
        (Err(read), Err(error)) => {
            if answer.status.is_success() && !answer.is_cut && answer.says_json() {
                let kind = match read {
                    ReadError::Decode(_) => ErrorKind::Decode,
                    ReadError::Contradiction(_) => ErrorKind::Contract,
                };
                assert_eq!(error.kind(), kind);
            }
        }
    }
}

/// Checks that an import is started or finished as the response states, or that the body is not a job.
fn submitted(answer: &Answer, got: Result<Submitted, Error>) {
    secrets(answer, &got);
    if let Err(error) = &got {
        fault(answer, error);
    }
    if !answer.is_plain() {
        return;
    }
    let good = answer.status.is_success() && !answer.is_cut && answer.says_json();
    match got {
        Ok(Submitted::Finished(end)) => {
            let job = ImportJob::from_slice(&answer.body)
                .expect("the body of a finished import is valid");
            let end = match end {
                Finished::Complete(end) => ImportJob::Complete(end),
                Finished::Failed(end) => ImportJob::Failed(end),
            };
            assert!(good);
            assert_eq!(job, end);
        }
        Ok(Submitted::Started(handle)) => {
            let snapshot = Snapshot::from_slice(&answer.body)
                .expect("the body of a started import is a snapshot");
            assert!(
                good && snapshot
                    .job_id
                    .as_deref()
                    .is_none_or(|id| id == handle.job_id().as_str())
            );
        }
        Err(_) if good => assert!(ImportJob::from_slice(&answer.body).is_err()),
        Err(_) => {}
    }
}

/// Checks that an error has the status, the request id and the kind of the response.
fn fault(answer: &Answer, error: &Error) {
    assert_eq!(error.status(), Some(answer.status), "{error}");
    if let Some(id) = answer.header("x-request-id") {
        assert_eq!(error.request_id(), Some(id), "{error}");
    }
    let kinds: &[_] = match answer.status {
        status if status.is_success() => &[ErrorKind::Decode, ErrorKind::Contract, ErrorKind::Body],
        StatusCode::UNAUTHORIZED => &[ErrorKind::Auth, ErrorKind::Body],
        StatusCode::FORBIDDEN => &[ErrorKind::Denied, ErrorKind::Body],
        StatusCode::NOT_FOUND => &[ErrorKind::NotFound, ErrorKind::Body],
        StatusCode::REQUEST_TIMEOUT => &[ErrorKind::Timeout, ErrorKind::Body],
        StatusCode::TOO_MANY_REQUESTS => &[ErrorKind::RateLimited, ErrorKind::Body],
        status if status.is_client_error() => &[ErrorKind::Rejected, ErrorKind::Body],
        status if status.is_server_error() => &[ErrorKind::Server, ErrorKind::Body],
        _ => &[ErrorKind::Contract, ErrorKind::Body],
    };
    assert!(
        kinds.contains(&error.kind()),
        "{:?} of {error}",
        error.kind()
    );
    assert!(error.kind() != ErrorKind::Body || answer.is_cut || !answer.is_plain());
}

/// Checks what the error of a submit states about the import: a response of success never denies that it exists. It only
/// proves it if it is an answer of the service.
fn commit(answer: &Answer, error: &Error) {
    let commit = error.commit().expect("the error of a submit states it");
    if answer.status.is_success() {
        assert_ne!(commit, Commit::NotCommitted, "{error}");
    }
}

/// Checks that neither the key nor a row is shown, unless the response itself has it in a message.
fn secrets<T: Debug>(answer: &Answer, got: &Result<T, Error>) {
    let shown = match got {
        Ok(value) => format!("{value:?}"),
        Err(error) => {
            let mut shown = format!("{error} {error:?}");
            let mut next = std::error::Error::source(error);
            while let Some(source) = next {
                shown += &format!("\n{source} {source:?}");
                next = source.source();
            }
            shown
        }
    };
    for secret in [KEY, ROW] {
        assert!(answer.holds(secret) || !shown.contains(secret), "{shown}");
    }
    // The body of a success may have rows, even if it is incomplete. Its status is shown, whatever the text.
    let status = Snapshot::from_slice(&answer.body).map(|snapshot| snapshot.status);
    if answer.status.is_success()
        && answer.is_plain()
        && answer.body.starts_with(b"{")
        && !answer.head_holds(MARK)
        && !status.is_ok_and(|status| status.as_str().contains(MARK))
    {
        assert!(!shown.contains(MARK), "{shown}");
    }
}

/// The requests that were sent: their keys and bytes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Option<http::HeaderValue>, bytes::Bytes)>>>);

impl Log {
    fn check(&self, operation: Operation) {
        let sent = self.0.lock().expect("no thread panics");
        let most = if operation == Operation::SubmitOnce {
            1
        } else {
            ATTEMPTS
        };
        assert!(
            (1..=most as usize).contains(&sent.len()),
            "{} requests",
            sent.len()
        );
        assert!(
            sent.windows(2).all(|two| two[0] == two[1]),
            "other bytes or another key"
        );
    }
}

const KEY: &str = "sk-4f1d9a7733e0c2";
const ROW: &str = "ada.lovelace@example.com";
/// A text that is in the rows of the seeds.
const MARK: &str = "Zq7@row";
const ATTEMPTS: u32 = 3;
const DEADLINE: Duration = Duration::from_secs(60);
