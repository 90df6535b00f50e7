//! One call of ChangeResourceRecordSets, as CloudTrail's record of it tells.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{plan::ZoneId, unit::Timestamp};

/// What CloudTrail has of the batches of a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trail {
    /// The batches, oldest first.
    pub calls: Vec<ZoneCall>,
    /// CloudTrail's ids of events that could not be read. Each may be such a batch.
    pub unread: Vec<String>,
}

/// One batch that somebody sent, or tried to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZoneCall {
    /// CloudTrail's id of it.
    pub id: String,
    /// When it was sent, to the second.
    pub at: Timestamp,
    /// ARN of the caller; what CloudTrail has instead where there is none.
    pub who: String,
    /// Address that it came from.
    pub from: String,
    /// Program that sent it, as it says itself.
    pub agent: String,
    /// Why it was refused; then it changed nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The zone.
    pub zone: ZoneId,
    /// What the caller said that it was for.
    pub comment: String,
    /// Route 53's id of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// What it changed; nothing where CloudTrail left it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<RecordChange>>,
}

/// One change of one record set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// `CREATE`, `DELETE` or `UPSERT`.
    pub action: String,
    /// The name, as the caller wrote it.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What tells it from others of its name and type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Its weight, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
    /// What it answers: values, or the name of an alias.
    pub answer: String,
}

impl RecordChange {
    /// Returns it in words, such as `UPSERT api.example.com A cutover:new, weight 5: 192.0.2.1`.
    pub fn words(&self) -> String {
        let Self { action, name, kind, .. } = self;
        let identifier = self.identifier.as_ref().map_or(String::new(), |id| format!(" {id}"));
        let weight = self.weight.map_or(String::new(), |weight| format!(", weight {weight}"));
        let answer =
            if self.answer.is_empty() { String::new() } else { format!(": {}", self.answer) };
        format!("{action} {} {kind}{identifier}{weight}{answer}", name.trim_end_matches('.'))
    }
}

impl ZoneCall {
    /// Reads the text that CloudTrail calls `CloudTrailEvent`; nothing where it is no such call.
    pub fn read(event: &str) -> Option<Self> {
        let event: Value = serde_json::from_str(event).ok()?;
        let text = |path: &str| event.pointer(path).and_then(Value::as_str).map(str::to_owned);
        if text("/eventName")? != "ChangeResourceRecordSets" {
            return None;
        }
        let principal = || text("/userIdentity/principalId").or(text("/userIdentity/type"));
        let who = text("/userIdentity/arn").or_else(principal).unwrap_or_default();
        let refused = text("/errorCode").map(|code| match text("/errorMessage") {
            Some(message) => format!("{code}: {message}"),
            None => code,
        });
        let change = text("/responseElements/changeInfo/id");
        let zone = text("/requestParameters/hostedZoneId").unwrap_or_default();
        let changes = event.pointer("/requestParameters/changeBatch/changes");
        Some(Self {
            id: text("/eventID").unwrap_or_default(),
            at: text("/eventTime")?.parse().ok()?,
            who,
            from: text("/sourceIPAddress").unwrap_or_default(),
            agent: text("/userAgent").unwrap_or_default(),
            refused,
            zone: ZoneId(zone.trim_start_matches("/hostedzone/").to_owned()),
            comment: text("/requestParameters/changeBatch/comment").unwrap_or_default(),
            change: change.map(|id| id.trim_start_matches("/change/").to_owned()),
            changes: changes.and_then(Value::as_array).map(|all| all.iter().map(changed).collect()),
        })
    }
}

fn changed(change: &Value) -> RecordChange {
    let text = |path: &str| change.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let values = change.pointer("/resourceRecordSet/resourceRecords").and_then(Value::as_array);
    let values = values.into_iter().flatten().filter_map(|value| value.get("value")?.as_str());
    let values: Vec<&str> = values.collect();
    let alias = text("/resourceRecordSet/aliasTarget/dNSName").map(|name| format!("alias {name}"));
    RecordChange {
        action: text("/action").unwrap_or_default(),
        name: text("/resourceRecordSet/name").unwrap_or_default(),
        kind: text("/resourceRecordSet/type").unwrap_or_default(),
        identifier: text("/resourceRecordSet/setIdentifier"),
        weight: change.pointer("/resourceRecordSet/weight").and_then(Value::as_u64),
        answer: alias.unwrap_or_else(|| values.join(", ")),
    }
}
