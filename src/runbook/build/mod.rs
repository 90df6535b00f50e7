//! The checked tree to the model: defaults, and the rules that look at several places at once.
//!
//! Whatever is missing or of a wrong form has its problem from `check` already; here it only leaves a gap.

mod around;
mod environment;
mod gates;
mod notify;
mod records;
mod steps;
mod waves;

use super::{
    model::{
        Fallback, HookCommand, Hooks, OnBreach, OnUnproven, OnWarning, Policy, Preflight, Prepare,
        Runbook, Window, Windows,
    },
    read::Fields,
};
use crate::{
    unit::{Side, SignedDuration, Ttl},
    yaml::{Node, Problem, excerpt},
};

/// Returns the runbook in one environment. Rules that it breaks become problems; then, or with a gap, there may be none.
pub(super) fn runbook(
    root: &Node,
    environment: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<Runbook> {
    let fields = Fields::of(root);
    let rules = &mut Rules { problems };
    // All parts are built before the first gap ends it, so that each can report what it breaks.
    let records = records::records(fields, rules);
    let steps = steps::steps(fields, rules);
    let gates = gates::gates(fields.under("gates"), fields, rules);
    let waves = waves::waves(fields, gates.as_ref(), rules);
    let preflight = preflight(fields, rules);
    let (waves, of_waves) = waves?;
    let steps = steps.map(|own| [own, of_waves].concat());
    Some(Runbook {
        name: fields.text("name").needed()?,
        description: fields.text("description").or(String::new())?,
        environment: environment::environment(fields, environment)?,
        records: records?,
        steps: steps?,
        waves,
        gates: gates?,
        policy: policy(fields.under("policy"))?,
        prepare: prepare(fields.under("prepare"))?,
        preflight: preflight?,
        windows: windows(fields.under("windows"))?,
        hooks: hooks(fields.under("hooks"))?,
        notify: notify::notify(fields)?,
    })
}

/// Where broken rules go.
struct Rules<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Rules<'_> {
    /// Reports a rule that is broken at a place.
    fn broken(&mut self, at: &Node, message: impl Into<String>, hint: Option<&str>) {
        let (line, column, message) = (at.line, at.column, message.into());
        self.problems.push(Problem { line, column, message, hint: hint.map(str::to_owned) });
    }

    /// Reports the same where a key stands, if it does.
    fn broken_key(&mut self, fields: Fields<'_>, key: &str, message: &str, hint: Option<&str>) {
        if let Some(node) = fields.node(key) {
            self.broken(node, message, hint);
        }
    }
}

fn policy(fields: Fields<'_>) -> Option<Policy> {
    let seconds = SignedDuration::from_secs;
    Some(Policy {
        breach: fields.word("breach").or(OnBreach::Rollback)?,
        warning: fields.word("warning").or(OnWarning::Hold)?,
        unknown: fields.word("unknown").or(OnBreach::Hold)?,
        unproven: fields.word("unproven").or(OnUnproven::Continue)?,
        hook_failed: fields.word("hook_failed").or(OnBreach::Hold)?,
        hold_limit: fields.duration("hold_limit").or(seconds(2 * 3600))?,
        hold_limit_then: fields.word("hold_limit_then").or(Fallback::Rollback)?,
        metric_lag: fields.duration("metric_lag").or(seconds(120))?,
        settle_slop: fields.duration("settle_slop").or(seconds(30))?,
        point_of_no_return: fields.share("point_of_no_return").optional()?,
    })
}

fn prepare(fields: Fields<'_>) -> Option<Prepare> {
    Some(Prepare {
        convert_simple: fields.flag("convert_simple").or(true)?,
        lower_ttl_to: fields.ttl("lower_ttl_to").or(Ttl(60))?,
        lock: fields.flag("lock").or(true)?,
    })
}

fn windows(fields: Fields<'_>) -> Option<Windows> {
    let listed = |key| -> Option<Vec<Window>> {
        fields.texts(key).iter().map(|text| text.parse().ok()).collect()
    };
    Some(Windows { allow: listed("allow")?, deny: listed("deny")? })
}

fn hooks(fields: Fields<'_>) -> Option<Hooks> {
    let hook = |key| -> Option<Option<HookCommand>> {
        let Some(node) = fields.node(key) else { return Some(None) };
        let under = Fields::of(node);
        let timeout = under.duration("timeout").needed()?;
        Some(Some(HookCommand { command: under.texts("command"), timeout }))
    };
    Some(Hooks {
        before_step: hook("before_step")?,
        after_step: hook("after_step")?,
        on_breach: hook("on_breach")?,
        after_rollback: hook("after_rollback")?,
        on_complete: hook("on_complete")?,
    })
}

fn preflight(root: Fields<'_>, rules: &mut Rules<'_>) -> Option<Preflight> {
    let fields = root.under("preflight");
    if let Some(node) = fields.node("rehearsed") {
        let named = node.text().unwrap_or_default();
        let known = root.pairs("environments").iter().any(|(key, _)| key.text() == Some(named));
        if !known {
            let message = format!("there is no environment `{}` to rehearse in", excerpt(named));
            rules.broken(node, message, Some("name one of `environments`"));
        }
    }
    let ecs = around::ecs(fields, rules);
    let reserved = |side: &Side| fields.under("capacity").node(&side.to_string()).is_some();
    Some(Preflight {
        min_healthy_targets: fields.whole("min_healthy_targets").optional()?,
        ecs: ecs?,
        vpc_peering: around::peerings(fields)?,
        capacity: Side::BOTH.into_iter().filter(reserved).collect(),
        rehearsed: fields.text("rehearsed").optional()?,
    })
}
