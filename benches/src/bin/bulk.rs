//! Imports a file of a million rows into a server that answers at once: rows a second and peak of memory, beside a script on
//! the public Python client.
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{
    env,
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use bytes::Bytes;
use clap::Parser;
use prism_imports::{Client, ObjectType};
use prism_imports_benches::{compare::Server, rivals::Python};
use prism_imports_pipeline::{Journal, Plan, Run, Settings};

/// Imports a file of rows, ours beside the Python client.
#[derive(Debug, Parser)]
struct Args {
    /// The rows of the file; a multiple of 1,000
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// The rows that the Python client imports
    #[arg(long, default_value_t = 100_000)]
    python_rows: u64,
    /// Answer requests
    #[arg(long, hide = true)]
    serve: bool,
    /// Import a file into a server
    #[arg(long, hide = true, num_args = 2)]
    import: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    if args.serve {
        return Server::serve_body(answer());
    }
    if let [file, base_url] = args.import.as_slice() {
        return import(Path::new(file), base_url);
    }
    let folder = env::temp_dir().join(format!("prism-imports-bulk-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let result = compare(&args, &folder);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn compare(args: &Args, folder: &Path) -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let file = write(folder.join("contacts.csv"), args.rows)?;
    let output = Command::new(env::current_exe()?)
        .arg("--import")
        .arg(&file)
        .arg(server.base_url())
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let [seconds, peak] = printed.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    };
    let ours = rate(args.rows, Duration::try_from_secs_f64(seconds.parse()?)?);
    let peak = peak.parse::<f64>()? / 1024.0;
    println!(
        "ours: {} rows in {seconds} s, {ours:.0} rows/s, peak {peak:.1} MiB",
        args.rows
    );
    let Ok(mut python) = Python::start() else {
        println!("skipped: no Python with the package micro-so was found");
        return Ok(());
    };
    let file = write(folder.join("few.csv"), args.python_rows)?;
    let took = python.bulk(server.base_url(), &file)?;
    let theirs = rate(args.python_rows, took);
    let peak = python.peak_kib()? / 1024.0;
    println!(
        "Python: {} rows in {took:.2?}, {theirs:.0} rows/s, peak {peak:.1} MiB",
        args.python_rows
    );
    println!("{:.1} x-rows/s", ours / theirs);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a figure for a person")]
fn rate(rows: u64, took: Duration) -> f64 {
    rows as f64 / took.as_secs_f64()
}

/// Imports a file, and prints the seconds and the peak of the memory in KiB.
fn import(file: &Path, base_url: &str) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(async {
        let client = Client::builder()
            .api_key("a key")
            .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
            .base_url(base_url)
            .build()?;
        let plan = Plan::of(file, Settings::new(ObjectType::Contact).dedupe_by("email"))?;
        let journal = Journal::create(file.with_extension("journal"), &plan)?;
        drop(plan);
        let outcome = Run::new(&client.imports(), journal).finish().await?;
        Ok::<_, Box<dyn Error>>(outcome.report().clone())
    })?;
    if report.created() != report.rows() {
        return Err(format!("{report:?}").into());
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    println!(
        "{:.3} {}",
        began.elapsed().as_secs_f64(),
        peak.unwrap_or("0")
    );
    Ok(())
}

/// Writes a file of contacts.
fn write(path: PathBuf, rows: u64) -> std::io::Result<PathBuf> {
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "email,first_name,last_name,company")?;
    for row in 0..rows {
        writeln!(
            file,
            "person{row}@example.org,Person {row},Example,\"Company {}, Inc.\"",
            row % 977
        )?;
    }
    file.flush()?;
    Ok(path)
}

/// The answer to 1,000 rows that were all created.
fn answer() -> Bytes {
    let row = |row: u64| {
        format!(r#"{{"id":"182bd5e5-6e1a-4fe4-a799-{row:012x}","created":true,"existing":false}}"#)
    };
    let rows: Vec<_> = (0..1_000).map(row).collect();
    let head = r#"{"job_id":null,"status":"complete","total":1000,"processed":1000,"succeeded":1000,"failed":0"#;
    format!(r#"{head},"results":[{}]}}"#, rows.join(",")).into()
}
