//! The zones' locks, as a person reads of them.

use snapbox::{assert_data_eq, str};

use super::*;

const ME: &str = "api-20261123T021400Z-9f3a";
const OTHER: &str = "api-20261123T022000Z-00aa";

fn fenced(holder: Option<Lock>, why: &str) -> Record {
    record("02:20:07", Event::Fenced { zone: zone(), holder, why: why.to_owned() })
}

#[test]
fn a_lock_is_told_when_it_is_taken_and_when_it_is_gone() {
    let lock = lock_of(ME);
    let why = "it could not be deleted: AccessDenied".to_owned();
    let story = [
        record("02:14:03", Event::LockTaken { zone: zone(), lock }),
        record("03:50:00", Event::LockReleased { zone: zone() }),
        record("03:50:00", Event::LockLeft { zone: zone(), why }),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:03  zone Z1 is locked for this run
03:50:00  zone Z1 is unlocked
03:50:00  zone Z1 stays locked: it could not be deleted: AccessDenied
"#]]
    );
}

#[test]
fn a_rollback_that_took_another_run_s_lock_says_why_it_waits() {
    let story = [
        write_started("02:20:03", Position::Baseline),
        record("02:20:04", Event::LockTaken { zone: zone(), lock: lock_of(ME) }),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:20:04  zone Z1 is locked for this run; whoever held its lock is fenced
          the lock is kept for 45 s, so that the other run sees who took it; Ctrl-C ends that wait, and leaves the lock
"#]]
    );
}

#[test]
fn a_run_that_lost_its_lock_says_who_has_it_how_to_look_and_how_to_take_it_back() {
    let holder = lock_of(OTHER);
    let why = format!("the lock of example.com (Z1) is held by {holder}");
    let story = [weights_written("02:14:08", Position::Shift(1)), fenced(Some(holder), &why)];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:08  written and read back: api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more
02:20:07  FENCED, this run writes nothing more: the lock of example.com (Z1) is held by run api-20261123T022000Z-00aa, since 2026-11-23 02:20:00 UTC (write 8 to the zone)
          left:      5% on new (api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more); now the records are as that run leaves them
          look:      cutover status api-20261123T022000Z-00aa (in the folder that it was started in)
                     cutover plan RUNBOOK (what is live, and who holds the lock)
          take back: cutover resume api-20261123T021400Z-9f3a --state '/var/my runs' --take-over
"#]]
    );
}

#[test]
fn a_lock_that_is_gone_or_of_another_process_of_this_run_is_told_as_such() {
    let story = [
        fenced(None, "the lock of example.com (Z1) is gone"),
        fenced(Some(lock_of(ME)), "another process of this very run has taken the lock"),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:20:07  FENCED, this run writes nothing more: the lock of example.com (Z1) is gone
          left:      the records as they were before the run; somebody else may have changed it since
          look:      cutover status api-20261123T021400Z-9f3a --state '/var/my runs'
                     cutover plan RUNBOOK (what is live, and who holds the lock)
          take back: cutover resume api-20261123T021400Z-9f3a --state '/var/my runs' --take-over
02:20:07  FENCED, this run writes nothing more: another process of this very run has taken the lock
          left:      the records as they were before the run; now the records are as the other process leaves them
          look:      cutover status api-20261123T021400Z-9f3a --state '/var/my runs'
                     cutover plan RUNBOOK (what is live, and who holds the lock)
          take back: cutover resume api-20261123T021400Z-9f3a --state '/var/my runs' --take-over
"#]]
    );
}

#[test]
fn fenced_is_told_even_to_those_who_want_to_hear_little() {
    assert!(told_at(Rank::Essential, &[fenced(None, "gone")]).contains("FENCED"));
}

#[test]
fn a_run_that_takes_over_says_so() {
    let event =
        Event::Resumed { version: "0.1.0".to_owned(), owner: "me".to_owned(), take_over: true };
    let text = told(&[fenced(None, "gone"), record("02:30:00", event)]);
    assert!(text.contains("locks that somebody else holds are taken over"), "{text}");
}
