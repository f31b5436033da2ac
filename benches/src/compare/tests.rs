use super::{Bound, Figure, Report};

fn line(name: &str, value: f64, unit: &'static str, bound: Bound) -> String {
    let figure = Figure::new(name, value, unit, bound).to_string();
    figure.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_figure_is_one_line_of_seven_fields() {
    let figure = line("decode/usual", 2.25, "x-speed", Bound::AtLeast(2.0));
    assert_eq!(figure, "decode/usual 2.250 x-speed target ≥ 2 met");
    let figure = line("get", 1.375, "x-time", Bound::AtMost(1.1));
    assert_eq!(figure, "get 1.375 x-time target ≤ 1.1 missed");
    let figure = line("threads", 0.0, "more", Bound::AtMost(0.0));
    assert_eq!(figure, "threads 0 more target ≤ 0 met");
}

#[test]
fn bounds_apply_to_the_exact_value() {
    // Both are shown as 1.100.
    assert!(!Figure::new("get", 1.100_01, "x-time", Bound::AtMost(1.1)).is_met());
    assert!(Figure::new("get", 1.1, "x-time", Bound::AtMost(1.1)).is_met());
    assert!(!Figure::new("get", f64::NAN, "x-time", Bound::AtMost(1.1)).is_met());
}

#[test]
fn a_report_ends_with_the_counts() {
    let mut out = Vec::new();
    let mut report = Report::new(&mut out, None);
    for value in [1.0, 2.0, 3.0] {
        let figure = Figure::new("get", value, "x-time", Bound::AtMost(1.1));
        report.record(&figure).unwrap();
    }
    report.skip("python", "not installed").unwrap();
    report.finish().unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().last(), Some("1 met, 2 missed"));
    assert!(out.lines().any(|line| line == "1 skipped"));
}

#[test]
fn figures_are_selected_by_prefix() {
    let mut out = Vec::new();
    let mut report = Report::new(&mut out, Some("client/get-64".to_owned()));
    assert!(report.includes("client"));
    assert!(!report.includes("decode"));
    for name in ["client/get-1/hyper", "client/get-64/hyper"] {
        let figure = Figure::new(name, 1.0, "x-time", Bound::AtMost(1.1));
        report.record(&figure).unwrap();
    }
    report.finish().unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with("client/get-64/hyper") && out.ends_with("\n1 met, 0 missed\n"));
}
