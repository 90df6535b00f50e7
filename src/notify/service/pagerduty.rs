//! PagerDuty, by its Events API v2: one alert for a run, resolved once everything is as it should be.
//!
//! Shape: <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/> (`summary` has at most 1024 characters,
//! `dedup_key` 255, `severity` is one of critical, error, warning, info). It answers 202; 400 to what it never takes, 429 and
//! 5xx to what is to be tried again. The same `dedup_key` makes a repetition harmless.

use serde_json::json;

use crate::notify::{
    Message, Secret, Tone,
    http::{Answer, Request, Verdict},
    message::cut,
};

const SUMMARY: usize = 1024;

/// One integration of a service.
#[derive(Debug)]
pub(in crate::notify) struct PagerDuty {
    pub(in crate::notify) url: String,
    pub(in crate::notify) key: Secret,
    /// Whether an alert of the run is open, or may be.
    pub(in crate::notify) open: bool,
}

impl PagerDuty {
    /// Returns the alert, or its end; nothing where there is none to end.
    pub(in crate::notify) fn request(&self, message: &Message) -> Option<Request> {
        if message.settles && !self.open {
            return None;
        }
        let mut body = json!({
            "routing_key": self.key.reveal(),
            "event_action": if message.settles { "resolve" } else { "trigger" },
            "dedup_key": message.run,
        });
        if !message.settles {
            body["client"] = json!("cutover");
            body["payload"] = json!({
                "summary": cut(&message.title(), SUMMARY),
                "source": message.runbook,
                "severity": severity(message.tone),
                "timestamp": message.at,
                "component": "Route 53",
                "group": message.environment,
                "class": message.event,
                "custom_details": {
                    "run": message.run,
                    "state": message.state,
                    "step": message.step,
                    "share_on_new": message.share.map(|share| share.to_string()),
                    "details": message.details,
                },
            });
        }
        let url = format!("{}/v2/enqueue", self.url);
        Some(Request { url, headers: Vec::new(), body: body.to_string() })
    }

    pub(in crate::notify) fn judge(&mut self, message: &Message, answer: &Answer) -> Verdict {
        let verdict = answer.verdict();
        if verdict == Verdict::Delivered {
            self.open = !message.settles;
        }
        verdict
    }
}

fn severity(tone: Tone) -> &'static str {
    match tone {
        Tone::Calm | Tone::Good => "info",
        Tone::Warning => "warning",
        Tone::Bad => "critical",
    }
}
