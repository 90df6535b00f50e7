//! What the run says of what follows, so that nobody has to know the policy by heart.

use super::*;
use crate::plan::{OnBreach, OnWarning};

const BACK: &str = "`cutover rollback test-20261123T021400Z-0001` goes back";

/// Returns what follows the first event with this name, once this has been judged in the first hold.
fn next(change: impl FnOnce(&mut Policy), findings: &[(&str, Cause)], name: &str) -> String {
    let mut plan = plan();
    change(&mut plan.policy);
    let mut run = Run::holding(plan, 0);
    run.judge(findings);
    let told = run.told.iter().find(|event| event.name() == name);
    match told {
        Some(Event::Breached { next, .. } | Event::Warned { next, .. }) => next.clone(),
        Some(_) | None => panic!("{:?}", run.names()),
    }
}

#[test]
fn a_breach_says_whether_everybody_is_sent_back_and_how_to_do_it_by_hand() {
    let breach = [("errors", Cause::OverCritical)];
    let now = "everybody is sent back to legacy now";
    assert_eq!(next(|_| {}, &breach, "breached"), now);
    assert_eq!(
        next(|policy| policy.breach = OnBreach::Hold, &breach, "breached"),
        format!("nobody else is moved (`policy.breach: hold`); {BACK}")
    );
    let sick = [("errors", Cause::LegacySick), ("lag", Cause::OverCritical)];
    assert_eq!(
        next(|_| {}, &sick, "breached"),
        format!(
            "nothing goes back by itself, because legacy is not fit to take the traffic back; {BACK}"
        )
    );
}

#[test]
fn a_warning_says_whether_the_run_goes_on() {
    let goes_on = |policy: &mut Policy| policy.warning = OnWarning::Continue;
    let waits = "nobody else is moved while this lasts; it goes on by itself when it has passed";
    let over = [("errors", Cause::OverWarning)];
    assert_eq!(
        next(goes_on, &over, "warned"),
        "the run goes on all the same (`policy.warning: continue`)"
    );
    assert!(next(|_| {}, &over, "warned").starts_with(waits));
    // The policy is about limits: what nobody is to blame for holds all the same.
    let off = next(goes_on, &[("share", Cause::ShareOff)], "warned");
    assert!(off.starts_with(waits) && off.ends_with(Cause::ShareOff.advice().unwrap()), "{off}");
}

#[test]
fn a_step_that_passes_says_what_is_next() {
    let mut run = Run::of(plan());
    run.reach(|event| matches!(event, Event::RunCompleted { .. }), 0);
    let next = run.told.iter().filter_map(|event| {
        if let Event::StepPassed { next, .. } = event { Some(next.as_str()) } else { None }
    });
    let next: Vec<&str> = next.collect();
    assert_eq!(next, ["step 2, 50% to new", "step 3, 100% to new", "that was the last step"]);
}

#[test]
fn a_step_is_proven_by_the_errors_gate_and_no_other() {
    let is_proven = |findings: &[(&str, Cause)]| {
        let mut run = Run::holding(plan(), 0);
        run.pass(600);
        run.judge(findings);
        let passed = run.told.iter().find_map(|event| {
            if let Event::StepPassed { proven, .. } = event { Some(*proven) } else { None }
        });
        passed.unwrap_or_else(|| panic!("{:?}", run.names()))
    };
    assert!(is_proven(&[("errors", Cause::Proven)]));
    assert!(!is_proven(&[("errors", Cause::Unproven)]));
    assert!(!is_proven(&[("errors", Cause::Unproven), ("latency", Cause::Proven)]));
    assert!(!is_proven(&[("latency", Cause::Proven)]));
}

#[test]
fn a_step_that_is_written_tells_the_weights_of_every_pair() {
    let run = Run::holding(plan(), 1);
    let written = run.told.iter().rev().find_map(|event| {
        if let Event::WeightsWritten { records, .. } = event { Some(records) } else { None }
    });
    let weights = |record: &crate::engine::PairWeights| {
        (record.name.to_string(), record.legacy.map(|w| w.0), record.new.map(|w| w.0))
    };
    let told: Vec<_> = written.unwrap().iter().map(weights).collect();
    let half = |name: &str| (name.to_owned(), Some(50), Some(50));
    assert_eq!(told, [half("a.example.com"), half("b.example.org")]);
}
