//! The table, written row by row.

use std::{
    fmt,
    io::{self, Write},
};

use prism_imports_tests::faults::{Call, Cost, Outcome, Script};
use tokio::task::JoinSet;

use super::{ATTEMPTS, Cell, Client, TIMES, Worse, worse};

/// The scripts that ran and the results of our client.
#[derive(Clone, Debug, Default)]
pub struct Report {
    scripts: usize,
    /// The scripts in which our client is worse.
    lost: Vec<String>,
    /// The rules that our client broke.
    broken: Vec<String>,
}

impl Report {
    /// Runs every script with every call of every client and writes the table.
    ///
    /// # Errors
    ///
    /// Returns an error if a process cannot be started or the table cannot be written.
    pub async fn run(scripts: &[Script], out: &mut impl Write) -> io::Result<Self> {
        let mut report = Self::default();
        write!(out, "| script | call |")?;
        for client in Client::ALL {
            write!(out, " {} |", client.name())?;
        }
        writeln!(out, "\n|---|---|---|---|---|---|")?;
        for script in scripts {
            let mut worse_in = None;
            for call in Call::ALL {
                let cells = cells(script, call).await?;
                write!(out, "| {} | {} |", script.name, call.name())?;
                for cell in &cells {
                    let with_memory = script.cost == Cost::Memory;
                    write!(out, " {} |", CellText { cell, with_memory })?;
                }
                writeln!(out)?;
                out.flush()?;
                worse_in = worse_in.or(report.judge(script, call, &cells));
            }
            report.scripts += 1;
            report.lost.extend(worse_in);
        }
        Ok(report)
    }

    /// Returns `true` if our client is never worse and breaks no rule.
    pub fn is_ok(&self) -> bool {
        self.lost.is_empty() && self.broken.is_empty()
    }

    /// Writes the legend and the summary below the table.
    ///
    /// # Errors
    ///
    /// Returns an error if the text cannot be written.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "\nA cell: the outcome, then requests · POSTs · connections, and the time. Each client has {ATTEMPTS} \
             attempts of {:?} and {:?} for a call.\n",
            TIMES.attempt, TIMES.deadline
        )?;
        for client in Client::ALL {
            writeln!(out, "- {}: {}.", client.name(), client.settings())?;
        }
        writeln!(out)?;
        for broken in &self.broken {
            writeln!(out, "broken by ours: {broken}")?;
        }
        for lost in &self.lost {
            writeln!(out, "ours is worse: {lost}")?;
        }
        writeln!(
            out,
            "{} scripts, ours worse in {}",
            self.scripts,
            self.lost.len()
        )
    }

    fn judge(&mut self, script: &Script, call: Call, cells: &[Cell]) -> Option<String> {
        let [ours, others @ ..] = cells else {
            return None;
        };
        for breach in &ours.breaches {
            self.broken
                .push(format!("{}, {}: {breach}", script.name, call.name()));
        }
        let mut others = Client::ALL.iter().skip(1).zip(others);
        let worse: Option<(&Client, Worse)> =
            others.find_map(|(client, theirs)| Some((client, worse(script, ours, theirs)?)));
        worse.map(|(client, worse)| {
            let (script, call, client) = (script.name, call.name(), client.name());
            format!("{script}, {call}: {worse} than {client}")
        })
    }
}

/// Runs a row: scripts that only wait run concurrently, the others one at a time.
async fn cells(script: &Script, call: Call) -> io::Result<Vec<Cell>> {
    if script.cost != Cost::Time {
        let mut cells = Vec::new();
        for client in Client::ALL {
            cells.push(Cell::run(script, call, client).await?);
        }
        return Ok(cells);
    }
    let mut tasks = JoinSet::new();
    for (place, client) in Client::ALL.into_iter().enumerate() {
        let script = script.clone();
        tasks.spawn(async move { (place, Cell::run(&script, call, client).await) });
    }
    let mut cells = tasks.join_all().await;
    cells.sort_by_key(|(place, _)| *place);
    cells.into_iter().map(|(_, cell)| cell).collect()
}

/// Formats a cell for the table.
struct CellText<'a> {
    cell: &'a Cell,
    with_memory: bool,
}

impl fmt::Display for CellText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell {
            reported,
            wire,
            breaches,
        } = self.cell;
        for breach in breaches {
            write!(f, "**{breach}** ")?;
        }
        f.write_str(match &reported.outcome {
            Outcome::Answer => "answer",
            Outcome::Wrong => "foreign answer",
            Outcome::Error(message) => message,
        })?;
        let time = reported.elapsed.unwrap_or_default().as_millis();
        let (requests, posts, connections) = (wire.requests, wire.posts, wire.connections);
        write!(f, ", {requests}·{posts}·{connections}, {time} ms")?;
        if self.with_memory {
            write!(f, ", {} MiB", reported.peak.unwrap_or_default() / 1_024)?;
        }
        Ok(())
    }
}
