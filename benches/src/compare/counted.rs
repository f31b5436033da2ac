//! What is counted by the program `counts`.

use std::{
    env,
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Bound, Figure, Report};

/// Runs the program that counts allocations, and judges its figures.
///
/// Under cargo it is built first, in the same profile; else it is to stand beside this program.
///
/// # Errors
///
/// When a line cannot be written, or the program does not say what it is to say.
pub fn counted<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !["allocations", "memory"]
        .iter()
        .any(|group| report.wants(group))
    {
        return Ok(());
    }
    let this = env::current_exe()?;
    let program = beside(&this)?;
    let output = Command::new(&program).output()?;
    if !output.status.success() {
        return Err(format!(
            "{}: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let said = String::from_utf8(output.stdout)?;
    for (name, unit, most) in FIGURES {
        let value = said
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .ok_or_else(|| format!("no word of {name}"))?;
        let bound = Bound::AtMost(*most);
        report.tell(&Figure::new(*name, value.parse()?, unit, bound))?;
    }
    Ok(())
}

fn beside(this: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = this.parent().ok_or("a program stands in a folder")?;
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
            return Err("the program that counts does not build".into());
        }
    }
    Ok(folder.join("counts"))
}

/// Names, units, and the most that they may be.
const FIGURES: &[(&str, &str, f64)] = &[
    ("allocations/decode/successful-row", "a-row", 0.0),
    ("allocations/decode/failed-row", "a-row", 2.0),
    ("allocations/decode/besides", "all", 64.0),
    ("memory/decode/successful-row", "bytes", 34.0),
    ("memory/incremental/peak", "MiB", 4.0),
    ("allocations/transport/generic", "more", 2.0),
    ("allocations/transport/boxed", "more", 4.0),
    ("memory/submit/buffers", "x-held", 1.51),
    ("memory/fleet/job", "bytes", 1_024.0),
];
