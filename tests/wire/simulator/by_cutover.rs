//! cutover's own way to AWS, through everything that lies between it and the invented AWS.

use std::{collections::BTreeMap, slice::from_ref};

use cutover::{
    cloud::{
        ChangeStatus, Cloud, CloudError, CloudErrorKind,
        aws::{Access, AwsCloud, Mfa, Settings},
    },
    plan::{MetricQuery, RecordSet, SeriesStatus, ZoneId, offenders},
    sim::Scenario,
    unit::{Account, BalancerKind, BalancerName, Minute, RecordName, Side, Weight},
};

use super::face::{DNS, Face, LEGACY, NEW, TestResult, ZONE, start};
use crate::batch;

/// Connects as somebody who has a role in each side's account, and needs an MFA device for new's.
pub(crate) async fn connect(face: &Face) -> Result<AwsCloud, CloudError> {
    let access = |account: &str| Access {
        role: Some(format!("arn:aws:iam::{account}:role/Cutover")),
        ..Access::default()
    };
    let mfa_serial = Some(format!("arn:aws:iam::{DNS}:mfa/alice"));
    let new = Access { mfa_serial, ..access(NEW) };
    let code = Some("123456".to_owned());
    let settings = Settings {
        accesses: BTreeMap::from([(Account::Legacy, access(LEGACY)), (Account::New, new)]),
        mfa: Mfa { accounts: [Account::New].into(), code, ..Mfa::default() },
        session_name: "cutover-api-20261123T021400Z-9f3a".to_owned(),
        endpoint_url: Some(face.url()),
        region: Some("us-west-2".to_owned()),
        ..Settings::default()
    };
    AwsCloud::connect_with_keys(&settings, &format!("AKIA{DNS}TEST"), "secret").await
}

fn zone() -> ZoneId {
    ZoneId(ZONE.to_owned())
}

async fn pair(cloud: &AwsCloud) -> Result<Vec<RecordSet>, Box<dyn std::error::Error>> {
    let name: RecordName = "www.example.com".parse()?;
    Ok(cloud.records_at(&zone(), &[name]).await?)
}

#[tokio::test]
async fn a_step_is_written_read_back_and_in_sync() -> TestResult {
    let face = Face::calm().await?;
    let cloud = connect(&face).await?;
    let zones = cloud.zones_named(&"example.com".parse()?).await?;
    assert_eq!(zones.iter().map(|zone| zone.private).collect::<Vec<_>>(), [false, true]);
    let before = pair(&cloud).await?;
    let after: Vec<_> = before
        .iter()
        .zip([Weight(95), Weight(5)])
        .map(|(record, weight)| record.with_weight(weight))
        .collect();
    let id = cloud.change(&batch(&zone(), &before, &after), "5 % to the new side").await?;
    assert_eq!(pair(&cloud).await?, after);
    face.pass(3600);
    assert_eq!(cloud.change_status(&id).await?, ChangeStatus::InSync);
    Ok(())
}

#[tokio::test]
async fn l15_the_messages_of_a_refused_batch_arrive_one_by_one() -> TestResult {
    let face = Face::calm().await?;
    let cloud = connect(&face).await?;
    let before = pair(&cloud).await?;
    let stale: Vec<_> = before.iter().map(|record| record.with_weight(Weight(77))).collect();
    let error = cloud.change(&batch(&zone(), &stale, &before), "stale").await.expect_err("stale");
    let CloudErrorKind::InvalidBatch(messages) = &error.kind else { panic!("{error:?}") };
    assert!(messages.len() >= 2, "{messages:?}");
    assert!(messages.iter().all(|message| message.starts_with("Tried to ")), "{messages:?}");
    let found = offenders(messages);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0].name, &found[0].kind), (&before[0].name, &Some(before[0].kind.clone())));
    assert_eq!(pair(&cloud).await?, before);
    Ok(())
}

#[tokio::test]
async fn both_sides_are_reached_through_their_roles() -> TestResult {
    let face = Face::calm().await?;
    let cloud = connect(&face).await?;
    assert_eq!(cloud.identity(Account::Dns).await?.account, DNS);
    let identity = cloud.identity(Account::New).await?;
    assert_eq!(identity.account, NEW);
    assert!(identity.arn.ends_with("assumed-role/Cutover/cutover-api-20261123T021400Z-9f3a"));
    for (side, kind, name) in [
        (Side::Legacy, BalancerKind::Classic, "old"),
        (Side::New, BalancerKind::Application, "new"),
    ] {
        let found = cloud.balancer(side, &BalancerName { kind, name: name.to_owned() }).await?;
        assert_eq!(found.dns_name, format!("{name}-1.us-west-2.elb.amazonaws.com"));
        assert_eq!(found.zone_id, "Z1H1FL5HABSF5");
        let health = cloud.target_health(side, &found).await?;
        assert_eq!((health.healthy, health.registered), (3, 3));
        let missing = BalancerName { kind, name: "none".to_owned() };
        let error = cloud.balancer(side, &missing).await.expect_err("no such load balancer");
        assert_eq!(error.kind, CloudErrorKind::NotFound);
    }
    Ok(())
}

#[tokio::test]
async fn metrics_arrive_by_the_minute() -> TestResult {
    let face = Face::calm().await?;
    face.pass(1800);
    let cloud = connect(&face).await?;
    let query = |metric: &str, stat: &str| MetricQuery {
        namespace: "AWS/ELB".to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::from([("LoadBalancerName".to_owned(), "old".to_owned())]),
        stat: stat.to_owned(),
    };
    let queries = [query("RequestCount", "Sum"), query("Latency", "p99"), query("Unheard", "Sum")];
    let from = Minute::containing(start());
    let series = cloud.metrics(Account::Legacy, &queries, from, from.offset(10)).await?;
    let minutes: Vec<i64> = series[0].points.keys().map(|minute| minute.0 - from.0).collect();
    assert_eq!(minutes, (0..10).collect::<Vec<_>>());
    assert_eq!(series.iter().map(|one| one.points.len()).collect::<Vec<_>>(), [10, 10, 0]);
    assert!(series.iter().all(|one| one.status == SeriesStatus::Complete), "{series:?}");
    Ok(())
}

#[tokio::test]
async fn l20_an_empty_bucket_is_throttling_and_nothing_was_done() -> TestResult {
    let face = Face::calm().await?;
    let route53 = aws_sdk_route53::Client::new(&face.as_account(DNS));
    let cloud = connect(&face).await?;
    let before = pair(&cloud).await?;
    face.stop_the_clock();
    for _ in 0..60 {
        // Some of these are throttled themselves; only the empty bucket matters.
        let _ = route53.list_hosted_zones().send().await;
    }
    let error = cloud
        .change(&batch(&zone(), &before, from_ref(&before[0])), "too much")
        .await
        .expect_err("no token is left");
    assert_eq!(error.kind, CloudErrorKind::Throttled);
    assert_eq!(error.code.as_deref(), Some("Throttling"));
    face.pass(600);
    assert_eq!(pair(&cloud).await?, before);
    Ok(())
}

#[tokio::test]
async fn l25_a_lost_answer_is_unclear_and_the_change_was_made() -> TestResult {
    let scenario = Scenario::parse(
        "description: no change is ever answered\nfaults:\n  - at: 0s\n    lost_answers: 100%\n",
    )?;
    let face = Face::of(scenario).await?;
    let cloud = connect(&face).await?;
    let before = pair(&cloud).await?;
    let after = [before[0].with_weight(Weight(50)), before[1].with_weight(Weight(50))];
    let error = cloud.change(&batch(&zone(), &before, &after), "lost").await.expect_err("lost");
    assert_eq!(error.kind, CloudErrorKind::Unclear);
    assert_eq!(pair(&cloud).await?, after);
    let calls = face.calls.lock().expect("no panic");
    let sent = calls.iter().filter(|call| call.operation == "ChangeResourceRecordSets").count();
    assert_eq!(sent, 1);
    Ok(())
}
