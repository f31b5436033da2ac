//! The figures of the program `counts`.

use std::{
    env,
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Bound, Figure, Report};

/// Runs the program that counts allocations and compares its figures with the targets.
///
/// Under cargo the program is built first, with the same profile. Otherwise it must be in the same directory as this
/// program.
///
/// # Errors
///
/// Returns an error if a line cannot be written, or the program fails or misses a figure.
pub fn counted<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !["allocations", "memory"]
        .iter()
        .any(|group| report.includes(group))
    {
        return Ok(());
    }
    let this = env::current_exe()?;
    let program = counts_program(&this)?;
    let output = Command::new(&program).output()?;
    if !output.status.success() {
        return Err(format!(
            "{}: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let text = String::from_utf8(output.stdout)?;
    for (name, unit, most) in FIGURES {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .ok_or_else(|| format!("{name} is missing"))?;
        let bound = Bound::AtMost(*most);
        report.record(&Figure::new(*name, value.parse()?, unit, bound))?;
    }
    Ok(())
}

fn counts_program(this: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = this.parent().ok_or("the program has no parent directory")?;
    if let Some(cargo) = env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build.args([
            "build",
            "-q",
            "-p",
            "prism-imports-benches",
            "--bin",
            "counts",
        ]);
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        if !build.status()?.success() {
            return Err("the program `counts` does not build".into());
        }
    }
    Ok(folder.join("counts"))
}

/// The names, units and upper bounds of the figures.
const FIGURES: &[(&str, &str, f64)] = &[
    ("allocations/decode/successful-row", "a-row", 0.0),
    ("allocations/decode/failed-row", "a-row", 2.0),
    ("allocations/decode/besides", "all", 64.0),
    ("memory/decode/successful-row", "bytes", 34.0),
    ("memory/incremental/peak", "MiB", 4.0),
    ("allocations/get/more", "more", 70.0),
    ("memory/submit/buffers", "x-held", 1.51),
    ("memory/fleet/job", "bytes", 1_024.0),
];
