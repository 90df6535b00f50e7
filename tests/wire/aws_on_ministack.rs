//! Exact deletions, changes on their way, long groups and metrics, against ministack.

use std::{slice::from_ref, thread, time::Duration};

use cutover::{
    cloud::{ChangeId, ChangeStatus, Cloud, CloudErrorKind, aws::AwsCloud},
    plan::{MetricQuery, SeriesStatus, ZoneId},
    unit::{Account, Minute, RecordName, RecordType, Timestamp, Weight},
};

use crate::{Fallible, batch, connect, servers::Server, settings, simple, weighted};

const ZONE: &str = "
zone = boto3.client('route53').create_hosted_zone(Name='example.com', CallerReference='1')['HostedZone']['Id']
print(json.dumps(zone.split('/')[-1]))
";

async fn start() -> Result<(Server, AwsCloud, ZoneId), Box<dyn std::error::Error>> {
    let server = Server::ministack()?;
    let zone = server.boto3(ZONE)?;
    let cloud = connect(&settings(&server)).await?;
    Ok((server, cloud, ZoneId(zone.as_str().unwrap_or_default().to_owned())))
}

/// Waits until a change is everywhere, or a minute.
async fn settled(
    cloud: &AwsCloud,
    change: &ChangeId,
) -> Result<ChangeStatus, cutover::cloud::CloudError> {
    for _ in 0..600 {
        let status = cloud.change_status(change).await?;
        if status != ChangeStatus::Pending {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(ChangeStatus::Pending)
}

#[tokio::test]
async fn l05_l09_a_swap_works_only_from_the_weight_that_is_live() -> Fallible {
    let (_server, cloud, zone) = start().await?;
    let api: RecordName = "api.example.com".parse()?;
    let (legacy, new) =
        (weighted(&api, "cutover:api:legacy", 100), weighted(&api, "cutover:api:new", 0));
    let id = cloud.change(&batch(&zone, &[], &[legacy.clone(), new.clone()]), "prepare").await?;
    assert_eq!(settled(&cloud, &id).await?, ChangeStatus::InSync);

    let five = new.with_weight(Weight(5));
    cloud.change(&batch(&zone, from_ref(&new), from_ref(&five)), "step 1").await?;
    let stale = batch(&zone, &[new], &[five.with_weight(Weight(25))]);
    let error = cloud.change(&stale, "step 1 again").await.unwrap_err();
    let CloudErrorKind::InvalidBatch(messages) = &error.kind else {
        panic!("{error:?}");
    };
    assert!(
        !messages.is_empty() && messages.iter().all(|message| !message.is_empty()),
        "{messages:?}"
    );
    let mut records = cloud.records_at(&zone, &[api]).await?;
    records.sort_by_key(|record| record.weight());
    assert_eq!(records, [five, legacy]);
    Ok(())
}

#[tokio::test]
async fn l07_creating_what_exists_is_refused() -> Fallible {
    let (_server, cloud, zone) = start().await?;
    let lock = simple(&"_cutover-lock.example.com".parse()?, RecordType::Txt, "\"v=1\"");
    cloud.change(&batch(&zone, &[], from_ref(&lock)), "").await?;
    let error = cloud.change(&batch(&zone, &[], &[lock]), "").await.unwrap_err();
    assert!(matches!(error.kind, CloudErrorKind::InvalidBatch(_)), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn l31_a_group_that_is_longer_than_a_page_is_read_whole() -> Fallible {
    let (_server, cloud, zone) = start().await?;
    let wild: RecordName = "*.api.example.com".parse()?;
    let group: Vec<_> = (0..70).map(|i| weighted(&wild, &format!("m{i:02}"), i)).collect();
    let others = [
        weighted(&"api.example.com".parse()?, "before", 1),
        weighted(&"z.api.example.com".parse()?, "after", 1),
    ];
    cloud.change(&batch(&zone, &[], &group), "").await?;
    cloud.change(&batch(&zone, &[], &others), "").await?;
    let mut records = cloud.records_at(&zone, &[wild]).await?;
    records.sort_by_key(|record| record.weight());
    assert_eq!(records, group);
    Ok(())
}

#[tokio::test]
async fn a_zone_that_is_longer_than_a_page_is_read_whole() -> Fallible {
    let (_server, cloud, zone) = start().await?;
    let names: Vec<RecordName> =
        (0..350).map(|i| format!("n{i:03}.example.com").parse()).collect::<Result<_, _>>()?;
    let records: Vec<_> =
        names.iter().map(|name| simple(name, RecordType::Cname, "x.example.net.")).collect();
    cloud.change(&batch(&zone, &[], &records), "").await?;
    assert_eq!(cloud.records_at(&zone, &names).await?.len(), 350);
    assert_eq!(cloud.records_at(&zone, &names[..31]).await?, records[..31]);
    Ok(())
}

#[tokio::test]
async fn a_change_that_never_was_is_lost() -> Fallible {
    let server = Server::ministack()?;
    let cloud = connect(&settings(&server)).await?;
    let status = cloud.change_status(&ChangeId("CNOSUCHCHANGE".to_owned())).await?;
    assert_eq!(status, ChangeStatus::Lost);
    Ok(())
}

const METRICS: &str = "
import datetime, time
minute = int(time.time()) // 60 - 10
at = lambda m: datetime.datetime.fromtimestamp(m * 60, datetime.timezone.utc)
lb = [{'Name': 'LoadBalancer', 'Value': 'app/api/1'}]
data = [{'MetricName': 'RequestCount', 'Dimensions': lb, 'Timestamp': at(minute + i), 'Value': v}
        for i, v in ((0, 10.0), (0, 5.0), (1, 7.0))]
data += [{'MetricName': 'TargetResponseTime', 'Dimensions': lb, 'Timestamp': at(minute), 'Value': v / 100}
         for v in range(1, 101)]
boto3.client('cloudwatch').put_metric_data(Namespace='Test/ALB', MetricData=data)
print(json.dumps(minute))
";

#[tokio::test]
async fn series_have_their_minutes_and_missing_minutes_stay_missing() -> Fallible {
    let server = Server::ministack()?;
    let first = Minute(server.boto3(METRICS)?.as_i64().unwrap_or_default());
    let cloud = connect(&settings(&server)).await?;
    let query = |metric: &str, stat: &str| MetricQuery {
        namespace: "Test/ALB".to_owned(),
        metric: metric.to_owned(),
        dimensions: [("LoadBalancer".to_owned(), "app/api/1".to_owned())].into(),
        stat: stat.to_owned(),
    };
    let queries = [
        query("RequestCount", "Sum"),
        query("TargetResponseTime", "p99"),
        query("HTTPCode_Target_5XX_Count", "Sum"),
    ];
    let series = cloud.metrics(Account::New, &queries, first, first.offset(5)).await?;
    assert!(series.iter().all(|series| series.status == SeriesStatus::Complete), "{series:?}");
    assert_eq!(series[0].points, [(first, 15.0), (first.offset(1), 7.0)].into());
    assert_eq!(series[1].points.keys().collect::<Vec<_>>(), [&first]);
    assert!((0.98..=1.0).contains(&series[1].points[&first]), "{series:?}");
    assert!(series[2].points.is_empty());

    let later =
        cloud.metrics(Account::New, &queries[..1], first.offset(1), first.offset(2)).await?;
    assert_eq!(later[0].points, [(first.offset(1), 7.0)].into(), "the end is not included");
    Ok(())
}

#[tokio::test]
async fn the_caller_is_known() -> Fallible {
    let server = Server::ministack()?;
    let identity = connect(&settings(&server)).await?.identity(Account::Legacy).await?;
    assert_eq!((identity.account.len(), identity.expires), (12, None::<Timestamp>));
    Ok(())
}
