//! CloudWatch, version 2010-08-01: GetMetricData and GetMetricStatistics, for metrics as they are, and DescribeAlarms.
//! Metric math is refused rather than answered with nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    alarms,
    codec::{Args, Malformed, Node, record},
    fault::Fault,
};
use crate::{
    plan::{MetricQuery, Series, SeriesStatus},
    sim::World,
    unit::Minute,
};

/// Most queries in one call.
const MOST_QUERIES: usize = 500;

/// Most datapoints that CloudWatch puts into one answer. It has pages for more; the simulator refuses instead.
const MOST_POINTS: i64 = 100_800;

/// Performs an operation; nothing if the service has none of this name here.
pub(super) fn perform(
    world: &mut World,
    account: &str,
    operation: &str,
    args: Args<'_>,
) -> Option<Result<Node, Fault>> {
    match operation {
        "GetMetricData" => Some(metric_data(world, account, args)),
        "GetMetricStatistics" => Some(metric_statistics(world, account, args)),
        "DescribeAlarms" => Some(alarms::describe(world, account, args)),
        _ => None,
    }
}

/// One entry of `MetricDataQueries`.
struct Entry {
    id: String,
    label: String,
    shown: bool,
    period: Period,
    query: MetricQuery,
}

fn metric_data(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let entries = args
        .list("MetricDataQueries")?
        .into_iter()
        .map(|query| entry(account, query))
        .collect::<Result<Vec<_>, _>>()?;
    check_ids(&entries)?;
    let ascending = match args.text("ScanBy")? {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(other) => return Err(Fault::invalid(format!("ScanBy cannot be '{other}'"))),
    };
    let longest = entries.iter().map(|entry| entry.period).max().unwrap_or(Period::MINUTE);
    let (from, until) = window(world, args, longest, entries.len())?;
    let queries: Vec<MetricQuery> = entries.iter().map(|entry| entry.query.clone()).collect();
    let series = world.metrics(account, &queries, from, until)?;
    let shown = entries.iter().zip(&series).filter(|(entry, _)| entry.shown);
    let results = shown
        .map(|(entry, series)| result(entry, series, ascending))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(record([("MetricDataResults", Node::members(results)), ("Messages", Node::members([]))]))
}

fn entry(account: &str, args: Args<'_>) -> Result<Entry, Fault> {
    let id = args.needed_text("Id")?.to_owned();
    if args.field("Expression").is_some() {
        let message = format!("The simulator has no metric math: query '{id}' has an Expression");
        return Err(Fault::invalid(message));
    }
    if let Some(other) = args.text("AccountId")?.filter(|other| *other != account) {
        let message =
            format!("The simulator has no cross-account metrics: query '{id}' asks {other}");
        return Err(Fault::invalid(message));
    }
    let stat = args.field("MetricStat").ok_or_else(|| {
        Fault::invalid(format!("Query '{id}' needs exactly one of MetricStat and Expression"))
    })?;
    let metric = stat.field("Metric").ok_or_else(|| Fault::invalid("Metric is required"))?;
    let query = query(metric, stat.needed_text("Stat")?)?;
    let period = Period::read(stat, &query.stat)?;
    let label = args.text("Label")?.unwrap_or(&query.metric).to_owned();
    let shown = args.field("ReturnData").is_none_or(|flag| !is_false(flag));
    Ok(Entry { id, label, shown, period, query })
}

fn is_false(flag: Args<'_>) -> bool {
    flag.0.as_bool() == Some(false) || flag.0.as_str() == Some("false")
}

fn query(metric: Args<'_>, stat: &str) -> Result<MetricQuery, Malformed> {
    let mut dimensions = BTreeMap::new();
    for dimension in metric.list("Dimensions")? {
        let (name, value) = (dimension.needed_text("Name")?, dimension.needed_text("Value")?);
        dimensions.insert(name.to_owned(), value.to_owned());
    }
    Ok(MetricQuery {
        namespace: metric.needed_text("Namespace")?.to_owned(),
        metric: metric.needed_text("MetricName")?.to_owned(),
        dimensions,
        stat: stat.to_owned(),
    })
}

fn check_ids(entries: &[Entry]) -> Result<(), Fault> {
    if entries.is_empty() || entries.len() > MOST_QUERIES {
        let message = format!("MetricDataQueries must have 1 to {MOST_QUERIES} queries");
        return Err(Fault::invalid(message));
    }
    let mut seen = BTreeSet::new();
    for Entry { id, .. } in entries {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(plain) {
            return Err(Fault::invalid(format!(
                "The value {id} for parameter Id must start with a lower-case letter and have \
                 letters, digits and underscores only"
            )));
        }
        if !seen.insert(id) {
            return Err(Fault::invalid(format!(
                "The values for parameter Id are not unique: {id}"
            )));
        }
    }
    Ok(())
}

fn result(entry: &Entry, series: &Series, ascending: bool) -> Result<Node, Fault> {
    let mut points: Vec<(Minute, f64)> =
        entry.period.gather(&series.points, &entry.query.stat).into_iter().collect();
    if !ascending {
        points.reverse();
    }
    let (code, words) = match series.status {
        SeriesStatus::Complete => ("Complete", ""),
        SeriesStatus::Partial => ("PartialData", "There is more data."),
        SeriesStatus::Forbidden => ("Forbidden", "You are not authorized to read this metric."),
        SeriesStatus::InternalError => ("InternalError", "An internal error occurred."),
    };
    let mut fields = vec![
        ("Id", Node::from(entry.id.as_str())),
        ("Label", Node::from(entry.label.as_str())),
        ("Timestamps", Node::members(points.iter().map(|(at, _)| Node::Time(at.start())))),
        ("Values", Node::members(points.iter().map(|(_, value)| Node::Number(*value)))),
        ("StatusCode", Node::from(code)),
    ];
    let message = series.message.as_deref().or(Some(words).filter(|words| !words.is_empty()));
    if let Some(message) = message {
        let message = record([("Code", Node::from(code)), ("Value", Node::from(message))]);
        fields.push(("Messages", Node::members([message])));
    }
    Ok(Node::Record(fields))
}

fn metric_statistics(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    const KNOWN: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
    let asked = args.texts("Statistics")?;
    if asked.is_empty() {
        let message = "Statistics is required; the simulator has percentiles in GetMetricData only";
        return Err(Fault::refused("InvalidParameterCombination", message));
    }
    if let Some(other) = asked.iter().find(|stat| !KNOWN.contains(stat)) {
        let message = format!("The value {other} for parameter Statistics is not supported.");
        return Err(Fault::refused("InvalidParameterValue", message));
    }
    let stats: Vec<&'static str> = KNOWN.into_iter().filter(|stat| asked.contains(stat)).collect();
    let queries =
        stats.iter().map(|stat| query(args, stat)).collect::<Result<Vec<_>, Malformed>>()?;
    let periods =
        stats.iter().map(|stat| Period::read(args, stat)).collect::<Result<Vec<_>, _>>()?;
    let period = periods.into_iter().max().unwrap_or(Period::MINUTE);
    let (from, until) = window(world, args, period, queries.len())?;
    let mut points: BTreeMap<Minute, Vec<(&'static str, Node)>> = BTreeMap::new();
    for (stat, series) in stats.iter().zip(world.metrics(account, &queries, from, until)?) {
        if series.status != SeriesStatus::Complete {
            let message = series.message.unwrap_or_else(|| "There is more data.".to_owned());
            return Err(Fault::answer(500, "InternalServiceError", message));
        }
        for (at, value) in period.gather(&series.points, stat) {
            let point =
                points.entry(at).or_insert_with(|| vec![("Timestamp", Node::Time(at.start()))]);
            point.push((stat, Node::Number(value)));
        }
    }
    let points = Node::members(points.into_values().map(Node::Record));
    Ok(record([("Label", args.needed_text("MetricName")?.into()), ("Datapoints", points)]))
}

/// Reads the window of time and widens it to whole minutes and whole periods.
fn window(
    world: &World,
    args: Args<'_>,
    period: Period,
    queries: usize,
) -> Result<(Minute, Minute), Fault> {
    let (start, end) = (args.needed_time("StartTime")?, args.needed_time("EndTime")?);
    if start >= end {
        let message = "The parameter StartTime must be less than the parameter EndTime.";
        return Err(Fault::invalid(message));
    }
    let from = period.first(Minute::containing(start));
    // Nothing is known of the future, so it costs nothing to ask for it.
    let until = Minute::starting_from(end).min(Minute::starting_from(world.now()));
    let points = (until.0 - from.0).saturating_mul(i64::try_from(queries).unwrap_or(i64::MAX));
    if points > MOST_POINTS {
        return Err(Fault::invalid(format!(
            "The simulator has no pages of metrics: ask for {MOST_POINTS} minutes at most in one \
             call, over all queries"
        )));
    }
    Ok((from, until.max(from)))
}

/// How long a bucket of metrics is, in whole minutes, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Period(i64);

impl Period {
    const MINUTE: Self = Self(1);

    /// Reads `Period`; statistics that cannot be made from those of minutes have minutes only.
    fn read(args: Args<'_>, stat: &str) -> Result<Self, Fault> {
        let seconds = args
            .whole("Period")?
            .ok_or_else(|| Fault::invalid("The parameter Period is required."))?;
        if seconds < 60 || seconds % 60 != 0 || seconds > 86_400 {
            return Err(Fault::invalid(format!(
                "The simulator has periods of 60 to 86400 seconds in steps of 60, not {seconds}"
            )));
        }
        if seconds > 60 && !matches!(stat, "Sum" | "SampleCount" | "Minimum" | "Maximum") {
            return Err(Fault::invalid(format!(
                "The simulator has {stat} for a Period of 60 only, not {seconds}"
            )));
        }
        Ok(Self(seconds / 60))
    }

    /// Returns the first minute of the bucket that this minute is in.
    fn first(self, minute: Minute) -> Minute {
        Minute(minute.0.div_euclid(self.0).saturating_mul(self.0))
    }

    /// Gathers the minutes of each bucket into one datapoint.
    fn gather(self, minutes: &BTreeMap<Minute, f64>, stat: &str) -> BTreeMap<Minute, f64> {
        let mut buckets: BTreeMap<Minute, f64> = BTreeMap::new();
        for (minute, value) in minutes {
            let bucket = buckets.entry(self.first(*minute));
            bucket
                .and_modify(|all| {
                    *all = match stat {
                        "Minimum" => all.min(*value),
                        "Maximum" => all.max(*value),
                        _ => *all + *value,
                    }
                })
                .or_insert(*value);
        }
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes() -> BTreeMap<Minute, f64> {
        (10..16).map(|minute| (Minute(minute), minute as f64)).collect()
    }

    #[test]
    fn a_longer_period_gathers_the_minutes_that_it_covers() {
        let gathered = |stat| Period(5).gather(&minutes(), stat);
        assert_eq!(gathered("Sum"), BTreeMap::from([(Minute(10), 60.0), (Minute(15), 15.0)]));
        assert_eq!(gathered("Maximum")[&Minute(10)], 14.0);
        assert_eq!(gathered("Minimum")[&Minute(10)], 10.0);
        assert_eq!(Period::MINUTE.gather(&minutes(), "p99"), minutes());
    }

    #[test]
    fn a_percentile_of_a_longer_period_is_refused_and_not_invented() {
        let period = |stat, seconds: i64| {
            Period::read(Args(&serde_json::json!({ "Period": seconds })), stat).is_ok()
        };
        assert!(period("p99", 60) && period("Sum", 300));
        assert!(!period("p99", 300) && !period("Sum", 90) && !period("Sum", 0));
    }
}
