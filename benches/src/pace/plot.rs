//! The chart of requests against delay, for each family of strategies.

use std::{error::Error, path::Path, time::Duration};

use plotters::{coord::combinators::LogCoord, prelude::*};
use prism_imports_core::poller::Pace;

use super::{Job, Report, Stats, Watch};

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<LogAxis, LogAxis>>;
type LogAxis = LogCoord<f64>;
type Point = (f64, f64);

/// Draws the mean number of requests per job against the mean delay, with logarithmic axes.
///
/// Each family is a line: fixed waits, doubling waits by their maximum, and our paces by the worth of a request. The
/// five strategies of the report are points on or near the lines.
///
/// # Errors
///
/// Returns an error if the file cannot be written.
pub fn plot(report: &Report, file: &Path) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(file, (800, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d((5.0..10_000.0).log_scale(), (0.5..500.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("requests a job, mean")
        .y_desc("seconds from a job's end to seeing it, mean")
        .x_label_formatter(&|value| format!("{value}"))
        .y_label_formatter(&|value| format!("{value}"))
        .light_line_style(BLACK.mix(0.04))
        .draw()?;
    for (name, color, watches) in families() {
        let points = watches.iter().map(|watch| mean(watch, report));
        line(&mut chart, name, color, points.collect())?;
    }
    // The offsets keep the names clear of the lines.
    let offsets = [(-24, -20), (10, -14), (-104, 6), (10, -14), (-104, -4)];
    for ((name, outcomes), offset) in report.watches().zip(offsets) {
        let stats = Stats::of(outcomes);
        let point = (stats.requests_mean, stats.delay_mean);
        chart.draw_series([EmptyElement::at(point)
            + Circle::new((0, 0), 5, BLACK.filled())
            + Text::new(name, offset, ("sans-serif", 14))])?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .label_font(("sans-serif", 14))
        .draw()?;
    root.present()?;
    Ok(())
}

fn line(
    chart: &mut Chart<'_, '_>,
    name: &str,
    color: RGBColor,
    points: Vec<Point>,
) -> Result<(), Box<dyn Error>> {
    chart
        .draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(2))?
        .label(name)
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    Ok(())
}

fn families() -> [(&'static str, RGBColor, Vec<Watch>); 3] {
    let fixed = [1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 180.0, 600.0].map(Watch::Fixed);
    let doubling = [3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0];
    let ours = [10, 40, 100, 200, 400, 1_000, 3_000, 10_000].map(|millis| {
        let worth = Duration::from_millis(millis);
        let pace = Pace::builder().request_worth(worth).build();
        Watch::Ours(pace.expect("the worth is within the bounds"))
    });
    [
        (
            "a fixed wait, 1 s to 10 min",
            RGBColor(200, 60, 50),
            fixed.into(),
        ),
        (
            "doubling from 1 s, up to 3 s to 1 h",
            RGBColor(220, 150, 30),
            doubling.map(|most| Watch::Doubling(1.0, most)).into(),
        ),
        (
            "ours, a request worth 10 ms to 10 s",
            RGBColor(40, 110, 190),
            ours.into(),
        ),
    ]
}

fn mean(watch: &Watch, report: &Report) -> Point {
    let jobs: &[Job] = report.jobs();
    let stats = Stats::of(&watch.run_all(jobs, report.seed()));
    (stats.requests_mean, stats.delay_mean)
}
