//! What is said when too little is known to judge by.

use super::*;
use crate::{gate::DataFaultKind, unit::Account};

#[test]
fn a_young_step_says_what_it_waits_for() {
    assert_data_eq!(
        said(&all_gates(), times(&healthy(), 2)),
        str![[r#"
errors TooFewRequests: too little to judge by: new has had 12,000 requests over 2 min in this step; 5 min are needed
latency TooFewRequests: too little to judge by: 2 of the 5 min needed could be measured
share TooFewRequests: not judged before the minute of 02:08 UTC is closed
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );
}

#[test]
fn too_little_to_prove_says_what_would_have_been_seen() {
    let few = timed(row(30.0, 0.0, 570.0, 1.0), 310.0, 300.0);
    assert_data_eq!(
        said(&all_gates(), times(&few, 12)),
        str![[r#"
errors Unproven: new fails 0% of 360 requests over 12 min; nothing speaks against it, but that is too little to prove that the limit of 0.3% (2x legacy's 0.1% of the last 24h + 0.1%) is kept; the smallest fault that would have been seen is 3.6%; about 36 more min like these would prove it
latency TooFewRequests: too little to judge by: 0 of the 5 min needed could be measured; p99 takes 1,000, p90 takes 100 requests a minute at one load balancer of each side, and the last minute left out had 30 on new and 570 on legacy
share Proven: new gets 5% of 2,400 requests of both sides over 4 min, where 10% is set; between 3.4% and 17.8% is expected; it is off by more than chance: some resolvers stand for many clients, or keep old answers
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );
}

#[test]
fn what_is_unproven_says_what_more_minutes_would_show() {
    let fewer = row(20.0, 0.0, 380.0, 1.0);
    assert_data_eq!(
        said(&errors_only(), times(&fewer, 10)),
        str![[r#"
errors Unproven: new fails 0% of 200 requests over 10 min; nothing speaks against it, but that is too little to prove that the limit of 0.3% (2x legacy's 0.1% of the last 24h + 0.1%) is kept; the smallest fault that would have been seen is 5.2%; at this traffic a 5% fault would be seen after about 1 more min; about 61 more min like these would prove it

"#]]
    );
    let mut minutes = times(&row(300.0, 0.0, 5_700.0, 6.0), 11);
    minutes.push(row(300.0, 9.0, 5_700.0, 6.0));
    assert_data_eq!(
        said(&errors_only(), minutes),
        str![[r#"
errors Unproven: new fails 0.25% of 3,600 requests over 12 min; nothing speaks against it, but that is too little to prove that the limit of 0.3% (2x legacy's 0.1% of the last 24h + 0.1%) is kept; the smallest fault that would have been seen is 1%; about 10 more hours like these would prove it

"#]]
    );
}

#[test]
fn too_few_requests_say_when_there_will_be_enough() {
    let few = row(5.0, 0.0, 600.0, 1.0);
    assert_data_eq!(
        said(&errors_only(), times(&few, 20)),
        str![[r#"
errors TooFewRequests: too little to judge by: new has had 100 requests over 20 min in this step; 200 requests are needed, at this traffic in about 20 more min

"#]]
    );
    assert_data_eq!(
        said(&errors_only(), times(&few, 3)),
        str![[r#"
errors TooFewRequests: too little to judge by: new has had 15 requests over 3 min in this step; 5 min and 200 requests are needed, at this traffic in about 37 more min

"#]]
    );
}

#[test]
fn ignorance_says_why() {
    let mut minutes = times(&healthy(), 8);
    minutes.extend(times(&Row::default(), 4));
    assert_data_eq!(
        said(&errors_only(), minutes),
        str![[r#"
errors Stale: no requests of new are on record for the last 4 min, though it had some until 02:07

"#]]
    );

    let mut run = Run::new(&all_gates(), &PAST, &[(30, "10%")]);
    run.faults = vec![DataFault {
        account: Account::New,
        kind: DataFaultKind::Forbidden,
        message: "not authorized to perform cloudwatch:GetMetricData".to_owned(),
    }];
    assert_data_eq!(
        text(&run.minute(0, healthy())),
        str![[r#"
errors Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData
latency Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData
share Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData
targets Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData

"#]]
    );

    let kinds = [DataFaultKind::Forbidden, DataFaultKind::Partial, DataFaultKind::ProviderError];
    let each = kinds.map(|kind| {
        let mut run = Run::new(&errors_only(), &PAST, &[(30, "10%")]);
        let message = "what it said".to_owned();
        run.faults = vec![DataFault { account: Account::Legacy, kind, message }];
        text(&run.minute(0, healthy()))
    });
    assert_data_eq!(
        each.concat(),
        str![[r#"
errors Forbidden: the legacy account's CloudWatch may not be read: what it said
errors Partial: the legacy account's CloudWatch answered only in part: what it said
errors ProviderError: the legacy account's CloudWatch could not be read: what it said

"#]]
    );
}
