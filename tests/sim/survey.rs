//! What is read before a plan is made.

use std::sync::{Arc, Mutex};

use cutover::{
    driver::{Clock, survey},
    plan::{Lock, Questions, Quota, Snapshot, Standing, lock_name, make},
    rehearse::stage,
    report::plan_lines,
    runbook::Runbook,
    sim::{SimCloud, Stage, World},
    unit::{Account, RecordType, Timestamp},
};

use snapbox::{assert_data_eq, str};

use crate::{
    stage::{TWO_ZONES, calm, runbook},
    watched::ALARMED,
};

type TestResult = Result<(), Box<dyn std::error::Error>>;

const START: &str = "2026-03-03T09:00:00Z";

/// Surveys the world of a runbook in which a run holds the lock of the first zone, and somebody has protected a name.
fn surveyed(text: &str) -> Result<Snapshot, Box<dyn std::error::Error>> {
    let runbook = runbook(text);
    let mut stage = stage(std::slice::from_ref(&runbook));
    let start: Timestamp = START.parse()?;
    if let Some(zone) = stage.zones.first_mut() {
        let name = lock_name(&zone.zone.name).ok_or("there is no name for a lock")?;
        let run = "other-20260303T080000Z-9f3a".parse()?;
        let lock = Lock { run, epoch: 3, owner: "5c1e9a70".to_owned(), until: start };
        zone.records.push(lock.record(&name));
        zone.protected.push(("api.example.com".parse()?, RecordType::A));
    }
    survey_of(&runbook, stage)
}

fn survey_of(runbook: &Runbook, stage: Stage) -> Result<Snapshot, Box<dyn std::error::Error>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let start: Timestamp = START.parse()?;
    Ok(runtime.block_on(async {
        let clock = Clock::beginning(start);
        let world = Arc::new(Mutex::new(World::new(stage, calm(), 1, start)));
        let cloud = SimCloud::new(world, move || clock.now());
        survey(&cloud, &Questions::of(runbook), &runbook.gates, start).await
    }))
}

/// Returns the plan of a runbook for a world in which nothing stands in the way.
fn plan_of(text: &str) -> Result<String, Box<dyn std::error::Error>> {
    let runbook = runbook(text);
    let snapshot = survey_of(&runbook, stage(std::slice::from_ref(&runbook)))?;
    let made =
        make(&runbook, &snapshot, Standing::Refuse).map_err(|problems| problems.join("; "))?;
    Ok(plan_lines(&made).join("\n"))
}

#[test]
fn a_plan_is_read_by_a_person_who_is_about_to_say_yes() -> TestResult {
    assert_data_eq!(
        plan_of(TWO_ZONES)?,
        str![[r#"
night: 2 record pairs in 2 zones, 3 steps

records
  api.example.com A in zone Z0EXAMPLECOM
    - simple -> alias api-legacy-1000104729.us-west-2.elb.amazonaws.com
    + weight 100 "cutover:legacy" -> alias api-legacy-1000104729.us-west-2.elb.amazonaws.com
    + weight 0 "cutover:new" -> alias api-1000209458.us-west-2.elb.amazonaws.com
  events.example.org CNAME in zone Z0EXAMPLEORG
    - simple -> events-old.example.net (TTL 300s)
    + weight 100 "cutover:legacy" -> events-old.example.net (TTL 60s)
    + weight 0 "cutover:new" -> events-new.example.net (TTL 60s)

steps
  step     share      weights     written     settled        over      hold
     1        5%         95/5         +6m     +10m30s     +15m30s        5m
     2       50%        50/50     +15m30s        +20m        +25m        5m
     3      100%        0/100        +25m     +29m30s     +35m30s        6m

what the errors gate can see, at the traffic of the past day
  5%: 310 req/min on new; sees errors above 1.6% in 5 min
  50%: 3,099 req/min on new; sees errors above 0.62% in 5 min
  100%: 6,197 req/min on new; sees errors above 0.5% in 6 min

what the load balancers have to carry, at legacy's busiest minute of the past day
  new alb api: 58 requests/s at 100%, about 3 LCU (from a connection for each request, 25 a second for each LCU)
  new alb events: 57 requests/s at 100%, about 3 LCU (from a connection for each request, 25 a second for each LCU)
  legacy elb api-legacy: 58 requests/s at 100%
  legacy elb events: 57 requests/s at 100%
  step     share  requests/s    growth      LCU  going back from it
     1        5%           6    from 0        1  legacy from 108 to 114, 1.1x at once
     2       50%          57     10.0x        3  legacy from 57 to 114, 2.0x at once
     3      100%         114      2.0x        5  legacy from 0 to 114, from nothing

time
  earliest finish   35m30s    = old TTL 6m + 3 settling of 4m30s each + holds of 16m
  to settle         4m30s     = INSYNC 1m (usual) + TTL 60s + metric lag 2m + slop 30s
  to detect         4m30s     = 2m of an obvious fault + metric lag 2m + reading every 30s; a quarter of all requests failing: 1 minute + reading
  to roll back      1s        = the exact baseline, in 2 batches of about 1s, one in each zone
  to safe           2m1s      = rollback 1s + INSYNC 1m (usual) + TTL 60s; clients that ignore TTL or keep connections open take longer
  kept on new       up to 1h  = clients that keep a connection open stay on new after a rollback: 2 load balancers: connections are closed when 1h old, idle ones after 1m
  kept on legacy    no limit  = clients that keep a connection open come to new later: 2 load balancers: connections in use are never closed, idle ones after 1m
  to drain          5m        = targets that are taken out go on with their requests for so long (draining, deregistration delay)

gates
  errors   critical    2x legacy + 0.1%, at most 1%, history 30m, false alarm 1%
  errors   warning     1.5x legacy + 0.02%, false alarm 5%
  errors   catastrophe 25% of a minute, 10 errors or more, 5x legacy
  latency  critical    p99 above 1.5x legacy in more than 10% of minutes, false alarm 1%
  latency  warning     p99 above 1.2x legacy in more than 20% of minutes, false alarm 5%
           new has 2 and legacy has 2 load balancers: what they count is added; of latencies the slowest that has requests enough of its own is judged, of targets the worst
  share    within 50% of the share set, from 5m on
  share    warning     requests of both sides together clearly below half of the same minutes a week ago (known until 11:08 UTC) and the hour before (7,123 a minute)
  targets  critical    below 50% healthy behind new
  pass     5 minutes and 200 requests or more, 95% sure; noise normal

policy
  breach: roll back; warning: hold; unknown: hold; unproven: go on
  a hold that was not planned lasts 40m at most, then: roll back
  metric lag 2m, settle slop 30s

lock
  TXT _cutover-lock.example.com, _cutover-lock.example.org, from the first write to the end of the run
  every write swaps it for one with a higher epoch, in the same transaction: whoever has lost it (a second operator, an
  old request that arrives late) is refused by Route 53 itself; that is also how a rollback stops this run
  it is public: everybody can read the id of the run and the times in it

worth a second thought
  step 2: from 5% to 50% is 10.0x after 9m30s; a load balancer follows 1.5x in 5 minutes (2.2x in that time): have capacity reserved, hold longer or add a step
  at 5% fewer than 1000 requests a minute reach any one load balancer of new, so latency is judged by p90 there
  at 100% legacy has no traffic to compare latency with: only a limit of its own, `latency.critical.at_most`, is judged there
"#]]
    );
    Ok(())
}

#[test]
fn a_plan_without_a_lock_says_what_is_lost() -> TestResult {
    let without = plan_of(&format!("{TWO_ZONES}prepare: {{ lock: false }}\n"))?;
    let lock: Vec<&str> = without.lines().skip_while(|line| *line != "lock").take(4).collect();
    assert_data_eq!(
        lock.join("\n"),
        str![[r#"
lock
  none (`prepare.lock: false`): a second operator, or an old request that arrives late, can overwrite a rollback,
  and a rollback cannot stop a run that is going on; against that stand only the comparison of the exact members in every
  write, and the reading of the records every 30s
"#]]
    );
    Ok(())
}

#[test]
fn a_survey_reads_the_locks_the_protections_and_who_is_busy() -> TestResult {
    let found = surveyed(TWO_ZONES)?;
    assert_eq!(found.failures, Vec::<String>::new());
    let locks: Vec<_> = found.records.values().flatten().filter_map(Lock::read).collect();
    assert!(matches!(&locks[..], [only] if only.epoch == 3), "{locks:?}");
    let protected = found.details.values().filter_map(|zone| zone.protected.as_ref()).flatten();
    assert_eq!(protected.count(), 1);
    assert_eq!(found.details.len(), 2);
    assert!(found.busy.len() == 2 && found.busy.values().all(|busy| *busy > 0), "{:?}", found.busy);
    assert_eq!((found.quota, found.expires.get(&Account::Dns)), (Quota::Default, None));
    Ok(())
}

#[test]
fn an_alarm_that_does_not_exist_is_a_reason_not_to_begin() -> TestResult {
    let runbook = runbook(ALARMED);
    let mut stage = stage(std::slice::from_ref(&runbook));
    stage.alarms.retain(|alarm| alarm.name != "db");
    let snapshot = survey_of(&runbook, stage)?;
    assert_eq!(snapshot.alarms.len(), 2);
    assert_data_eq!(
        make(&runbook, &snapshot, Standing::Refuse).unwrap_err().join("\n"),
        str![
            "alarm legacy/db: there is no alarm of this name in the legacy account's region; look for the exact name with `aws cloudwatch describe-alarms`, or take it out of `gates.alarms`"
        ]
    );
    Ok(())
}

#[test]
fn a_zone_that_is_named_in_two_ways_is_read_once() -> TestResult {
    let by_name = surveyed(TWO_ZONES)?;
    let id = by_name.zones.values().flatten().find(|zone| zone.name.as_str() == "example.com");
    let id = id.ok_or("there is no such zone")?.id.clone();
    let twice = format!(
        "records:\n  - {{ name: www.example.com, zone: {id}, legacy: {{ elb: api-legacy }}, new: {{ alb: api }} }}"
    );
    let found = surveyed(&TWO_ZONES.replace("records:", &twice))?;
    let records = &found.records[&id];
    let locks = records.iter().filter(|record| Lock::read(record).is_some()).count();
    assert_eq!((locks, records.len()), (1, 3), "{records:?}");
    Ok(())
}
