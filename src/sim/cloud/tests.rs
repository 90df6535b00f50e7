//! Calls take time, are made again, and fail.

use super::*;
use crate::{
    cloud::Cloud as _,
    plan::{Answer, Batch, Change, ChangeAction, RecordSet, Routing, Zone, ZoneId},
    sim::{Scenario, Stage, StageZone},
    unit::Ttl,
};

const START: &str = "2026-11-24T12:00:00Z";

fn record(number: usize) -> RecordSet {
    RecordSet {
        name: format!("n{number}.example.com").parse().unwrap(),
        kind: "A".into(),
        routing: Routing::Simple,
        answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
        health_check: None,
    }
}

fn zone() -> Zone {
    let name = "example.com".parse().unwrap();
    Zone { id: ZoneId("Z1".to_owned()), name, private: false }
}

/// A zone of 700 records in a cloud whose time is tokio's.
async fn cloud(yaml: &str) -> SimCloud {
    let account = Stage::default().account(Account::Dns).to_owned();
    let records = (0..700).map(record).collect();
    let zones = vec![StageZone::new(account, zone(), records)];
    let scenario = Scenario::parse(&format!("description: a test\n{yaml}")).unwrap();
    let start: Timestamp = START.parse().unwrap();
    let world = World::new(Stage { zones, ..Stage::default() }, scenario, 5, start);
    let mut clock = tokio::time::interval(std::time::Duration::from_secs(1));
    // The first tick is at once.
    let began = clock.tick().await;
    SimCloud::new(Arc::new(Mutex::new(world)), move || start + began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn calls_take_time_and_are_answered_as_of_their_end() {
    let cloud = cloud("").await;
    assert_eq!(cloud.zone(&zone().id).await, Ok(zone()));
    assert_eq!(cloud.zones_named(&zone().name).await.map(|zones| zones.len()), Ok(1));
    let now = cloud.with(|world| world.now());
    let took = now.duration_since(START.parse().unwrap());
    assert!((80..400).contains(&took.as_millis()), "{took}");
    let missing = cloud.zone(&ZoneId("Z9".to_owned())).await.unwrap_err();
    assert_eq!(missing.kind, CloudErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn few_names_are_read_one_by_one_and_many_by_pages() {
    let cloud = cloud("route53: { other_tools: 0 }").await;
    for count in [0, 1, 8, 9, 700] {
        let names: Vec<_> = (0..count).map(|number| record(number).name).collect();
        let mut found = cloud.records_at(&zone().id, &names).await.unwrap();
        found.sort_by_key(|record| names.iter().position(|name| *name == record.name));
        assert_eq!(found, (0..count).map(record).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn l27_reads_are_tried_again_and_writes_are_not() {
    let cloud = cloud("faults: [{ at: 0s, throttled: true }]").await;
    let names = [record(1).name];
    let mut read = 0;
    for _ in 0..40 {
        read += usize::from(cloud.records_at(&zone().id, &names).await.is_ok());
    }
    assert!(read > 30, "half of the calls get through, and there are four: {read}");
    let mut written = 0;
    for number in 1000..1040 {
        let changes = vec![Change { action: ChangeAction::Create, record: record(number) }];
        let batch = Batch { zone: zone().id, changes };
        written += usize::from(cloud.change(&batch, "a test").await.is_ok());
    }
    assert!((8..32).contains(&written), "{written}");
}

#[tokio::test(start_paused = true)]
async fn what_never_gets_through_fails_with_what_was_said_last() {
    let cloud = cloud("faults: [{ at: 0s, route53_down: true }]").await;
    let error = cloud.records_at(&zone().id, &[record(1).name]).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Unclear);
    let now = cloud.with(|world| world.now());
    assert!(now.duration_since(START.parse().unwrap()) > SignedDuration::from_secs(40));
}
