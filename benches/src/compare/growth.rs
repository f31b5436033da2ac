//! The growth of the decoding time with the number of rows.

use std::io::{self, Write};
use std::time::Duration;

use super::{Bound, Figure, Report, Side, decode::ours, race};
use crate::body::complete_job;

/// Measures the exponent of the growth: 1 is linear, 2 is quadratic.
///
/// # Errors
///
/// Returns an error if a line cannot be written.
pub fn growth<W: Write>(report: &mut Report<W>) -> io::Result<()> {
    if !report.includes("growth") {
        return Ok(());
    }
    let points = times(ours);
    let bound = Bound::AtMost(1.05);
    report.record(&Figure::new(
        "growth/decode/1k-to-1M",
        slope(&points),
        "exponent",
        bound,
    ))
}

/// Returns numbers of rows and the median decoding times in seconds.
pub(super) fn times(side: impl for<'a> Fn(&'a [u8]) -> Side<'a>) -> [(f64, f64); 4] {
    let bodies = ROWS.map(|rows| complete_job(rows, 5));
    let times = race(TIME, bodies.each_ref().map(|body| side(body)));
    let mut points = ROWS.map(|rows| (f64::from(rows), 0.0));
    for (point, time) in points.iter_mut().zip(times) {
        point.1 = time;
    }
    points
}

/// Returns the least-squares slope of the logarithms.
fn slope(points: &[(f64, f64)]) -> f64 {
    let logs = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let (count, x, y) = logs().fold((0.0, 0.0, 0.0), |(n, sx, sy), (x, y)| {
        (n + 1.0, sx + x, sy + y)
    });
    let (x, y) = (x / count, y / count);
    let (numerator, denominator) = logs().fold((0.0, 0.0), |(numerator, denominator), (xi, yi)| {
        (
            numerator + (xi - x) * (yi - y),
            denominator + (xi - x) * (xi - x),
        )
    });
    numerator / denominator
}

const ROWS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const TIME: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn the_slope_of_a_power_is_its_exponent() {
        for exponent in [1.0, 1.5, 2.0] {
            let points = [1.0, 10.0, 1e3, 1e6].map(|x: f64| (x, 7.0 * x.powf(exponent)));
            assert!((slope(&points) - exponent).abs() < 1e-9);
        }
    }
}
