//! The rows of a finished import, as a stream.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{StreamExt, stream, stream::BoxStream};
use prism_imports_core::{ImportJob, Row, RowDecoder};
use prism_imports_transport::{Deadline, MaxBody, Streamed};
use sync_wrapper::SyncWrapper;
use tokio::time::sleep;

use crate::{
    error::{Error, ErrorKind},
    http::{Arriving, call_options},
    session::Call,
    telemetry::Trace,
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
    call: Call,
    /// Made by the first poll.
    items: Option<SyncWrapper<BoxStream<'static, Result<Row, Error>>>>,
    yielded: u64,
    /// The finished job: set by the reader.
    ended: Arc<OnceLock<ImportJob>>,
}

impl Rows {
    call_options!(call.options);

    pub(crate) fn new(call: Call) -> Self {
        Self {
            call,
            items: None,
            yielded: 0,
            ended: Arc::default(),
        }
    }

    /// Waits for the next row; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Row, Error>> {
        StreamExt::next(self).await
    }

    /// Returns how many rows were yielded.
    pub fn yielded(&self) -> u64 {
        self.yielded
    }

    /// Returns the finished job, without its rows, after the last row.
    pub fn job(&self) -> Option<&ImportJob> {
        self.ended.get()
    }
}

impl Stream for Rows {
    type Item = Result<Row, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let rows = self.get_mut();
        let items = rows.items.get_or_insert_with(|| {
            let call = rows.call.clone();
            let reader = Reader {
                deadline: Deadline::after(call.options.timeout.unwrap_or(WHOLE_STREAM)),
                trace: Trace::begin(ROWS, call.team(), call.job()),
                call,
                response: None,
                seen: Seen::default(),
                faults: 0,
                ended: Arc::clone(&rows.ended),
            };
            let items = stream::try_unfold(reader, async |mut reader| {
                let row = reader.next().await?;
                Ok(row.map(|row| (row, reader)))
            });
            SyncWrapper::new(items.boxed())
        });
        let polled = items.get_mut().poll_next_unpin(cx);
        if matches!(polled, Poll::Ready(Some(Ok(_)))) {
            rows.yielded = rows.yielded.saturating_add(1);
        }
        polled
    }
}

/// Requests the rows, and requests them again after a fault.
struct Reader {
    call: Call,
    /// When the whole stream must end.
    deadline: Deadline,
    /// The response that is being read, and the rows that it had so far.
    response: Option<(Arriving, Seen)>,
    /// The rows that were yielded.
    seen: Seen,
    /// Faults since a row was last yielded.
    faults: u32,
    ended: Arc<OnceLock<ImportJob>>,
    trace: Trace,
}

/// A number of rows, and a digest of them.
#[derive(Default)]
struct Seen {
    rows: u64,
    digest: DefaultHasher,
}

impl Seen {
    fn add(&mut self, row: &Row) {
        self.rows = self.rows.saturating_add(1);
        row.hash(&mut self.digest);
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest.finish() == other.digest.finish()
    }
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Row>, Error> {
        loop {
            let error = match self.try_next().await {
                Ok(row) => {
                    self.faults = 0;
                    return Ok(row);
                }
                Err(error) => error.during(ROWS),
            };
            let Some(pause) = self.pause_after(&error) else {
                let error = error.of_handle(self.call.target.as_ref().ok());
                self.trace.failed(&error);
                return Err(error);
            };
            self.trace.stepped("fault", Some(&error), pause);
            sleep(pause).await;
            self.faults = self.faults.saturating_add(1);
        }
    }

    /// Returns how long to wait before the rows are requested again; `None` if the fault is final.
    fn pause_after(&self, error: &Error) -> Option<Duration> {
        let backoff = FIRST_PAUSE.saturating_mul(1 << self.faults.min(4));
        let pause = error.retry_after().unwrap_or_default();
        let goes_on = error.is_retryable()
            && error.kind() != ErrorKind::Stopped
            && pause <= LONGEST_PAUSE
            && self.faults < FAULTS;
        let pause = pause.max(backoff);
        (goes_on && pause < self.deadline.remaining()).then_some(pause)
    }

    async fn try_next(&mut self) -> Result<Option<Row>, Error> {
        let (mut arriving, mut seen) = match self.response.take() {
            Some(response) => response,
            None => (self.trace.run(self.request()).await?, Seen::default()),
        };
        loop {
            while let Some(row) = arriving.decoder.next_row() {
                let is_new = seen.rows == self.seen.rows;
                seen.add(&row);
                if is_new {
                    self.seen.add(&row);
                    self.response = Some((arriving, seen));
                    return Ok(Some(row));
                }
                if seen.rows == self.seen.rows && !seen.is_same(&self.seen) {
                    return Err(changed());
                }
            }
            if !arriving.advance().await? {
                let job = self.finish(arriving, seen.rows)?;
                self.ended.get_or_init(|| job);
                return Ok(None);
            }
        }
    }

    async fn request(&self) -> Result<Arriving, Error> {
        let mut get = self.call.request(ROWS)?;
        get.options.timeout = None;
        get.options.extensions.insert(self.deadline);
        get.options.extensions.insert(Streamed);
        get.options.extensions.insert(MaxBody(u64::MAX));
        let response = self.call.session.client.request(&get).await?;
        Arriving::new(response, get.job_id()).await
    }

    /// Checks the job when its body has ended.
    fn finish(&self, arriving: Arriving, rows: u64) -> Result<ImportJob, Error> {
        let job = arriving.finish(RowDecoder::finish)?.into_value();
        let (kind, what) = if !job.is_finished() {
            let what = format!("the import is not finished: {}", job.progress());
            (ErrorKind::Stopped, what)
        } else if let ImportJob::Complete(complete) = &job
            && complete.tally().unaccounted() == complete.total()
            && complete.total() > 0
        {
            let total = complete.total();
            let what = format!("the import is complete, and {rows} of its {total} rows were sent");
            (ErrorKind::Body, what)
        } else if rows < self.seen.rows {
            return Err(changed());
        } else {
            return Ok(job);
        };
        let error = Error::of_kind(kind).with_message(what);
        Err(error.with(|inner| inner.last = Some(job)))
    }
}

fn changed() -> Error {
    Error::of_kind(ErrorKind::Contract).with_message("the rows changed while they were read")
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
