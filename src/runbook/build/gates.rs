//! What is watched: defaults, and that a warning comes before a breach.

mod datadog;

use std::collections::{BTreeMap, BTreeSet};

use super::Rules;
use crate::{
    runbook::{
        model::{
            AlarmGate, Bound, Catastrophe, ErrorLimit, ErrorsGate, Gates, LatencyGate,
            LatencyLimit, LatencyStat, MetricGate, Noise, PassRule, ShareGate, TargetsGate,
            Threshold,
        },
        read::Fields,
        shape::{minutes, percentile},
    },
    unit::{SignedDuration, latency_words},
    yaml::{Node, excerpt},
};

/// Returns the gates with their defaults: those of the runbook, or of one of its waves. `root` is the whole runbook, which
/// says how Datadog is reached.
pub(super) fn gates(fields: Fields<'_>, root: Fields<'_>, rules: &mut Rules<'_>) -> Option<Gates> {
    // All are built before the first gap ends it, so that each can report what it breaks.
    let errors = fields.unless_off("errors").map(|gate| errors(gate, rules));
    let latency = fields.unless_off("latency").map(|gate| latency(gate, rules));
    let metrics = metrics(fields, rules);
    let alarms = alarms(fields, rules);
    let datadog = datadog::gates(fields, &datadog::access(root.under("datadog"))?, rules);
    Some(Gates {
        noise: fields.word("noise").or(Noise::Normal)?,
        errors: whole(errors)?,
        latency: whole(latency)?,
        share: whole(fields.unless_off("share").map(share))?,
        targets: whole(fields.unless_off("targets").map(targets))?,
        metrics: metrics?,
        alarms: alarms?,
        datadog: datadog?,
        pass: pass(fields.under("pass"))?,
    })
}

/// Tells a gate that is switched off from one with a gap.
fn whole<T>(gate: Option<Option<T>>) -> Option<Option<T>> {
    match gate {
        None => Some(None),
        Some(Some(gate)) => Some(Some(gate)),
        Some(None) => None,
    }
}

fn errors(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<ErrorsGate> {
    let rate = |text: &str| text.parse().ok();
    let (in_critical, in_warning) = (fields.under("critical"), fields.under("warning"));
    let critical = error_limit(
        in_critical,
        ErrorLimit {
            times_legacy: 2.0,
            plus: rate("0.1%")?,
            at_most: rate("1%"),
            history: Some(SignedDuration::from_hours(24)),
            false_alarm: rate("1%")?,
        },
    )?;
    let warning = error_limit(
        in_warning,
        ErrorLimit {
            times_legacy: 1.5,
            plus: rate("0.02%")?,
            at_most: None,
            history: None,
            false_alarm: rate("5%")?,
        },
    )?;
    let mut limits = Limits { warning: in_warning, critical: in_critical, rules };
    limits.compare("times_legacy", warning.times_legacy, critical.times_legacy, |n| n.to_string());
    let percent = |rate: crate::unit::Rate| rate.to_string();
    limits.compare("plus", warning.plus, critical.plus, percent);
    if let (Some(warning), Some(critical)) = (warning.at_most, critical.at_most) {
        limits.compare("at_most", warning, critical, percent);
    }
    let catastrophe = fields.unless_off("catastrophe").map(catastrophe);
    Some(ErrorsGate { critical, warning, catastrophe: whole(catastrophe)? })
}

fn error_limit(fields: Fields<'_>, default: ErrorLimit) -> Option<ErrorLimit> {
    let history = fields.value_or_off("history", |text| crate::unit::parse_duration(text).ok());
    Some(ErrorLimit {
        times_legacy: fields.number("times_legacy").or(default.times_legacy)?,
        plus: fields.rate("plus").or(default.plus)?,
        at_most: fields.value_or_off("at_most", |text| text.parse().ok()).or(default.at_most)?,
        history: history.or(default.history)?,
        false_alarm: fields.rate("false_alarm").or(default.false_alarm)?,
    })
}

fn catastrophe(fields: Fields<'_>) -> Option<Catastrophe> {
    Some(Catastrophe {
        rate: fields.rate("rate").or("25%".parse().ok()?)?,
        min_errors: fields.whole("min_errors").or(10)?,
        times_legacy: fields.number("times_legacy").or(5.0)?,
    })
}

fn latency(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<LatencyGate> {
    let limit = |fields: Fields<'_>, times: f64, bad_minutes: &str, false_alarm: &str| {
        Some(LatencyLimit {
            times_legacy: fields.number("times_legacy").or(times)?,
            at_most: fields.latency_or_off("at_most").or(None)?,
            bad_minutes: fields.rate("bad_minutes").or(bad_minutes.parse().ok()?)?,
            false_alarm: fields.rate("false_alarm").or(false_alarm.parse().ok()?)?,
        })
    };
    let (in_critical, in_warning) = (fields.under("critical"), fields.under("warning"));
    let critical = limit(in_critical, 1.5, "10%", "1%")?;
    let warning = limit(in_warning, 1.2, "20%", "5%")?;
    let mut limits = Limits { warning: in_warning, critical: in_critical, rules };
    limits.compare("times_legacy", warning.times_legacy, critical.times_legacy, |n| n.to_string());
    if let (Some(warning), Some(critical)) = (warning.at_most, critical.at_most) {
        limits.compare("at_most", warning, critical, latency_words);
    }
    let stat = fields.value("stat", percentile).or(LatencyStat { percentile: 99.0 })?;
    Some(LatencyGate { stat, critical, warning })
}

/// The two limits of one gate, where they are written.
struct Limits<'a, 'b, 'c> {
    warning: Fields<'a>,
    critical: Fields<'a>,
    rules: &'b mut Rules<'c>,
}

impl Limits<'_, '_, '_> {
    /// Reports a limit that is higher for the warning than for the breach, where it was written.
    fn compare<T: PartialOrd + Copy>(
        &mut self,
        key: &str,
        warning: T,
        critical: T,
        shown: impl Fn(T) -> String,
    ) {
        let Some(node) = self.warning.node(key).or(self.critical.node(key)) else { return };
        if warning <= critical {
            return;
        }
        let default = |fields: Fields<'_>| {
            if fields.node(key).is_some() { "" } else { " (the default)" }
        };
        let message = format!(
            "`{key}` is {}{} for `warning` and only {}{} for `critical`",
            shown(warning),
            default(self.warning),
            shown(critical),
            default(self.critical)
        );
        let hint = "a warning comes before a breach: its limit is at most that of `critical`";
        self.rules.broken(node, message, Some(hint));
    }
}

fn share(fields: Fields<'_>) -> Option<ShareGate> {
    let after = fields.duration("after").or(SignedDuration::from_mins(5))?;
    Some(ShareGate { within: fields.rate("within").or("50%".parse().ok()?)?, after })
}

fn targets(fields: Fields<'_>) -> Option<TargetsGate> {
    let below = fields.under("critical").rate("below");
    Some(TargetsGate { critical_below: below.or("50%".parse().ok()?)? })
}

fn metrics(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<Vec<MetricGate>> {
    let mut names = BTreeSet::new();
    let mut gates = Vec::new();
    for node in fields.items("metrics") {
        let fields = Fields::of(node);
        if let Some(name) = fields.node("name").filter(|name| !names.insert(name.text())) {
            let shown = excerpt(name.text().unwrap_or_default());
            rules.broken(name, format!("another gate is called `{shown}`"), None);
        }
        taken_name(fields, rules);
        if fields.node("warning").is_none() && fields.node("critical").is_none() {
            let message = "a metric gate needs `warning`, `critical` or both";
            rules.broken(node, message, Some("such as `critical: { above: 30 }`"));
        }
        gates.push(metric(fields, rules));
    }
    gates.into_iter().collect()
}

/// Findings, events and the journal know a gate by its name alone.
fn taken_name(fields: Fields<'_>, rules: &mut Rules<'_>) {
    let Some(name) = fields.node("name").and_then(Node::text) else { return };
    let own = ["errors", "latency", "share", "targets"].contains(&name);
    let kinds = ["alarm ", "ecs ", "datadog "];
    if own || kinds.iter().any(|kind| name.starts_with(kind)) {
        let message = format!("a metric gate cannot be called `{}`", excerpt(name));
        let hint = "gates of another kind have names like this one";
        rules.broken_key(fields, "name", &message, Some(hint));
    }
}

fn metric(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<MetricGate> {
    let (warning, critical) = thresholds(fields, rules)?;
    let dimensions = fields.pairs("dimensions").iter();
    let dimensions =
        dimensions.map(|(key, value)| Some((key.text()?.into(), value.text()?.into())));
    Some(MetricGate {
        name: fields.text("name").needed()?,
        account: fields.word("side").needed()?,
        namespace: fields.text("namespace").needed()?,
        metric: fields.text("metric").needed()?,
        dimensions: dimensions.collect::<Option<BTreeMap<String, String>>>()?,
        stat: fields.text("stat").needed()?,
        warning,
        critical,
    })
}

/// Returns the limits of the warning and of the breach, and reports two that contradict each other.
fn thresholds(
    fields: Fields<'_>,
    rules: &mut Rules<'_>,
) -> Option<(Option<Threshold>, Option<Threshold>)> {
    let [warning, critical] = ["warning", "critical"].map(|key| threshold(fields, key));
    if let (Some(Some(warning)), Some(Some(critical))) = (&warning, &critical) {
        let message = match (warning.bound, critical.bound) {
            (Bound::Above, Bound::Above) if warning.value > critical.value => {
                "the warning's limit is above the critical one"
            }
            (Bound::Below, Bound::Below) if warning.value < critical.value => {
                "the warning's limit is below the critical one"
            }
            (Bound::Above, Bound::Below) | (Bound::Below, Bound::Above) => {
                "`warning` and `critical` must both be `above` or both `below`"
            }
            (Bound::Above, Bound::Above) | (Bound::Below, Bound::Below) => "",
        };
        if !message.is_empty() {
            rules.broken_key(fields, "warning", message, Some("a warning comes before a breach"));
        }
    }
    Some((warning?, critical?))
}

fn threshold(fields: Fields<'_>, key: &str) -> Option<Option<Threshold>> {
    let Some(fields) = fields.node(key).map(Fields::of) else { return Some(None) };
    let (bad, of) = fields.value("minutes", minutes).or((1, 1))?;
    let (bound, value) = match fields.number("above").optional()? {
        Some(value) => (Bound::Above, value),
        None => (Bound::Below, fields.number("below").needed()?),
    };
    Some(Some(Threshold { bound, value, bad, of }))
}

fn alarms(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<Vec<AlarmGate>> {
    let mut names = BTreeSet::new();
    let mut gates = Vec::new();
    for node in fields.items("alarms") {
        let gate = alarm(node);
        if let Some(gate) = gate.as_ref().filter(|gate| !names.insert(gate.gate_name())) {
            let message =
                format!("the alarm `{}` of {} stands twice", excerpt(&gate.name), gate.side);
            rules.broken(node, message, None);
        }
        gates.push(gate);
    }
    gates.into_iter().collect()
}

fn alarm(node: &Node) -> Option<AlarmGate> {
    let fields = Fields::of(node);
    Some(AlarmGate { name: fields.text("name").needed()?, side: fields.word("side").needed()? })
}

fn pass(fields: Fields<'_>) -> Option<PassRule> {
    Some(PassRule {
        min_minutes: fields.whole("min_minutes").or(5)?,
        min_requests: fields.whole("min_requests").or(200)?,
        proof: fields.rate("proof").or("95%".parse().ok()?)?,
    })
}
