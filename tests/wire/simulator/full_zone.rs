//! A zone of as many records as Route 53 allows.

use std::collections::BTreeSet;

use cutover::{
    cloud::{Cloud, CloudErrorKind},
    plan::{Answer, RecordSet, Routing, ZoneId},
    sim::wire::Outcome,
    unit::{RecordName, RecordType, Ttl, Weight},
};

use super::{
    by_cutover::connect,
    face::{Face, TestResult, ZONE, stage},
};
use crate::batch;

/// Weighted pairs in the zone; all else is of no interest.
const PAIRS: usize = 1000;
const RECORDS: usize = 10_000;

fn record(n: usize, id: Option<&str>) -> RecordSet {
    let weighted =
        |id: &str| Routing::Weighted { set_identifier: id.to_owned(), weight: Weight(1) };
    RecordSet {
        name: name(n),
        kind: RecordType::A,
        routing: id.map_or(Routing::Simple, weighted),
        answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
        health_check: None,
    }
}

/// Returns the pairs' names first, spread over the whole zone.
fn name(n: usize) -> RecordName {
    let place = n * 7919 % RECORDS;
    format!("n{place:05}.example.com").parse().expect("a name")
}

async fn full() -> std::io::Result<Face> {
    let pairs = (0..PAIRS).flat_map(|n| [record(n, Some("legacy")), record(n, Some("new"))]);
    let others = (PAIRS..RECORDS - PAIRS).map(|n| record(n, None));
    let mut ground = stage();
    ground.zones[0].records = pairs.chain(others).collect();
    assert_eq!(ground.zones[0].records.len(), RECORDS);
    Face::with(ground).await
}

fn lists(face: &Face) -> usize {
    let calls = face.calls.lock().expect("no panic");
    let list = |call: &&cutover::sim::wire::Call| {
        call.operation == "ListResourceRecordSets" && call.outcome == Outcome::Done
    };
    calls.iter().filter(list).count()
}

#[tokio::test]
async fn l31_pairs_all_over_a_full_zone_take_hardly_more_calls_than_it_has_pages() -> TestResult {
    let face = full().await?;
    let cloud = connect(&face).await?;
    let zone = ZoneId(ZONE.to_owned());
    // Its 10,000 records are 34 pages.
    for (count, most) in [(8, 8), (30, 30), (100, 37), (PAIRS, 45)] {
        let before = lists(&face);
        let names: Vec<_> = (0..count).map(name).collect();
        let found = cloud.records_at(&zone, &names).await?;
        let calls = lists(&face) - before;
        assert!(calls <= most, "{calls} calls for {count} names");
        assert_eq!(found.len(), 2 * count);
        let seen: BTreeSet<_> =
            found.iter().map(|record| (record.name.clone(), record.set_identifier())).collect();
        assert_eq!(seen.len(), 2 * count, "no member is read twice");
        assert!(names.iter().all(|name| seen.contains(&(name.clone(), Some("new")))));
        face.pass(60);
    }
    Ok(())
}

#[tokio::test]
async fn l18_a_full_zone_refuses_a_record_more_and_lets_one_be_swapped() -> TestResult {
    let face = full().await?;
    let cloud = connect(&face).await?;
    let zone = ZoneId(ZONE.to_owned());
    let details = cloud.zone_details(&zone).await?;
    assert_eq!((details.records, details.most_records), (Some(10_000), Some(10_000)));
    let more = RecordSet { name: "_cutover-lock.example.com".parse()?, ..record(0, None) };
    let error = cloud.change(&batch(&zone, &[], std::slice::from_ref(&more)), "lock").await;
    let error = error.expect_err("the zone is full");
    let words = "The hosted zone cannot hold more than 10000 resource record sets.".to_owned();
    assert_eq!(error.kind, CloudErrorKind::InvalidBatch(vec![words]));
    assert_eq!(cloud.records_at(&zone, std::slice::from_ref(&more.name)).await?, []);
    let members = [record(0, Some("legacy")), record(0, Some("new"))];
    let moved = [members[0].with_weight(Weight(0)), members[1].with_weight(Weight(100))];
    cloud.change(&batch(&zone, &members, &moved), "a step").await?;
    cloud.change(&batch(&zone, &moved[1..], &[more]), "one for one").await?;
    assert_eq!(cloud.zone_details(&zone).await?.records, Some(10_000));
    Ok(())
}
