//! Slack, as a bot: one thread for a run. Its head always says how the run stands; what happens is told below it.
//!
//! Shapes: <https://docs.slack.dev/reference/methods/chat.postMessage> (`thread_ts`, `reply_broadcast`; answers with `ts` and
//! the channel's id) and <https://docs.slack.dev/reference/methods/chat.update>. Both answer 200 with `"ok": false` and an
//! `error` for most of what goes wrong, and 429 with `Retry-After` when asked too often.

use serde_json::{Value, json};

use super::slack::{blocks, context, emoji, escaped, fallback, section};
use crate::notify::{
    Message, Rank, Secret,
    http::{Answer, Request, Verdict},
};

/// Errors that pass by themselves.
const PASSING: &[&str] = &[
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
];

/// A bot that posts to one channel.
#[derive(Debug)]
pub(in crate::notify) struct Thread {
    url: String,
    pub(in crate::notify) token: Secret,
    channel: String,
    head: Option<Head>,
}

/// The message that a thread hangs on.
#[derive(Debug)]
struct Head {
    /// Number of the record that began it.
    seq: u64,
    /// Id of its channel: the head of a channel that was given by its name can be updated only by that.
    channel: String,
    ts: String,
}

impl Thread {
    pub(in crate::notify) fn new(url: String, token: Secret, channel: &str) -> Self {
        Self { url, token, channel: channel.to_owned(), head: None }
    }

    /// The first message of a run is the head; later ones have two parts, the reply and the head's update.
    pub(in crate::notify) fn request(&self, message: &Message, part: usize) -> Option<Request> {
        match (&self.head, part) {
            (None, 0) => Some(self.post("chat.postMessage", with_state(message, &self.channel))),
            (Some(head), 0) => {
                let mut body = json!({
                    "channel": head.channel,
                    "thread_ts": head.ts,
                    "text": fallback(&message.text()),
                    "blocks": blocks(message),
                });
                if message.rank == Rank::High {
                    body["reply_broadcast"] = json!(true);
                }
                Some(self.post("chat.postMessage", body))
            }
            (Some(head), 1) if head.seq != message.seq => {
                let mut body = with_state(message, &head.channel);
                body["ts"] = json!(head.ts);
                Some(self.post("chat.update", body))
            }
            (None | Some(_), _) => None,
        }
    }

    fn post(&self, method: &str, body: Value) -> Request {
        Request {
            url: format!("{}/{method}", self.url),
            headers: vec![("authorization", format!("Bearer {}", self.token.reveal()))],
            body: body.to_string(),
        }
    }

    pub(in crate::notify) fn judge(&mut self, message: &Message, answer: &Answer) -> Verdict {
        let verdict = answer.verdict();
        if verdict != Verdict::Delivered {
            return verdict;
        }
        let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if said["ok"] != json!(true) {
            let error = said["error"].as_str().unwrap_or("nothing that Slack says").to_owned();
            let why = format!("Slack answered `{error}`");
            return if PASSING.contains(&error.as_str()) {
                Verdict::Later { after: answer.retry_after, why }
            } else {
                Verdict::Never { why }
            };
        }
        if let (None, Some(ts), Some(channel)) =
            (&self.head, said["ts"].as_str(), said["channel"].as_str())
        {
            let (ts, channel) = (ts.to_owned(), channel.to_owned());
            self.head = Some(Head { seq: message.seq, channel, ts });
        }
        Verdict::Delivered
    }
}

/// Returns the head of a thread as it is with this message the newest.
fn with_state(message: &Message, channel: &str) -> Value {
    let title = format!("{}: {}", message.subject, message.state);
    let newest = escaped(&message.headline, 2900);
    json!({
        "channel": channel,
        "text": fallback(&title),
        "blocks": [
            section(format!("{} *{}*", emoji(message.tone), escaped(&title.replace('*', "∗"), 2900))),
            section(newest),
            context(message),
        ],
    })
}
