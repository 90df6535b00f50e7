//! `cutover finish`: days later, when legacy's traffic has really gone.

use std::rc::Rc;

use super::{
    ExitStatus, Fault, Printer, RunFolder, RunbookArgs, StateArgs, StateFolder, VarArgs, Yes, aws,
    can_ask, confirm,
    desk::Desk,
    migration::Migration,
    notify, report,
    run::{begin, new_run, record, refuse_beside_another, refused, seat, what_moves},
    runtime,
    saved::Saved,
    source::is_runbook,
    taken_up::{look_at, refuse_other_environment},
};
use crate::{
    cloud::Cloud,
    driver::{Clock, traffic},
    engine::{Ending, Outcome},
    plan::{Below, Enough, Goal, Judgement, Made, Mode, Plan, Standing, finish},
    report::{finish_lines, json, traffic_lines},
    unit::{InvalidDuration, RunId, Share, SignedDuration, parse_duration},
};

/// Longest time that can be looked back over: CloudWatch keeps minutes for 15 days.
const LONGEST: SignedDuration = SignedDuration::from_hours(14 * 24);

/// End the migration once legacy's traffic has gone: pairs become simple records
///
/// Shows what still arrives at legacy's load balancers and refuses while that is too much, or not known. Asks before
/// anything is changed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run that moved the traffic, or the beginning of its id; or the runbook, a YAML file
    #[arg(value_name = "RUN|RUNBOOK")]
    what: Option<String>,
    /// Environment of the runbook; may be left out when there is only one
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    vars: VarArgs,
    /// How little legacy must carry: a part of both sides' requests, or requests in every minute
    #[arg(long, value_name = "SHARE|COUNT", default_value = "1%")]
    below: Below,
    /// For how long legacy must have carried so little, up to 14d
    #[arg(long = "for", value_name = "TIME", default_value = "24h", value_parser = looked_back)]
    time: SignedDuration,
    /// Only remove legacy's members; new's stay weighted, and alone
    #[arg(long)]
    keep_weighted: bool,
    #[command(flatten)]
    state: StateArgs,
    /// Take the zones over from the run that holds their locks; it writes nothing more
    #[arg(long)]
    take_over: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

fn looked_back(text: &str) -> Result<SignedDuration, String> {
    let time = parse_duration(text).map_err(|error: InvalidDuration| error.to_string())?;
    if time >= SignedDuration::from_mins(1) && time <= LONGEST {
        Ok(time)
    } else {
        Err("it is from 1m to 14d, because CloudWatch keeps minutes no longer".to_owned())
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let migration = match &args.what {
        Some(what) if is_runbook(what) => {
            let (runbook, vars) = (what.into(), args.vars.clone());
            Migration::of_runbook(&RunbookArgs { runbook, env: args.env.clone(), vars })?
        }
        what => {
            let folder = state.find(what.as_deref(), has_moved_everything)?;
            refuse_other_environment(&folder, args.env.as_deref())?;
            Migration::of_run(&folder)?
        }
    };
    if !args.take_over {
        refuse_beside_another(&migration.subject(), &state)?;
    }
    if !args.yes {
        can_ask("end this migration?")?;
    }
    runtime()?.block_on(async {
        let run = new_run(&migration.name);
        let session = aws::session_of(&run);
        let cloud = aws::connect(&migration.environment, printer.globals(), &session).await?;
        let Some(made) = planned(&cloud, args, &migration, &run, printer).await? else {
            printer.note("every record answers with new alone already; there is nothing to finish");
            return Ok(ExitStatus::Done);
        };
        if !args.yes && confirm(&format!("\n{}", question(&made.plan)))? == Yes::No {
            return Err(Fault::new(ExitStatus::Refused, "nothing was changed: the answer was no"));
        }
        let Migration { environment, vars, source, .. } = migration;
        let saved = Saved { plan: made.plan.clone(), environment, vars };
        let (journal, checks) = record(&saved, &source, &state, run.clone())?;
        let desk = Desk::of(&state.of(&run), &saved, &checks);
        let seat = seat(printer, &state);
        seat.borrow_mut().tell_others(&made.plan, &state.of(&run).path);
        let status = begin(&cloud, &made, (journal, checks), Rc::clone(&seat), &desk).await?;
        report::leave(&state.of(&run), printer);
        if status == ExitStatus::Done {
            close(&made.plan, &run, &state, printer);
        }
        Ok(status)
    })
}

/// Returns true for runs that can be meant without being named.
fn has_moved_everything(folder: &RunFolder) -> bool {
    look_at(folder).is_ok_and(|run| {
        let plan = &run.saved.plan;
        run.engine.outcome() == Some(Outcome::Ended(Ending::Completed))
            && plan.goal == Goal::Move
            && plan.mode == Mode::Usual
            && plan.shifts.last().is_some_and(|shift| shift.share == Share::FULL)
    })
}

/// Looks at the records and at the traffic, shows what there is, and returns the plan; nothing where nothing is left to
/// be done.
async fn planned<C: Cloud>(
    cloud: &C,
    args: &Args,
    migration: &Migration,
    run: &RunId,
    printer: &mut Printer,
) -> Result<Option<Made>, Fault> {
    let no = |problems, printer: &mut Printer| refused(problems, run.clone(), printer);
    let (moved, snapshot) = match migration.told(cloud).await {
        Ok(told) => told,
        Err(problems) => return Err(no(problems, printer)),
    };
    let goal = if args.keep_weighted { Goal::WithoutLegacy } else { Goal::Simple };
    let standing = if args.take_over { Standing::TakeOver } else { Standing::Refuse };
    let made = finish(&moved, goal, &snapshot, standing);
    if made.as_ref().is_ok_and(|made| made.plan.pairs.is_empty()) {
        return Ok(None);
    }
    let metric_lag = moved.policy.metric_lag;
    let enough = Enough { below: args.below, time: args.time, metric_lag };
    let now = Clock::Real.now();
    let judgement = traffic(cloud, &moved.all_feeds(), &enough, now).await.judge(&enough, now);
    show_traffic(&judgement, printer)?;
    let untellable = notify::problems(&moved.notify);
    match made {
        Ok(made) if judgement.problems.is_empty() && untellable.is_empty() => {
            show_records(&made, printer)?;
            Ok(Some(made))
        }
        made => {
            let mut problems = made.err().unwrap_or_default();
            problems.extend(judgement.problems.iter().cloned().chain(untellable));
            Err(advised(no(problems, printer), &judgement))
        }
    }
}

/// Says when to try again, and what decides.
fn advised(fault: Fault, judgement: &Judgement) -> Fault {
    if judgement.problems.is_empty() {
        return fault;
    }
    let fault = match judgement.again_at {
        Some(at) => fault.hinted(format!(
            "try again after {}, if it stays quiet at legacy until then",
            at.strftime("%Y-%m-%d %H:%M UTC")
        )),
        None => fault,
    };
    fault.hinted("`--below` and `--for` say how little is enough, and for how long")
}

fn show_traffic(judgement: &Judgement, printer: &mut Printer) -> Result<(), Fault> {
    if printer.is_json() {
        return printer.data(&json(&serde_json::json!({ "traffic": judgement })));
    }
    traffic_lines(judgement).iter().try_for_each(|line| printer.data(line))
}

fn show_records(made: &Made, printer: &mut Printer) -> Result<(), Fault> {
    if printer.is_json() {
        let Made { plan, hazards } = made;
        return printer.data(&json(&serde_json::json!({ "plan": plan, "hazards": hazards })));
    }
    printer.data("")?;
    finish_lines(made).iter().try_for_each(|line| printer.data(line))
}

fn question(plan: &Plan) -> String {
    let what = what_moves(plan);
    match plan.goal {
        Goal::Move | Goal::Simple => {
            format!("make {what} simple records that answer with new?")
        }
        Goal::WithoutLegacy => format!("remove legacy's members of {what}?"),
    }
}

/// Says what can be done now, and what no longer can.
fn close(plan: &Plan, run: &RunId, state: &StateFolder, printer: &mut Printer) {
    let options = state.to_repeat().iter().fold(String::new(), |all, one| all + " " + one);
    printer.note(&format!(
        "finished: legacy's load balancers can be removed once their connections have drained, and from then on nothing goes \
         back to legacy; `cutover rollback {run}{options}` makes pairs of {} again, with everything on new",
        what_moves(plan)
    ));
}
