//! What all workers together may send: one row of the table `quota`, which every request takes its place from.
//!
//! The places of a key are `gap` apart, so no second has more requests than the limit, however many processes there are.
//! A request takes the next place by one `UPDATE`, and waits for its time outside of the database. A worker that is killed while it
//! waits has used its place up: the limit is never exceeded, and may be used a little less.
//!
//! A 429 that asks for a wait moves the next place, for all workers.

use std::time::{Duration, SystemTime};

use clap::Args;
use http::{Response, StatusCode};
use prism_imports::transport::{
    Error, HttpLayer, Kind, Phase, RequestBody, ResponseBody, retry::retry_after,
};
use sqlx::AssertSqlSafe;
use tokio::time::sleep;
use tower::{ServiceBuilder, filter::AsyncFilterLayer, util::AndThenLayer};

use crate::{
    BoxError,
    database::{Database, with_pool},
};

/// The limits of one API key. The defaults are the published ones.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Requests a second of all workers together
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub(crate) per_second: i64,
    /// Requests in 30 days of all workers together
    #[arg(long, value_name = "NUMBER", default_value = "1000", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) per_month: i64,
}

impl Database {
    /// Sets the limits. What was used stays used.
    pub(crate) async fn set_limits(&self, limits: Limits) -> Result<(), BoxError> {
        let statement = "INSERT INTO quota (name, gap, per_month, next_at, month_ends, used) \
             VALUES ($1, $2, $3, 0, 0, 0) \
             ON CONFLICT (name) DO UPDATE SET gap = excluded.gap, per_month = excluded.per_month";
        let gap = 1_000_000 / limits.per_second;
        with_pool!(self, pool => {
            sqlx::query(statement).bind(KEY).bind(gap).bind(limits.per_month).execute(pool).await?;
        });
        Ok(())
    }

    /// Takes the next place, and returns how long to wait for it. `None` if no place is free in time.
    async fn take_place(&self) -> Result<Option<Duration>, BoxError> {
        let now = self.now();
        let statement = format!(
            "UPDATE quota SET \
                 next_at = CASE WHEN next_at > {now} THEN next_at ELSE {now} END + gap, \
                 used = CASE WHEN month_ends <= {now} THEN 1 ELSE used + 1 END, \
                 month_ends = CASE WHEN month_ends <= {now} THEN {now} + $2 ELSE month_ends END \
             WHERE name = $1 AND next_at <= {now} + $3 AND per_month > 0 \
                 AND (used < per_month OR month_ends <= {now}) \
             RETURNING next_at - gap - {now}"
        );
        let row: Option<(i64,)> = with_pool!(self, pool => {
            let query = sqlx::query_as(AssertSqlSafe(statement)).bind(KEY);
            query.bind(MONTH).bind(micros(LONGEST_WAIT)).fetch_optional(pool).await?
        });
        Ok(row.map(|(wait,)| Duration::from_micros(u64::try_from(wait).unwrap_or_default())))
    }

    /// Moves the next place, at the server's request.
    async fn hold(&self, wait: Duration) -> Result<(), BoxError> {
        let now = self.now();
        let statement = format!(
            "UPDATE quota SET next_at = {now} + $2 WHERE name = $1 AND next_at < {now} + $2"
        );
        with_pool!(self, pool => {
            let query = sqlx::query(AssertSqlSafe(statement)).bind(KEY);
            query.bind(micros(wait.min(LONGEST_HOLD))).execute(pool).await?;
        });
        Ok(())
    }

    /// Returns the database's clock, in microseconds, as SQL.
    const fn now(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
            Self::Postgres(_) => "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
        }
    }
}

/// Returns a layer for attempts: each takes a place, and waits for it.
pub(crate) fn layer(database: Database) -> impl HttpLayer {
    let take = {
        let database = database.clone();
        move |request: http::Request<RequestBody>| {
            let database = database.clone();
            async move {
                let wait = database.take_place().await?;
                let refused = || Error::new(Kind::Quota, Phase::NotSent);
                sleep(wait.ok_or_else(refused)?).await;
                Ok::<_, BoxError>(request)
            }
        }
    };
    let hold = move |response: Response<ResponseBody>| {
        let database = database.clone();
        async move {
            let is_limited = response.status() == StatusCode::TOO_MANY_REQUESTS;
            if let Some(wait) = retry_after(response.headers(), SystemTime::now())
                && is_limited
            {
                // The response counts, also if the database fails now.
                drop(database.hold(wait).await);
            }
            Ok::<_, BoxError>(response)
        }
    };
    ServiceBuilder::new()
        .layer(AndThenLayer::new(hold))
        .layer(AsyncFilterLayer::new(take))
        .into_inner()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The name of the row. A service with several API keys has a row for each.
const KEY: &str = "default";
/// 30 days, in microseconds. It starts with the first request.
const MONTH: i64 = 30 * 24 * 3600 * 1_000_000;
/// The longest wait for a place. It is part of the 30 s of an attempt.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The longest wait that a server may ask for.
const LONGEST_HOLD: Duration = Duration::from_hours(1);

#[cfg(test)]
mod tests;
