//! What a run leaves to show that its runbook was rehearsed in an environment, and whether another run may go by it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Printer, RunFolder, StateFolder,
    saved::private_file,
    taken_up::{TakenUp, look_through},
};
use crate::{
    engine::{Ending, Event, Outcome},
    gate::Verdict,
    journal::Record,
    plan::Mode,
    runbook::{Runbook, Source},
    unit::{RunId, Share, Timestamp},
};

/// Name of the file in a run's folder.
const FILE: &str = "attestation.json";

/// What was shown by one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attestation {
    /// The run.
    run: RunId,
    /// Name of the runbook.
    runbook: String,
    /// SHA-256 of the runbook's text, in hexadecimal digits.
    runbook_sha256: String,
    /// Where it ran.
    environment: String,
    /// When it was over.
    at: Timestamp,
    /// `completed`, or `rolled back` on purpose.
    outcome: String,
    /// Numbers of the entries of `steps` that passed.
    steps_passed: BTreeSet<usize>,
    /// Largest share that passed.
    share: Share,
    /// Gates, and how many minutes each said something other than unknown.
    gates: BTreeMap<String, u64>,
    /// Seconds from the breach that was made on purpose until everybody was back; nothing where the way back was not used.
    rollback_seconds: Option<f64>,
    /// Version of cutover.
    version: String,
}

/// Returns the SHA-256 of a runbook's text, as `sha256sum` prints it.
pub(super) fn sha256(text: &[u8]) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the records of a run show.
#[derive(Default)]
struct Shown {
    at: Option<Timestamp>,
    passed: BTreeSet<usize>,
    share: Option<Share>,
    gates: BTreeMap<String, u64>,
    rollback_seconds: Option<f64>,
    version: String,
}

impl Shown {
    fn take_in(&mut self, record: &Record) {
        self.at = Some(record.at);
        if let Event::RunStarted { version, .. } | Event::Resumed { version, .. } = &record.event {
            self.version.clone_from(version);
        } else if let Event::StepPassed { step, share, .. } = &record.event {
            self.passed.insert(*step);
            self.share = self.share.max(Some(*share));
        } else if let Event::RolledBack { seconds_from_breach, .. } = &record.event {
            self.rollback_seconds = Some(*seconds_from_breach);
        } else if let Event::MinuteJudged { findings, .. } = &record.event {
            for finding in findings.iter().filter(|f| f.verdict() != Verdict::Unknown) {
                *self.gates.entry(finding.gate.clone()).or_default() += 1;
            }
        }
    }
}

/// Leaves an attestation in the folder of a run that is over, where it shows something: the run was completed, or went back
/// as an exercise. One that cannot be written is told of and changes nothing.
pub(super) fn leave(folder: &RunFolder, printer: &mut Printer) {
    let mut shown = Shown::default();
    let Ok(run) = look_through(folder, |record| shown.take_in(record)) else { return };
    let Some(attestation) = attested(&run, shown, folder) else { return };
    let path = folder.path.join(FILE);
    let written = serde_json::to_vec_pretty(&attestation)
        .map_err(io::Error::from)
        .and_then(|text| put(&path, &text));
    printer.note(&match written {
        Ok(()) => format!("attestation: {}", path.display()),
        Err(error) => format!("`{}` cannot be written: {error}", path.display()),
    });
}

/// Writes a file as a whole or not at all.
fn put(path: &Path, text: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    private_file(&unfinished, text, 0o600)?.sync_all()?;
    fs::rename(&unfinished, path)
}

fn attested(run: &TakenUp, shown: Shown, folder: &RunFolder) -> Option<Attestation> {
    let plan = &run.saved.plan;
    let (outcome, rollback_seconds) = match (run.engine.outcome()?, plan.mode) {
        (Outcome::Ended(Ending::Completed), Mode::Usual) => ("completed", None),
        (Outcome::Ended(Ending::RolledBack), Mode::ExerciseRollback)
            if run.engine.was_exercised() =>
        {
            ("rolled back", shown.rollback_seconds)
        }
        _ => return None,
    };
    let text = fs::read(folder.path.join("runbook.yaml")).ok()?;
    Some(Attestation {
        run: folder.run.clone(),
        runbook: plan.runbook.clone(),
        runbook_sha256: sha256(&text),
        environment: plan.environment.clone()?,
        at: shown.at?,
        outcome: outcome.to_owned(),
        steps_passed: shown.passed,
        share: shown.share?,
        gates: shown.gates,
        rollback_seconds,
        version: shown.version,
    })
}

/// Returns why a runbook that must have been rehearsed may not begin, where it was not: nobody has left an attestation that
/// this very text was completed there, and that its way back was used.
pub(super) fn unrehearsed(
    runbook: &Runbook,
    source: &Source,
    state: &StateFolder,
) -> Option<String> {
    let wanted = runbook.preflight.rehearsed.as_deref()?;
    if runbook.environment.name.as_deref() == Some(wanted) {
        return None;
    }
    let all: Vec<Attestation> = state.runs().unwrap_or_default().iter().filter_map(read).collect();
    let there = |a: &&Attestation| a.environment == wanted && a.runbook == runbook.name;
    missing(runbook, wanted, &sha256(&source.text), &all.iter().filter(there).collect::<Vec<_>>())
        .map(|what| {
            format!(
                "`preflight.rehearsed: {wanted}`: {what}; `cutover run {} --env {wanted} --exercise-rollback` does it (attestations are looked for in `{}`)",
                source.path,
                state.path().display()
            )
        })
}

fn missing(runbook: &Runbook, wanted: &str, hash: &str, there: &[&Attestation]) -> Option<String> {
    let same: Vec<_> = there.iter().filter(|a| a.runbook_sha256 == hash).collect();
    if same.is_empty() {
        return Some(match there.iter().max_by_key(|a| a.at) {
            Some(other) => format!(
                "the runbook was rehearsed in {wanted} with another text, in run {}; it has been edited since",
                other.run
            ),
            None => format!("no run of this runbook in {wanted} has left an attestation"),
        });
    }
    if same.iter().all(|a| a.rollback_seconds.is_none()) {
        return Some(format!("the way back was never used in {wanted}"));
    }
    let passed: BTreeSet<usize> = same.iter().flat_map(|a| a.steps_passed.clone()).collect();
    let open = runbook.shifts().find(|step| !passed.contains(step))?;
    Some(format!("step {open} was never passed in {wanted}; a whole run there does it"))
}

/// Reads the attestation of a run; one that cannot be read shows nothing.
fn read(folder: &RunFolder) -> Option<Attestation> {
    read_from(&folder.path.join(FILE)).ok()
}

fn read_from(path: &Path) -> io::Result<Attestation> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{Choice, parse};

    const TEXT: &str = "version: 1\nname: api\nenvironments: { staging: {}, production: {} }\n\
        preflight: { rehearsed: staging }\nrecords:\n  - { name: a.example.com, zone: example.com, \
        legacy: { elb: a }, new: { alb: b } }\n\
        steps:\n  - { weight: 5%, hold: 10m }\n  - approve: { ask: \"Go?\", timeout: 1h, on_timeout: stop }\n  - { weight: 100%, hold: 10m }\n";

    fn attestation(outcome: &str, steps: &[usize], rollback_seconds: Option<f64>) -> Attestation {
        Attestation {
            run: "api-20261123T021400Z-9f3a".parse().unwrap(),
            runbook: "api".to_owned(),
            runbook_sha256: sha256(TEXT.as_bytes()),
            environment: "staging".to_owned(),
            at: "2026-11-23T05:14:00Z".parse().unwrap(),
            outcome: outcome.to_owned(),
            steps_passed: steps.iter().copied().collect(),
            share: "100%".parse().unwrap(),
            gates: BTreeMap::new(),
            rollback_seconds,
            version: "0.1.0".to_owned(),
        }
    }

    fn verdict(text: &str, left: &[Attestation]) -> Option<String> {
        verdict_in("production", text, left)
    }

    fn verdict_in(environment: &str, text: &str, left: &[Attestation]) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        for (index, attestation) in left.iter().enumerate() {
            let folder = dir.path().join(format!("api-20261123T02140{index}Z-9f3a"));
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(FILE), serde_json::to_vec(attestation).unwrap()).unwrap();
        }
        let source = Source { path: "api.yaml".to_owned(), text: text.as_bytes().to_vec() };
        let environment = Some(environment.to_owned());
        let runbook = parse(&source, &Choice { environment, vars: BTreeMap::new() }).unwrap();
        unrehearsed(&runbook, &source, &StateFolder::new(dir.path()))
    }

    #[test]
    fn a_runbook_that_was_never_rehearsed_says_how_to() {
        let why = verdict(TEXT, &[]).unwrap();
        assert!(why.contains("no run of this runbook in staging"), "{why}");
        assert!(why.contains("cutover run api.yaml --env staging --exercise-rollback"), "{why}");
    }

    #[test]
    fn the_rehearsal_itself_needs_none() {
        assert_eq!(verdict_in("staging", TEXT, &[]), None);
    }

    #[test]
    fn one_exercise_that_passed_every_step_is_enough() {
        assert_eq!(verdict(TEXT, &[attestation("rolled back", &[1, 3], Some(0.7))]), None);
    }

    #[test]
    fn a_completed_run_and_an_exercise_are_enough_together_and_neither_alone() {
        let completed = attestation("completed", &[1, 3], None);
        let exercised = attestation("rolled back", &[1], Some(0.7));
        assert_eq!(verdict(TEXT, &[completed.clone(), exercised.clone()]), None);
        assert!(verdict(TEXT, &[completed]).unwrap().contains("the way back was never used"));
        assert!(verdict(TEXT, &[exercised]).unwrap().contains("step 3 was never passed"));
    }

    #[test]
    fn a_runbook_that_was_edited_since_was_not_rehearsed() {
        let edited = TEXT.replace("10m", "9m");
        let why = verdict(&edited, &[attestation("rolled back", &[1, 3], Some(0.7))]).unwrap();
        assert!(why.contains("it has been edited since"), "{why}");
    }

    #[test]
    fn another_environment_shows_nothing() {
        let mut elsewhere = attestation("rolled back", &[1, 3], Some(0.7));
        elsewhere.environment = "production".to_owned();
        assert!(verdict(TEXT, &[elsewhere]).is_some());
    }

    #[test]
    fn a_runbook_that_asks_for_no_rehearsal_needs_none() {
        assert_eq!(verdict(&TEXT.replace("preflight: { rehearsed: staging }\n", ""), &[]), None);
    }
}
