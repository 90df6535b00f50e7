//! What a plan watches, one line for each limit.

use super::share;
use crate::{
    plan::{
        AlarmGate, DatadogGate, DatadogWatch, EcsCheck, ErrorLimit, ErrorsGate, Gates, LatencyGate,
        LatencyLimit, MetricGate, Noise, PassRule, Plan, Service, Threshold, Traffic,
    },
    unit::{Account, Side, words},
};

/// Returns the gates of a plan as lines; of several waves those with the same gates together.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let mut told: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    let names = plan.waves.iter().map(|wave| wave.name.as_str());
    for (name, lines) in names.zip(plan.by_wave().iter().map(of_one)) {
        match told.iter_mut().find(|(_, known)| *known == lines) {
            Some((names, _)) => names.push(name),
            None => told.push((vec![name], lines)),
        }
    }
    if told.is_empty() {
        return of_one(plan);
    }
    let told = told.into_iter().flat_map(|(names, lines)| {
        let plural = if names.len() == 1 { "" } else { "s" };
        std::iter::once(format!("wave{plural} {}", names.join(", "))).chain(lines)
    });
    told.collect()
}

fn of_one(plan: &Plan) -> Vec<String> {
    let Gates { errors: on_errors, latency: on_latency, targets, .. } = &plan.gates;
    let mut lines = Vec::new();
    match on_errors {
        Some(gate) => lines.extend(errors(gate)),
        None => lines.push("errors   off".to_owned()),
    }
    match on_latency {
        Some(gate) => lines.extend(latency(gate)),
        None => lines.push("latency  off".to_owned()),
    }
    lines.extend(several(plan));
    lines.extend(share::lines(plan));
    lines.push(targets.as_ref().map_or("targets  off".to_owned(), |targets| {
        format!("targets  critical    below {} healthy behind new", targets.critical_below)
    }));
    lines.extend(plan.gates.metrics.iter().map(metric));
    lines.extend(plan.gates.alarms.iter().map(alarm));
    lines.extend(plan.services.iter().map(service));
    lines.extend(plan.gates.datadog.iter().map(datadog));
    lines.push(pass(&plan.gates.pass, plan.gates.noise));
    lines
}

/// How a side with several load balancers is judged.
fn several(plan: &Plan) -> Option<String> {
    let balancers = Traffic::of(&plan.feeds).arrivals;
    let count = |side| balancers.iter().filter(|of| of.side == side).count();
    let of = |side| Some((side, count(side))).filter(|(_, count)| *count > 1);
    let sides: Vec<String> = [Side::New, Side::Legacy]
        .into_iter()
        .filter_map(of)
        .map(|(side, count)| format!("{side} has {count}"))
        .collect();
    (!sides.is_empty()).then(|| {
        format!(
            "         {} load balancers: what they count is added; of latencies the slowest that has requests enough of \
             its own is judged, of targets the worst",
            sides.join(" and ")
        )
    })
}

fn errors(gate: &ErrorsGate) -> Vec<String> {
    let limits = [("critical", &gate.critical), ("warning", &gate.warning)];
    let line = |(level, limit): (&str, &ErrorLimit)| {
        let cap = limit.at_most.map_or(String::new(), |rate| format!(", at most {rate}"));
        let past = limit.history.map_or(String::new(), |time| format!(", history {}", words(time)));
        format!(
            "errors   {level:<11} {}x legacy + {}{cap}{past}, false alarm {}",
            limit.times_legacy, limit.plus, limit.false_alarm
        )
    };
    let catastrophe = gate.catastrophe.as_ref().map(|c| {
        format!(
            "errors   catastrophe {} of a minute, {} errors or more, {}x legacy",
            c.rate, c.min_errors, c.times_legacy
        )
    });
    limits.into_iter().map(line).chain(catastrophe).collect()
}

fn latency(gate: &LatencyGate) -> Vec<String> {
    let limits = [("critical", &gate.critical), ("warning", &gate.warning)];
    let line = |(level, limit): (&str, &LatencyLimit)| {
        let cap = limit.at_most;
        let cap = cap.map_or(String::new(), |time| format!(", at most {}ms", time.as_millis()));
        format!(
            "latency  {level:<11} p{} above {}x legacy{cap} in more than {} of minutes, false alarm {}",
            gate.stat.percentile, limit.times_legacy, limit.bad_minutes, limit.false_alarm
        )
    };
    limits.map(line).into()
}

fn metric(gate: &MetricGate) -> String {
    let critical = match gate.account {
        Account::Legacy => "holds",
        Account::New | Account::Dns => "critical",
    };
    let limits = thresholds(gate.warning.as_ref(), (critical, gate.critical.as_ref()));
    let (name, measured) = (&gate.name, gate.measured());
    format!("metric   {name}: {measured} of {}; {limits}", gate.account)
}

/// Returns the limits of a gate on datapoints; the graver one with what it is called.
fn thresholds(warning: Option<&Threshold>, graver: (&str, Option<&Threshold>)) -> String {
    let limit = |(level, threshold): (&str, Option<&Threshold>)| {
        threshold.map(|threshold| format!("{level} {threshold}"))
    };
    let limits = [limit(("warning", warning)), limit(graver)];
    limits.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn datadog(gate: &DatadogGate) -> String {
    let says = match &gate.watches {
        DatadogWatch::Monitor { .. } => {
            "Warn is a warning, Alert is critical, No Data is unknown".to_owned()
        }
        DatadogWatch::Query { warning, critical, .. } => {
            thresholds(warning.as_ref(), ("critical", critical.as_ref()))
        }
    };
    let (name, watched) = (&gate.name, gate.watched());
    // The default name is what is watched, or its end.
    if watched.ends_with(name.as_str()) {
        return format!("datadog  {watched}; {says}");
    }
    format!("datadog  {name}: {watched}; {says}")
}

fn alarm(gate: &AlarmGate) -> String {
    let ringing = match gate.side {
        Side::New => "ALARM is critical",
        Side::Legacy => "ALARM holds, as legacy is then not fit to go back to",
    };
    format!("alarm    {} of {}; {ringing}, INSUFFICIENT_DATA is unknown", gate.name, gate.side)
}

fn service(service: &Service) -> String {
    let EcsCheck { side, cluster, service, .. } = &service.check;
    format!("ecs      {service} of {side} in {cluster}; the run waits while someone deploys it")
}

fn pass(pass: &PassRule, noise: Noise) -> String {
    let noise = match noise {
        Noise::Low => "low",
        Noise::Normal => "normal",
        Noise::High => "high",
    };
    format!(
        "pass     {} minutes and {} requests or more, {} sure; noise {noise}",
        pass.min_minutes, pass.min_requests, pass.proof,
    )
}
