//! What the policy makes of a hold.

use super::*;
use crate::{
    engine::{Ending, Halt},
    plan::{Fallback, OnBreach, OnUnproven, OnWarning},
};

fn with_policy(change: impl FnOnce(&mut Policy)) -> Plan {
    let mut plan = plan();
    change(&mut plan.policy);
    plan
}

/// Returns what follows when the first hold ends with these findings.
fn after_hold(plan: Plan, findings: &[(&str, Cause)]) -> Run {
    let mut run = Run::holding(plan, 0);
    run.pass(600);
    run.judge(findings);
    run
}

#[test]
fn nothing_passes_before_its_hold_is_over() {
    let mut run = Run::holding(plan(), 0);
    run.pass(599);
    run.judge(&[("errors", Cause::Proven)]);
    assert!(!run.names().contains(&"step_passed"));
    // A judgement from before the end is not enough at the end.
    run.pass(1);
    run.decide();
    assert!(!run.names().contains(&"step_passed"));
    run.judge(&[("errors", Cause::Proven)]);
    assert!(run.names().contains(&"step_passed"));
}

#[test]
fn each_finding_leads_to_what_the_policy_says_of_it() {
    use Cause::{
        EverybodyArrives, Forbidden, LegacySick, NoTraffic, NobodyArrives, OverWarning, Partial,
        Proven, ProviderError, ShareOff, SharedCause, Stale, TooFewRequests, TrafficMissing,
        Unproven,
    };
    let default = |_: &mut Policy| {};
    let unknown = |policy: &mut Policy| policy.unknown = OnBreach::Rollback;
    let unproven_hold = |policy: &mut Policy| policy.unproven = OnUnproven::Hold;
    let unproven_back = |policy: &mut Policy| policy.unproven = OnUnproven::Rollback;
    let warning = |policy: &mut Policy| policy.warning = OnWarning::Continue;
    let (pass, hold, back) = ("step_passed", "held", "rollback_started");
    type Change = fn(&mut Policy);
    let table: [(&str, Cause, Change, &str); 28] = [
        ("errors", Proven, default, pass),
        ("errors", Unproven, default, pass),
        ("errors", Unproven, unproven_hold, hold),
        ("errors", Unproven, unproven_back, back),
        ("errors", TooFewRequests, default, hold),
        ("errors", NoTraffic, default, hold),
        ("errors", Stale, default, hold),
        ("errors", Forbidden, default, hold),
        ("errors", Partial, default, hold),
        ("errors", ProviderError, default, hold),
        ("errors", TooFewRequests, unknown, back),
        ("errors", Stale, unknown, back),
        ("errors", Forbidden, unknown, back),
        ("latency", Stale, default, hold),
        ("share", ShareOff, default, hold),
        ("share", ShareOff, warning, hold),
        ("share", NobodyArrives, default, hold),
        ("share", NobodyArrives, warning, hold),
        ("share", EverybodyArrives, default, hold),
        ("share", EverybodyArrives, warning, hold),
        ("share", TrafficMissing, default, hold),
        ("share", TrafficMissing, warning, hold),
        ("errors", OverWarning, default, hold),
        ("errors", OverWarning, warning, pass),
        ("errors", SharedCause, default, hold),
        ("errors", SharedCause, warning, hold),
        ("errors", LegacySick, warning, hold),
        ("replica-lag", NoTraffic, default, hold),
    ];
    for (gate, cause, change, expected) in table {
        let run = after_hold(with_policy(change), &[(gate, cause)]);
        let end = run.names().into_iter().rfind(|name| [pass, hold, back].contains(name));
        assert_eq!(end, Some(expected), "{gate} {cause:?}");
    }
}

#[test]
fn each_kind_of_not_knowing_is_mapped_by_policy_and_has_advice_of_its_own() {
    let kinds = [
        Cause::TooFewRequests,
        Cause::NoTraffic,
        Cause::Stale,
        Cause::Forbidden,
        Cause::Partial,
        Cause::ProviderError,
        Cause::InsufficientData,
    ];
    let back = |policy: &mut Policy| policy.unknown = OnBreach::Rollback;
    let mut advice = Vec::new();
    for cause in kinds {
        let run = after_hold(plan(), &[("errors", cause)]);
        let Event::Held { why, next, .. } = run.last() else { panic!("{cause:?}") };
        assert_eq!(*why, format!("errors: it is {cause:?}"));
        assert!(next.ends_with(cause.advice().unwrap()), "{cause:?}: {next}");
        advice.extend(cause.advice());
        let run = after_hold(with_policy(back), &[("errors", cause)]);
        assert!(run.names().contains(&"rollback_started"), "{cause:?}");
    }
    advice.sort_unstable();
    advice.dedup();
    assert_eq!(advice.len(), kinds.len());
}

#[test]
fn the_advice_of_a_hold_is_that_of_its_gravest_reason() {
    let run = after_hold(plan(), &[("errors", Cause::TooFewRequests), ("share", Cause::ShareOff)]);
    let Event::Held { next, .. } = run.last() else { panic!("{:?}", run.last()) };
    assert!(next.ends_with(Cause::ShareOff.advice().unwrap()), "{next}");
}

#[test]
fn a_step_that_passes_says_what_its_gates_do_not_know() {
    let findings = [("latency", Cause::TooFewRequests), ("errors", Cause::Proven)];
    let run = after_hold(plan(), &findings);
    let passed = run.told.iter().find_map(|event| {
        if let Event::StepPassed { why, .. } = event { Some(why.as_str()) } else { None }
    });
    assert_eq!(passed, Some("errors: it is Proven; latency: it is TooFewRequests"));
}

#[test]
fn a_step_that_passes_unproven_says_which_policy_lets_it() {
    for (cause, by) in [(Cause::Unproven, true), (Cause::Proven, false)] {
        let run = after_hold(plan(), &[("errors", cause)]);
        let said = |event: &Event| {
            matches!(event, Event::StepPassed { next, .. }
            if next.contains("policy.unproven") == by)
        };
        assert!(run.told.iter().any(said), "{cause:?}");
    }
}

#[test]
fn latency_and_share_may_be_silent_only_where_the_errors_gate_vouches_for_traffic() {
    for gate in ["latency", "share"] {
        for cause in [Cause::TooFewRequests, Cause::NoTraffic] {
            let run = after_hold(plan(), &[("errors", Cause::Proven), (gate, cause)]);
            assert!(run.names().contains(&"step_passed"), "{gate} {cause:?}");
            let run = after_hold(plan(), &[(gate, cause)]);
            assert_eq!(run.last().name(), "held", "{gate} {cause:?}");
        }
    }
}

#[test]
fn the_gravest_finding_wins_and_all_reasons_to_hold_are_told() {
    let run = after_hold(plan(), &[("errors", Cause::Proven), ("latency", Cause::Stale)]);
    assert!(matches!(run.last(), Event::Held { why, .. } if why == "latency: it is Stale"));
    let run = after_hold(plan(), &[("errors", Cause::Stale), ("latency", Cause::Forbidden)]);
    let each = "errors: it is Stale; latency: it is Forbidden";
    assert!(matches!(run.last(), Event::Held { why, .. } if why == each), "{:?}", run.last());
    let run = after_hold(plan(), &[("errors", Cause::Stale), ("latency", Cause::Stale)]);
    let both = "errors, latency: it is Stale";
    assert!(matches!(run.last(), Event::Held { why, .. } if why == both));
}

#[test]
fn without_any_gate_nothing_ever_passes() {
    let run = after_hold(plan(), &[]);
    assert!(matches!(run.last(), Event::Held { .. }), "{:?}", run.last());
}

#[test]
fn a_hold_that_clears_passes() {
    let mut run = after_hold(plan(), &[("errors", Cause::Stale)]);
    run.pass(3600);
    run.judge(&[("errors", Cause::Proven)]);
    assert!(run.names().contains(&"step_passed"));
}

#[test]
fn a_hold_that_lasts_too_long_ends_as_the_policy_says() {
    for (then, name) in [(Fallback::Rollback, "rollback_started"), (Fallback::Stop, "stopped")] {
        let plan = with_policy(|policy| policy.hold_limit_then = then);
        let mut run = after_hold(plan, &[("errors", Cause::Stale)]);
        run.pass(7199);
        run.judge(&[("errors", Cause::Stale)]);
        assert_eq!(run.last().name(), "minute_judged");
        assert_eq!(run.engine.deadline(run.now), Some(run.now + SignedDuration::from_secs(1)));
        run.pass(1);
        run.decide();
        let end = run.names().into_iter().rfind(|n| ["rollback_started", "stopped"].contains(n));
        assert_eq!(end, Some(name));
    }
}

#[test]
fn a_hold_that_lasts_too_long_does_not_go_back_to_a_sick_legacy() {
    let unfit = [
        ("errors", Cause::LegacySick),
        ("errors", Cause::SharedCause),
        ("share", Cause::EverybodyArrives),
    ];
    for finding in unfit {
        let mut run = after_hold(plan(), &[finding]);
        run.pass(7200);
        run.judge(&[finding]);
        let Event::Stopped { reason } = run.last() else { panic!("{:?}", run.last()) };
        assert!(reason.ends_with("legacy is not fit to take the traffic back"), "{reason}");
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stopped)));
    }
}

#[test]
fn a_hold_that_lasts_too_long_goes_back_where_nothing_is_wrong_with_legacy() {
    for cause in [Cause::ShareOff, Cause::NobodyArrives, Cause::TrafficMissing] {
        let mut run = after_hold(plan(), &[("share", cause)]);
        run.pass(7200);
        run.judge(&[("share", cause)]);
        assert!(run.names().contains(&"rollback_started"), "{cause:?}");
    }
}

#[test]
fn whoever_is_to_blame_a_hold_that_clears_goes_on_by_itself() {
    for cause in [Cause::SharedCause, Cause::LegacySick, Cause::TrafficMissing] {
        let mut run = after_hold(plan(), &[("errors", cause)]);
        assert_eq!(run.last().name(), "held", "{cause:?}");
        run.pass(1800);
        run.judge(&[("errors", Cause::Proven)]);
        let known = run.names();
        assert!(
            known.contains(&"step_passed") && !known.contains(&"rollback_started"),
            "{known:?}"
        );
    }
}

#[test]
fn no_evidence_does_not_go_back_to_a_sick_legacy_even_where_the_policy_says_rollback() {
    let plan = with_policy(|policy| policy.unknown = OnBreach::Rollback);
    let mut run = after_hold(plan, &[("errors", Cause::LegacySick), ("latency", Cause::Forbidden)]);
    let Event::Held { why, .. } = run.last() else { panic!("{:?}", run.last()) };
    assert!(why.contains("legacy is not fit"), "{why}");
    run.judge(&[("errors", Cause::Proven), ("latency", Cause::Forbidden)]);
    assert!(run.names().contains(&"rollback_started"));
}

#[test]
fn a_run_stopped_by_an_expired_hold_has_all_of_its_time_again_when_it_is_resumed() {
    let plan = with_policy(|policy| policy.hold_limit_then = Fallback::Stop);
    let mut run = after_hold(plan, &[("errors", Cause::Stale)]);
    run.pass(7200);
    run.decide();
    assert_eq!(run.last().name(), "stopped");
    run.pass(3600);
    run.resume();
    run.work();
    run.judge(&[("errors", Cause::Stale)]);
    assert!(matches!(run.last(), Event::Held { until, .. }
        if *until == run.now + SignedDuration::from_hours(2)));
}

#[test]
fn a_warning_is_told_once_until_it_has_gone() {
    let mut run = Run::holding(plan(), 0);
    let warned = |run: &Run| run.names().iter().filter(|name| **name == "warned").count();
    for expected in [1, 1, 1] {
        run.pass(30);
        run.judge(&[("errors", Cause::OverWarning)]);
        assert_eq!(warned(&run), expected);
    }
    run.judge(&[("errors", Cause::OverWarning), ("latency", Cause::OverWarning)]);
    assert_eq!(warned(&run), 2);
    run.judge(&[("errors", Cause::Proven), ("latency", Cause::OverWarning)]);
    run.judge(&[("errors", Cause::OverWarning), ("latency", Cause::OverWarning)]);
    assert_eq!(warned(&run), 3);
}

#[test]
fn the_run_completes_after_the_last_hold() {
    let mut run = Run::holding(plan(), 2);
    run.pass(600);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::Completed)));
    assert_eq!(run.weights("a.example.com"), [0, 100]);
}

#[test]
fn a_deadline_is_always_still_to_come() {
    let run = Run::holding(plan(), 0);
    let over = run.now + SignedDuration::from_mins(10);
    assert_eq!(run.engine.deadline(run.now), Some(over));
    assert_eq!(run.engine.deadline(over), None);
}
