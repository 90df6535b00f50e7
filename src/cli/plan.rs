//! `cutover plan`: what exactly would happen, without anything happening.

use super::{
    ExitStatus, Fault, Printer, RunbookArgs, StateArgs, StateFolder, attestation::unrehearsed, aws,
    datadog, notify, runtime, source::load, state_file::TerraformArgs,
};
use crate::{
    cloud::Cloud,
    driver::{Clock, survey_datadog, survey_waves, too_short, unfollowable},
    plan::{Made, Questions, Standing, make_waves, sights, step_loads, timeline},
    report::{json, plan_lines, window_lines},
    runbook::Runbook,
};

/// Show what a run would do: records, steps, times, gates and what is worth a second thought
///
/// Reads AWS and changes nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    terraform: TerraformArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (source, runbook) = load(&args.runbook)?;
    let unrehearsed = unrehearsed(&runbook, &source, &StateFolder::new(&args.state.state));
    let managed = args.terraform.read(printer)?;
    let mut made = runtime()?.block_on(async {
        let session = format!("cutover-plan-{}", runbook.name);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        planned(&cloud, &runbook, Standing::Refuse, unrehearsed).await.map_err(refused)
    })?;
    made.hazards.extend(args.terraform.warnings(&made.plan, &managed));
    show(&made, printer)?;
    Ok(ExitStatus::Done)
}

/// Prints a plan.
pub(super) fn show(made: &Made, printer: &mut Printer) -> Result<(), Fault> {
    if printer.is_json() {
        let times = timeline(&made.plan);
        let object = serde_json::json!({
            "plan": made.plan,
            "hazards": made.hazards,
            "sight": sights(&made.plan),
            "loads": step_loads(&made.plan),
            "earliest_finish_seconds": times.earliest_finish.as_secs(),
            "detect_seconds": times.detect.as_secs(),
            "roll_back_seconds": times.roll_back.as_secs(),
            "safe_seconds": times.safe.as_secs(),
            "kept_on_new_seconds": made.plan.capacity.tail_of_new().map(|tail| tail.as_secs()),
        });
        return printer.data(&json(&object));
    }
    let windows = window_lines(&made.plan, Clock::Real.now());
    for line in plan_lines(made).into_iter().chain(windows) {
        printer.data(&line)?;
    }
    Ok(())
}

/// Surveys the accounts and makes the plan; `unrehearsed` is what a rehearsal that the runbook asks for lacks.
///
/// # Errors
/// Every reason not to begin, at once.
pub(super) async fn planned<C: Cloud>(
    cloud: &C,
    runbook: &Runbook,
    standing: Standing,
    unrehearsed: Option<String>,
) -> Result<Made, Vec<String>> {
    let waves = Questions::by_wave(runbook);
    let mut found = survey_waves(cloud, &waves, Clock::Real.now()).await;
    let asked: Vec<_> = waves.iter().flat_map(|(_, gates)| gates.datadog.clone()).collect();
    let keyless = datadog::problems(&asked);
    if keyless.is_empty() {
        let datadog = datadog::client(&asked);
        for ((_, gates), snapshot) in waves.iter().zip(&mut found) {
            survey_datadog(&*datadog, &gates.datadog, snapshot).await;
        }
    }
    let made = make_waves(runbook, &found, standing);
    let untellable = notify::problems(&runbook.notify);
    let short = match &made {
        Ok(made) => too_short(cloud, &made.plan, Clock::Real.now()).await,
        Err(_) => None,
    };
    let unfollowable = unfollowable(cloud).await.into_iter();
    let more: Vec<String> =
        unfollowable.chain(unrehearsed).chain(untellable).chain(keyless).chain(short).collect();
    if more.is_empty() {
        return made;
    }
    Err(made.err().into_iter().flatten().chain(more).collect())
}

/// Returns the fault of a runbook that cannot begin for these reasons.
pub(super) fn refused(problems: Vec<String>) -> Fault {
    let count = problems.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    let message = format!("preflight: {count} {noun}; nothing was changed");
    // Problems are told in words by now; these are AWS's own for what a policy lacks.
    let denied = problems.iter().any(|problem| problem.contains("is not authorized to perform: "));
    let fault = Fault::new(ExitStatus::Refused, message);
    let fault = problems.into_iter().fold(fault, Fault::caused_by);
    if denied { fault.hinted(aws::WHAT_ROLES_NEED) } else { fault }
}
