//! Datadog, by events in its feed, beside the graphs that they explain.
//!
//! Shape: <https://docs.datadoghq.com/api/latest/events/post-an-event/>, v1 (`text` has at most 4000 characters,
//! `aggregation_key` 100, `date_happened` is in whole seconds and no older than 18 hours, `alert_type` is one of error,
//! warning, info, success). It answers 202.

use serde_json::json;

use crate::notify::{Message, Rank, Secret, Tone, http::Request, message::cut};

const TITLE: usize = 500;
const TEXT: usize = 4000;

/// One account of Datadog.
#[derive(Debug)]
pub(in crate::notify) struct Datadog {
    pub(in crate::notify) url: String,
    pub(in crate::notify) key: Secret,
}

impl Datadog {
    pub(in crate::notify) fn request(&self, message: &Message) -> Request {
        let details = message.details.iter().chain([&message.state]);
        let text = details.cloned().collect::<Vec<_>>().join("\n");
        let body = json!({
            "title": cut(&message.title(), TITLE),
            "text": cut(&text, TEXT),
            "date_happened": message.at.as_second(),
            "alert_type": alert_type(message.tone),
            "priority": if message.rank == Rank::Low { "low" } else { "normal" },
            "aggregation_key": message.run,
            "tags": tags(message),
        });
        Request {
            url: format!("{}/api/v1/events", self.url),
            headers: vec![("dd-api-key", self.key.reveal().to_owned())],
            body: body.to_string(),
        }
    }
}

fn alert_type(tone: Tone) -> &'static str {
    match tone {
        Tone::Calm => "info",
        Tone::Good => "success",
        Tone::Warning => "warning",
        Tone::Bad => "error",
    }
}

/// Returns what the event can be found by. A tag holds no percent sign, so a share is its number.
fn tags(message: &Message) -> Vec<String> {
    let mut tags = vec![
        "source:cutover".to_owned(),
        format!("run:{}", message.run),
        format!("runbook:{}", message.runbook),
        format!("event:{}", message.event),
    ];
    tags.extend(message.environment.as_ref().map(|name| format!("environment:{name}")));
    tags.extend(message.step.map(|step| format!("step:{step}")));
    let number = |share: String| share.trim_end_matches('%').to_owned();
    tags.extend(message.share.map(|share| format!("share:{}", number(share.to_string()))));
    tags.extend(message.kind.map(|kind| format!("kind:{}", kind.replace(' ', "_"))));
    tags
}
