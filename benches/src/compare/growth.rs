//! How the time of a decode grows with the rows.

use std::io::{self, Write};
use std::time::Duration;

use super::{Bound, Figure, Report, Side, decode::ours, race};
use crate::body::complete_job;

/// Measures the exponent of the growth: 1 is linear, 2 is quadratic.
///
/// # Errors
///
/// When a line cannot be written.
pub fn growth<W: Write>(report: &mut Report<W>) -> io::Result<()> {
    if !report.wants("growth") {
        return Ok(());
    }
    let points = times(ours);
    let bound = Bound::AtMost(1.05);
    report.tell(&Figure::new(
        "growth/decode/1k-to-1M",
        slope(&points),
        "exponent",
        bound,
    ))
}

/// Returns rows and the median time of their decoding in seconds.
pub(super) fn times(side: impl for<'a> Fn(&'a [u8]) -> Side<'a>) -> [(f64, f64); 4] {
    let bodies = ROWS.map(|rows| complete_job(rows, 5));
    let times = race(TIME, bodies.each_ref().map(|body| side(body)));
    let mut points = ROWS.map(|rows| (f64::from(rows), 0.0));
    for (point, time) in points.iter_mut().zip(times) {
        point.1 = time;
    }
    points
}

/// Returns the slope of the line through the logarithms, by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let logs = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let (count, x, y) = logs().fold((0.0, 0.0, 0.0), |(n, sx, sy), (x, y)| {
        (n + 1.0, sx + x, sy + y)
    });
    let (x, y) = (x / count, y / count);
    let (above, below) = logs().fold((0.0, 0.0), |(above, below), (xi, yi)| {
        (above + (xi - x) * (yi - y), below + (xi - x) * (xi - x))
    });
    above / below
}

const ROWS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const TIME: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn a_power_has_its_exponent_as_slope() {
        for exponent in [1.0, 1.5, 2.0] {
            let points = [1.0, 10.0, 1e3, 1e6].map(|x: f64| (x, 7.0 * x.powf(exponent)));
            assert!((slope(&points) - exponent).abs() < 1e-9);
        }
    }
}
