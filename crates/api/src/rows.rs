//! The rows of a finished import, one by one.

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

/// The rows of a finished import as a stream, in memory that does not grow with their number. Made by
/// [`Imports::rows`].
///
/// Nothing is sent until the first poll, and nothing is read ahead of what is taken. When the connection breaks
/// the rows are asked for again, and those that were given are skipped: no row comes twice and none is left out.
/// That takes the rows of a finished import to stay as they are, which is checked.
///
/// The time for the whole stream is a day unless [`Rows::timeout`] sets another, and there is no size cap;
/// [`Rows::attempt_timeout`] is that of getting an answer at all.
///
/// # Errors
///
/// The last item. [`ErrorKind::Stopped`] when the import is not finished yet; `Body` when it is complete and its rows
/// are still not there after some tries; `Contract` when the rows contradict the counters, or changed while they were
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
    imports: Imports,
    job: Job,
    options: CallOptions,
    state: State,
    given: Given,
    /// Faults since a row was last given.
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

/// An answer that is being read.
#[derive(Debug)]
struct Reading {
    body: SyncWrapper<ResponseBody>,
    decoder: RowDecoder,
    /// The rows of this answer that were given from one before it.
    skipped: Given,
}

/// So many rows, and what they were.
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

/// What a poll of the stream comes to.
enum Turn {
    Row(Row),
    Again,
    End,
}

impl Rows {
    call_options!();

    pub(crate) fn new(imports: Imports, job: Job) -> Self {
        Self {
            imports,
            job,
            options: CallOptions::default(),
            state: State::Ask,
            given: Given::default(),
            faults: 0,
            ended: None,
        }
    }

    /// Waits for the next row; `None` when all were given.
    ///
    /// ```no_run
    /// # async fn example(imports: prism_imports::Imports) -> Result<(), prism_imports::Error> {
    /// let first = imports.rows("b5f1").next().await.transpose()?;
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Row, Error>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// Returns how many rows were given.
    pub fn given(&self) -> u64 {
        self.given.rows
    }

    /// Returns the finished job, without its rows, once all of them were given.
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
                            body: SyncWrapper::new(response.into_body()),
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

    fn ask(&self) -> Asking {
        let (imports, job, mut options) =
            (self.imports.clone(), self.job.clone(), self.options.clone());
        options.timeout = options.timeout.or(Some(WHOLE_STREAM));
        options.rare().extensions.insert(Streamed);
        options.rare().extensions.insert(SizeCap(u64::MAX));
        Box::pin(async move {
            let response = imports
                .open(&mut imports.client.service(), &job, &options, ROWS)
                .await?;
            if response.status().is_success() && Answer::says_json(response.headers()) {
                return Ok(response);
            }
            let answer = Answer::read(response, ROWS).await?;
            match answer.job(ROWS) {
                Err(error) => Err(job.name(error)),
                // An answer that says nothing of its type, and is a job all the same, has its type checked above.
                Ok(_) => Err(job.name(answer.error(ErrorKind::Contract, ROWS))),
            }
        })
    }

    /// Takes in a fault: `None` when the rows are asked for again.
    fn fault(&mut self, error: Error) -> Option<Error> {
        let pause = error.retry_after().unwrap_or_default();
        let hopeless = !error.is_retryable() || error.kind() == ErrorKind::Stopped;
        if hopeless || pause > LONGEST_PAUSE || self.faults >= FAULTS {
            self.state = State::Over;
            return Some(self.job.name(error));
        }
        let backoff = FIRST_PAUSE.saturating_mul(1 << self.faults.min(4));
        self.faults = self.faults.saturating_add(1);
        self.state = State::Pausing(Box::pin(sleep(pause.max(backoff))));
        None
    }

    /// Judges the job once its body has ended.
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
                inner.last = Some(Box::new(job));
            }));
        }
        if let ImportJob::Complete(complete) = &job
            && skipped.rows < complete.total()
        {
            let (rows, total) = (skipped.rows, complete.total());
            let what = format!("the import is complete, and {rows} of its {total} rows are there");
            return Err(Error::new(ErrorKind::Body, ROWS).with(|inner| {
                inner.what = Some(what.into());
                inner.last = Some(Box::new(job));
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
        let frame = ready!(pin!(self.body.get_mut()).poll_frame(cx));
        Poll::Ready(match frame {
            None => Ok(Turn::End),
            Some(Err(error)) => Err(Error::no_answer(error, ROWS)),
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

/// The error of a body that is no job, or one that contradicts itself; one that ends early may be whole next time.
fn unreadable(error: ReadError) -> Error {
    let kind = match &error {
        ReadError::Decode(error) if error.is_truncated() => ErrorKind::Body,
        ReadError::Decode(_) => ErrorKind::Decode,
        ReadError::Contradiction(_) => ErrorKind::Contract,
    };
    Error::new(kind, ROWS).with(|inner| match error {
        ReadError::Decode(error) => inner.tell(error),
        ReadError::Contradiction(error) => inner.tell(error),
    })
}

fn changed() -> Error {
    Error::new(ErrorKind::Contract, ROWS)
        .with(|inner| inner.what = Some("the rows changed while they were read".into()))
}

const ROWS: &str = "read rows";

/// Faults in a row after which the stream gives up.
const FAULTS: u32 = 4;

/// The pause before the rows are asked for again, doubled with each fault in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause that the server may ask for; beyond it the reader is told instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A reader may be slow: it is the gap between two pieces that tells a dead connection, not the whole.
const WHOLE_STREAM: Duration = Duration::from_secs(86_400);
