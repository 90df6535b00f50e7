//! Series from CloudWatch, with what it says of their completeness.

use std::{collections::BTreeMap, ops::Range};

use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{
        Dimension, MessageData, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy,
        StatusCode,
    },
};

use super::{
    error::{Asked, plain},
    pages::Pages,
};
use crate::{
    cloud::CloudError,
    plan::{MetricQuery, Series, SeriesStatus},
    unit::{Minute, Timestamp},
};

/// Most queries that one call takes.
const MOST_QUERIES: usize = 500;

const PERIOD_SECONDS: i32 = 60;

pub(super) async fn series(
    client: &Client,
    queries: &[MetricQuery],
    minutes: Range<Minute>,
    asked: &Asked,
) -> Result<Vec<Series>, CloudError> {
    let mut all = Vec::with_capacity(queries.len());
    for part in queries.chunks(MOST_QUERIES) {
        all.extend(one_call(client, part, &minutes, asked).await?);
    }
    Ok(all)
}

async fn one_call(
    client: &Client,
    queries: &[MetricQuery],
    minutes: &Range<Minute>,
    asked: &Asked,
) -> Result<Vec<Series>, CloudError> {
    let questions = queries.iter().enumerate().map(|(index, query)| question(index, query));
    let request = client
        .get_metric_data()
        .set_metric_data_queries(Some(questions.collect()))
        .start_time(at(minutes.start))
        .end_time(at(minutes.end))
        .scan_by(ScanBy::TimestampAscending);
    let mut found: BTreeMap<String, Told> = BTreeMap::new();
    let mut remarks = Vec::new();
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
        remarks.extend(page.messages().iter().map(remark));
        for result in page.metric_data_results() {
            found.entry(result.id().unwrap_or_default().to_owned()).or_default().add(result);
        }
        let Some(next) = page.next_token else { break };
        if token.as_ref() == Some(&next) {
            return Err(asked.nonsense("the same page again"));
        }
        token = Some(next);
    }
    let told = (0..queries.len()).map(|index| found.remove(&id(index)).unwrap_or_default());
    Ok(told.map(|told| told.series(&remarks)).collect())
}

fn question(index: usize, query: &MetricQuery) -> MetricDataQuery {
    let dimensions = query
        .dimensions
        .iter()
        .map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder()
        .namespace(&query.namespace)
        .metric_name(&query.metric)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let stat =
        MetricStat::builder().metric(metric).stat(&query.stat).period(PERIOD_SECONDS).build();
    MetricDataQuery::builder().id(id(index)).metric_stat(stat).return_data(true).build()
}

fn id(index: usize) -> String {
    format!("m{index}")
}

fn at(minute: Minute) -> DateTime {
    DateTime::from_secs(minute.start().as_second())
}

/// What the pages of an answer have said of one query so far. A query that none of them names was not answered: that
/// is a gap, not a zero.
#[derive(Debug, Default)]
struct Told {
    status: Option<SeriesStatus>,
    remarks: Vec<String>,
    points: BTreeMap<Minute, f64>,
}

impl Told {
    /// Adds a page. The last page says whether the series is complete, but a failure on any page stays.
    fn add(&mut self, page: &MetricDataResult) {
        let failed =
            matches!(self.status, Some(SeriesStatus::Forbidden | SeriesStatus::InternalError));
        if !failed {
            self.status = Some(match page.status_code() {
                Some(StatusCode::Complete) => SeriesStatus::Complete,
                Some(StatusCode::Forbidden) => SeriesStatus::Forbidden,
                Some(StatusCode::InternalError) => SeriesStatus::InternalError,
                Some(_) | None => SeriesStatus::Partial,
            });
        }
        self.remarks.extend(page.messages().iter().map(remark));
        if page.timestamps().len() != page.values().len() {
            self.remarks.push("values without times, or times without values".to_owned());
        }
        for (time, value) in page.timestamps().iter().zip(page.values()) {
            match Timestamp::from_second(time.secs()) {
                Ok(time) if value.is_finite() => {
                    self.points.insert(Minute::containing(time), *value);
                }
                _ => self.remarks.push("a value that is not a number".to_owned()),
            }
        }
    }

    /// Returns the series. One that was remarked upon is not complete, whatever its status says (law L54).
    fn series(mut self, about_all: &[String]) -> Series {
        self.remarks.extend_from_slice(about_all);
        if self.status.is_none() {
            self.remarks.push("CloudWatch did not answer this query".to_owned());
        }
        let status = match self.status {
            Some(SeriesStatus::Complete) if self.remarks.is_empty() => SeriesStatus::Complete,
            Some(SeriesStatus::Complete | SeriesStatus::Partial) | None => SeriesStatus::Partial,
            Some(failed @ (SeriesStatus::Forbidden | SeriesStatus::InternalError)) => failed,
        };
        let message = (!self.remarks.is_empty()).then(|| self.remarks.join("; "));
        Series { status, message, points: self.points }
    }
}

fn remark(message: &MessageData) -> String {
    let text = match (message.code(), message.value()) {
        (Some(code), Some(value)) => format!("{code}: {value}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => "an empty message".to_owned(),
    };
    plain(&text)
}
