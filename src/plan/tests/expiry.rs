//! Credentials that end before the work does.

use super::*;
use crate::unit::{Account, SignedDuration};

/// Makes a plan whose first step is over after 34 minutes, with credentials that end so many minutes after it is made.
fn made_with(ending: &[(Account, i64)]) -> Result<Vec<String>, Vec<String>> {
    let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    let usual = make(&runbook(ALIAS, STEPS), &snapshot, Standing::Refuse)?.hazards;
    for (account, minutes) in ending {
        snapshot.expires.insert(*account, snapshot.at + SignedDuration::from_mins(*minutes));
    }
    let mut hazards = make(&runbook(ALIAS, STEPS), &snapshot, Standing::Refuse)?.hazards;
    hazards.retain(|hazard| !usual.contains(hazard));
    Ok(hazards)
}

#[test]
fn l66_credentials_that_end_before_the_first_step_could_be_taken_back_stop_it() {
    let found = made_with(&[(Account::Dns, 4), (Account::Legacy, 4)]);
    assert_eq!(
        found,
        Err(vec![
            "the credentials for dns, legacy end at 2026-11-23 02:18:00 UTC, in 4m, before the first step has settled and could be \
             rolled back; sign in again first"
                .to_owned()
        ])
    );
    assert!(made_with(&[(Account::Legacy, 4)]).is_ok(), "a rollback needs no metrics");
}

#[test]
fn l66_credentials_that_end_before_the_run_does_are_worth_a_thought() {
    let found = made_with(&[(Account::Dns, 60)]).unwrap();
    assert_eq!(
        found,
        [
            "the credentials for dns end at 2026-11-23 03:14:00 UTC, in 1h, before step 2 and a rollback from it would be over \
          (+1h9m1s): unless they renew themselves, nothing can be written any more, a rollback neither; sign in again before the \
          run, or name a role for the runbook to assume from credentials that last"
        ]
    );
    let found = made_with(&[(Account::New, 60)]).unwrap();
    assert!(found[0].contains("the gates see nothing any more"), "{found:?}");
}

#[test]
fn l66_credentials_that_outlast_the_run_are_not_worth_a_word() {
    // Three settlings of 4m30s and two hours of holds.
    for minutes in [135, 600] {
        assert_eq!(made_with(&[(Account::Dns, minutes)]), Ok(Vec::new()));
    }
    assert_eq!(made_with(&[]), Ok(Vec::new()));
}

#[test]
fn l66_credentials_have_to_last_until_a_rollback_would_be_over_and_no_longer() {
    let after = |seconds: i64| {
        let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
        let at = snapshot.at + SignedDuration::from_secs(seconds);
        snapshot.expires.insert(Account::Dns, at);
        let made = make(&runbook(ALIAS, STEPS), &snapshot, Standing::Refuse);
        made.map(|made| made.hazards.iter().any(|hazard| hazard.contains("end at")))
    };
    // The first step has settled after 270 s, the last is over after three times that and two hours; going back takes 1 s.
    assert!(after(270).is_err());
    assert_eq!(after(271), Ok(true));
    let over = 3 * 270 + 2 * 3600;
    assert_eq!((after(over), after(over + 1)), (Ok(true), Ok(false)));
}

#[test]
fn l66_a_step_begins_only_with_credentials_that_outlast_it_and_its_way_back() {
    let snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    let plan = make(&runbook(ALIAS, STEPS), &snapshot, Standing::Refuse).unwrap().plan;
    let needed = crate::plan::needed(&plan, 0).unwrap();
    assert_eq!(needed.step, 1);
    let after = |minutes| snapshot.at + SignedDuration::from_mins(minutes);
    let lasts = |minutes, renewable| needed.within(after(minutes), renewable, snapshot.at);
    // It settles after 4m30s, is watched for half an hour, and a rollback takes a second.
    assert_eq!((lasts(35, false), lasts(5, true)), (Ok(()), Ok(())));
    assert_eq!(
        lasts(34, false).unwrap_err(),
        "the credentials for dns end at 2026-11-23 02:48:00 UTC, in 34m, before it and a rollback from it would be over (+34m31s)"
    );
    assert!(lasts(4, true).unwrap_err().contains("before it has settled and could be rolled back"));
    assert!(lasts(-5, true).unwrap_err().contains("in 0s"));
    assert_eq!(crate::plan::needed(&plan, 99), None);
}
