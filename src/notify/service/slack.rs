//! Slack, by an incoming webhook: one message after the other.
//!
//! Shapes: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>,
//! <https://docs.slack.dev/reference/block-kit/blocks/section-block> (at most 3000 characters of text) and
//! <https://docs.slack.dev/messaging/formatting-message-text> (`&`, `<` and `>` are escaped, so that nothing in a text can
//! mention people or be a link of somebody else's choice).

use serde_json::{Value, json};

use crate::notify::{Message, Secret, Tone, http::Request, message::cut};

/// Most bytes in a text of a block; Slack counts characters, of which there are no more than bytes.
const TEXT: usize = 2900;

/// An incoming webhook.
#[derive(Debug)]
pub(in crate::notify) struct Slack {
    /// The address is the secret: whoever has it can post.
    pub(in crate::notify) url: Secret,
}

impl Slack {
    pub(in crate::notify) fn request(&self, message: &Message) -> Request {
        let body = json!({ "text": fallback(&message.text()), "blocks": blocks(message) });
        Request { url: self.url.reveal().to_owned(), headers: Vec::new(), body: body.to_string() }
    }
}

/// Returns a message as blocks: what happened, why and what is next, and where it was.
pub(super) fn blocks(message: &Message) -> Vec<Value> {
    // A star would end the bold text.
    let title = escaped(&message.title().replace('*', "∗"), TEXT);
    let mut blocks = vec![section(format!("{} *{title}*", emoji(message.tone)))];
    if !message.details.is_empty() {
        blocks.push(section(escaped(&message.details.join("\n"), TEXT)));
    }
    blocks.push(context(message));
    blocks
}

/// Returns the text that stands for the blocks in notifications.
pub(super) fn fallback(text: &str) -> String {
    escaped(text, TEXT)
}

pub(super) fn section(text: String) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

/// Returns the line below a message: its run, where that stands, and when it happened.
pub(super) fn context(message: &Message) -> Value {
    let at = message.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let text = escaped(&format!("{} | {} | {at}", message.run, message.state), TEXT);
    json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": text }] })
}

pub(super) fn emoji(tone: Tone) -> &'static str {
    match tone {
        Tone::Calm => ":large_blue_circle:",
        Tone::Good => ":white_check_mark:",
        Tone::Warning => ":warning:",
        Tone::Bad => ":rotating_light:",
    }
}

/// Returns as much of the text as fits, escaped as Slack wants it.
pub(super) fn escaped(text: &str, most: usize) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let whole = escape(text);
    if whole.len() <= most {
        return whole;
    }
    // An escape takes at most five bytes for one, and none may be cut in two.
    let mut room = most;
    loop {
        let cut = escape(&cut(text, room));
        if cut.len() <= most {
            return cut;
        }
        room -= (cut.len() - most).div_ceil(5).min(room);
    }
}
