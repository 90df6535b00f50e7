//! `cutover prewarm`: capacity that is reserved before a cutover, and given back after it.
//!
//! It changes no record, so it needs no lock, and may be called beside a run that finds itself short. Giving back is
//! refused while a zone of the runbook is locked: whoever holds the lock may count on the capacity.

use super::{
    ExitStatus, Fault, Printer, RunbookArgs, Yes, aws, can_ask, confirm, plan::refused, runtime,
    source::load,
};
use crate::{
    cloud::{Cloud, CloudError, CloudErrorKind},
    driver::{Clock, survey},
    plan::{
        Balancer, Deed, LEAST_UNITS, Lock, Questions, Reservation, Snapshot, Wanted, Wish,
        capacity, share_live, wishes,
    },
    report::{demand_line, json},
    runbook::{Runbook, model::Step},
    unit::{BalancerKind, Side},
};

/// What a reservation costs, in the words of the question.
const COSTS: &str = "each reserved LCU is billed by the hour from when it is provisioned until it is removed, used or not";

/// The way that needs neither cutover nor anything else of the runbook.
const BY_HAND: &str = "by hand it is given back with `aws elbv2 modify-capacity-reservation --load-balancer-arn ARN --reset-capacity-reservation`";

/// Reserve load balancer capacity for a cutover, and give it back after it
///
/// Shows what each load balancer has to carry and what is reserved for it, and asks before anything is changed: what is
/// reserved costs money. Called again it says how far the reservation is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without `--side` it is about the sides that the runbook names in `preflight.capacity`, or about new.

It needs elasticloadbalancing:ModifyCapacityReservation and elasticloadbalancing:DescribeCapacityReservation in the account \
of each side. `cutover iam` does not print the first one: a run never reserves anything.

Examples:
  cutover prewarm runbooks/api.yaml --env production                     reserve for new what its highest step needs
  cutover prewarm runbooks/api.yaml --env production --side legacy       for the way back
  cutover prewarm runbooks/api.yaml --env production --remove            give it back, days later")]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    /// Whose load balancers: `legacy` or `new`; may be repeated
    #[arg(long, value_name = "SIDE", value_parser = side)]
    side: Vec<Side>,
    /// Reserve so many LCU for each load balancer, in place of what is computed from legacy's traffic
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(i64::from(LEAST_UNITS)..=i64::from(i32::MAX)))]
    lcu: Option<u32>,
    /// Give back what is reserved
    #[arg(long, conflicts_with = "lcu")]
    remove: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

fn side(text: &str) -> Result<Side, String> {
    let found = Side::BOTH.into_iter().find(|side| side.to_string() == text);
    found.ok_or_else(|| "it is `legacy` or `new`".to_owned())
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (_, runbook) = load(&args.runbook)?;
    runtime()?.block_on(async {
        let session = format!("cutover-prewarm-{}", runbook.name);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        prewarm(&cloud, args, &runbook, printer).await
    })
}

async fn prewarm<C: Cloud>(
    cloud: &C,
    args: &Args,
    runbook: &Runbook,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let sides = sides(args, runbook);
    let questions = questions(args, runbook, &sides);
    let snapshot = survey(cloud, &questions, &runbook.gates, Clock::Real.now()).await;
    let unread = snapshot.load.reservations.values().filter_map(|found| found.as_ref().err());
    let failures: Vec<String> = snapshot.failures.iter().chain(unread).cloned().collect();
    if !failures.is_empty() {
        let fault = refused(failures);
        return Err(if args.remove { fault.hinted(BY_HAND) } else { fault });
    }
    if args.remove {
        refuse_beside_a_run(&snapshot)?;
    }
    let wishes = wished(args, runbook, &snapshot, &sides);
    for wish in &wishes {
        show(wish, printer)?;
    }
    let todo: Vec<&Wish> = wishes.iter().filter(|w| !matches!(w.to, Deed::Nothing(_))).collect();
    if todo.is_empty() {
        printer.note("there is nothing to do");
        return Ok(ExitStatus::Done);
    }
    printer.note(COSTS);
    if !args.yes {
        can_ask(&question(&todo))?;
    }
    if !args.yes && confirm(&question(&todo))? == Yes::No {
        return Err(Fault::new(ExitStatus::Refused, "nothing was changed: the answer was no"));
    }
    change(cloud, &todo, &snapshot, printer).await
}

/// Returns what has to be known. To give back, nothing of the other side: its load balancers may be gone by then.
fn questions(args: &Args, runbook: &Runbook, sides: &[Side]) -> Questions {
    let mut questions = Questions {
        alarms: Vec::new(),
        services: Vec::new(),
        peerings: Vec::new(),
        ..Questions::of(runbook)
    };
    if args.remove {
        questions.balancers.retain(|(side, _)| sides.contains(side));
        questions.measured.clear();
    }
    let newer = |(side, name): &&(Side, _)| sides.contains(side) && is_newer(name);
    questions.reservable = questions.balancers.iter().filter(newer).cloned().collect();
    questions
}

fn is_newer(name: &crate::unit::BalancerName) -> bool {
    name.kind != BalancerKind::Classic
}

fn sides(args: &Args, runbook: &Runbook) -> Vec<Side> {
    match (&args.side[..], &runbook.preflight.capacity[..]) {
        ([], []) => vec![Side::New],
        ([], named) => named.to_vec(),
        (asked, _) => asked.to_vec(),
    }
}

fn wished(args: &Args, runbook: &Runbook, snapshot: &Snapshot, sides: &[Side]) -> Vec<Wish> {
    let before = share_live(runbook, snapshot);
    let highest = runbook.steps.iter().map(|step| match step {
        Step::Shift { share, .. } => share.fraction(),
        Step::Approve { .. } | Step::Run { .. } => 0.0,
    });
    let highest = highest.fold(0.0, f64::max);
    let part = |side| match side {
        Side::New => highest,
        Side::Legacy => 1.0 - before.fraction(),
    };
    let wanted = match (args.remove, args.lcu) {
        (true, _) => Wanted::Nothing,
        (false, Some(units)) => Wanted::Units(units),
        (false, None) => Wanted::Enough,
    };
    wishes(&capacity(runbook, snapshot, before).demands, sides, wanted, part)
}

/// Refuses to give back what a run may count on.
fn refuse_beside_a_run(snapshot: &Snapshot) -> Result<(), Fault> {
    let held = snapshot.records.values().flatten().find_map(Lock::read);
    let Some(lock) = held else { return Ok(()) };
    let message = format!(
        "run {} holds the lock of a zone, and may count on what is reserved; nothing was changed",
        lock.run
    );
    Err(Fault::new(ExitStatus::Refused, message)
        .hinted("`cutover finish` or `cutover rollback` first")
        .hinted(BY_HAND))
}

fn question(todo: &[&Wish]) -> String {
    let deeds = todo.iter().map(|wish| {
        let Wish { demand, to } = wish;
        match to {
            Deed::Reserve(units) => {
                format!("reserve {units} LCU for {} {}", demand.side, demand.balancer)
            }
            Deed::Remove | Deed::Nothing(_) => {
                format!("give back what is reserved for {} {}", demand.side, demand.balancer)
            }
        }
    });
    format!("{}?", deeds.collect::<Vec<_>>().join(", "))
}

fn show(wish: &Wish, printer: &mut Printer) -> Result<(), Fault> {
    let Wish { demand, to } = wish;
    let (deed, units, why) = match to {
        Deed::Reserve(units) => ("reserve", Some(*units), None),
        Deed::Remove => ("remove", None, None),
        Deed::Nothing(why) => ("nothing", None, Some(*why)),
    };
    if printer.is_json() {
        return printer.data(&json(&serde_json::json!({
            "prewarm": deed,
            "side": demand.side,
            "balancer": demand.balancer.to_string(),
            "requests_per_second": demand.per_second(1.0),
            "lcu_needed": demand.units.map(|units| units.count.ceil()),
            "lcu": units,
            "why": why,
            "reserved": reserved(demand.reservation.as_ref().and_then(|found| found.as_ref().ok())),
        })));
    }
    let will = match (units, why) {
        (Some(units), _) => format!("to reserve: {units} LCU"),
        (None, Some(why)) => why.to_owned(),
        (None, None) => "to be given back".to_owned(),
    };
    printer.data(&format!("{}; {will}", demand_line(demand)))
}

fn reserved(reservation: Option<&Reservation>) -> Option<serde_json::Value> {
    reservation.map(|found| {
        serde_json::json!({
            "lcu": found.units,
            "ready": found.ready().is_some(),
            "zones": found.zones,
        })
    })
}

/// Changes one after the other, and stops at the first that AWS refuses.
async fn change<C: Cloud>(
    cloud: &C,
    todo: &[&Wish],
    snapshot: &Snapshot,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    for (done, wish) in todo.iter().enumerate() {
        let Wish { demand, to } = wish;
        let key = (demand.side, demand.balancer.clone());
        let Some((balancer, _)) = snapshot.balancers.get(&key) else { continue };
        let units = match to {
            Deed::Reserve(units) => Some(*units),
            Deed::Remove | Deed::Nothing(_) => None,
        };
        match cloud.reserve(demand.side, balancer, units).await {
            Ok(now) => changed(demand.side, balancer, &now, printer)?,
            Err(error) => return Err(failed(&error, done)),
        }
    }
    printer.note(
        "most requests take some minutes, some take hours; the same command again says how far it is, and `cutover plan` \
         whether it is enough",
    );
    Ok(ExitStatus::Done)
}

fn changed(
    side: Side,
    balancer: &Balancer,
    now: &Reservation,
    printer: &mut Printer,
) -> Result<(), Fault> {
    if printer.is_json() {
        return printer.data(&json(&serde_json::json!({
            "prewarm": "changed",
            "side": side,
            "balancer": balancer.name.to_string(),
            "reserved": reserved(Some(now)),
        })));
    }
    printer.data(&format!("{side} {}: now reserved: {now}", balancer.name))
}

/// Returns the fault of a change that failed after so many others.
fn failed(error: &CloudError, done: usize) -> Fault {
    let again = "the same command again shows what is reserved, and goes on from there";
    let fault = match done {
        // `cutover iam` leaves this action out, so that its hint would lead nowhere.
        0 if error.kind == CloudErrorKind::Denied => {
            Fault::new(ExitStatus::Refused, error.to_string())
        }
        0 => aws::refused(error),
        _ => Fault::new(ExitStatus::Stopped, "only a part of it was changed")
            .caused_by(error.to_string()),
    };
    let fault = match error.kind {
        CloudErrorKind::Denied => fault.hinted(
            "who reserves needs elasticloadbalancing:ModifyCapacityReservation; `cutover iam` does not print it, for a run does not",
        ),
        CloudErrorKind::Credentials
        | CloudErrorKind::Unclear
        | CloudErrorKind::Throttled
        | CloudErrorKind::Busy
        | CloudErrorKind::InvalidBatch(_)
        | CloudErrorKind::NotFound
        | CloudErrorKind::Rejected => fault,
    };
    fault.hinted(again)
}
