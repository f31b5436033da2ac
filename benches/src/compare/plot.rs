//! The charts of decoding: throughput by encoding, and time by number of rows.

use std::{error::Error, path::Path, time::Duration};

use plotters::prelude::*;

use super::{
    decode::{ROWS, ours, serde, sonic},
    encodings::ENCODINGS,
    growth::times,
    race,
};

/// Draws the charts of decoding, `performance-throughput.svg` and `performance-growth.svg`, into a directory.
///
/// # Errors
///
/// Returns an error if a file cannot be written.
pub fn plot(folder: &Path) -> Result<(), Box<dyn Error>> {
    throughput(&folder.join("performance-throughput.svg"))?;
    growth(&folder.join("performance-growth.svg"))
}

fn throughput(file: &Path) -> Result<(), Box<dyn Error>> {
    let chosen = ENCODINGS
        .iter()
        .filter(|encoding| SHOWN.contains(&encoding.name));
    let groups: Vec<_> = chosen
        .map(|encoding| {
            let body = encoding.write(ROWS);
            let megabytes = f64::from(u32::try_from(body.len()).unwrap_or(u32::MAX)) / 1e6;
            let times = race(TIME, [ours(&body), sonic(&body), serde(&body)]);
            (encoding.name, times.map(|time| megabytes / time))
        })
        .collect();
    let most = groups
        .iter()
        .flat_map(|(_, speeds)| speeds)
        .fold(0.0, |most: f64, speed| most.max(*speed));
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..6.0, 0.0..most * 1.2)?;
    let label = |place: &f64| {
        let group = groups
            .iter()
            .zip(CENTRES)
            .find(|(_, middle)| (middle - place).abs() < 1e-6);
        group.map_or_else(String::new, |((name, _), _)| (*name).to_owned())
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(13)
        .x_label_formatter(&label)
        .x_desc(format!("{ROWS} rows, written in different ways"))
        .y_desc("MB a second")
        .light_line_style(BLACK.mix(0.04))
        .draw()?;
    for (side, (name, color)) in SERIES.into_iter().enumerate() {
        let bars = groups.iter().zip(CENTRES).map(|((_, speeds), middle)| {
            let left = middle + [-0.36, -0.12, 0.12][side];
            Rectangle::new([(left, 0.0), (left + 0.22, speeds[side])], color.filled())
        });
        chart
            .draw_series(bars)?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], color.filled()));
    }
    legend(&mut chart)?;
    Ok(root.present()?)
}

fn growth(file: &Path) -> Result<(), Box<dyn Error>> {
    let lines = [times(ours), times(sonic), times(serde)];
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (700.0..1_500_000.0).log_scale(),
            (0.02..1_000.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("rows")
        .y_desc("milliseconds")
        .x_label_formatter(&|value| format!("{value}"))
        .y_label_formatter(&|value| format!("{value}"))
        .light_line_style(BLACK.mix(0.04))
        .draw()?;
    for (points, (name, color)) in lines.into_iter().zip(SERIES) {
        let points = points.map(|(rows, seconds)| (rows, seconds * 1e3));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(3))?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], color.filled()));
    }
    legend(&mut chart)?;
    Ok(root.present()?)
}

fn legend<'a, 'b: 'a, C: CoordTranslate>(
    chart: &mut ChartContext<'a, SVGBackend<'b>, C>,
) -> Result<(), Box<dyn Error>> {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .label_font(("sans-serif", 14))
        .draw()?;
    Ok(())
}

const SERIES: [(&str, RGBColor); 3] = [
    ("ours, every row checked", RGBColor(40, 110, 190)),
    ("sonic-rs, derived structs", RGBColor(220, 150, 30)),
    ("serde_json, derived structs", RGBColor(200, 60, 50)),
];
/// The encodings in the chart.
const SHOWN: [&str; 6] = [
    "usual",
    "pretty",
    "newer",
    "unknown-nested",
    "orders",
    "failed-50",
];
/// The centres of the groups of bars.
const CENTRES: [f64; 6] = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5];
const SIZE: (u32, u32) = (800, 440);
const TIME: Duration = Duration::from_secs(1);
