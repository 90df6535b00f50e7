//! Any HTTP endpoint: the record itself, signed, so that the endpoint knows who sent it and when.
//!
//! What is signed is `TIMESTAMP.BODY`, with HMAC-SHA256 under the shared secret, as Stripe and Slack do it: an endpoint that
//! refuses old timestamps cannot be told the same again by somebody who has listened.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{
    notify::{Message, Secret, http::Request},
    unit::Timestamp,
};

/// One endpoint.
#[derive(Debug)]
pub(in crate::notify) struct Webhook {
    pub(in crate::notify) url: String,
    pub(in crate::notify) secret: Option<Secret>,
}

impl Webhook {
    /// Returns the record as it is sent now: an attempt later on has a timestamp and a signature of its own.
    pub(in crate::notify) fn request(&self, message: &Message, now: Timestamp) -> Request {
        let timestamp = now.as_second().to_string();
        let body = message.record.clone();
        let mut headers = vec![
            ("cutover-event", message.event.to_owned()),
            // The same however often it is sent, so that an endpoint can tell a repetition.
            ("cutover-delivery", format!("{}/{}", message.run, message.seq)),
            ("cutover-timestamp", timestamp.clone()),
        ];
        let signature = self.secret.as_ref().and_then(|secret| sign(secret, &timestamp, &body));
        headers.extend(signature.map(|hex| ("cutover-signature", format!("v1={hex}"))));
        Request { url: self.url.clone(), headers, body }
    }
}

/// Returns the signature in hex.
fn sign(secret: &Secret, timestamp: &str, body: &str) -> Option<String> {
    // Every length of key is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    let bytes = mac.finalize().into_bytes();
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
