//! What is said of each phase of a run: what it does, what it waits for, and how the way back is.

use super::*;

#[test]
fn a_hold_says_what_is_waited_for_and_until_when_and_how_both_sides_are() {
    assert_data_eq!(
        shown(&holding(), 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn who_keeps_a_connection_is_told_of_beside_the_way_back() {
    let kept = Some(SignedDuration::from_hours(1));
    let told = |view: &View| shown(view, 80).contains("keep a connection open may stay 1h longer");
    assert!(told(&View { kept_on_new: kept, ..holding() }));
    assert!(!told(&View { kept_on_new: kept, share: Share::ZERO, ..holding() }));
    assert!(!told(&holding()));
}

#[test]
fn before_the_first_step_nothing_is_on_new_and_nothing_is_known() {
    let view = View {
        phase: "syncing",
        since: Some(at("02:19:43")),
        waiting_for: Some("all of Route 53's servers to answer with the change".to_owned()),
        until: None,
        step: None,
        hold_began: None,
        share: Share::ZERO,
        legacy: SideView::default(),
        new: SideView::default(),
        trend: Vec::new(),
        limits: Limits::default(),
        findings: Vec::new(),
        freshness: Freshness { legacy: None, new: None, ..holding().freshness },
        ..holding()
    };
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > 5% > 25% > 50% > 100%
syncing      for 12s
             waiting for all of Route 53's servers to answer with the change
               req/min   errors  latency p99
legacy               -        -         -
new                  -        -         -
data         none yet
way back     all traffic is meant for legacy
"#]]
    );
}

#[test]
fn a_rollback_says_how_far_it_is_and_what_it_is_for() {
    let look = look(80, 40);
    let lines = screen(&rolling_back(), Some("600 of 1000 records back"), &look).join("\n");
    assert_data_eq!(
        lines,
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > 5% > 25% > 50% > 100%
rolling back for 3s
             600 of 1000 records back
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆     3.6%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old; no more is read
BREACH       errors: new fails 3.6% of 1,544 requests over 3 min, legacy 0.16%;
             the limit is 0.41% (2x legacy's 0.16% + 0.1%)
unknown      latency: 3 minutes seen, 5 are needed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     everybody is safe in about 2m
"#]]
    );
}

#[test]
fn a_hold_that_was_not_planned_gives_its_reason_in_full() {
    let mut view = holding();
    (view.phase, view.hold_began) = ("held", None);
    view.until = Some("2026-11-24T00:19:00Z".parse().unwrap());
    let why = "errors: unknown: new's CloudWatch may not be read: User arn:aws:sts::333333333333:assumed-role/cutover-read/cutover \
               is not authorized to perform: cloudwatch:GetMetricData because no identity-based policy allows it";
    view.waiting_for = Some(why.to_owned());
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
held         21h59m5s left, until 2026-11-24 00:19:00
             waiting for errors: unknown: new's CloudWatch may not be read:
             User arn:aws:sts::333333333333:assumed-role/cutover-read/cutover
             is not authorized to perform: cloudwatch:GetMetricData because no…
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn an_approval_stands_out_and_says_how_to_answer() {
    let mut view = holding();
    (view.phase, view.hold_began) = ("approval", None);
    view.waiting_for = None;
    view.question = Some(Question {
        ask: "Has the database team said yes?".to_owned(),
        otherwise: "without an answer the run stops where it is".to_owned(),
    });
    view.steps.insert(2, StepView::Approval);
    view.step = Some(2);
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > 5% > [approval] > 25% > 50% > 100%
approval     7m12s left, until 02:27:07
APPROVE?     Has the database team said yes?
             here: type `yes` and Enter
             elsewhere: cutover approve api-20261123T021400Z-9f3a
             without an answer the run stops where it is
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
    let low = screen(&view, None, &look(80, 5)).join("\n");
    assert!(low.contains("APPROVE?") && low.contains("type `yes`"), "{low}");
}

#[test]
fn a_pause_is_seen_while_a_hold_goes_on() {
    let (by, why) = ("alice@laptop".to_owned(), Some("the network team calls".to_owned()));
    let view =
        View { paused: Some(Word { by, why, request: None }), mode: Mode::DryRun, ..holding() };
    let lines = screen(&view, None, &look(80, 5)).join("\n");
    assert_data_eq!(
        lines,
        str![[r#"
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
paused       by alice@laptop: the network team calls; no further step begins
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
    assert!(shown(&view, 80).contains("in production, DRY RUN"), "{}", shown(&view, 80));
}

#[test]
fn a_run_that_lost_its_zone_does_not_say_what_is_on_new() {
    let view = View { phase: "fenced", ..holding() };
    assert!(shown(&view, 80).ends_with("knows what is on new now"), "{}", shown(&view, 80));
}

#[test]
fn the_end_of_a_migration_has_no_steps_to_show() {
    let view = View { steps: Vec::new(), ..holding() };
    assert!(!shown(&view, 80).contains("steps"), "{}", shown(&view, 80));
}

#[test]
fn a_countdown_that_is_over_says_so() {
    let view = View { at: at("02:27:08"), ..holding() };
    assert!(shown(&view, 80).contains("due, until 02:27:07"), "{}", shown(&view, 80));
}
