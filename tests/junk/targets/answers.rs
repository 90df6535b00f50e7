//! Answers of AWS, through the adapter. The first line says which question is asked and how the answer is sent:
//! `records_at 200 text/xml`; the rest is its body.

use std::{
    cell::OnceCell,
    sync::{Arc, Mutex, PoisonError},
};

use ciborium::{Value, cbor};
use cutover::{
    cloud::{
        Balancer, ChangeId, Cloud, CloudError,
        aws::{AwsCloud, Reply},
    },
    plan::{
        Answer, Batch, Change, ChangeAction, MetricQuery, RecordSet, Routing, SeriesStatus, ZoneId,
    },
    unit::{
        Account, BalancerKind, BalancerName, Minute, RecordName, RecordType, Side, Ttl, Weight,
    },
};
use tokio::runtime::Runtime;

/// Reads an answer.
pub(crate) fn target(bytes: &[u8]) {
    let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let body = bytes.get(head.len() + 1..).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let mut words = head.split(' ');
    let question = words.next().unwrap_or_default();
    let status = words.next().and_then(|status| status.parse().ok()).unwrap_or(200);
    let content_type = words.next().unwrap_or("text/xml").to_owned();
    let protocol = ("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned());
    let headers = vec![("content-type".to_owned(), content_type), protocol];
    let reply = Reply { status, headers, body: body.to_vec() };
    ADAPTER.with(|adapter| {
        let adapter = adapter.get_or_init(Adapter::new);
        *adapter.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
        if let Err(error) = adapter.runtime.block_on(ask(&adapter.cloud, question)) {
            assert!(!error.operation.is_empty() && !error.object.is_empty(), "{error:?}");
            assert!(!error.message.trim().is_empty(), "{error:?}");
        }
    });
}

thread_local! {
    /// Made once: reading the SDK's configuration takes longer than everything else.
    static ADAPTER: OnceCell<Adapter> = const { OnceCell::new() };
}

struct Adapter {
    runtime: Runtime,
    cloud: AwsCloud,
    /// What every request is answered with.
    reply: Arc<Mutex<Reply>>,
}

impl Adapter {
    fn new() -> Self {
        // Retries wait, and under this clock that takes no time.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let reply = Reply { status: 200, headers: Vec::new(), body: Vec::new() };
        let reply = Arc::new(Mutex::new(reply));
        let said = Arc::clone(&reply);
        let answer =
            move |_: &str, _: &[u8]| said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let cloud = runtime.block_on(AwsCloud::scripted(answer)).expect("it needs nothing");
        Self { runtime, cloud, reply }
    }
}

/// Puts one of the trait's questions.
async fn ask(cloud: &AwsCloud, question: &str) -> Result<(), CloudError> {
    let (zone, name) = (ZoneId("Z1".to_owned()), name("api.example.com"));
    let named = |kind| BalancerName { kind, name: "api".to_owned() };
    let (side, account) = (Side::New, Account::New);
    match question {
        "identity" => drop(cloud.identity(account).await?),
        "zones_named" => drop(cloud.zones_named(&name).await?),
        "zone" => drop(cloud.zone(&zone).await?),
        "zone_details" => drop(cloud.zone_details(&zone).await?),
        "unprotect" => cloud.unprotect(&zone, &[(name, RecordType::A)]).await?,
        "search" => {
            let names: Vec<_> = (0..12).map(|n| self::name(&format!("n{n}.example.com"))).collect();
            drop(cloud.records_at(&zone, &names).await?);
        }
        "change" => drop(cloud.change(&batch(zone, name), "").await?),
        "change_status" => drop(cloud.change_status(&ChangeId("C1".to_owned())).await?),
        "classic" => drop(cloud.balancer(side, &named(BalancerKind::Classic)).await?),
        "newer" => drop(cloud.balancer(side, &named(BalancerKind::Application)).await?),
        "classic_health" => _ = cloud.target_health(side, &balancer(None)).await?,
        "newer_health" => {
            let arn = "arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/app/api/1";
            let _ = cloud.target_health(side, &balancer(Some(arn))).await?;
        }
        "metrics" => {
            let query = MetricQuery {
                namespace: "AWS/ELB".to_owned(),
                metric: "RequestCount".to_owned(),
                dimensions: [("LoadBalancerName".to_owned(), "api".to_owned())].into(),
                stat: "Sum".to_owned(),
            };
            let series =
                cloud.metrics(account, &[query.clone(), query], Minute(0), Minute(9)).await?;
            assert_eq!(series.len(), 2);
            for series in series {
                assert!(series.points.values().all(|value| value.is_finite()), "{series:?}");
                assert!(
                    series.status == SeriesStatus::Complete
                        || series.message.is_some()
                        || series.points.is_empty(),
                    "{series:?}"
                );
            }
        }
        "alarms" => {
            let names = ["loud", "quiet"].map(str::to_owned);
            assert_eq!(cloud.alarms(account, &names).await?.len(), 2);
        }
        _ => {
            let records = cloud.records_at(&zone, std::slice::from_ref(&name)).await?;
            assert!(records.iter().all(|record| record.name == name), "{records:?}");
        }
    }
    Ok(())
}

fn name(text: &str) -> RecordName {
    text.parse().expect("a name")
}

fn balancer(arn: Option<&str>) -> Balancer {
    Balancer {
        name: BalancerName { kind: BalancerKind::Application, name: "api".to_owned() },
        dns_name: "api-1.us-west-2.elb.amazonaws.com".to_owned(),
        zone_id: "Z1H1FL5HABSF5".to_owned(),
        dimension: "app/api/1".to_owned(),
        arn: arn.map(str::to_owned),
        internal: false,
    }
}

fn batch(zone: ZoneId, name: RecordName) -> Batch {
    let record = RecordSet {
        name,
        kind: RecordType::A,
        routing: Routing::Weighted { set_identifier: "cutover:new".to_owned(), weight: Weight(5) },
        answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
        health_check: None,
    };
    Batch { zone, changes: vec![Change { action: ChangeAction::Create, record }] }
}

/// Returns one answer to each question, and refusals in every protocol.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let record = |rest: &str| {
        format!(
            "<ResourceRecordSet><Name>api.example.com.</Name><Type>A</Type>{rest}</ResourceRecordSet>"
        )
    };
    let weighted = record(
        "<SetIdentifier>a</SetIdentifier><Weight>95</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords><HealthCheckId>h</HealthCheckId>",
    );
    let alias = record(
        "<SetIdentifier>b</SetIdentifier><Region>us-west-2</Region><AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>x.example.net.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>",
    );
    let list = format!(
        "<ResourceRecordSets>{weighted}{alias}</ResourceRecordSets><IsTruncated>true</IsTruncated><NextRecordName>b.example.com.</NextRecordName><NextRecordType>A</NextRecordType><NextRecordIdentifier>new</NextRecordIdentifier><MaxItems>300</MaxItems>"
    );
    let zone = "<HostedZone><Id>/hostedzone/Z1</Id><Name>api.example.com.</Name><CallerReference>r</CallerReference><Config><PrivateZone>false</PrivateZone></Config><ResourceRecordSetCount>17</ResourceRecordSetCount><Features><AcceleratedRecoveryStatus>ENABLED</AcceleratedRecoveryStatus></Features></HostedZone>";
    let info = "<ChangeInfo><Id>/change/C1</Id><Status>INSYNC</Status><SubmittedAt>2026-11-23T02:14:00Z</SubmittedAt></ChangeInfo>";
    let limit =
        "<Limit><Type>MAX_RRSETS_BY_ZONE</Type><Value>10000</Value></Limit><Count>17</Count>";
    let mut all = vec![
        xml("records_at 200", "ListResourceRecordSetsResponse", &list),
        xml("search 200", "ListResourceRecordSetsResponse", &list),
        xml(
            "zones_named 200",
            "ListHostedZonesByNameResponse",
            &format!(
                "<HostedZones>{zone}</HostedZones><IsTruncated>true</IsTruncated><NextDNSName>api.example.com.</NextDNSName><NextHostedZoneId>Z9</NextHostedZoneId><MaxItems>100</MaxItems>"
            ),
        ),
        xml("zone 200", "GetHostedZoneResponse", zone),
        xml("zone_details 200", "GetHostedZoneResponse", &format!("{zone}{limit}")),
        xml("change 200", "ChangeResourceRecordSetsResponse", info),
        xml("change_status 200", "GetChangeResponse", info),
        xml("unprotect 200", "DeleteResourceRecordSetProtectionsResponse", ""),
        xml("change 400", "ErrorResponse", ERROR),
        xml(
            "change 400",
            "InvalidChangeBatch",
            "<Messages><Message>Tried to delete [name=&apos;a&apos;]</Message><Message>two</Message></Messages>",
        ),
    ];
    all.extend(of_query_services());
    all.extend(in_cbor());
    all
}

const ERROR: &str = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>r</RequestId>";

fn xml(head: &str, root: &str, inside: &str) -> Vec<u8> {
    let namespace = "https://route53.amazonaws.com/doc/2013-04-01/";
    format!(
        "{head} text/xml\n<?xml version=\"1.0\"?>\n<{root} xmlns=\"{namespace}\">{inside}</{root}>"
    )
    .into_bytes()
}

/// Returns answers of the load balancers and of STS.
fn of_query_services() -> Vec<Vec<u8>> {
    vec![
        xml(
            "identity 200",
            "GetCallerIdentityResponse",
            "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>u</UserId><Account>123456789012</Account></GetCallerIdentityResult>",
        ),
        xml("identity 403", "ErrorResponse", ERROR),
        xml(
            "classic 200",
            "DescribeLoadBalancersResponse",
            "<DescribeLoadBalancersResult><LoadBalancerDescriptions><member><LoadBalancerName>api</LoadBalancerName><DNSName>api-1.us-west-2.elb.amazonaws.com</DNSName><CanonicalHostedZoneNameID>Z1H1FL5HABSF5</CanonicalHostedZoneNameID><Scheme>internal</Scheme></member></LoadBalancerDescriptions></DescribeLoadBalancersResult>",
        ),
        xml(
            "newer 200",
            "DescribeLoadBalancersResponse",
            "<DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerArn>arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/app/api/1</LoadBalancerArn><DNSName>api-1.us-west-2.elb.amazonaws.com</DNSName><CanonicalHostedZoneId>Z1</CanonicalHostedZoneId><Scheme>internet-facing</Scheme><Type>application</Type></member></LoadBalancers></DescribeLoadBalancersResult>",
        ),
        xml(
            "classic_health 200",
            "DescribeInstanceHealthResponse",
            "<DescribeInstanceHealthResult><InstanceStates><member><InstanceId>i-1</InstanceId><State>InService</State></member></InstanceStates></DescribeInstanceHealthResult>",
        ),
        xml(
            "newer_health 200",
            "DescribeTargetGroupsResponse",
            "<DescribeTargetGroupsResult><TargetGroups><member><TargetGroupArn>arn:g</TargetGroupArn></member></TargetGroups><TargetHealthDescriptions><member><Target><Id>i-1</Id></Target><TargetHealth><State>healthy</State></TargetHealth></member></TargetHealthDescriptions></DescribeTargetGroupsResult>",
        ),
    ]
}

/// Returns CloudWatch's answers.
fn in_cbor() -> Vec<Vec<u8>> {
    let at = |second: i64| Value::Tag(1, Box::new(Value::from(second)));
    let series = cbor!({ "Id" => "m0", "Label" => "x", "Timestamps" => [at(0), at(60)], "Values" => [10.0, 7.5], "StatusCode" => "Complete", "Messages" => [{ "Code" => "c", "Value" => "v" }] }).expect("a value");
    let alarm = cbor!({ "AlarmName" => "loud", "StateValue" => "ALARM", "StateReason" => "it rang", "StateUpdatedTimestamp" => at(60), "StateTransitionedTimestamp" => at(60) }).expect("a value");
    let answers = [
        (
            "metrics 200",
            cbor!({ "MetricDataResults" => [series], "NextToken" => "more", "Messages" => [] }),
        ),
        (
            "alarms 200",
            cbor!({ "MetricAlarms" => [alarm.clone()], "CompositeAlarms" => [alarm], "NextToken" => "more" }),
        ),
        (
            "metrics 400",
            cbor!({ "__type" => "com.amazonaws.cloudwatch#InvalidParameterValueException", "message" => "no" }),
        ),
    ];
    let write = |(head, value): (&str, Result<Value, ciborium::value::Error>)| {
        let mut bytes = format!("{head} application/cbor\n").into_bytes();
        ciborium::into_writer(&value.expect("it has a form"), &mut bytes).expect("memory");
        bytes
    };
    answers.into_iter().map(write).collect()
}
