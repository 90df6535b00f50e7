//! One night in which a process meets its doom, and what there must be in the morning.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cutover::journal::{FileStore, parse};
use serde_json::Value;

use super::doom::Doom;
use crate::night::{
    journal::journal,
    process::{Left, Process, Result},
    sky::{CALM, Sky, Speed},
};

/// Two steps, as short as they can be.
const RUNBOOK: &str = "
version: 1
name: short
environments: { staging: {} }
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api }
    new: { alb: api-new }
steps:
  - { weight: 25%, hold: 1m }
  - { weight: 100%, hold: 1m }
policy: { metric_lag: 1m, settle_slop: 10s }
";

const BREACH: &str = "description: new fails as soon as users arrive\n\
    faults:\n  - from_share: 10%\n    side: new\n    errors: 60%\n";

/// What the doomed process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// It runs, and nothing is wrong.
    Run,
    /// It runs, and goes back because new fails.
    Breach,
    /// It goes back, after another process has come to the first step and died.
    Rollback,
    /// It finishes, after another has moved everybody.
    Finish,
}

/// What the next process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Resume,
    Rollback,
}

/// Whether a process has come to the place where its doom waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Met,
    /// It ended before: there is no such place.
    Never,
}

/// How often a night is begun that a busy machine keeps from beginning.
const PATIENCE: usize = 5;

/// Plays one night to its morning.
///
/// # Errors
/// In words: what is not as it must be.
pub(super) fn play((act, next): (Act, Next), doom: &Doom, speed: Speed) -> Result<Came> {
    // A machine that has no time for a night for a second lets calls time out, and a preflight that cannot read everything
    // refuses, as it must.
    let refused = |why: &str| why.contains("preflight") && why.contains("timed out");
    let mut played = once((act, next), doom, speed);
    for _ in 1..PATIENCE {
        match &played {
            Err(why) if refused(&why.to_string()) => played = once((act, next), doom, speed),
            Ok(_) | Err(_) => break,
        }
    }
    played
}

fn once((act, next): (Act, Next), doom: &Doom, speed: Speed) -> Result<Came> {
    let scenario = if act == Act::Breach { BREACH } else { CALM };
    let sky = Sky::of(RUNBOOK, scenario, speed)?;
    let night = Night { sky, act, next };
    let known = night.prologue()?;
    let left = night.doomed(doom)?.end()?;
    let met = if doom.how.kills() {
        left.code.is_none()
    } else {
        left.said.contains("could not be recorded")
    };
    if !met {
        night.expect(left.code == Some(night.own_end()), "the undisturbed end", &left)?;
        return Ok(Came::Never);
    }
    night.morning(known)?;
    Ok(Came::Met)
}

struct Night {
    sky: Sky,
    act: Act,
    next: Next,
}

impl Night {
    /// Plays what comes before the doomed process; returns how many runs there are then.
    fn prologue(&self) -> Result<usize> {
        match self.act {
            Act::Run | Act::Breach => Ok(0),
            Act::Rollback => {
                let mut run = self.sky.run(&[])?;
                run.until("weights_written", 1)?;
                run.kill()?;
                Ok(0)
            }
            Act::Finish => {
                let left = self.sky.run(&[])?.end()?;
                self.expect(left.code == Some(0), "the run before the finish", &left)?;
                Ok(1)
            }
        }
    }

    fn doomed(&self, doom: &Doom) -> Result<Process> {
        let arguments: &[&str] = match self.act {
            Act::Run | Act::Breach => &["run", "runbook.yaml", "--env", "staging", "--yes"],
            Act::Rollback => &["rollback", "--yes"],
            Act::Finish => &["finish", "--yes", "--for", "1m", "--below", "100%"],
        };
        self.sky.start_doomed(arguments, doom)
    }

    /// Returns the exit code of the doomed process where its doom does not come.
    fn own_end(&self) -> i32 {
        if self.act == Act::Breach { 4 } else { 0 }
    }

    /// Looks, goes on or back, and looks again.
    fn morning(&self, known: usize) -> Result<()> {
        let runs = self.runs()?;
        if runs.len() <= known {
            // It died before it had anything to record, and so before it could change anything.
            return self.expect_untouched();
        }
        let newest = runs.last().ok_or("there is a run")?;
        let run = newest.file_name().and_then(|name| name.to_str()).ok_or("it has a name")?;
        let began = self.status(run)?;
        let left = match self.next {
            Next::Resume => self.sky.start(&["resume", run])?.end()?,
            Next::Rollback => self.sky.start(&["rollback", run, "--yes"])?.end()?,
        };
        match (self.next, began) {
            (Next::Resume, Began::No) => {
                self.expect(left.code == Some(7), "nothing to resume", &left)?;
                return self.expect_untouched();
            }
            (Next::Resume, Began::Over(code)) => {
                self.expect(left.code == Some(0), "it is over", &left)?;
                self.expect(self.resumed_end(newest)? == code, "its own end", &left)?;
            }
            (Next::Resume, Began::Yes) => {
                self.expect(left.code == Some(self.resumed_end(newest)?), "the end", &left)?;
            }
            (Next::Rollback, _) => self.expect(left.code == Some(0), "back", &left)?,
        }
        self.expect_journals(&left)?;
        self.expect_records(&left)
    }

    /// Returns the exit code of a run that was resumed. It goes back where that was on record.
    fn resumed_end(&self, folder: &Path) -> Result<i32> {
        let lines = journal(folder)?;
        let back = lines.iter().any(|line| line.event == "rollback_started");
        self.expect_back(back)?;
        Ok(if back { 4 } else { 0 })
    }

    fn expect_back(&self, back: bool) -> Result<()> {
        match self.act {
            Act::Breach if !back => Err("new fails, and nobody goes back".into()),
            Act::Run | Act::Finish if back => Err("nothing is wrong, and it goes back".into()),
            Act::Run | Act::Finish | Act::Breach | Act::Rollback => Ok(()),
        }
    }

    fn status(&self, run: &str) -> Result<Began> {
        let left = self.sky.start(&["status", run])?.end()?;
        let told: Value = serde_json::from_str(left.printed.first().map_or("", String::as_str))
            .map_err(|error| format!("status: {error}: {left:?}"))?;
        self.expect(told["alive"] == false, "nobody drives it", &left)?;
        // Only the events after `preflight_passed` are of a run that has begun.
        let begun = told["last_event"]["seq"].as_u64() > Some(1);
        match left.code {
            Some(5 | 6) => Ok(if begun { Began::Yes } else { Began::No }),
            Some(code @ (0 | 4)) => Ok(Began::Over(code)),
            _ => Err(format!("status exits with {:?}: {left:?}", left.code).into()),
        }
    }

    /// Returns the folders of all runs, oldest first.
    fn runs(&self) -> Result<Vec<PathBuf>> {
        let folder = self.sky.folder().join(".cutover");
        let mut runs: Vec<PathBuf> = match fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(_) => Vec::new(),
        };
        runs.sort();
        Ok(runs)
    }

    /// Every journal is whole and ends with the line that its run ended with.
    fn expect_journals(&self, left: &Left) -> Result<()> {
        for folder in self.runs()? {
            let name = folder.file_name().and_then(|name| name.to_str()).ok_or("it has a name")?;
            let records = parse(&name.parse()?, &FileStore::peek(&folder)?)
                .map_err(|error| format!("{error}: {left:?}"))?;
            if let Some(number) = (1..).zip(&records).find(|(n, r)| r.seq != *n) {
                return Err(format!("a gap: {number:?}").into());
            }
        }
        Ok(())
    }

    fn expect_untouched(&self) -> Result<()> {
        let standing = self.standing()?;
        let right = match self.act {
            Act::Run | Act::Breach => standing == Standing::Simple,
            Act::Rollback => standing == Standing::Pair(75, 25),
            Act::Finish => standing == Standing::Pair(0, 100),
        };
        let held = self.sky.lock()?.is_some();
        if right && held == (self.act == Act::Rollback) {
            return Ok(());
        }
        Err(format!("nothing was to be changed, and there are {standing:?}, locked: {held}").into())
    }

    fn expect_records(&self, left: &Left) -> Result<()> {
        let standing = self.standing()?;
        let back = matches!(standing, Standing::Simple | Standing::Pair(100, 0));
        let right = match (self.act, self.next) {
            (Act::Run, Next::Resume) => standing == Standing::Pair(0, 100),
            (Act::Finish, Next::Resume) => standing == Standing::Simple,
            (Act::Finish, Next::Rollback) => standing == Standing::Pair(0, 100),
            // Nobody knows of a rollback that died before it could record that it began.
            (Act::Rollback, Next::Resume) => back || standing == Standing::Pair(0, 100),
            (Act::Run | Act::Breach | Act::Rollback, _) => back,
        };
        self.expect(right, &format!("records, not {standing:?}"), left)?;
        self.expect(self.sky.lock()?.is_none(), "no lock", left)
    }

    fn standing(&self) -> Result<Standing> {
        let records = self.sky.records(&["api.example.com"], "example.com")?;
        let weight = |at: usize| records[at].weight().map(|weight| weight.0);
        match records.len() {
            1 if weight(0).is_none() => Ok(Standing::Simple),
            2 => match (weight(0), weight(1)) {
                (Some(legacy), Some(new)) => Ok(Standing::Pair(legacy, new)),
                _ => Ok(Standing::Other),
            },
            _ => Ok(Standing::Other),
        }
    }

    fn expect(&self, right: bool, what: &str, left: &Left) -> Result<()> {
        if right {
            return Ok(());
        }
        let last: Vec<_> = left.printed.iter().rev().take(4).rev().collect();
        Err(format!("expected: {what}; exit {:?}, said {:?}, last {last:#?}", left.code, left.said)
            .into())
    }
}

/// How far a run had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Began {
    No,
    Yes,
    /// It is over, and this is its exit code.
    Over(i32),
}

/// What is at the runbook's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Simple,
    Pair(u8, u8),
    Other,
}
