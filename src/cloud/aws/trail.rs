//! What CloudTrail has of Route 53.

use std::time::Duration;

use aws_sdk_cloudtrail::{
    Client,
    primitives::DateTime,
    types::{LookupAttribute, LookupAttributeKey},
};

use super::{error::Asked, pages::Pages};
use crate::{
    audit::{Trail, ZoneCall},
    cloud::CloudError,
    unit::Timestamp,
};

/// Most events on one page.
const PAGE: i32 = 50;
/// CloudTrail takes two calls a second, of all callers of the account together.
const PACE: Duration = Duration::from_millis(500);

/// Returns the calls of this time. An event that cannot be read is told of, and hides no other.
pub(super) async fn calls(
    client: &Client,
    (from, until): (Timestamp, Timestamp),
    asked: &Asked,
) -> Result<Trail, CloudError> {
    let attribute = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::EventName)
        .attribute_value("ChangeResourceRecordSets")
        .build()
        .map_err(|error| asked.nonsense(&error.to_string()))?;
    let request = client
        .lookup_events()
        .lookup_attributes(attribute)
        .start_time(DateTime::from_secs(from.as_second()))
        .end_time(DateTime::from_secs(until.as_second()))
        .max_results(PAGE);
    let mut trail = Trail::default();
    let mut token: Option<String> = None;
    let mut pages = Pages::default();
    loop {
        pages.turn(asked)?;
        let page = request
            .clone()
            .set_next_token(token.clone())
            .send()
            .await
            .map_err(|error| asked.failed(error))?;
        for event in page.events() {
            match event.cloud_trail_event().and_then(ZoneCall::read) {
                Some(call) => trail.calls.push(call),
                None => trail.unread.push(event.event_id().unwrap_or("without an id").to_owned()),
            }
        }
        token = page.next_token.filter(|next| !next.is_empty());
        if token.is_none() {
            trail.calls.sort_by_key(|call| call.at);
            return Ok(trail);
        }
        pause().await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "pages of one answer may not come faster, and nothing else waits for them"
)]
async fn pause() {
    tokio::time::sleep(PACE).await;
}
