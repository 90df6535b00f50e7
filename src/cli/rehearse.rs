//! `cutover rehearse`: the runbook in an invented AWS, where nothing can break.

use std::{
    cell::RefCell,
    io,
    path::{Path, PathBuf},
    rc::Rc,
};

use super::{
    ExitStatus, Fault, Printer, RunbookArgs,
    plan::refused,
    rehearsed::{Gallery, played},
    seat::Seat,
    source::{load_any, read},
};
use crate::{
    rehearse::{Row, Silent, row, table},
    runbook::Runbook,
    sim::{BUILTIN, Scenario},
};

/// Play the runbook against invented faults, without any AWS account
///
/// Without `--scenario` every built-in scenario is played and gives one row. One scenario alone is shown as the run would
/// look, sped up, and exits as the run would. The exit code is 8 when one did not end as it should.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    /// A built-in scenario, or a file; may be repeated
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Vec<String>,
    /// Seed of all chance: the same seed gives the same rehearsal
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Write what happened in all scenarios as one HTML file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// The runbook or a scenario cannot be used.
pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let runbook = load_any(&args.runbook, printer)?;
    args.html.as_deref().map_or(Ok(()), refuse_nowhere)?;
    let scenarios = scenarios(&args.scenario)?;
    if runbook.all_gates().any(|gates| !gates.datadog.is_empty()) {
        printer.note(
            "note: Datadog is not asked: the rehearsal takes its gates to pass, so they are not exercised by it",
        );
    }
    let mut gallery = args.html.as_deref().map(Gallery::new);
    let ended = match &scenarios[..] {
        [(name, scenario)] if !args.scenario.is_empty() => {
            one((&runbook, name, scenario, args.seed), gallery.as_mut(), printer)
        }
        _ => all((&runbook, &scenarios, args.seed), gallery.as_mut(), printer),
    };
    if let Some(gallery) = gallery {
        gallery.write(&runbook, (&args.runbook, args.seed), printer)?;
    }
    ended
}

/// Refuses a file in a folder that does not exist, before anything is played for it.
fn refuse_nowhere(file: &Path) -> Result<(), Fault> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => Err(Fault::new(
            ExitStatus::Usage,
            format!("`{}` cannot be written: `{}` is no folder", file.display(), folder.display()),
        )
        .hinted("make the folder, or name a file in another one")),
    }
}

fn scenarios(wanted: &[String]) -> Result<Vec<(String, Scenario)>, Fault> {
    if wanted.is_empty() {
        let builtin = BUILTIN.iter().map(|(name, _)| (*name).to_owned());
        return builtin.map(|name| scenario(&name)).collect();
    }
    wanted.iter().map(|name| scenario(name)).collect()
}

/// Returns a scenario by its name, or from a file.
pub(super) fn scenario(name: &str) -> Result<(String, Scenario), Fault> {
    if let Some(scenario) = Scenario::builtin(name) {
        return Ok((name.to_owned(), scenario));
    }
    let read = read(Path::new(name)).and_then(|file| {
        String::from_utf8(file.text).map_err(|_| io::Error::other("it is not UTF-8 text"))
    });
    let text = read.map_err(|error| {
        let known: Vec<&str> = BUILTIN.iter().map(|(name, _)| *name).collect();
        Fault::new(
            ExitStatus::Usage,
            format!("scenario `{name}` is neither built in nor a file that can be read"),
        )
        .caused_by(error.to_string())
        .hinted(format!("built in are {}", known.join(", ")))
    })?;
    let scenario = Scenario::parse(&text)
        .map_err(|error| Fault::new(ExitStatus::Usage, format!("scenario `{name}`: {error}")))?;
    Ok((name.to_owned(), scenario))
}

fn all(
    (runbook, scenarios, seed): (&Runbook, &[(String, Scenario)], u64),
    mut gallery: Option<&mut Gallery<'_>>,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let mut rows = Vec::new();
    for (name, scenario) in scenarios {
        let (played, story) = played((runbook, scenario, seed), Silent, gallery.as_deref())?;
        let row = row(name, runbook, &scenario.expect, &played);
        if let (Some(gallery), Some(story)) = (&mut gallery, story) {
            gallery.add(&row, scenario, (&played, story));
        }
        if printer.is_json() {
            let line = serde_json::to_string(&row).map_err(|error| bug(&error))?;
            printer.data(&line)?;
        }
        rows.push(row);
    }
    if !printer.is_json() {
        for line in table(&rows) {
            printer.data(&line)?;
        }
    }
    let bad: Vec<&Row> = rows.iter().filter(|row| !row.as_expected).collect();
    if bad.is_empty() {
        printer.note(&format!("all {} scenarios ended as they should", rows.len()));
        return Ok(ExitStatus::Done);
    }
    let told = bad.iter().map(|row| format!("`{}`: {}", row.scenario, row.verdict));
    let fault = Fault::new(
        ExitStatus::Unprotected,
        format!("{} of {} scenarios did not end as they should", bad.len(), rows.len()),
    );
    let fault = told.fold(fault, Fault::caused_by);
    Err(fault.hinted(format!(
        "look at one with `cutover rehearse RUNBOOK --scenario {}`",
        bad.first().map_or("NAME", |row| &row.scenario)
    )))
}

fn one(
    (runbook, name, scenario, seed): (&Runbook, &str, &Scenario, u64),
    gallery: Option<&mut Gallery<'_>>,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    printer.note(&format!("rehearsing `{name}`: {}", scenario.description));
    let seat = Rc::new(RefCell::new(Seat::new(printer, Vec::new())));
    let watched = Rc::clone(&seat);
    let (played, story) = played((runbook, scenario, seed), watched, gallery.as_deref())?;
    seat.borrow_mut().finish();
    let row = row(name, runbook, &scenario.expect, &played);
    if let (Some(gallery), Some(story)) = (gallery, story) {
        gallery.add(&row, scenario, (&played, story));
    }
    if !played.problems.is_empty() {
        if row.as_expected {
            printer.note("it is refused, as it should be");
        }
        return Err(refused(played.problems));
    }
    let failed = format!("{} requests failed because of the cutover", row.failed_requests);
    if !row.as_expected {
        let fault = Fault::new(ExitStatus::Unprotected, format!("{}; {failed}", row.verdict));
        return Err(fault.hinted("tighten the gates, hold longer, or begin with a smaller share"));
    }
    printer.note(&format!("{failed}; it ended as it should"));
    Ok(match played.outcome {
        Some(outcome) => super::run::status(outcome),
        None => ExitStatus::Stopped,
    })
}

fn bug(error: &dyn std::error::Error) -> Fault {
    Fault::of(ExitStatus::Bug, error)
}
