//! What is read before a plan is made.

use std::sync::{Arc, Mutex};

use cutover::{
    driver::{Clock, survey},
    plan::{Lock, Questions, Quota, Snapshot, lock_name},
    rehearse::stage,
    sim::{SimCloud, World},
    unit::{Account, RecordType, Timestamp},
};

use crate::stage::{TWO_ZONES, calm, runbook};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Surveys the world of a runbook in which a run holds the lock of the first zone, and somebody has protected a name.
fn surveyed(text: &str) -> Result<Snapshot, Box<dyn std::error::Error>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let runbook = runbook(text);
    let mut stage = stage(std::slice::from_ref(&runbook));
    let start: Timestamp = "2026-03-03T09:00:00Z".parse()?;
    if let Some(zone) = stage.zones.first_mut() {
        let name = lock_name(&zone.zone.name).ok_or("there is no name for a lock")?;
        let run = "other-20260303T080000Z-9f3a".parse()?;
        let lock = Lock { run, epoch: 3, owner: "5c1e9a70".to_owned(), until: start };
        zone.records.push(lock.record(&name));
        zone.protected.push(("api.example.com".parse()?, RecordType::A));
    }
    Ok(runtime.block_on(async {
        let clock = Clock::beginning(start);
        let world = Arc::new(Mutex::new(World::new(stage, calm(), 1, start)));
        let cloud = SimCloud::new(world, move || clock.now());
        survey(&cloud, &Questions::of(&runbook), &runbook.gates, start).await
    }))
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
