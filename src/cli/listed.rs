//! How runs stand, each in a line: what their folders say, and whether a process drives them.

use serde_json::{Value, json};

use super::{Fault, RunFolder, taken_up::look_through};
use crate::{
    driver::Clock,
    engine::{Ending, Event, Halt, Outcome, Position, View},
    journal::FileStore,
    unit::{RunId, Share, SignedDuration, Timestamp, words},
};

/// A run as a list shows it.
pub(super) struct Listed {
    run: RunId,
    /// Whether a process drives it.
    alive: bool,
    seen: Result<Seen, String>,
}

/// What the folder of a run says.
struct Seen {
    view: View,
    outcome: Option<Outcome>,
    /// Largest part of the traffic that was read back on new, as a step sets it.
    highest: Option<Share>,
    /// When it was recorded last.
    last: Option<Timestamp>,
}

impl Listed {
    /// Looks at a run. One that cannot be read is one, too.
    pub(super) fn of(folder: &RunFolder) -> Self {
        let alive = FileStore::is_held(&folder.path);
        let seen = Seen::of(folder).map_err(|fault| fault.message().to_owned());
        Self { run: folder.run.clone(), alive, seen }
    }

    /// Returns when it began, as its name says, and how long it has gone on, or did.
    fn time(&self) -> (Option<Timestamp>, Option<SignedDuration>) {
        let began = self.run.began();
        let Ok(seen) = &self.seen else { return (began, None) };
        let end = if self.alive { Some(seen.view.at) } else { seen.last };
        let lasted = began.zip(end).map(|(began, end)| end.duration_since(began));
        (began, lasted.filter(|lasted| !lasted.is_negative()))
    }

    /// Returns what it does or how it ended, in a few words.
    fn state(&self) -> String {
        match &self.seen {
            Err(_) => "damaged".to_owned(),
            Ok(seen) if self.alive || seen.outcome.is_some() => seen.view.phase.to_owned(),
            Ok(seen) => format!("{}, no process", seen.view.phase),
        }
    }

    /// Returns it for programs.
    pub(super) fn object(&self) -> Value {
        let (began, lasted) = self.time();
        let seen = self.seen.as_ref().ok();
        json!({
            "run": self.run,
            "runbook": seen.map(|seen| &seen.view.runbook),
            "environment": seen.and_then(|seen| seen.view.environment.as_ref()),
            "alive": self.alive,
            "phase": seen.map(|seen| seen.view.phase),
            "outcome": seen.and_then(|seen| seen.outcome).map(outcome),
            "highest_share": seen.and_then(|seen| seen.highest),
            "began": began,
            "seconds": lasted.map(|lasted| lasted.as_secs()),
            "last_event_at": seen.and_then(|seen| seen.last),
            "damage": self.seen.as_ref().err(),
        })
    }

    /// Returns the cells of its line.
    fn cells(&self) -> [String; 6] {
        let (began, lasted) = self.time();
        let none = || "-".to_owned();
        let seen = self.seen.as_ref().ok();
        [
            self.run.to_string(),
            seen.and_then(|seen| seen.view.environment.clone()).unwrap_or_else(none),
            self.state(),
            seen.and_then(|seen| seen.highest).map_or_else(none, |share| share.to_string()),
            began.map_or_else(none, |at| at.strftime("%F %R UTC").to_string()),
            lasted.map_or_else(none, words),
        ]
    }
}

impl Seen {
    fn of(folder: &RunFolder) -> Result<Self, Fault> {
        let mut highest: Option<Share> = None;
        let taken = look_through(folder, |record| {
            if let Event::WeightsWritten { position: Position::Shift(_), share, .. } = &record.event
            {
                highest = Some(highest.map_or(*share, |highest| highest.max(*share)));
            }
        })?;
        Ok(Self {
            view: taken.engine.view(Clock::Real.now()),
            outcome: taken.engine.outcome(),
            highest,
            last: taken.last.map(|record| record.at),
        })
    }
}

/// Returns the lines of a list, with what stands above them.
pub(super) fn table(runs: &[Listed]) -> Vec<String> {
    let head = ["run", "environment", "state", "highest", "began", "lasted"].map(str::to_owned);
    let rows: Vec<[String; 6]> =
        std::iter::once(head).chain(runs.iter().map(Listed::cells)).collect();
    let columns = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let width: [usize; 6] = std::array::from_fn(columns);
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(width).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Returns what is wrong with runs that cannot be read, one line each.
pub(super) fn damage(runs: &[Listed]) -> impl Iterator<Item = String> {
    let told = |run: &Listed| Some(format!("note: {}", run.seen.as_ref().err()?));
    runs.iter().filter_map(told)
}

/// Returns the name that programs know an outcome by.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ended(Ending::Completed) => "completed",
        Outcome::Ended(Ending::RolledBack) => "rolled_back",
        Outcome::Ended(Ending::Refused) => "refused",
        Outcome::Halted(Halt::Stopped) => "stopped",
        Outcome::Halted(Halt::Fenced) => "fenced",
        Outcome::Halted(Halt::Stuck) => "stuck",
    }
}
