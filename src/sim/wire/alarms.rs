//! CloudWatch's DescribeAlarms: alarms by name, by the beginning of their name, by kind and by what they say.

use std::collections::BTreeSet;

use super::{
    codec::{Args, Node, record},
    fault::Fault,
};
use crate::{
    plan::AlarmState,
    sim::{Alarm, World},
    unit::Timestamp,
};

/// Most names in one call, and most alarms on one page.
const MOST: i64 = 100;
/// Alarms on a page where the caller does not say.
const PAGE: i64 = 50;
const METRIC: &str = "MetricAlarm";
const COMPOSITE: &str = "CompositeAlarm";

/// Performs DescribeAlarms.
pub(super) fn describe(world: &World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let wanted = Wanted::read(args)?;
    let page = args.whole("MaxRecords")?.unwrap_or(PAGE);
    if !(1..=MOST).contains(&page) {
        return Err(Fault::invalid(format!("MaxRecords must be from 1 to {MOST}, not {page}")));
    }
    let from = args.text("NextToken")?.unwrap_or_default();
    let alarms = world.alarms(account)?;
    let mut rest = alarms.iter().filter(|a| a.name.as_str() >= from && wanted.has(a)).peekable();
    let shown: Vec<&Alarm> = rest.by_ref().take(page as usize).collect();
    let of_kind = |composite| {
        let of_kind = shown.iter().filter(move |alarm| alarm.composite == composite);
        Node::members(of_kind.map(|alarm| description(world, account, alarm)))
    };
    let mut fields = vec![("MetricAlarms", of_kind(false)), ("CompositeAlarms", of_kind(true))];
    // A page is followed by the alarm of this name.
    fields.extend(rest.peek().map(|next| ("NextToken", Node::from(next.name.as_str()))));
    Ok(Node::Record(fields))
}

/// Which alarms are asked for.
struct Wanted<'a> {
    names: BTreeSet<&'a str>,
    prefix: &'a str,
    kinds: Vec<&'a str>,
    state: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(args: Args<'a>) -> Result<Self, Fault> {
        for other in ["ChildrenOfAlarmName", "ParentsOfAlarmName", "ActionPrefix"] {
            if args.field(other).is_some() {
                let message = format!("The simulator does not look for alarms by {other}");
                return Err(Fault::invalid(message));
            }
        }
        let names: BTreeSet<&str> = args.texts("AlarmNames")?.into_iter().collect();
        if names.len() as i64 > MOST {
            return Err(Fault::invalid(format!("AlarmNames must have at most {MOST} names")));
        }
        let kinds = args.texts("AlarmTypes")?;
        // Without types, composite alarms are left out.
        let kinds = if kinds.is_empty() { vec![METRIC] } else { kinds };
        let prefix = args.text("AlarmNamePrefix")?.unwrap_or_default();
        Ok(Self { names, prefix, kinds, state: args.text("StateValue")? })
    }

    fn has(&self, alarm: &Alarm) -> bool {
        let kind = if alarm.composite { COMPOSITE } else { METRIC };
        (self.names.is_empty() || self.names.contains(alarm.name.as_str()))
            && alarm.name.starts_with(self.prefix)
            && self.kinds.contains(&kind)
            && self.state.is_none_or(|state| state == state_value(alarm.reading.state))
    }
}

fn description(world: &World, account: &str, alarm: &Alarm) -> Node {
    let since = alarm.reading.since.unwrap_or(Timestamp::UNIX_EPOCH);
    let region = &world.stage().region;
    let arn = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{}", alarm.name);
    record([
        ("AlarmName", Node::from(alarm.name.as_str())),
        ("AlarmArn", Node::from(arn)),
        ("ActionsEnabled", Node::Flag(true)),
        ("StateValue", state_value(alarm.reading.state).into()),
        ("StateReason", Node::from(alarm.reading.reason.as_str())),
        ("StateUpdatedTimestamp", Node::Time(since)),
        ("StateTransitionedTimestamp", Node::Time(since)),
    ])
}

fn state_value(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Ok => "OK",
        AlarmState::Alarm => "ALARM",
        AlarmState::InsufficientData => "INSUFFICIENT_DATA",
    }
}
