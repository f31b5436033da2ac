//! The build cost of the crate.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{self, Command},
    time::Instant,
};

use super::{Bound, Figure, Report};

/// Counts the dependencies of `prism-imports` and of reqwest, both with default features. If `cold` is set, also
/// measures a clean build of both.
///
/// # Errors
///
/// Returns an error if a line cannot be written, or cargo fails.
pub fn build<W: Write>(report: &mut Report<W>, cold: bool) -> Result<(), Box<dyn Error>> {
    if !report.includes("build") {
        return Ok(());
    }
    let folder = env::temp_dir().join(format!("prism-imports-build-{}", process::id()));
    let ours = format!(
        "prism-imports = {{ path = '{}' }}",
        workspace().join("crates/api").display()
    );
    let ours = Probe::new(folder.join("ours"), &ours)?;
    let reqwest = Probe::new(folder.join("reqwest"), r#"reqwest = "0.13""#)?;
    let measured = measure(report, &ours, &reqwest, cold);
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure<W: Write>(
    report: &mut Report<W>,
    ours: &Probe,
    reqwest: &Probe,
    cold: bool,
) -> Result<(), Box<dyn Error>> {
    let ratio = ours.crates()? / reqwest.crates()?;
    let bound = Bound::AtMost(1.0);
    report.record(&Figure::new(
        "build/crates/reqwest",
        ratio,
        "x-crates",
        bound,
    ))?;
    if !cold {
        let reason = "it takes minutes; --cold-build measures it";
        return Ok(report.skip("build/cold/reqwest", reason)?);
    }
    let ratio = ours.build()? / reqwest.build()?;
    Ok(report.record(&Figure::new("build/cold/reqwest", ratio, "x-time", bound))?)
}

/// A package with one dependency and the lockfile of the workspace.
struct Probe(PathBuf);

impl Probe {
    fn new(folder: PathBuf, dependency: &str) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        let manifest = format!(
            "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self(folder))
    }

    /// Returns the number of crates that are built for the dependency, including itself and build dependencies.
    fn crates(&self) -> Result<f64, Box<dyn Error>> {
        let tree = self.cargo(&["tree", "--edges", "normal,build", "--prefix", "none"])?;
        let mut crates: Vec<_> = tree
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, rest)| (name, rest.split(' ').next()))
            .collect();
        crates.sort_unstable();
        crates.dedup();
        // The list includes the probe package.
        Ok(f64::from(u32::try_from(crates.len())?) - 1.0)
    }

    /// Builds the package and returns the duration in seconds.
    fn build(&self) -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        self.cargo(&["build", "--release", "--quiet"])?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn cargo(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command
            .args(arguments)
            .arg("--offline")
            .current_dir(&self.0);
        command.env("CARGO_TARGET_DIR", self.0.join("target"));
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
