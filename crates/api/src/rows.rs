//! Streaming of the rows of a finished import.

use std::{
    future::{Future, poll_fn},
    hash::{DefaultHasher, Hash, Hasher},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use http::Response;
use http_body::Body;
use prism_imports_core::{ImportJob, ReadError, Row, wire::RowDecoder};
use prism_imports_transport::{ResponseBody, SizeCap, Streamed};
use sync_wrapper::SyncWrapper;
use tokio::time::{Sleep, sleep};

use crate::{
    call::{Answer, CallOptions, call_options},
    error::{Error, ErrorKind},
    imports::{Imports, Job},
};

/// A stream of the rows of a finished import, in constant memory. Created by [`Imports::rows`].
///
/// Nothing is sent until the stream is first polled, and nothing is read ahead. When the connection breaks, the rows
/// are requested again and those that were already yielded are skipped, so each row is yielded exactly once. The stream
/// checks that the skipped rows have not changed.
///
/// The timeout of the whole stream is one day unless [`Rows::timeout`] sets another, and the size of the body is not
/// limited. [`Rows::attempt_timeout`] bounds the time until the response headers arrive.
///
/// # Errors
///
/// An error is the last item of the stream: [`ErrorKind::Stopped`] if the import is not finished yet; `Body` if the
/// import is complete but its rows are still missing after several requests; `Contract` if the rows contradict the
/// counters or changed while they were read; otherwise as for [`Get`](crate::Get).
///
/// # Cancel safety
///
/// Dropping the future of [`Rows::next`] loses nothing. Dropping the stream cancels nothing on the server.
///
/// ```no_run
/// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
/// let mut rows = imports.rows("b5f1");
/// while let Some(row) = rows.next().await {
///     let row = row?;
///     if let Some(error) = row.error() {
///         println!("{:?}: {:?}", row.index(), error.code());
///     }
/// }
/// println!("{}", rows.job().unwrap().progress());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a stream does nothing until it is polled"]
pub struct Rows {
    imports: Imports,
    job: Job,
    options: CallOptions,
    state: State,
    yielded: Prefix,
    /// Faults since the last row was yielded.
    faults: u32,
    finished: Option<Box<ImportJob>>,
}

#[derive(Debug)]
enum State {
    Start,
    Requesting(SyncWrapper<ResponseFuture>),
    Reading(Box<Reading>),
    Pausing(Pin<Box<Sleep>>),
    Over,
}

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

/// An answer whose body is being read.
#[derive(Debug)]
struct Reading {
    body: SyncWrapper<ResponseBody>,
    decoder: RowDecoder,
    /// The rows of this answer that were decoded so far.
    decoded: Prefix,
}

/// The number of rows read so far and their digest.
#[derive(Clone, Debug, Default)]
struct Prefix {
    rows: u64,
    digest: DefaultHasher,
}

impl Prefix {
    fn add(&mut self, row: &Row) {
        self.rows = self.rows.saturating_add(1);
        row.hash(&mut self.digest);
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest.finish() == other.digest.finish()
    }
}

/// The result of one step of reading.
enum Step {
    Row(Row),
    Continue,
    End,
}

impl Rows {
    call_options!();

    pub(crate) fn new(imports: Imports, job: Job) -> Self {
        Self {
            imports,
            job,
            options: CallOptions::default(),
            state: State::Start,
            yielded: Prefix::default(),
            faults: 0,
            finished: None,
        }
    }

    /// Waits for the next row; `None` after the last row.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let first = imports.rows("b5f1").next().await.transpose()?;
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Row, Error>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// Returns the number of rows that were yielded.
    pub fn yielded(&self) -> u64 {
        self.yielded.rows
    }

    /// Returns the finished job without its rows; `None` until all rows were yielded.
    pub fn job(&self) -> Option<&ImportJob> {
        self.finished.as_deref()
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row, Error>>> {
        loop {
            let step = match &mut self.state {
                State::Start => {
                    self.state = State::Requesting(SyncWrapper::new(self.request()));
                    continue;
                }
                State::Pausing(sleep) => {
                    ready!(sleep.as_mut().poll(cx));
                    self.state = State::Start;
                    continue;
                }
                State::Requesting(response) => match ready!(response.get_mut().as_mut().poll(cx)) {
                    Ok(response) => {
                        self.state = State::Reading(Box::new(Reading {
                            body: SyncWrapper::new(response.into_body()),
                            decoder: RowDecoder::new(),
                            decoded: Prefix::default(),
                        }));
                        continue;
                    }
                    Err(error) => Err(error),
                },
                State::Reading(reading) => ready!(reading.poll_step(&mut self.yielded, cx)),
                State::Over => return Poll::Ready(None),
            };
            let error = match step {
                Ok(Step::Row(row)) => {
                    self.faults = 0;
                    return Poll::Ready(Some(Ok(row)));
                }
                Ok(Step::Continue) => continue,
                Ok(Step::End) => match self.end() {
                    Ok(()) => return Poll::Ready(None),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if let Some(error) = self.fault(error) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    fn request(&self) -> ResponseFuture {
        let (imports, job, mut options) =
            (self.imports.clone(), self.job.clone(), self.options.clone());
        options.timeout = options.timeout.or(Some(DEFAULT_TIMEOUT));
        options.rare().extensions.insert(Streamed);
        options.rare().extensions.insert(SizeCap(u64::MAX));
        Box::pin(async move {
            let response = imports
                .open(&mut imports.client.service(), &job, &options, ROWS)
                .await?;
            if response.status().is_success() && Answer::may_be_json(response.headers()) {
                return Ok(response);
            }
            let answer = Answer::read(response, ROWS).await?;
            match answer.job(ROWS) {
                Err(error) => Err(job.set_on(error)),
                // `Answer::job` rejects an unsuccessful status and a content type that is not JSON, so this case is unreachable.
                Ok(_) => Err(job.set_on(answer.error(ErrorKind::Contract, ROWS))),
            }
        })
    }

    /// Handles a fault; `None` if the rows will be requested again.
    fn fault(&mut self, error: Error) -> Option<Error> {
        let pause = error.retry_after().unwrap_or_default();
        let permanent = !error.is_retryable() || error.kind() == ErrorKind::Stopped;
        if permanent || pause > MAX_PAUSE || self.faults >= MAX_FAULTS {
            self.state = State::Over;
            return Some(self.job.set_on(error));
        }
        let backoff = FIRST_PAUSE.saturating_mul(1 << self.faults.min(4));
        self.faults = self.faults.saturating_add(1);
        self.state = State::Pausing(Box::pin(sleep(pause.max(backoff))));
        None
    }

    /// Validates the job after the end of the body.
    fn end(&mut self) -> Result<(), Error> {
        let State::Reading(reading) = std::mem::replace(&mut self.state, State::Over) else {
            return Ok(());
        };
        let Reading {
            decoder, decoded, ..
        } = *reading;
        let job = decoder.finish().map_err(unreadable)?;
        if !job.is_finished() {
            let what = format!("the import is not finished: {}", job.progress());
            return Err(Error::new(ErrorKind::Stopped, ROWS).with(|inner| {
                inner.what = Some(what.into());
                inner.last = Some(Box::new(job));
            }));
        }
        if let ImportJob::Complete(complete) = &job
            && decoded.rows < complete.total()
        {
            let (rows, total) = (decoded.rows, complete.total());
            let what = format!(
                "the import is complete, but only {rows} of its {total} rows are available"
            );
            return Err(Error::new(ErrorKind::Body, ROWS).with(|inner| {
                inner.what = Some(what.into());
                inner.last = Some(Box::new(job));
            }));
        }
        if decoded.rows < self.yielded.rows {
            return Err(changed());
        }
        self.finished = Some(Box::new(job));
        Ok(())
    }
}

impl Reading {
    fn poll_step(
        &mut self,
        yielded: &mut Prefix,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Step, Error>> {
        while let Some(row) = self.decoder.next_row() {
            let new = self.decoded.rows == yielded.rows;
            self.decoded.add(&row);
            if new {
                yielded.add(&row);
                return Poll::Ready(Ok(Step::Row(row)));
            }
            if self.decoded.rows == yielded.rows && !self.decoded.is_same(yielded) {
                return Poll::Ready(Err(changed()));
            }
        }
        let frame = ready!(pin!(self.body.get_mut()).poll_frame(cx));
        Poll::Ready(match frame {
            None => Ok(Step::End),
            Some(Err(error)) => Err(Error::no_answer(error, ROWS)),
            Some(Ok(frame)) => match frame.data_ref().map(|data| self.decoder.push(data)) {
                Some(Err(error)) => Err(unreadable(ReadError::Decode(error))),
                Some(Ok(())) | None => Ok(Step::Continue),
            },
        })
    }
}

impl Stream for Rows {
    type Item = Result<Row, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }
}

/// Returns the error of a body that is not a job or contradicts itself. A truncated body can be requested again.
fn unreadable(error: ReadError) -> Error {
    let kind = match &error {
        ReadError::Decode(error) if error.is_truncated() => ErrorKind::Body,
        ReadError::Decode(_) => ErrorKind::Decode,
        ReadError::Contradiction(_) => ErrorKind::Contract,
    };
    Error::new(kind, ROWS).with(|inner| match error {
        ReadError::Decode(error) => inner.set_transparent_source(error),
        ReadError::Contradiction(error) => inner.set_transparent_source(error),
    })
}

fn changed() -> Error {
    Error::new(ErrorKind::Contract, ROWS)
        .with(|inner| inner.what = Some("the rows changed while they were read".into()))
}

const ROWS: &str = "read rows";

/// The number of consecutive faults after which the stream gives up.
const MAX_FAULTS: u32 = 4;

/// The pause after the first fault, which doubles with each consecutive fault.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause that the server may request; a longer one is returned as an error.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Long, since the reader may be slow. The idle timeout detects a dead connection.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(86_400);
