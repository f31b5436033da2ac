//! The rows of a finished import, as a stream.

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
use prism_imports_transport::{self as transport, Deadline, MaxBody, ResponseBody, Streamed};
use sync_wrapper::SyncWrapper;
use tokio::time::{Sleep, sleep};

use crate::{
    error::{Error, ErrorKind},
    http::{Answer, CallOptions, call_options},
    requests::GetImport,
    session::{Session, Target},
};

/// The rows of a finished import as a stream, in memory that does not grow with their number. Made by
/// [`Imports::rows`](crate::Imports::rows).
///
/// Nothing is sent until the first poll, and nothing is read ahead. If the connection breaks,
/// the rows are requested again and those already yielded are skipped: no row is yielded twice and none is left out.
/// This relies on the rows of a finished import not changing, which is checked.
///
/// The whole stream may take a day unless [`Rows::timeout`] sets another time, and its size is not limited.
/// [`Rows::attempt_timeout`] bounds the wait for the head of a response, and so does the client's `timeout`.
///
/// # Errors
///
/// The last item. [`ErrorKind::Stopped`] if the import is not finished; `Body` if it is complete and its rows
/// are still missing after some tries; `Contract` if the rows contradict the counters, or changed while they were
/// read; otherwise as for [`Get`](crate::Get).
///
/// # Cancel safety
///
/// Dropping the stream, or the future of [`Rows::next`], loses nothing.
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
    session: Session,
    target: Target,
    options: CallOptions,
    /// When the whole stream must end; set by the first poll.
    deadline: Option<Deadline>,
    state: State,
    given: Given,
    /// Faults since a row was last yielded.
    faults: u32,
    ended: Option<Box<ImportJob>>,
}

#[derive(Debug)]
enum State {
    Ask,
    Asking(SyncWrapper<Asking>),
    Reading(Box<Reading>),
    Pausing(Pin<Box<Sleep>>),
    Over,
}

type Asking = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

/// A response that is being read.
#[derive(Debug)]
struct Reading {
    body: ResponseBody,
    decoder: RowDecoder,
    /// The rows of this response that were yielded from an earlier one.
    skipped: Given,
}

/// How many rows were yielded, and a digest of them.
#[derive(Clone, Debug, Default)]
struct Given {
    rows: u64,
    digest: DefaultHasher,
}

impl Given {
    fn add(&mut self, row: &Row) {
        self.rows = self.rows.saturating_add(1);
        row.hash(&mut self.digest);
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest.finish() == other.digest.finish()
    }
}

/// The result of one step of the stream.
enum Turn {
    Row(Row),
    Again,
    End,
}

impl Rows {
    call_options!();

    pub(crate) fn new(session: Session, target: Target) -> Self {
        Self {
            session,
            target,
            options: CallOptions::default(),
            deadline: None,
            state: State::Ask,
            given: Given::default(),
            faults: 0,
            ended: None,
        }
    }

    /// Waits for the next row; `None` after the last one.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let first = imports.rows("b5f1").next().await.transpose()?;
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Row, Error>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// Returns how many rows were yielded.
    pub fn given(&self) -> u64 {
        self.given.rows
    }

    /// Returns the finished job, without its rows, after the last row.
    pub fn job(&self) -> Option<&ImportJob> {
        self.ended.as_deref()
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row, Error>>> {
        loop {
            let turn = match &mut self.state {
                State::Ask => {
                    self.state = State::Asking(SyncWrapper::new(self.ask()));
                    continue;
                }
                State::Pausing(sleep) => {
                    ready!(sleep.as_mut().poll(cx));
                    self.state = State::Ask;
                    continue;
                }
                State::Asking(asking) => match ready!(asking.get_mut().as_mut().poll(cx)) {
                    Ok(response) => {
                        self.state = State::Reading(Box::new(Reading {
                            body: response.into_body(),
                            decoder: RowDecoder::new(),
                            skipped: Given::default(),
                        }));
                        continue;
                    }
                    Err(error) => Err(error),
                },
                State::Reading(reading) => ready!(reading.poll_turn(&mut self.given, cx)),
                State::Over => return Poll::Ready(None),
            };
            let error = match turn {
                Ok(Turn::Row(row)) => {
                    self.faults = 0;
                    return Poll::Ready(Some(Ok(row)));
                }
                Ok(Turn::Again) => continue,
                Ok(Turn::End) => match self.end() {
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

    fn ask(&mut self) -> Asking {
        let timeout = self.options.timeout.unwrap_or(WHOLE_STREAM);
        let deadline = *self
            .deadline
            .get_or_insert_with(|| Deadline::after(timeout));
        let mut options = self.options.clone();
        options.timeout = None;
        options.extensions.insert(deadline);
        options.extensions.insert(Streamed);
        options.extensions.insert(MaxBody(u64::MAX));
        let checked = self
            .options
            .check()
            .map_err(|error| Error::unusable(error, ROWS));
        let get = checked.and_then(|()| GetImport::of(&self.target, &options, ROWS));
        let client = self.session.client.clone();
        Box::pin(async move {
            let get = get?;
            let request = get.to_http(client.base_url());
            let response = client.send(request, ROWS).await?;
            if response.status().is_success() && Answer::says_json(response.headers()) {
                return Ok(response);
            }
            let answer = Answer::read(response, ROWS).await?;
            match answer.job(ROWS) {
                Err(error) => Err(error),
                // Without a content type the body is taken for JSON above: not reached.
                Ok(_) => Err(answer.error(ErrorKind::Contract, ROWS)),
            }
        })
    }

    /// Handles a fault: returns `None` if the rows are requested again.
    fn fault(&mut self, error: Error) -> Option<Error> {
        let pause = error.retry_after().unwrap_or_default();
        let hopeless = !error.is_retryable() || error.kind() == ErrorKind::Stopped;
        if hopeless || pause > LONGEST_PAUSE || self.faults >= FAULTS {
            self.state = State::Over;
            let handle = self.target.clone().ok();
            return Some(error.with(|inner| {
                inner.job = handle.as_ref().map(|handle| handle.job_id().clone());
                inner.handle = handle;
            }));
        }
        let backoff = FIRST_PAUSE.saturating_mul(1 << self.faults.min(4));
        self.faults = self.faults.saturating_add(1);
        self.state = State::Pausing(Box::pin(sleep(pause.max(backoff))));
        None
    }

    /// Checks the job when its body has ended.
    fn end(&mut self) -> Result<(), Error> {
        let State::Reading(reading) = std::mem::replace(&mut self.state, State::Over) else {
            return Ok(());
        };
        let Reading {
            decoder, skipped, ..
        } = *reading;
        let job = decoder.finish().map_err(unreadable)?;
        if !job.is_finished() {
            let what = format!("the import is not finished: {}", job.progress());
            return Err(Error::new(ErrorKind::Stopped, ROWS).with(|inner| {
                inner.what = Some(what.into());
                inner.last = Some(job);
            }));
        }
        if let ImportJob::Complete(complete) = &job
            && skipped.rows < complete.total()
        {
            let (rows, total) = (skipped.rows, complete.total());
            let what = format!("the import is complete, and {rows} of its {total} rows were sent");
            return Err(Error::new(ErrorKind::Body, ROWS).with(|inner| {
                inner.what = Some(what.into());
                inner.last = Some(job);
            }));
        }
        if skipped.rows < self.given.rows {
            return Err(changed());
        }
        self.ended = Some(Box::new(job));
        Ok(())
    }
}

impl Reading {
    fn poll_turn(&mut self, given: &mut Given, cx: &mut Context<'_>) -> Poll<Result<Turn, Error>> {
        while let Some(row) = self.decoder.next_row() {
            let new = self.skipped.rows == given.rows;
            self.skipped.add(&row);
            if new {
                given.add(&row);
                return Poll::Ready(Ok(Turn::Row(row)));
            }
            if self.skipped.rows == given.rows && !self.skipped.is_same(given) {
                return Poll::Ready(Err(changed()));
            }
        }
        let frame = ready!(pin!(&mut self.body).poll_frame(cx));
        Poll::Ready(match frame {
            None => Ok(Turn::End),
            Some(Err(error)) => {
                let error = transport::Error::from_boxed(error);
                Err(Error::unanswered(error, ROWS))
            }
            Some(Ok(frame)) => match frame.data_ref().map(|data| self.decoder.push(data)) {
                Some(Err(error)) => Err(unreadable(ReadError::Decode(error))),
                Some(Ok(())) | None => Ok(Turn::Again),
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

/// The error of a body that is not a job, or that contradicts itself. A body that ends early may be whole next time.
fn unreadable(error: ReadError) -> Error {
    let kind = match &error {
        ReadError::Decode(error) if error.is_truncated() => ErrorKind::Body,
        ReadError::Decode(_) => ErrorKind::Decode,
        ReadError::Contradiction(_) => ErrorKind::Contract,
    };
    Error::new(kind, ROWS).with(|inner| match error {
        ReadError::Decode(error) => inner.show(error),
        ReadError::Contradiction(error) => inner.show(error),
    })
}

fn changed() -> Error {
    Error::new(ErrorKind::Contract, ROWS)
        .with(|inner| inner.what = Some("the rows changed while they were read".into()))
}

const ROWS: &str = "read rows";

/// The faults in a row after which the stream gives up.
const FAULTS: u32 = 4;

/// The pause before the rows are requested again, doubled with each fault in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause that the server may ask for; a longer one is an error.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A reader may be slow: a dead connection shows in the gap between two pieces, not in the whole.
const WHOLE_STREAM: Duration = Duration::from_secs(86_400);
