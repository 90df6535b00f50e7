//! `cutover run`: the night itself.

use std::{cell::RefCell, rc::Rc};

use super::{
    ExitStatus, Fault, Printer, RunbookArgs, StateArgs, StateFolder, Yes,
    attestation::{self, unrehearsed},
    aws, can_ask, card, confirm, datadog,
    desk::Desk,
    plan, report, runtime,
    saved::{Checks, Saved},
    seat::Seat,
    source::load,
    state_file::TerraformArgs,
    taken_up::{Subject, unfinished},
};
use crate::{
    cloud::{Cloud, DryRun},
    driver::{Asks, Clock, DriveError, Driver, Observer as _},
    engine::{Ending, Engine, Event, Halt, Outcome, beginning},
    journal::{FileStore, Journal, JournalError, Record, Store},
    plan::{Made, Mode, Plan, Standing},
    report::json,
    runbook::{Runbook, Source},
    unit::{RunId, Share},
};

/// Move the traffic: step by step, gated, with the way back always open
///
/// Shows the plan and asks before anything is changed. Ctrl-C once stops it, resumable; twice rolls back.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    #[command(flatten)]
    state: StateArgs,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Run although no gate watches errors or latency
    #[arg(long)]
    no_gates: bool,
    /// Do everything but write: nobody is moved, and the report says what would have been written
    #[arg(long, conflicts_with = "take_over")]
    dry_run: bool,
    /// Break the last step on purpose once it has passed, so that the way back is used; for staging
    #[arg(long, conflicts_with = "dry_run")]
    exercise_rollback: bool,
    /// Take the zones over from the run that holds their locks; it writes nothing more
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    terraform: TerraformArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (source, runbook) = load(&args.runbook)?;
    refuse_ungated(&runbook, args.no_gates)?;
    let asks = !args.yes && !args.dry_run;
    if asks {
        can_ask("move this traffic?")?;
    }
    let managed = args.terraform.read(printer)?;
    let state = StateFolder::new(&args.state.state);
    let standing = if args.take_over { Standing::TakeOver } else { Standing::Refuse };
    // Without a lock the other run would not notice that this one has taken over.
    if standing == Standing::Refuse || !runbook.prepare.lock {
        refuse_beside_another(&Subject::of(&runbook), &state)?;
    }
    let unrehearsed = unrehearsed(&runbook, &source, &state);
    runtime()?.block_on(async {
        let run = new_run(&runbook.name);
        let session = aws::session_of(&run);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        let made = plan::planned(&cloud, &runbook, standing, unrehearsed).await;
        let mut made = match made {
            Ok(made) => made,
            Err(problems) => return Err(refused(problems, run, printer)),
        };
        made.plan.mode = args.mode();
        made.hazards.extend(args.terraform.warnings(&made.plan, &managed));
        if !printer.is_json() {
            plan::show(&made, printer)?;
        }
        if asks && confirm(&format!("\n{}", question(&made.plan)))? == Yes::No {
            return Err(Fault::new(ExitStatus::Refused, "nothing was changed: the answer was no"));
        }
        let saved = Saved {
            plan: made.plan.clone(),
            environment: runbook.environment.clone(),
            vars: args.runbook.vars.map(),
        };
        let (journal, checks) = record(&saved, &source, &state, run)?;
        let folder = state.of(journal.run());
        card::leave(&saved.plan, journal.run(), &state, printer)?;
        let desk = Desk::of(&folder, &saved, &checks);
        let (kept, seat) = ((journal, checks), seat(printer, &state));
        seat.borrow_mut().tell_others(&saved.plan, &folder.path);
        let status = match made.plan.mode {
            Mode::DryRun => begin(&DryRun::of(cloud), &made, kept, seat, &desk).await,
            Mode::Usual | Mode::ExerciseRollback => begin(&cloud, &made, kept, seat, &desk).await,
        };
        attestation::leave(&folder, printer);
        report::leave(&folder, printer);
        status
    })
}

impl Args {
    fn mode(&self) -> Mode {
        match (self.dry_run, self.exercise_rollback) {
            (true, _) => Mode::DryRun,
            (false, true) => Mode::ExerciseRollback,
            (false, false) => Mode::Usual,
        }
    }
}

/// Returns the id of a run of this runbook that begins now. The microseconds tell runs of the same second apart.
pub(super) fn new_run(runbook: &str) -> RunId {
    let now = Clock::Real.now();
    RunId::new(runbook, now, (now.subsec_nanosecond() / 1000 % 65_536) as u16)
}

/// Returns the question before anything is changed: what moves, where, and how far.
fn question(plan: &Plan) -> String {
    let end = plan.shifts.last().map_or(Share::ZERO, |shift| shift.share);
    let steps = plan.shifts.len();
    format!("move {} to {end} on new, in {steps} steps?", what_moves(plan))
}

/// Returns the names that a plan moves, as far as a line holds them, and its environment.
pub(super) fn what_moves(plan: &Plan) -> String {
    const NAMES: usize = 2;
    let names = plan.pairs.iter().take(NAMES).map(|pair| format!("{} {}", pair.name, pair.kind));
    let mut what = names.collect::<Vec<_>>().join(", ");
    if let Some(more) = plan.pairs.len().checked_sub(NAMES).filter(|more| *more > 0) {
        what = format!("{what} and {more} more");
    }
    let place = plan.environment.as_ref().map_or(String::new(), |name| format!(" ({name})"));
    format!("{what}{place}")
}

/// A run that is not over has a baseline of its own: another one would take its half-way weights for one.
pub(super) fn refuse_beside_another(
    subject: &Subject<'_>,
    state: &StateFolder,
) -> Result<(), Fault> {
    let Some(other) = unfinished(subject, state) else { return Ok(()) };
    let run = &other.run;
    Err(Fault::new(
        ExitStatus::Refused,
        format!("run {run} of this runbook is not over; nothing was changed"),
    )
    .hinted(format!(
        "look at it with `cutover status {run}`, go on with it with `cutover resume {run}`, end it with `cutover rollback {run}`, \
         or, where it is dead, begin anew from what it left with `--take-over`"
    )))
}

fn refuse_ungated(runbook: &Runbook, allowed: bool) -> Result<(), Fault> {
    let gated = runbook.all_gates().all(|gates| gates.errors.is_some() || gates.latency.is_some());
    if gated || allowed {
        return Ok(());
    }
    Err(Fault::new(
        ExitStatus::Refused,
        "no gate watches errors and none watches latency, so nothing would stop a bad step",
    )
    .hinted("switch one of them on, or pass `--no-gates`; nothing was changed"))
}

/// Tells why the run does not begin. There is nothing to record: nothing was changed.
pub(super) fn refused(problems: Vec<String>, run: RunId, printer: &mut Printer) -> Fault {
    if printer.is_json() {
        let event = Event::PreflightFailed { problems: problems.clone() };
        let told = match Record::first(Clock::Real.now(), run, event) {
            Ok(record) => printer.data(&json(&record)),
            Err(error) => Err(Fault::of(ExitStatus::Bug, &error)),
        };
        if let Err(fault) = told {
            return fault;
        }
    }
    plan::refused(problems)
}

/// Makes the run's folder and begins its journal; returns it with the checks of the files beside it.
pub(super) fn record(
    saved: &Saved,
    source: &Source,
    state: &StateFolder,
    run: RunId,
) -> Result<(Journal<FileStore>, Checks), Fault> {
    let folder = state.of(&run).path;
    let checks = saved.write(&folder, &source.text)?;
    let refused = |error: &JournalError| Fault::of(ExitStatus::Refused, error);
    let store = FileStore::create(&folder)
        .map_err(|source| JournalError::Io { run: run.clone(), doing: "created", source })
        .map_err(|error| refused(&error))?;
    let (journal, _) = Journal::open(store, run).map_err(|error| refused(&error))?;
    Ok((journal, checks))
}

pub(super) async fn begin<C: Cloud>(
    cloud: &C,
    made: &Made,
    (journal, checks): (Journal<FileStore>, Checks),
    seat: Rc<RefCell<Seat>>,
    desk: &Desk,
) -> Result<ExitStatus, Fault> {
    let engine = Engine::new(made.plan.clone(), journal.run().clone());
    let mut driver =
        Driver::new(cloud, engine, journal, Rc::clone(&seat), Clock::Real, jitter_seed())
            .with_commands(desk.commands())
            .with_datadog(datadog::client(&made.plan.all_datadog()));
    let [started, passed] = beginning(&made.plan, &new_owner(), &made.hazards);
    for event in [started.with_files(checks), passed] {
        driver.commit(event).map_err(|error| left(&error))?;
    }
    finish(&mut driver, &seat, Some(desk)).await
}

/// Returns the operator's seat of a run that is kept in this folder.
pub(super) fn seat(printer: &Printer, state: &StateFolder) -> Rc<RefCell<Seat>> {
    let mut options = printer.globals().to_repeat();
    options.extend(state.to_repeat());
    Rc::new(RefCell::new(Seat::new(printer, options)))
}

/// Drives a run to where this process leaves it. At its desk it takes requests; a rollback has none.
///
/// # Errors
/// The journal cannot be written.
pub(super) async fn finish<C: Cloud, S: Store>(
    driver: &mut Driver<'_, C, S, Rc<RefCell<Seat>>>,
    seat: &Rc<RefCell<Seat>>,
    desk: Option<&Desk>,
) -> Result<ExitStatus, Fault> {
    let mut asks = Asks::from_signals().map_err(|error| {
        Fault::new(ExitStatus::Stopped, "signals cannot be listened to")
            .caused_by(error.to_string())
    })?;
    seat.borrow_mut().answer_to(&asks);
    // It is there for as long as the run is driven. A run that nobody can ask goes on all the same.
    let inbox = desk.map(|desk| desk.open(&asks)).transpose();
    if let Err(error) = &inbox {
        Rc::clone(seat).notice(&format!("the run takes no requests: {error}"));
    }
    let outcome = driver.drive(&mut asks).await;
    drop(inbox);
    seat.borrow_mut().finish();
    let outcome = outcome.map_err(|error| left(&error))?;
    // What was to be shown has been shown.
    Ok(if driver.engine().was_exercised() { ExitStatus::Done } else { status(outcome) })
}

/// Returns the fault of a run that was left where it was.
pub(super) fn left(error: &DriveError) -> Fault {
    let status = match error {
        DriveError::Journal(_) => ExitStatus::Stopped,
        DriveError::Contradiction(_) => ExitStatus::Bug,
    };
    Fault::of(status, error)
        .hinted("the records are as the journal's last lines say; `cutover status` reads them")
        .hinted("`cutover rollback RUNBOOK` goes back without the journal")
}

/// Returns what tells this process from every other one, in the zones' locks.
pub(super) fn new_owner() -> String {
    format!("{:016x}", jitter_seed())
}

/// Returns a number that differs from process to process, for the jitter of waits.
pub(super) fn jitter_seed() -> u64 {
    Clock::Real.now().as_nanosecond() as u64 ^ u64::from(std::process::id())
}

/// Returns the exit status of a process that leaves a run like this.
pub(super) fn status(outcome: Outcome) -> ExitStatus {
    match outcome {
        Outcome::Ended(Ending::Completed) => ExitStatus::Done,
        Outcome::Ended(Ending::RolledBack) => ExitStatus::RolledBack,
        Outcome::Ended(Ending::Refused) => ExitStatus::Refused,
        Outcome::Halted(Halt::Stopped | Halt::Fenced) => ExitStatus::Stopped,
        Outcome::Halted(Halt::Stuck) => ExitStatus::Stuck,
    }
}
