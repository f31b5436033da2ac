//! What the crate costs whoever builds it.

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

/// Counts the crates that come with `prism-imports` and with reqwest, both with default features, and where `cold`
/// is set builds both from nothing.
///
/// # Errors
///
/// When a line cannot be written, or cargo fails.
pub fn build<W: Write>(report: &mut Report<W>, cold: bool) -> Result<(), Box<dyn Error>> {
    if !report.wants("build") {
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
    report.tell(&Figure::new(
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
    Ok(report.tell(&Figure::new("build/cold/reqwest", ratio, "x-time", bound))?)
}

/// A package with one dependency, and the versions that the workspace has.
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

    /// Returns how many crates are built for the dependency, itself among them, build scripts' own too.
    fn crates(&self) -> Result<f64, Box<dyn Error>> {
        let tree = self.cargo(&["tree", "--edges", "normal,build", "--prefix", "none"])?;
        let mut crates: Vec<_> = tree
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, rest)| (name, rest.split(' ').next()))
            .collect();
        crates.sort_unstable();
        crates.dedup();
        // The probe itself is one of them.
        Ok(f64::from(u32::try_from(crates.len())?) - 1.0)
    }

    /// Builds everything and returns the seconds.
    fn build(&self) -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        self.cargo(&["build", "--release", "--quiet"])?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn cargo(&self, words: &[&str]) -> Result<String, Box<dyn Error>> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.args(words).arg("--offline").current_dir(&self.0);
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
