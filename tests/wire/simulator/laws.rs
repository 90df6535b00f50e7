//! Laws that bind a write and that no claim of the contract covers, through cutover's own way to AWS.

use std::slice::from_ref;

use cutover::{
    cloud::{Cloud, CloudError, CloudErrorKind, aws::AwsCloud},
    plan::{Answer, Batch, Change, ChangeAction, RecordSet, Routing, ZoneId},
    sim::{Scenario, Stage},
    unit::{RecordName, RecordType, Weight},
};

use super::{
    by_cutover::connect,
    face::{Face, TestResult, ZONE, stage},
};
use crate::{batch, simple, weighted};

const SECOND: &str = "Z1PRIVATE";

fn zone() -> ZoneId {
    ZoneId(ZONE.to_owned())
}

fn name(text: &str) -> RecordName {
    format!("{text}.example.com").parse().expect("a name")
}

/// Returns a weighted pair, 100 to 0.
fn pair() -> [RecordSet; 2] {
    [weighted(&name("api"), "legacy", 100), weighted(&name("api"), "new", 0)]
}

/// The zone and a second one, each with the pair.
fn ground() -> Stage {
    let mut stage = stage();
    for zone in &mut stage.zones {
        zone.records = pair().to_vec();
    }
    stage
}

fn upsert(record: RecordSet) -> Batch {
    Batch { zone: zone(), changes: vec![Change { action: ChangeAction::Upsert, record }] }
}

async fn kind(cloud: &AwsCloud, batch: &Batch) -> Result<(), CloudErrorKind> {
    cloud.change(batch, "a test").await.map(drop).map_err(|error| error.kind)
}

async fn live(cloud: &AwsCloud, zone: &ZoneId) -> Result<Vec<RecordSet>, CloudError> {
    cloud.records_at(zone, &[name("api")]).await
}

#[tokio::test]
async fn l02_a_batch_that_one_zone_refuses_is_made_in_another() -> TestResult {
    let face = Face::with(ground()).await?;
    let cloud = connect(&face).await?;
    let second = ZoneId(SECOND.to_owned());
    let [_, new] = pair();
    let moved = new.with_weight(Weight(5));
    let stale = batch(&zone(), from_ref(&moved), from_ref(&new));
    assert!(matches!(kind(&cloud, &stale).await, Err(CloudErrorKind::InvalidBatch(_))));
    cloud.change(&batch(&second, from_ref(&new), from_ref(&moved)), "a step").await?;
    assert_eq!(live(&cloud, &zone()).await?, pair());
    assert!(live(&cloud, &second).await?.contains(&moved));
    Ok(())
}

#[tokio::test]
async fn l10_deletions_count_first_wherever_they_stand_over_the_wire() -> TestResult {
    let face = Face::with(ground()).await?;
    let cloud = connect(&face).await?;
    let [_, new] = pair();
    let moved = new.with_weight(Weight(5));
    let mut swap = batch(&zone(), from_ref(&new), from_ref(&moved));
    swap.changes.reverse();
    assert_eq!(kind(&cloud, &swap).await, Ok(()));
    assert!(live(&cloud, &zone()).await?.contains(&moved));
    Ok(())
}

#[tokio::test]
async fn l14_identifiers_groups_and_values_have_limits_over_the_wire() -> TestResult {
    let face = Face::with(ground()).await?;
    let cloud = connect(&face).await?;
    let long = weighted(&name("long"), &"x".repeat(129), 1);
    let mut two = weighted(&name("two"), "two", 1);
    if let Answer::Values { values, .. } = &mut two.answer {
        values.push("192.0.2.2".to_owned());
    }
    let group: Vec<_> = (0..101).map(|n| weighted(&name("many"), &n.to_string(), 1)).collect();
    for created in [from_ref(&long), from_ref(&two), &group[..]] {
        let answer = kind(&cloud, &batch(&zone(), &[], created)).await;
        assert!(matches!(answer, Err(CloudErrorKind::InvalidBatch(_))), "{answer:?}");
        assert_eq!(cloud.records_at(&zone(), from_ref(&created[0].name)).await?, []);
    }
    assert_eq!(kind(&cloud, &batch(&zone(), &[], &group[1..])).await, Ok(()));
    Ok(())
}

#[tokio::test]
async fn l17_a_mere_final_dot_is_taken_and_ignored_over_the_wire() -> TestResult {
    let cname = |n: u8, value: &str| simple(&name(&format!("c{n}")), RecordType::Cname, value);
    let before = [cname(1, "x.example.net"), cname(2, "x.example.net")];
    let after = [cname(1, "x.example.net."), cname(2, "x.example.net.")];
    let mut ground = ground();
    ground.zones[0].records = before.to_vec();
    let face = Face::with(ground).await?;
    let cloud = connect(&face).await?;
    assert_eq!(kind(&cloud, &batch(&zone(), &before, &after)).await, Ok(()));
    let found = cloud.records_at(&zone(), &[name("c1"), name("c2")]).await?;
    assert_eq!(found, [after[0].clone(), before[1].clone()]);
    Ok(())
}

fn many(from: usize, count: usize) -> Batch {
    let record = |n: usize| simple(&name(&format!("m{n}")), RecordType::A, "192.0.2.1");
    let records: Vec<_> = (from..from + count).map(record).collect();
    batch(&zone(), &[], &records)
}

#[tokio::test]
async fn l21_1500_changes_at_once_and_no_more_until_the_bucket_fills() -> TestResult {
    let face = Face::with(ground()).await?;
    let cloud = connect(&face).await?;
    face.stop_the_clock();
    assert_eq!(kind(&cloud, &many(0, 1000)).await, Ok(()));
    face.pass(1);
    assert_eq!(kind(&cloud, &many(1000, 700)).await, Err(CloudErrorKind::Throttled));
    assert_eq!(cloud.records_at(&zone(), &[name("m1000")]).await?, [], "nothing of it was made");
    face.pass(5);
    assert_eq!(kind(&cloud, &many(1000, 700)).await, Ok(()));
    Ok(())
}

#[tokio::test]
async fn l22_other_tools_take_what_a_batch_needs() -> TestResult {
    let scenario = Scenario::parse(
        "description: a crowd\nroute53: { other_tools: 0 }\nfaults: [{ at: 0s, throttled: true }]\n",
    )?;
    let face = Face::of(scenario).await?;
    let cloud = connect(&face).await?;
    let mut answers = Vec::new();
    for n in 0..40 {
        answers.push(kind(&cloud, &many(n, 1)).await);
    }
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!((8..32).contains(&made), "{made}");
    let throttled =
        |answer: &&Result<(), CloudErrorKind>| **answer == Err(CloudErrorKind::Throttled);
    assert_eq!(answers.iter().filter(throttled).count(), 40 - made);
    Ok(())
}

#[tokio::test]
async fn l23_govcloud_counts_requests_and_not_changes() -> TestResult {
    let quotas = "route53: { limits: gov, other_tools: 0 }";
    let face = Face::of(Scenario::parse(&format!("description: gov\n{quotas}\n"))?).await?;
    let cloud = connect(&face).await?;
    for n in 0..3 {
        assert_eq!(kind(&cloud, &many(1000 * n, 1000)).await, Ok(()), "batch {n}");
    }
    face.pass(60);
    face.stop_the_clock();
    let mut answered = 0;
    for _ in 0..45 {
        // The zone is busy after the first; that has its price in requests, too.
        let answer = kind(&cloud, &upsert(pair()[0].clone())).await;
        answered += usize::from(answer != Err(CloudErrorKind::Throttled));
    }
    assert_eq!(answered, 40);
    Ok(())
}

#[tokio::test]
async fn l24_a_zone_takes_one_change_at_a_time_and_zones_do_not_wait_for_each_other() -> TestResult
{
    let face = Face::with(ground()).await?;
    let cloud = connect(&face).await?;
    face.stop_the_clock();
    let [_, new] = pair();
    let swap = |zone: &str, from, to| {
        let zone = ZoneId(zone.to_owned());
        batch(&zone, &[new.with_weight(Weight(from))], &[new.with_weight(Weight(to))])
    };
    assert_eq!(kind(&cloud, &swap(ZONE, 0, 5)).await, Ok(()));
    assert_eq!(kind(&cloud, &swap(ZONE, 5, 6)).await, Err(CloudErrorKind::Busy));
    assert_eq!(kind(&cloud, &swap(SECOND, 0, 5)).await, Ok(()));
    face.pass(1);
    assert_eq!(kind(&cloud, &swap(ZONE, 5, 6)).await, Ok(()));
    Ok(())
}

#[tokio::test]
async fn l26_a_swap_whose_answer_was_lost_is_made_once_however_often_it_is_sent() -> TestResult {
    let lost = "faults: [{ at: 0s, for: 1h, lost_answers: 100% }]";
    let scenario = Scenario::parse(&format!("description: lost\n{lost}\n"))?;
    let face = Face::of(scenario).await?;
    let cloud = connect(&face).await?;
    let txt = |value: &str| simple(&name("_lock"), RecordType::Txt, value);
    let made = batch(&zone(), &[], &[txt("\"1\"")]);
    assert_eq!(kind(&cloud, &made).await, Err(CloudErrorKind::Unclear));
    let swap = batch(&zone(), &[txt("\"1\"")], &[txt("\"2\"")]);
    assert_eq!(kind(&cloud, &swap).await, Err(CloudErrorKind::Unclear));
    for _ in 0..3 {
        assert!(matches!(kind(&cloud, &swap).await, Err(CloudErrorKind::InvalidBatch(_))));
    }
    assert_eq!(cloud.records_at(&zone(), &[name("_lock")]).await?, [txt("\"2\"")]);
    Ok(())
}

#[tokio::test]
async fn l32_l34_a_record_is_the_same_however_its_name_is_written() -> TestResult {
    let face = Face::with(ground()).await?;
    let cloud = connect(&face).await?;
    let wild = simple(&"*.API.Example.com.".parse()?, RecordType::A, "192.0.2.1");
    assert_eq!(kind(&cloud, &batch(&zone(), &[], from_ref(&wild))).await, Ok(()));
    let escaped: RecordName = "\\052.api.example.com".parse()?;
    let found = cloud.records_at(&zone(), from_ref(&escaped)).await?;
    assert_eq!(found, from_ref(&wild));
    assert_eq!(kind(&cloud, &batch(&zone(), &found, &[])).await, Ok(()));
    Ok(())
}

#[tokio::test]
async fn a_zone_that_is_locked_or_of_another_service_refuses_and_says_why() -> TestResult {
    for (locked, wanted) in [(true, CloudErrorKind::Rejected), (false, CloudErrorKind::Denied)] {
        let mut ground = ground();
        ground.zones[0].recovery = locked.then(|| "ENABLING_HOSTED_ZONE_LOCKED".to_owned());
        let service = "servicediscovery.amazonaws.com".to_owned();
        ground.zones[0].linked_service = (!locked).then_some(service);
        let face = Face::with(ground.clone()).await?;
        let cloud = connect(&face).await?;
        let details = cloud.zone_details(&zone()).await?;
        assert_eq!(details.recovery, ground.zones[0].recovery);
        assert_eq!(details.linked_service, ground.zones[0].linked_service);
        let error = cloud.change(&upsert(pair()[0].clone()), "a test").await.expect_err("closed");
        assert_eq!(error.kind, wanted, "{error}");
        assert_eq!(live(&cloud, &zone()).await?, pair());
    }
    Ok(())
}

#[tokio::test]
async fn a_record_of_a_traffic_policy_is_told_from_a_weighted_one() -> TestResult {
    let policy = "traffic policy instance 12345678-abcd".to_owned();
    let mut ground = ground();
    let routing = Routing::Other { set_identifier: None, policy };
    let record = RecordSet { routing, ..simple(&name("owned"), RecordType::A, "192.0.2.1") };
    ground.zones[0].records = vec![record.clone()];
    let face = Face::with(ground).await?;
    let cloud = connect(&face).await?;
    assert_eq!(cloud.records_at(&zone(), &[name("owned")]).await?, [record]);
    Ok(())
}
