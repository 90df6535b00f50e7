//! What CloudWatch's alarms say.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{AlarmType, StateValue},
};

use super::{
    error::{Asked, plain},
    pages::Pages,
};
use crate::{
    cloud::CloudError,
    plan::{AlarmReading, AlarmState},
    unit::Timestamp,
};

/// Most names that one call takes, and most alarms that one page has.
const MOST_NAMES: usize = 100;

pub(super) async fn readings(
    client: &Client,
    names: &[String],
    asked: &Asked,
) -> Result<Vec<Option<AlarmReading>>, CloudError> {
    let mut found = BTreeMap::new();
    for part in names.chunks(MOST_NAMES) {
        one_call(client, part, &mut found, asked).await?;
    }
    Ok(names.iter().map(|name| found.get(name).cloned()).collect())
}

/// Adds the alarms of these names to what was found. Names are compared as a whole when they are looked up: what else
/// comes back is nobody's.
async fn one_call(
    client: &Client,
    names: &[String],
    found: &mut BTreeMap<String, AlarmReading>,
    asked: &Asked,
) -> Result<(), CloudError> {
    // Without its types CloudWatch leaves out composite alarms.
    let request = client
        .describe_alarms()
        .set_alarm_names(Some(names.to_vec()))
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(MOST_NAMES as i32);
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
        for alarm in page.metric_alarms() {
            let told = (alarm.state_value(), alarm.state_reason());
            let since = alarm.state_transitioned_timestamp();
            add(found, alarm.alarm_name(), told, since, asked)?;
        }
        for alarm in page.composite_alarms() {
            let told = (alarm.state_value(), alarm.state_reason());
            let since = alarm.state_transitioned_timestamp();
            add(found, alarm.alarm_name(), told, since, asked)?;
        }
        let Some(next) = page.next_token else { return Ok(()) };
        if token.as_ref() == Some(&next) {
            return Err(asked.nonsense("the same page again"));
        }
        token = Some(next);
    }
}

fn add(
    found: &mut BTreeMap<String, AlarmReading>,
    name: Option<&str>,
    (state, reason): (Option<&StateValue>, Option<&str>),
    since: Option<&DateTime>,
    asked: &Asked,
) -> Result<(), CloudError> {
    let name = name.ok_or_else(|| asked.nonsense("an alarm without a name"))?;
    let state = match state {
        Some(StateValue::Ok) => AlarmState::Ok,
        Some(StateValue::Alarm) => AlarmState::Alarm,
        Some(StateValue::InsufficientData) => AlarmState::InsufficientData,
        Some(_) | None => {
            let shown = name.escape_debug();
            return Err(asked.nonsense(&format!("a state of the alarm `{shown}` that is none")));
        }
    };
    let reason = plain(reason.unwrap_or_default());
    let since = since.and_then(|since| Timestamp::from_second(since.secs()).ok());
    found.insert(name.to_owned(), AlarmReading { state, reason, since });
    Ok(())
}
