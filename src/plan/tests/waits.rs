//! Where a run waits for its windows.

use super::*;
use crate::plan::{Plan, Windows, window_waits};

fn plan(allow: &[&str]) -> Plan {
    let live = vec![alias(LEGACY, Routing::Simple)];
    let mut plan = made(ALIAS, STEPS, live).unwrap().plan;
    let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
    plan.windows = Windows { allow, deny: Vec::new() };
    plan
}

#[test]
fn a_step_that_is_due_outside_its_window_waits_and_those_after_it_are_later() {
    let plan = plan(&["Mon-Fri 09:00-09:20 UTC"]);
    let begin = "2026-11-23T09:00:00Z".parse().unwrap();
    let (waits, end) = window_waits(&plan, begin);
    assert!(!waits.is_empty());
    assert!(waits.iter().all(|wait| wait.due < wait.opens.unwrap()), "{waits:?}");
    assert!(waits.windows(2).all(|pair| pair[0].opens.unwrap() < pair[1].due), "{waits:?}");
    let open = self::plan(&[]);
    assert!(end.unwrap() > window_waits(&open, begin).1.unwrap());
}

#[test]
fn without_windows_nothing_waits() {
    let begin = "2026-11-23T03:00:00Z".parse().unwrap();
    assert_eq!(window_waits(&plan(&[]), begin).0, []);
}

#[test]
fn windows_that_never_open_again_have_no_end() {
    let begin = "2026-11-23T03:00:00Z".parse().unwrap();
    let (waits, end) = window_waits(&plan(&["2026-11-01"]), begin);
    assert_eq!((waits.len(), waits[0].opens, end), (1, None, None));
}
