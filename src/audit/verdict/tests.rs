//! Whose calls are whose.

use serde_json::json;

use super::*;
use crate::audit::RecordChange;

const RUN: &str = "api-20261123T021400Z-9f3a";

fn scope() -> Scope {
    let names = ["api.example.com", "_cutover-lock.example.com"].map(|name| name.parse().unwrap());
    let time = |text: &str| format!("2026-11-23T{text}Z").parse().unwrap();
    Scope {
        run: RUN.parse().unwrap(),
        from: time("02:14:00"),
        until: time("03:00:00"),
        written: ["C1".to_owned()].into(),
        names: [(ZoneId("Z1".to_owned()), names.into())].into(),
    }
}

/// An event as CloudTrail writes it: session, comment, change, name.
fn event(session: &str, comment: &str, change: &str, name: &str) -> serde_json::Value {
    json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole", "principalId": format!("AROA:{session}"),
            "arn": format!("arn:aws:sts::111111111111:assumed-role/cutover-dns/{session}"),
        },
        "eventTime": "2026-11-23T02:31:07Z",
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {
            "hostedZoneId": "Z1",
            "changeBatch": {
                "comment": comment,
                "changes": [
                    { "action": "UPSERT", "resourceRecordSet": {
                        "name": name, "type": "A", "setIdentifier": "cutover:new", "weight": 0, "tTL": 60,
                        "resourceRecords": [{ "value": "192.0.2.1" }, { "value": "192.0.2.2" }],
                    } },
                    { "action": "DELETE", "resourceRecordSet": {
                        "name": "other.example.com.", "type": "A",
                        "aliasTarget": { "dNSName": "lb.example.net", "hostedZoneId": "Z9", "evaluateTargetHealth": false },
                    } },
                ],
            },
        },
        "responseElements": { "changeInfo": { "id": format!("/change/{change}"), "status": "PENDING" } },
        "eventID": "e1",
    })
}

fn audit(events: &[serde_json::Value]) -> Audit {
    let calls = events.iter().map(|event| ZoneCall::read(&event.to_string()).unwrap()).collect();
    let calls = Trail { calls, unread: Vec::new() };
    Audit::of(&scope(), calls, "2026-11-23T03:10:00Z".parse().unwrap())
}

fn own() -> (String, String) {
    (format!("cutover-{RUN}"), format!("cutover {RUN} step 1"))
}

#[test]
fn a_batch_is_the_run_s_own_by_its_change_or_by_session_and_comment_together() {
    let (session, comment) = own();
    let name = "api.example.com.";
    for (event, note) in [
        (event("alice", "by hand", "C1", name), None),
        (event(&session, &comment, "C9", name), None),
        (event("alice", &comment, "C9", name), Some("its comment names this run")),
        (event(&session, "by hand", "C9", name), Some("its caller names this run")),
        (event("alice", "by hand", "C9", name), Some("")),
        (
            event("x", "cutover web-20261123T021400Z-9f3a step 1", "C9", name),
            Some("its comment names cutover's run web-20261123T021400Z-9f3a"),
        ),
    ] {
        let audit = audit(&[event]);
        match note {
            None => assert_eq!((audit.own, audit.strangers.len()), (1, 0)),
            Some(note) => {
                assert_eq!((audit.own, audit.strangers.len()), (0, 1));
                let told = audit.strangers[0].note.clone().unwrap_or_default();
                assert!(told.starts_with(note), "{told}");
            }
        }
    }
}

#[test]
fn of_somebody_else_s_batch_the_run_s_names_are_told_and_how_they_were_set() {
    let audit = audit(&[event("alice", "by hand", "C9", "api.example.com.")]);
    let Stranger { call, note } = &audit.strangers[0];
    assert_eq!(note, &None);
    assert!(call.who.ends_with("/alice"), "{call:?}");
    assert_eq!((call.from.as_str(), call.agent.as_str()), ("203.0.113.9", "aws-cli/2.31.0"));
    let told: Vec<String> = call.changes.iter().flatten().map(RecordChange::words).collect();
    assert_eq!(told, ["UPSERT api.example.com A cutover:new, weight 0: 192.0.2.1, 192.0.2.2"]);
}

#[test]
fn what_others_did_to_other_names_or_zones_is_not_about_the_run() {
    let elsewhere = event("alice", "", "C9", "www.example.com.");
    let mut other_zone = event("alice", "", "C9", "api.example.com.");
    other_zone["requestParameters"]["hostedZoneId"] = json!("Z2");
    let audit = audit(&[elsewhere, other_zone]);
    assert_eq!((audit.strangers.len(), audit.elsewhere), (0, 1));
    let mut lock = event("alice", "", "C9", "_cutover-lock.example.com.");
    lock["errorCode"] = json!("AccessDenied");
    lock["errorMessage"] = json!("no");
    lock["responseElements"] = json!(null);
    let audit = self::audit(&[lock]);
    assert_eq!(audit.strangers[0].call.refused.as_deref(), Some("AccessDenied: no"));
}

#[test]
fn a_batch_that_cloudtrail_left_out_is_told_as_unknown() {
    let mut event = event("alice", "", "C9", "api.example.com.");
    event["requestParameters"] = json!({ "hostedZoneId": "Z1" });
    let audit = audit(&[event]);
    assert_eq!(audit.strangers[0].call.changes, None);
}

#[test]
fn a_picture_is_complete_a_quarter_of_an_hour_after_its_end() {
    for (asked, complete) in [("03:14:59", false), ("03:15:00", true)] {
        let asked = format!("2026-11-23T{asked}Z").parse().unwrap();
        assert_eq!(Audit::of(&scope(), Trail::default(), asked).is_complete(), complete);
    }
}

#[test]
fn what_is_no_such_event_is_none() {
    for text in ["", "[]", "null", "{}", "{\"eventName\":\"GetChange\"}"] {
        assert_eq!(ZoneCall::read(text), None, "{text}");
    }
    let mut event = event("alice", "", "C9", "api.example.com.");
    event["eventTime"] = json!("yesterday");
    assert_eq!(ZoneCall::read(&event.to_string()), None);
}

#[test]
fn what_an_audit_left_is_read_back_as_it_was() {
    let audit = audit(&[event("alice", "by hand", "C9", "api.example.com.")]);
    let text = serde_json::to_string(&audit).unwrap();
    assert_eq!(serde_json::from_str::<Audit>(&text).unwrap(), audit);
}
