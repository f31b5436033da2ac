//! Means and medians of outcomes.

use super::Outcome;

/// The statistics of many watches.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain figures for the table and the plot"
)]
pub struct Stats {
    /// The mean number of requests per job.
    pub requests_mean: f64,
    /// The median number of requests per job.
    pub requests_median: f64,
    /// The mean delay in seconds.
    pub delay_mean: f64,
    /// The median delay in seconds.
    pub delay_median: f64,
}

impl Stats {
    /// Computes the statistics. Without outcomes they are all 0.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let (requests, delays): (Vec<f64>, Vec<f64>) = outcomes
            .into_iter()
            .map(|outcome| (f64::from(outcome.requests), outcome.delay))
            .unzip();
        let ([requests_mean, requests_median], [delay_mean, delay_median]) =
            (mean_and_median(requests), mean_and_median(delays));
        Self {
            requests_mean,
            requests_median,
            delay_mean,
            delay_median,
        }
    }
}

fn mean_and_median(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let Some(median) = values.get(values.len() / 2) else {
        return [0.0; 2];
    };
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2⁵² jobs")]
    let count = values.len() as f64;
    [values.iter().sum::<f64>() / count, *median]
}
