//! The Rust SDK, the client that cutover itself uses.

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet, RrType,
};
use aws_smithy_types::{DateTime, error::metadata::ProvideErrorMetadata};
use cutover::sim::wire::{Outcome, Service};

use super::face::{DNS, Face, LEGACY, NEW, SIMPLE_RECORDS, TestResult, ZONE, start};

fn member(set_identifier: &str, weight: i64) -> ResourceRecordSet {
    let balancer = if set_identifier == "legacy" { "old" } else { "new" };
    let alias = AliasTarget::builder()
        .dns_name(format!("{balancer}-1.us-west-2.elb.amazonaws.com."))
        .hosted_zone_id("Z1H1FL5HABSF5")
        .evaluate_target_health(true);
    ResourceRecordSet::builder()
        .name("www.example.com")
        .r#type(RrType::A)
        .set_identifier(set_identifier)
        .weight(weight)
        .alias_target(alias.build().expect("complete"))
        .build()
        .expect("complete")
}

fn change(action: ChangeAction, set: ResourceRecordSet) -> Change {
    Change::builder().action(action).resource_record_set(set).build().expect("complete")
}

fn swap(from: (i64, i64), to: (i64, i64)) -> ChangeBatch {
    ChangeBatch::builder()
        .comment("to the new side & back")
        .changes(change(ChangeAction::Delete, member("legacy", from.0)))
        .changes(change(ChangeAction::Delete, member("new", from.1)))
        .changes(change(ChangeAction::Create, member("legacy", to.0)))
        .changes(change(ChangeAction::Create, member("new", to.1)))
        .build()
        .expect("complete")
}

#[tokio::test]
async fn weights_are_swapped_read_back_and_in_sync() -> TestResult {
    let face = Face::calm().await?;
    let route53 = aws_sdk_route53::Client::new(&face.as_account(DNS));
    let zones = route53.list_hosted_zones_by_name().dns_name("example.com").send().await?;
    let ids: Vec<_> = zones.hosted_zones().iter().map(|zone| zone.id()).collect();
    assert_eq!(ids, ["/hostedzone/Z0PUBLIC", "/hostedzone/Z1PRIVATE"]);

    let sent = route53
        .change_resource_record_sets()
        .hosted_zone_id(ZONE)
        .change_batch(swap((100, 0), (95, 5)))
        .send()
        .await?;
    let info = sent.change_info().expect("a change");
    assert_eq!(
        (info.status(), info.comment()),
        (&ChangeStatus::Pending, Some("to the new side & back"))
    );

    let listed = route53
        .list_resource_record_sets()
        .hosted_zone_id(ZONE)
        .start_record_name("www.example.com")
        .start_record_type(RrType::A)
        .send()
        .await?;
    let weights: Vec<_> = listed
        .resource_record_sets()
        .iter()
        .map(|set| (set.name(), set.set_identifier(), set.weight()))
        .collect();
    let name = "www.example.com.";
    assert_eq!(weights, [(name, Some("legacy"), Some(95)), (name, Some("new"), Some(5))]);

    face.pass(3600);
    let status = route53.get_change().id(info.id()).send().await?;
    assert_eq!(status.change_info().expect("a change").status(), &ChangeStatus::Insync);
    Ok(())
}

#[tokio::test]
async fn l31_pages_begin_where_the_one_before_ended_even_inside_a_group() -> TestResult {
    let face = Face::calm().await?;
    let route53 = aws_sdk_route53::Client::new(&face.as_account(DNS));
    let (mut seen, mut pages) = (Vec::new(), 0);
    let (mut name, mut kind, mut identifier) = (None, None, None);
    loop {
        let page = route53
            .list_resource_record_sets()
            .hosted_zone_id(ZONE)
            .set_start_record_name(name)
            .set_start_record_type(kind)
            .set_start_record_identifier(identifier)
            // The last page but one ends between the two members of the pair.
            .max_items(117)
            .send()
            .await?;
        pages += 1;
        seen.extend(
            page.resource_record_sets()
                .iter()
                .map(|set| (set.name().to_owned(), set.set_identifier().map(str::to_owned))),
        );
        if !page.is_truncated() {
            break;
        }
        name = page.next_record_name().map(str::to_owned);
        kind = page.next_record_type().cloned();
        identifier = page.next_record_identifier().map(str::to_owned);
    }
    let before = seen.len();
    assert_eq!((before, pages), (SIMPLE_RECORDS + 2, 4));
    seen.dedup();
    assert_eq!(seen.len(), before);
    let whole =
        route53.list_resource_record_sets().hosted_zone_id(ZONE).max_items(1000).send().await?;
    assert_eq!(whole.resource_record_sets().len(), 300);
    Ok(())
}

#[tokio::test]
async fn l15_a_refused_batch_says_every_reason() -> TestResult {
    let face = Face::calm().await?;
    let route53 = aws_sdk_route53::Client::new(&face.as_account(DNS));
    let refused = route53
        .change_resource_record_sets()
        .hosted_zone_id(ZONE)
        .change_batch(swap((99, 1), (50, 50)))
        .send()
        .await
        .expect_err("the members have other weights");
    let error = refused.as_service_error().expect("an answer");
    assert!(error.is_invalid_change_batch(), "{error:?}");
    let message = error.message().expect("a message");
    assert!(message.matches("values provided do not match").count() >= 2, "{message}");
    assert!(message.starts_with('[') && message.ends_with(']'), "{message}");

    let missing = route53.get_hosted_zone().id("Z0NOWHERE").send().await;
    assert!(
        missing
            .expect_err("no such zone")
            .as_service_error()
            .expect("an answer")
            .is_no_such_hosted_zone()
    );
    let lost = route53.get_change().id("C0NOWHERE").send().await;
    assert!(
        lost.expect_err("no such change")
            .as_service_error()
            .expect("an answer")
            .is_no_such_change()
    );
    Ok(())
}

#[tokio::test]
async fn a_role_is_assumed_into_the_account_that_it_names() -> TestResult {
    let face = Face::calm().await?;
    let sts = aws_sdk_sts::Client::new(&face.as_account(DNS));
    let role = format!("arn:aws:iam::{NEW}:role/Cutover");
    let answer = sts.assume_role().role_arn(role).role_session_name("night").send().await?;
    let given = answer.credentials().expect("credentials");
    assert_eq!(given.expiration().secs(), start().as_second() + 3600);
    let credentials = aws_sdk_route53::config::Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "assumed",
    );
    let config = face.with_credentials(credentials);
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await?;
    assert_eq!(identity.account(), Some(NEW));
    assert_eq!(identity.arn(), Some("arn:aws:sts::333333333333:assumed-role/Cutover/night"));

    let balancers = aws_sdk_elasticloadbalancingv2::Client::new(&config);
    let found = balancers.describe_load_balancers().names("new").send().await?;
    assert_eq!(found.load_balancers().len(), 1);
    let refused = sts.assume_role().role_arn("Cutover").role_session_name("night").send().await;
    assert_eq!(refused.expect_err("not an ARN").code(), Some("ValidationError"));
    Ok(())
}

#[tokio::test]
async fn load_balancers_of_both_generations_tell_their_targets() -> TestResult {
    let face = Face::calm().await?;
    let elb = aws_sdk_elasticloadbalancing::Client::new(&face.as_account(LEGACY));
    let found = elb.describe_load_balancers().load_balancer_names("old").send().await?;
    let old = &found.load_balancer_descriptions()[0];
    assert_eq!(old.canonical_hosted_zone_name_id(), Some("Z1H1FL5HABSF5"));
    assert_eq!(old.dns_name(), Some("old-1.us-west-2.elb.amazonaws.com"));
    let health = elb.describe_instance_health().load_balancer_name("old").send().await?;
    let states: Vec<_> =
        health.instance_states().iter().filter_map(|state| state.state()).collect();
    assert_eq!(states, ["InService"; 3]);
    let missing = elb.describe_load_balancers().load_balancer_names("new").send().await;
    assert_eq!(missing.expect_err("not a classic one").code(), Some("LoadBalancerNotFound"));

    let v2 = aws_sdk_elasticloadbalancingv2::Client::new(&face.as_account(NEW));
    let found = v2.describe_load_balancers().names("new").send().await?;
    let arn = found.load_balancers()[0].load_balancer_arn().expect("an ARN");
    let groups = v2.describe_target_groups().load_balancer_arn(arn).send().await?;
    let group = groups.target_groups()[0].target_group_arn().expect("an ARN");
    let health = v2.describe_target_health().target_group_arn(group).send().await?;
    assert_eq!(health.target_health_descriptions().len(), 3);
    let attributes = v2.describe_load_balancer_attributes().load_balancer_arn(arn).send().await?;
    assert!(attributes.attributes().iter().any(|a| a.key() == Some("client_keep_alive.seconds")));
    let missing = v2.describe_load_balancers().names("old").send().await;
    assert_eq!(missing.expect_err("a classic one").code(), Some("LoadBalancerNotFound"));
    let elsewhere = aws_sdk_elasticloadbalancingv2::Client::new(&face.as_account(LEGACY));
    assert!(elsewhere.describe_load_balancers().send().await?.load_balancers().is_empty());
    Ok(())
}

fn query(id: &str, stat: &str) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace("AWS/ELB")
        .metric_name(if stat == "Sum" { "RequestCount" } else { "Latency" })
        .dimensions(Dimension::builder().name("LoadBalancerName").value("old").build());
    let stat = MetricStat::builder().metric(metric.build()).period(60).stat(stat).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

#[tokio::test]
async fn metrics_come_in_the_order_asked_for_and_math_is_refused() -> TestResult {
    let face = Face::calm().await?;
    face.pass(1800);
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&face.as_account(LEGACY));
    let window = cloudwatch
        .get_metric_data()
        .start_time(DateTime::from_secs(start().as_second()))
        .end_time(DateTime::from_secs(start().as_second() + 600));
    let asked = window
        .clone()
        .scan_by(ScanBy::TimestampAscending)
        .metric_data_queries(query("requests", "Sum"))
        .metric_data_queries(query("slow", "p99"))
        .send()
        .await?;
    let results = asked.metric_data_results();
    let ids: Vec<_> = results.iter().filter_map(|result| result.id()).collect();
    assert_eq!(ids, ["requests", "slow"]);
    let seconds: Vec<i64> = results[0].timestamps().iter().map(DateTime::secs).collect();
    let minutes: Vec<i64> = (0..10).map(|n| start().as_second() + 60 * n).collect();
    assert_eq!(seconds, minutes);
    assert!(results[0].values().iter().all(|count| *count > 0.0), "{:?}", results[0]);
    assert_eq!(results[1].values().len(), 10);

    let math = MetricDataQuery::builder().id("sum").expression("requests * 2").build();
    let refused = window.metric_data_queries(math).send().await.expect_err("no metric math");
    assert_eq!(refused.code(), Some("ValidationError"));
    assert!(refused.message().is_some_and(|text| text.contains("metric math")));
    Ok(())
}

#[tokio::test]
async fn every_call_is_heard_of_and_what_is_not_there_is_named() -> TestResult {
    let face = Face::calm().await?;
    let v2 = aws_sdk_elasticloadbalancingv2::Client::new(&face.as_account(NEW));
    let refused = v2.describe_listeners().send().await.expect_err("listeners are not simulated");
    assert_eq!(refused.code(), Some("InvalidAction"));
    assert!(refused.message().is_some_and(|text| text.contains("DescribeListeners")));
    let route53 = aws_sdk_route53::Client::new(&face.as_account(DNS));
    let refused = route53.list_health_checks().send().await.expect_err("neither are health checks");
    assert!(refused.message().is_some_and(|text| text.contains("GET /2013-04-01/healthcheck")));
    route53.get_hosted_zone_count().send().await?;

    let calls = face.calls.lock().expect("no panic").clone();
    let heard: Vec<_> = calls
        .iter()
        .map(|call| (call.service, call.account.as_str(), call.outcome == Outcome::Done))
        .collect();
    let dns = (Some(Service::Route53), DNS);
    let expected =
        [(Some(Service::ElbV2), NEW, false), (dns.0, dns.1, false), (dns.0, dns.1, true)];
    assert_eq!(heard, expected);
    assert_eq!(calls[0].operation, "DescribeListeners");
    Ok(())
}
