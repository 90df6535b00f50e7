//! What CloudWatch says of completeness, and how it is read.

use ciborium::value::Value;

use super::*;

/// A map of CBOR.
pub(super) fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
}

/// A moment of CBOR: when this minute begins.
pub(super) fn time(minute: i64) -> Value {
    Value::Tag(1, Box::new(Value::from((minute * 60) as f64)))
}

fn result(id: &str, status: &str, points: &[(i64, f64)]) -> Value {
    map(vec![
        ("Id", Value::from(id)),
        ("StatusCode", Value::from(status)),
        ("Timestamps", Value::Array(points.iter().map(|(minute, _)| time(*minute)).collect())),
        ("Values", Value::Array(points.iter().map(|(_, value)| Value::from(*value)).collect())),
    ])
}

fn page(results: Vec<Value>, mut more: Vec<(&str, Value)>) -> Reply {
    more.push(("MetricDataResults", Value::Array(results)));
    let mut bytes = Vec::new();
    ciborium::into_writer(&map(more), &mut bytes).unwrap();
    Reply::cbor(bytes)
}

fn queries(count: usize) -> Vec<MetricQuery> {
    let query = |index| MetricQuery {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: format!("Metric{index}"),
        dimensions: [("LoadBalancer".to_owned(), "app/api/1".to_owned())].into(),
        stat: "Sum".to_owned(),
    };
    (0..count).map(query).collect()
}

async fn ask(server: &Server, count: usize) -> Result<Vec<Series>, CloudError> {
    cloud(server).await.metrics(Account::New, &queries(count), Minute(10), Minute(20)).await
}

#[tokio::test]
async fn series_come_in_the_order_of_the_queries_and_pages_are_joined() {
    let server = Server::start([
        page(
            vec![result("m1", "Complete", &[(10, 2.0)]), result("m0", "PartialData", &[(10, 1.0)])],
            vec![("NextToken", Value::from("t"))],
        ),
        page(vec![result("m0", "Complete", &[(11, 1.5)])], vec![]),
    ])
    .await;
    let series = ask(&server, 2).await.unwrap();
    assert_eq!(series[0].points, [(Minute(10), 1.0), (Minute(11), 1.5)].into());
    assert_eq!(series[1].points, [(Minute(10), 2.0)].into());
    assert!(series.iter().all(|s| s.status == SeriesStatus::Complete && s.message.is_none()));
    assert!(server.paths()[0].ends_with("/operation/GetMetricData"), "{:?}", server.paths());
}

#[tokio::test]
async fn l54_what_is_not_complete_is_not_called_complete() {
    let messages = || {
        Value::Array(vec![map(vec![("Code", Value::from("C")), ("Value", Value::from("told"))])])
    };
    let mut remarked = result("m3", "Complete", &[(10, 1.0)]);
    remarked.as_map_mut().unwrap().push((Value::from("Messages"), messages()));
    let server = Server::start([page(
        vec![
            result("m0", "PartialData", &[]),
            result("m1", "Forbidden", &[]),
            result("m2", "InternalError", &[]),
            remarked,
            result("m4", "Complete", &[(10, f64::NAN)]),
            result("m6", "Complete", &[]),
        ],
        vec![],
    )])
    .await;
    let series = ask(&server, 7).await.unwrap();
    let statuses: Vec<_> = series.iter().map(|s| s.status).collect();
    use SeriesStatus::{Complete, Forbidden, InternalError, Partial};
    assert_eq!(statuses, [Partial, Forbidden, InternalError, Partial, Partial, Partial, Complete]);
    assert_eq!(series[3].message.as_deref(), Some("C: told"));
    assert!(series[4].points.is_empty());
    assert!(series[5].message.as_deref().unwrap().contains("did not answer"));
}

#[tokio::test]
async fn l54_a_remark_about_the_whole_answer_leaves_no_series_complete() {
    let remark = map(vec![("Code", Value::from("C")), ("Value", Value::from("limit exceeded"))]);
    let server = Server::start([page(
        vec![result("m0", "Complete", &[(10, 1.0)])],
        vec![("Messages", Value::Array(vec![remark]))],
    )])
    .await;
    let series = ask(&server, 1).await.unwrap();
    assert_eq!(series[0].status, SeriesStatus::Partial);
    assert_eq!(series[0].message.as_deref(), Some("C: limit exceeded"));
}

#[tokio::test]
async fn a_call_carries_at_most_500_queries() {
    let answer = |count: usize| {
        page(
            (0..count).map(|i| result(&format!("m{i}"), "Complete", &[(10, i as f64)])).collect(),
            vec![],
        )
    };
    let server = Server::start([answer(500), answer(1)]).await;
    let series = ask(&server, 501).await.unwrap();
    assert_eq!(server.paths().len(), 2);
    assert_eq!(series.len(), 501);
    assert_eq!(series[499].points[&Minute(10)], 499.0);
    assert_eq!(series[500].points[&Minute(10)], 0.0);
}

#[tokio::test]
async fn no_queries_are_no_call() {
    let server = Server::start([]).await;
    assert_eq!(ask(&server, 0).await, Ok(Vec::new()));
    assert_eq!(server.paths(), Vec::<String>::new());
}
