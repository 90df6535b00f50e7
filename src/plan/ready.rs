//! Whether the load balancers are ready for the steps of a plan, and for the way back.

use super::{
    Demand, Plan, Reservation,
    capacity::{IDLE_CARRIES, RAMP, SLACK, follows},
};
use crate::{
    gate::words::count,
    unit::{BalancerKind, Share, Side, SignedDuration, words},
};

/// What speaks against beginning, and what is only worth a second thought.
#[derive(Debug, Default)]
pub(super) struct Ready {
    pub(super) problems: Vec<String>,
    pub(super) hazards: Vec<String>,
}

/// Judges the load balancers of the sides whose capacity the runbook wants reserved. Of the other side, what a rollback
/// would do to it is worth a second thought.
pub(super) fn ready(plan: &Plan, reserved: &[Side]) -> Ready {
    let mut found = Ready::default();
    if reserved.is_empty() {
        return found;
    }
    for demand in &plan.capacity.demands {
        let Some(short) = short(plan, demand) else { continue };
        if demand.balancer.kind == BalancerKind::Classic {
            found.hazards.push(support(plan, demand, &short.what));
        } else if reserved.contains(&demand.side) {
            found.problems.push(short.told(demand));
        } else {
            found.hazards.push(short.told(demand));
        }
    }
    found
}

/// A load balancer that would not follow.
struct Short {
    /// What it would have to follow.
    what: String,
    /// Part of all traffic that it has to carry at most.
    part: f64,
    /// What could be done instead of reserving.
    instead: Option<String>,
}

impl Short {
    fn told(&self, demand: &Demand) -> String {
        let has = match &demand.reservation {
            None => "whether capacity is reserved for it was not asked".to_owned(),
            Some(Err(why)) => format!("what is reserved for it could not be read ({why})"),
            Some(Ok(reservation)) => {
                let least = match demand.ready() {
                    Some(_) => format!(", and it needs {}", demand.to_reserve(self.part)),
                    None => String::new(),
                };
                format!("reserved for it: {reservation}{least}")
            }
        };
        let (side, balancer) = (demand.side, &demand.balancer);
        let units = demand.to_reserve(self.part);
        let known = demand.reservation.as_ref().and_then(|found| found.as_ref().ok());
        let comes = |found: &Reservation| found.is_under_way() && found.units >= Some(units);
        let remedy = if known.is_some_and(comes) {
            "wait until it is provisioned".to_owned()
        } else {
            format!("reserve {units} LCU with `cutover prewarm RUNBOOK --side {side}`")
        };
        let instead = self.instead.as_ref();
        let instead = instead.map_or(String::new(), |instead| format!(", or {instead}"));
        format!("{side} {balancer}: {}; {has}; {remedy}{instead}", self.what)
    }
}

fn short(plan: &Plan, demand: &Demand) -> Option<Short> {
    let (part, found) = match demand.side {
        Side::New => (highest(plan), too_steep(plan, demand)),
        Side::Legacy => (1.0 - plan.share_before().fraction(), too_far_back(plan, demand)),
    };
    if demand.is_reserved(part) {
        return None;
    }
    found.map(|(what, instead)| Short { what, part, instead })
}

fn highest(plan: &Plan) -> f64 {
    plan.shifts.iter().map(|shift| shift.share.fraction()).fold(0.0, f64::max)
}

/// Returns the first step that new's load balancer does not follow by itself, and the step that would help.
fn too_steep(plan: &Plan, demand: &Demand) -> Option<(String, Option<String>)> {
    let mut before = plan.share_before();
    let mut time = SignedDuration::ZERO;
    for shift in &plan.shifts {
        let (from, to) = (before.fraction(), shift.share.fraction());
        // A jump of half of what there is, is what it follows at once.
        let times = if time.is_zero() { RAMP } else { follows(time) };
        let most = match demand.per_second(1.0) {
            Some(all) => (from * all).max(demand.room()) * times * SLACK / all,
            None => from * times * SLACK,
        };
        // From nothing, and where no traffic is known, there is nothing to compare with.
        let comparable = demand.requests_per_minute.is_some() || from > 0.0;
        if comparable && to > most {
            return Some(steep(demand, (shift.step, before, shift.share), (time, most)));
        }
        before = shift.share;
        time = plan.usual_settle() + shift.hold;
    }
    None
}

fn steep(
    demand: &Demand,
    (step, before, share): (usize, Share, Share),
    (time, most): (SignedDuration, f64),
) -> (String, Option<String>) {
    let load = |share: Share| match demand.per_second(share.fraction()) {
        Some(requests) => format!("{share} ({} requests/s)", count(requests)),
        None => share.to_string(),
    };
    let grows = if before == Share::ZERO {
        String::new()
    } else {
        format!(", {:.1}x", share.fraction() / before.fraction())
    };
    let after =
        if time.is_zero() { " at once".to_owned() } else { format!(" after {}", words(time)) };
    let room = match demand.per_second(before.fraction()) {
        Some(now) if now < IDLE_CARRIES => {
            format!(", beginning with about {} requests/s", count(demand.room()))
        }
        Some(_) | None => String::new(),
    };
    let what = format!(
        "step {step} takes it from {} to {}{grows}{after}, and a load balancer follows 1.5x in 5 minutes{room}",
        load(before),
        load(share)
    );
    // Rounded down, so that the step that is named passes.
    let helps = (most * 1000.0).floor() / 1000.0;
    let instead = (helps > before.fraction())
        .then(|| format!("add a step before it, at {} or less", Share::from_fraction(helps)));
    (what, instead)
}

/// Returns the first step from which a rollback would be more than legacy's load balancer follows.
fn too_far_back(plan: &Plan, demand: &Demand) -> Option<(String, Option<String>)> {
    let all = demand.per_second(1.0)?;
    let back = 1.0 - plan.share_before().fraction();
    let far = |left: f64| back * all > (left * all).max(IDLE_CARRIES) * RAMP * SLACK;
    let shift = plan.shifts.iter().find(|shift| far(1.0 - shift.share.fraction()))?;
    let left = (1.0 - shift.share.fraction()) * all;
    let what = format!(
        "a rollback from {} takes it from {} to {} requests/s at once, and a load balancer that has grown smaller meanwhile \
         follows 1.5x in 5 minutes",
        shift.share,
        count(left),
        count(back * all)
    );
    Some((what, None))
}

/// Returns what AWS has to be told: a classic load balancer can be made ready by nobody else.
fn support(plan: &Plan, demand: &Demand, what: &str) -> String {
    let requests = match demand.per_second(1.0) {
        Some(requests) => format!("{} requests/s at 100%", count(requests)),
        None => "your requests/s at 100%, which its metrics do not tell".to_owned(),
    };
    let bytes = match demand.bytes_per_request {
        Some(bytes) => format!("about {} bytes for a request and its answer", count(bytes)),
        None => "the sizes of requests and answers".to_owned(),
    };
    let lasts = super::timeline(plan).earliest_finish;
    format!(
        "{} {}: {what}; nothing can be reserved for a classic load balancer: ask AWS support to pre-warm {}, and tell them \
         {requests}, {bytes}, how much of it is TLS, and from when until when (from the start of the run for {} or more)",
        demand.side,
        demand.balancer,
        demand.dns_name,
        words(lasts)
    )
}
