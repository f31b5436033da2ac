//! Answers of the server: status, headers and body become the expected result, and no secret is shown.
//!
//! The input is a call, a status, header lines up to an empty line, and the body: `G200`, `content-type: text/html`, an
//! empty line, `<html>`. The call is a poll (`G`), a snapshot (`S`), a submit (`P`) or a submit without retries (`N`).
//! In lower case, the connection breaks at the end of the body. The last digit of the status is the length of the
//! chunks in which the body arrives; if it is 0, the body arrives as one chunk.
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
        .expect("a current-thread runtime can be built")
        .block_on(check(Arc::new(answer)));
    Corpus::Keep
});

async fn check(answer: Arc<Answer>) {
    let log = Log::default();
    let (served, requests) = (Arc::clone(&answer), log.clone());
    let service = service_fn(move |request: Request<RequestBody>| {
        let (served, requests) = (Arc::clone(&served), requests.clone());
        async move {
            let (head, body) = request.into_parts();
            let key = head.headers.get("idempotency-key").cloned();
            requests
                .0
                .lock()
                .expect("no thread panics while it holds the lock")
                .push((key, body.into_bytes()));
            Ok::<_, std::convert::Infallible>(served.response())
        }
    });
    let client = Client::builder()
        .api_key(KEY)
        .team_id("6f0b2a7e-1b1c-4c55-9d0a-0c4f0b8f2a11")
        .retry(RetryPolicy::default().with_max_attempts(ATTEMPTS))
        .timeout(TIMEOUT)
        .http_service(service)
        .build()
        .expect("the API key and the team are set");
    let imports = client.imports();
    let began = Instant::now();
    match answer.operation {
        Operation::Get => {
            let got = imports.get("b5f1").await;
            result(&answer, got, |body| ImportJob::from_slice(body));
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
            let sent = submit.send().await;
            if let Err(error) = &sent {
                assert_eq!(error.idempotency_key(), Some(&key));
                commit(&answer, error);
            }
            submitted(&answer, sent);
        }
    }
    assert!(began.elapsed() <= TIMEOUT, "the timeout is exceeded");
    log.check(answer.operation);
}

/// Checks that the result of a call is equal to that of reading its body.
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
            assert!(answer.status.is_success() && !answer.is_cut && answer.may_be_json());
            assert_eq!(read, got);
        }
        (Ok(_), Err(_)) => {
            assert!(!answer.status.is_success() || answer.is_cut || !answer.may_be_json());
        }
        (Err(_), Ok(got)) => panic!("an invalid body was read as {got:?}"),
        (Err(read), Err(error)) => {
            if answer.status.is_success() && !answer.is_cut && answer.may_be_json() {
                let kind = match read {
                    ReadError::Decode(_) => ErrorKind::Decode,
                    ReadError::Contradiction(_) => ErrorKind::Contract,
                };
                assert_eq!(error.kind(), kind);
            }
        }
    }
}

/// Checks that the result of a submit agrees with the answer.
fn submitted(answer: &Answer, got: Result<Submitted, Error>) {
    secrets(answer, &got);
    if let Err(error) = &got {
        fault(answer, error);
    }
    if !answer.is_plain() {
        return;
    }
    let is_valid = answer.status.is_success() && !answer.is_cut && answer.may_be_json();
    match got {
        Ok(Submitted::Finished(finished)) => {
            let job =
                ImportJob::from_slice(&answer.body).expect("the client read a job from this body");
            let finished = match finished {
                Finished::Complete(job) => ImportJob::Complete(job),
                Finished::Failed(job) => ImportJob::Failed(job),
            };
            assert!(is_valid);
            assert_eq!(job, finished);
        }
        Ok(Submitted::Started(handle)) => {
            let snapshot =
                Snapshot::from_slice(&answer.body).expect("the client read an id from this body");
            assert!(
                is_valid
                    && snapshot
                        .job_id
                        .as_deref()
                        .is_none_or(|id| id == handle.job_id().as_str())
            );
        }
        Err(_) if is_valid => assert!(ImportJob::from_slice(&answer.body).is_err()),
        Err(_) => {}
    }
}

/// Checks the status, the request id and the kind of an error.
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

/// Checks whether a failed submit reports correctly that the server may have started the import.
fn commit(answer: &Answer, error: &Error) {
    let commit = error.commit().expect("the error is that of a submit");
    if answer.status.is_success() {
        assert_eq!(commit, Commit::Committed, "{error}");
    }
    if commit == Commit::NotCommitted {
        assert!(!answer.status.is_success());
    }
}

/// Checks that neither the API key nor a row is shown, unless the answer itself contains them.
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
        assert!(
            answer.contains(secret) || !shown.contains(secret),
            "{shown}"
        );
    }
    // The body of a success may contain rows if it is an object, even an invalid one.
    if answer.status.is_success()
        && answer.is_plain()
        && answer.body.starts_with(b"{")
        && !answer.headers_contain(MARK)
    {
        assert!(!shown.contains(MARK), "{shown}");
    }
}

/// The idempotency keys and bodies of the requests that were sent.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Option<http::HeaderValue>, bytes::Bytes)>>>);

impl Log {
    fn check(&self, operation: Operation) {
        let sent = self
            .0
            .lock()
            .expect("no thread panics while it holds the lock");
        let max = if operation == Operation::SubmitOnce {
            1
        } else {
            ATTEMPTS
        };
        assert!(
            (1..=max as usize).contains(&sent.len()),
            "{} requests",
            sent.len()
        );
        assert!(
            sent.windows(2).all(|two| two[0] == two[1]),
            "a retry changed the body or the key"
        );
    }
}

const KEY: &str = "sk-4f1d9a7733e0c2";
const ROW: &str = "ada.lovelace@example.com";
/// The text in the rows of the seeds.
const MARK: &str = "Zq7@row";
const ATTEMPTS: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(60);
