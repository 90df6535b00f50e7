//! What happens, in order.

use super::Rules;
use crate::{
    runbook::{model::Step, read::Fields},
    unit::Share,
    yaml::{Node, Value},
};

/// Returns the steps. Shares must grow from one to the next, unless a step says `back: true`.
pub(super) fn steps(root: Fields<'_>, rules: &mut Rules<'_>) -> Option<Vec<Step>> {
    let nodes = root.items("steps");
    let mut before = Share::ZERO;
    for node in nodes {
        let fields = Fields::of(node);
        let (Some(share), Some(back)) =
            (fields.share("weight").needed(), fields.flag("back").or(false))
        else {
            continue;
        };
        check_order(fields, share, before, back, rules);
        before = share;
    }
    let shifts = |node: &Node| node.get("weight").is_some() || node.value == Value::Refused;
    if !nodes.is_empty() && !nodes.iter().any(shifts) {
        let message = "no step has a `weight`: nothing would move";
        rules.broken_key(root, "steps", message, None);
    }
    nodes.iter().map(|node| step(Fields::of(node))).collect()
}

fn check_order(fields: Fields<'_>, share: Share, before: Share, back: bool, rules: &mut Rules<'_>) {
    let key = if back && share > before { "back" } else { "weight" };
    let message = match (back, share.cmp(&before)) {
        (false, std::cmp::Ordering::Less) => {
            format!("{share} is less than the {before} of the step before")
        }
        (_, std::cmp::Ordering::Equal) if before == Share::ZERO => {
            "0% is where it begins: a first step must move something".to_owned()
        }
        (_, std::cmp::Ordering::Equal) => format!("{share} is what the step before has"),
        (true, std::cmp::Ordering::Greater) => {
            format!("{share} is more than the {before} of the step before: this is not a way back")
        }
        (false, std::cmp::Ordering::Greater) | (true, std::cmp::Ordering::Less) => return,
    };
    let hint = match share.cmp(&before) {
        std::cmp::Ordering::Less => Some("shares grow from step to step; `back: true` allows less"),
        std::cmp::Ordering::Equal => Some("a longer `hold` of one step does the same"),
        std::cmp::Ordering::Greater => None,
    };
    rules.broken_key(fields, key, &message, hint.filter(|_| before != Share::ZERO));
}

fn step(fields: Fields<'_>) -> Option<Step> {
    if fields.node("weight").is_some() {
        return Some(Step::Shift {
            share: fields.share("weight").needed()?,
            hold: fields.duration("hold").needed()?,
            back: fields.flag("back").or(false)?,
        });
    }
    let approve = fields.under("approve");
    if fields.node("approve").is_some() {
        return Some(Step::Approve {
            ask: approve.text("ask").needed()?,
            timeout: approve.duration("timeout").needed()?,
            on_timeout: approve.word("on_timeout").needed()?,
        });
    }
    let run = fields.under("run");
    let command = run.texts("command");
    Some(Step::Run { command, timeout: run.duration("timeout").needed()? })
}
