//! The adapter against canned answers on the loopback: what is sent, how often, and what each answer means.

mod alarms;
mod answers;
mod ec2;
mod ecs;
mod metrics;
mod mfa;
mod pages;
mod reservations;
mod roles;
mod server;
mod trail;
mod zones;

use std::time::Duration;

use server::{Reply, Server};

use super::*;
use crate::{
    cloud::CloudErrorKind,
    plan::{AlarmState, Answer, Change, ChangeAction, Routing, SeriesStatus},
    unit::{RecordType, Ttl, Weight},
};

async fn cloud(server: &Server) -> AwsCloud {
    let settings = Settings {
        endpoint_url: Some(server.url()),
        session_name: "cutover-test".to_owned(),
        ..Settings::default()
    };
    let timeouts = Timeouts {
        read_attempt: Duration::from_millis(300),
        write: Duration::from_millis(300),
        ..Timeouts::default()
    };
    AwsCloud::open(&settings, Base::keys("AKIDEXAMPLE", "secret"), timeouts, http::client())
        .await
        .unwrap()
}

fn name(text: &str) -> RecordName {
    text.parse().unwrap()
}

fn zone() -> ZoneId {
    ZoneId("Z1".to_owned())
}

fn batch() -> Batch {
    let record = |weight| RecordSet {
        name: name("*.example.com"),
        kind: RecordType::A,
        routing: Routing::Weighted {
            set_identifier: "cutover:api:new".to_owned(),
            weight: Weight(weight),
        },
        answer: Answer::Alias {
            dns_name: "api-1.us-east-1.elb.amazonaws.com.".to_owned(),
            zone_id: "Z35SXDOTRQ7X7K".to_owned(),
            evaluate_target_health: true,
        },
        health_check: Some("check".to_owned()),
    };
    let change = |action, weight| Change { action, record: record(weight) };
    Batch {
        zone: zone(),
        changes: vec![change(ChangeAction::Delete, 0), change(ChangeAction::Create, 5)],
    }
}

#[tokio::test]
async fn l31_paging_passes_all_three_parts_of_the_cursor_and_ends_at_another_name() {
    let server = Server::start([
        Reply::ok(answers::records(
            &[answers::weighted("api.example.com.", "legacy", 95)],
            Some(("api.example.com.", "A", Some("new"))),
        )),
        Reply::ok(answers::records(
            &[
                answers::weighted("api.example.com.", "new", 5),
                answers::cname("api-v2.example.com.", "other.example.net"),
            ],
            Some(("x.example.com.", "A", None)),
        )),
    ])
    .await;
    let records =
        cloud(&server).await.records_at(&zone(), &[name("api.example.com")]).await.unwrap();
    let found: Vec<_> = records.iter().map(|r| (r.set_identifier(), r.weight())).collect();
    assert_eq!(found, [(Some("legacy"), Some(Weight(95))), (Some("new"), Some(Weight(5)))]);
    let paths = server.paths();
    assert_eq!(paths.len(), 2);
    assert!(paths[0].contains("name=api.example.com."), "{paths:?}");
    for part in ["name=api.example.com.", "type=A", "identifier=new"] {
        assert!(paths[1].contains(part), "{paths:?}");
    }
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_an_error_and_not_an_endless_loop() {
    let page = answers::records(
        &[answers::weighted("api.example.com.", "legacy", 95)],
        Some(("api.example.com.", "A", Some("legacy"))),
    );
    let server = Server::start(std::iter::repeat_n(Reply::ok(page), 5)).await;
    let error =
        cloud(&server).await.records_at(&zone(), &[name("api.example.com")]).await.unwrap_err();
    assert!(error.message.contains("does not lead to the next one"), "{error}");
    assert_eq!(server.paths().len(), 2);
}

#[tokio::test]
async fn l32_names_alias_values_and_health_checks_come_back_as_listed() {
    let alias = "<ResourceRecordSet><Name>\\052.example.com.</Name><Type>A</Type><SetIdentifier>s</SetIdentifier>\
                 <Weight>7</Weight><AliasTarget><HostedZoneId>ZELB</HostedZoneId><DNSName>dualstack.a.elb.amazonaws.com.\
                 </DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>\
                 <HealthCheckId>hc</HealthCheckId></ResourceRecordSet>";
    let server = Server::start([Reply::ok(answers::records(
        &[alias.to_owned(), answers::cname("\\052.example.com.", "Target.example.net.")],
        None,
    ))])
    .await;
    let records = cloud(&server).await.records_at(&zone(), &[name("*.example.com")]).await.unwrap();
    assert_eq!(
        records[0].answer,
        Answer::Alias {
            dns_name: "dualstack.a.elb.amazonaws.com.".to_owned(),
            zone_id: "ZELB".to_owned(),
            evaluate_target_health: true,
        }
    );
    assert_eq!(records[0].health_check.as_deref(), Some("hc"));
    assert_eq!(records[1].kind, RecordType::Cname);
    assert_eq!(
        records[1].answer,
        Answer::Values { ttl: Ttl(60), values: vec!["Target.example.net.".to_owned()] }
    );
    assert!(server.paths()[0].contains("name=%5C052.example.com."), "{:?}", server.paths());
}

#[tokio::test]
async fn other_policies_are_named_in_words() {
    let record = |inner: &str| {
        format!(
            "<ResourceRecordSet><Name>a.example.com.</Name><Type>A</Type>{inner}<TTL>60</TTL><ResourceRecords>\
             <ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        )
    };
    let inner = [
        "<SetIdentifier>i</SetIdentifier><Region>us-west-2</Region>",
        "<SetIdentifier>i</SetIdentifier><Failover>PRIMARY</Failover>",
        "<SetIdentifier>i</SetIdentifier><GeoLocation><CountryCode>US</CountryCode></GeoLocation>",
        "<SetIdentifier>i</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>",
        "<SetIdentifier>i</SetIdentifier><Weight>1</Weight><TrafficPolicyInstanceId>t</TrafficPolicyInstanceId>",
        "<SetIdentifier>i</SetIdentifier>",
    ];
    let records: Vec<_> = inner.iter().map(|inner| record(inner)).collect();
    let server = Server::start([Reply::ok(answers::records(&records, None))]).await;
    let records = cloud(&server).await.records_at(&zone(), &[name("a.example.com")]).await.unwrap();
    let policies: Vec<_> = records
        .into_iter()
        .map(|record| match record.routing {
            Routing::Other { policy, .. } => policy,
            Routing::Simple | Routing::Weighted { .. } => "written by cutover".to_owned(),
        })
        .collect();
    assert_eq!(
        policies,
        [
            "latency us-west-2",
            "failover primary",
            "geolocation US",
            "multivalue answer",
            "traffic policy instance t",
            "a policy that cutover does not know",
        ]
    );
}

#[tokio::test]
async fn many_names_are_read_in_pages_from_the_first_of_them_on() {
    let names: Vec<_> = (0..31).map(|i| name(&format!("n{i:02}.example.com"))).collect();
    let listed: Vec<_> =
        (0..40).map(|i| answers::cname(&format!("n{i:02}.example.com."), "x")).collect();
    let server = Server::start([
        Reply::ok(answers::records(&listed[..20], Some(("n20.example.com.", "CNAME", None)))),
        Reply::ok(answers::records(&listed[20..], None)),
    ])
    .await;
    let records = cloud(&server).await.records_at(&zone(), &names).await.unwrap();
    assert_eq!(records.iter().map(|r| r.name.clone()).collect::<Vec<_>>(), names);
    assert_eq!(server.paths().len(), 2);
    for part in ["name=n00.example.com.", "maxitems=300"] {
        assert!(server.paths()[0].contains(part), "{:?}", server.paths());
    }
}

#[tokio::test]
async fn a_name_that_is_not_where_it_should_be_is_asked_for_alone() {
    let names: Vec<_> = (0..9).map(|i| name(&format!("n{i}.example.com"))).collect();
    let listed: Vec<_> =
        (0..9).map(|i| answers::cname(&format!("n{i}.example.com."), "x")).collect();
    let server = Server::start([
        Reply::ok(answers::records(&listed[..8], None)),
        Reply::ok(answers::records(&listed[8..], None)),
    ])
    .await;
    let records = cloud(&server).await.records_at(&zone(), &names).await.unwrap();
    assert_eq!(records.iter().map(|r| r.name.clone()).collect::<Vec<_>>(), names);
    assert!(server.paths()[1].contains("name=n8.example.com."), "{:?}", server.paths());
}

#[tokio::test]
async fn zones_with_the_same_name_are_all_found_and_others_are_not() {
    let server = Server::start([
        Reply::ok(answers::zones(&[("Z1", "example.com.", false)], Some(("example.com.", "Z2")))),
        Reply::ok(answers::zones(
            &[("Z2", "example.com.", true), ("Z3", "example.net.", false)],
            None,
        )),
    ])
    .await;
    let zones = cloud(&server).await.zones_named(&name("example.com")).await.unwrap();
    let found: Vec<_> = zones.iter().map(|zone| (zone.id.0.as_str(), zone.private)).collect();
    assert_eq!(found, [("Z1", false), ("Z2", true)]);
    assert!(server.paths()[1].contains("hostedzoneid=Z2"), "{:?}", server.paths());
}

#[tokio::test]
async fn a_batch_carries_every_field_in_order_and_a_comment_that_fits() {
    let server = Server::start([Reply::ok(answers::change("PENDING"))]).await;
    let id = cloud(&server).await.change(&batch(), &"c\n".repeat(200)).await.unwrap();
    assert_eq!(id.0, "C1");
    let body = &server.bodies()[0];
    let delete = body.find("<Action>DELETE</Action>").unwrap();
    assert!(delete < body.find("<Action>CREATE</Action>").unwrap());
    for part in [
        "<Name>\\052.example.com.</Name>",
        "<SetIdentifier>cutover:api:new</SetIdentifier>",
        "<Weight>0</Weight>",
        "<Weight>5</Weight>",
        "<HostedZoneId>Z35SXDOTRQ7X7K</HostedZoneId>",
        "<EvaluateTargetHealth>true</EvaluateTargetHealth>",
        "<HealthCheckId>check</HealthCheckId>",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    assert!(!body.contains("<TTL>"), "{body}");
    assert!(body.contains(&format!("<Comment>{}</Comment>", "c ".repeat(128))), "{body}");
}

#[tokio::test]
async fn l27_a_batch_is_sent_once_whatever_happens() {
    for reply in [
        Reply::new(500, "oops"),
        Reply::new(503, answers::error("ServiceUnavailable", "later")),
        Reply::new(400, answers::error("Throttling", "Rate exceeded")),
        Reply::new(400, answers::error("PriorRequestNotComplete", "busy")),
        Reply::hang(),
        Reply::reset(),
    ] {
        let server = Server::start([reply.clone(), Reply::ok(answers::change("PENDING"))]).await;
        let error = cloud(&server).await.change(&batch(), "").await.unwrap_err();
        assert!(error.passes_by_itself(), "{reply:?}: {error:?}");
        tokio::task::yield_now().await;
        assert_eq!(server.paths().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn reads_are_tried_again() {
    for reply in [
        Reply::new(500, "oops"),
        Reply::new(400, answers::error("Throttling", "Rate exceeded")),
        Reply::hang(),
        Reply::reset(),
    ] {
        let server = Server::start([reply.clone(), Reply::ok(answers::get_change("INSYNC"))]).await;
        let status = cloud(&server).await.change_status(&ChangeId("C1".to_owned())).await;
        assert_eq!(status, Ok(ChangeStatus::InSync), "{reply:?}");
        assert_eq!(server.paths().len(), 2, "{reply:?}");
    }
}

#[tokio::test]
async fn each_failure_of_a_batch_means_what_the_caller_has_to_do_about_it() {
    let cases = [
        (Reply::new(400, answers::error("Throttling", "Rate exceeded")), CloudErrorKind::Throttled),
        (Reply::new(400, answers::error("ThrottlingException", "")), CloudErrorKind::Throttled),
        (Reply::new(400, answers::error("PriorRequestNotComplete", "")), CloudErrorKind::Busy),
        (Reply::new(403, answers::error("AccessDenied", "")), CloudErrorKind::Denied),
        (Reply::new(403, answers::error("ExpiredToken", "")), CloudErrorKind::Credentials),
        (Reply::new(403, answers::error("InvalidClientTokenId", "")), CloudErrorKind::Credentials),
        (Reply::new(404, answers::error("NoSuchHostedZone", "")), CloudErrorKind::NotFound),
        (Reply::new(400, answers::error("InvalidInput", "")), CloudErrorKind::Rejected),
        (Reply::new(500, answers::error("InternalError", "")), CloudErrorKind::Unclear),
        (Reply::new(408, ""), CloudErrorKind::Unclear),
        (Reply::new(502, "<html>bad gateway</html>"), CloudErrorKind::Unclear),
        (Reply::new(200, "not xml"), CloudErrorKind::Unclear),
        (Reply::hang(), CloudErrorKind::Unclear),
        (Reply::reset(), CloudErrorKind::Unclear),
    ];
    for (reply, kind) in cases {
        let server = Server::start([reply.clone()]).await;
        let error = cloud(&server).await.change(&batch(), "").await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}: {error}");
        assert_eq!(error.operation, "ChangeResourceRecordSets");
        assert_eq!(error.object, "zone Z1");
        assert!(!error.message.is_empty() && !error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn l15_both_shapes_of_a_refused_batch_give_all_messages() {
    let gone = "Tried to delete resource record set [name='a.', type='A'] but it was not found";
    let there = "Tried to create resource record set [name='b.', type='A'] but it already exists";
    let wrapped = answers::error("InvalidChangeBatch", &format!("[{gone}, {there}]"));
    let bare = format!(
        "<?xml version=\"1.0\"?>\n<InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages>\
         <Message>{gone}</Message><Message>{there}</Message></Messages></InvalidChangeBatch>"
    );
    for body in [wrapped, bare] {
        let server = Server::start([Reply::new(400, body.clone())]).await;
        let error = cloud(&server).await.change(&batch(), "").await.unwrap_err();
        assert_eq!(error.code.as_deref(), Some("InvalidChangeBatch"), "{body}");
        let messages = vec![gone.to_owned(), there.to_owned()];
        assert_eq!(error.kind, CloudErrorKind::InvalidBatch(messages), "{body}");
    }
}

#[tokio::test]
async fn a_change_that_route_53_does_not_know_was_lost() {
    let server = Server::start([Reply::new(404, answers::error("NoSuchChange", "gone"))]).await;
    let status = cloud(&server).await.change_status(&ChangeId("C1".to_owned())).await;
    assert_eq!(status, Ok(ChangeStatus::Lost));
}

#[tokio::test]
async fn nobody_listening_is_unclear_and_says_so() {
    let server = Server::start([]).await;
    let cloud = cloud(&server).await;
    server.stop().await;
    let error = cloud.change(&batch(), "").await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Unclear);
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_record_of_another_policy_is_never_written() {
    let server = Server::start([]).await;
    let mut batch = batch();
    batch.changes[0].record.routing =
        Routing::Other { set_identifier: None, policy: "latency us-west-2".to_owned() };
    let error = cloud(&server).await.change(&batch, "").await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Rejected);
    assert!(error.message.contains("latency us-west-2"), "{error}");
    assert_eq!(server.paths(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_endpoint_is_refused_before_anything_is_asked() {
    let settings = Settings { endpoint_url: Some("localhost".to_owned()), ..Settings::default() };
    let error = AwsCloud::connect_with_keys(&settings, "a", "b").await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Rejected);
    assert!(error.to_string().contains("`localhost`"), "{error}");
}
