//! What is asked of CloudTrail, and how its answers are read.

use serde_json::{Value, json};

use super::*;
use crate::audit::Trail;

fn event(id: &str, time: &str) -> Value {
    let told = json!({
        "eventID": id, "eventName": "ChangeResourceRecordSets", "eventTime": time,
        "userIdentity": { "arn": "arn:aws:sts::1:assumed-role/ops/alice" },
        "requestParameters": { "hostedZoneId": "Z1", "changeBatch": { "changes": [] } },
    });
    json!({ "EventId": id, "EventName": "ChangeResourceRecordSets", "CloudTrailEvent": told.to_string() })
}

fn page(events: &[Value], token: Option<&str>) -> Reply {
    Reply::ok(json!({ "Events": events, "NextToken": token }).to_string())
}

async fn ask(server: &Server) -> Result<Trail, CloudError> {
    let time = |text: &str| text.parse().unwrap();
    cloud(server).await.trail(time("2026-11-23T02:14:00Z"), time("2026-11-23T03:00:00Z")).await
}

#[tokio::test]
async fn pages_are_joined_and_told_from_the_oldest_on() {
    let server = Server::start([
        page(
            &[event("e3", "2026-11-23T02:40:00Z"), event("e2", "2026-11-23T02:30:00Z")],
            Some("n"),
        ),
        page(&[event("e1", "2026-11-23T02:20:00Z")], None),
    ])
    .await;
    let trail = ask(&server).await.unwrap();
    assert_eq!(
        trail.calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(),
        ["e1", "e2", "e3"]
    );
    assert!(trail.unread.is_empty());
    let asked: Vec<Value> =
        server.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(asked[0]["LookupAttributes"][0]["AttributeValue"], "ChangeResourceRecordSets");
    assert_eq!((&asked[0]["NextToken"], &asked[1]["NextToken"]), (&Value::Null, &json!("n")));
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_named_and_hides_no_other() {
    let broken = |id: &str, told: Value| json!({ "EventId": id, "CloudTrailEvent": told });
    let server = Server::start([page(
        &[
            broken("torn", json!("{\"eventName\": \"Chan")),
            broken("other", json!("{\"eventName\": \"ListHostedZones\"}")),
            json!({ "EventId": "empty" }),
            json!({}),
            event("whole", "2026-11-23T02:20:00Z"),
        ],
        None,
    )])
    .await;
    let trail = ask(&server).await.unwrap();
    assert_eq!(trail.calls.len(), 1);
    assert_eq!(trail.unread, ["torn", "other", "empty", "without an id"]);
}

#[tokio::test]
async fn a_throttled_call_is_made_again_and_a_page_that_follows_itself_ends() {
    let throttled = || {
        Reply::new(
            400,
            json!({ "__type": "ThrottlingException", "message": "Rate exceeded" }).to_string(),
        )
    };
    let server =
        Server::start([throttled(), page(&[event("e1", "2026-11-23T02:20:00Z")], None)]).await;
    assert_eq!(ask(&server).await.unwrap().calls.len(), 1);
    let server = Server::start((0..8).map(|_| throttled())).await;
    assert_eq!(ask(&server).await.unwrap_err().kind, CloudErrorKind::Throttled);
}

#[tokio::test]
async fn the_events_of_a_partition_are_asked_for_in_its_own_region() {
    for (region, signed_for) in [
        (None, "us-east-1"),
        (Some("eu-west-1"), "us-east-1"),
        (Some("cn-north-1"), "cn-northwest-1"),
        (Some("us-gov-east-1"), "us-gov-west-1"),
    ] {
        let server = Server::start([page(&[], None)]).await;
        let access = Access { region: region.map(str::to_owned), ..Access::default() };
        let accesses = [(Account::Dns, access)].into();
        let settings =
            Settings { accesses, endpoint_url: Some(server.url()), ..Settings::default() };
        let base = Base::keys("AKIDEXAMPLE", "secret");
        let cloud =
            AwsCloud::open(&settings, base, Timeouts::default(), http::client()).await.unwrap();
        let time = |text: &str| text.parse().unwrap();
        cloud.trail(time("2026-11-23T02:14:00Z"), time("2026-11-23T03:00:00Z")).await.unwrap();
        assert!(server.heads()[0].contains(&format!("/{signed_for}/cloudtrail/")), "{region:?}");
    }
}
