//! Datadog's documented answers, and those that are none, over HTTP on the loopback.

use std::time::Duration;

use super::{Client, problems};
use crate::{
    driver::{Datadog as _, Heard},
    gate::{DatadogFault, DatadogReading, MonitorState},
    notify::{
        Secret, Secrets,
        tests::server::{Reply, Server},
    },
    plan::{Bound, DatadogAccess, DatadogGate, DatadogWatch, Threshold},
    unit::{Minute, SignedDuration, Timestamp},
};

const API: &str = "apiCANARY1234567890";
const APP: &str = "appCANARY1234567890";

/// An answer to GET /api/v1/monitor/{id}, as documented, shortened.
const MONITOR: &str = r#"{"id":7,"name":"p95 of checkout","type":"query alert","query":"avg(last_5m):avg:x{*} > 1",
"message":"@pagerduty","tags":[],"options":{"thresholds":{"critical":1.0,"warning":0.8},"silenced":{}},
"overall_state":"STATE","overall_state_modified":"2026-11-23T01:50:12.000000+00:00","multi":false}"#;

/// An answer to GET /api/v1/query, as documented, shortened: two series, and points without a value.
const SERIES: &str = r#"{"status":"ok","res_type":"time_series","resp_version":1,"query":"q","from_date":0,"to_date":0,
"series":[{"metric":"app.queue","scope":"host:a","interval":20,"length":4,"pointlist":[
[1795399200000.0,1.0],[1795399220000.0,4.0],[1795399240000.0,null],[1795399260000.0,null]],"unit":null},
{"metric":"app.queue","scope":"host:b","interval":20,"length":2,"pointlist":[
[1795399200000.0,3.0],[1795399320000.0,9.5],[1795399380000.0,100.0]]}],"message":""}"#;

fn keys() -> Secrets {
    [("DD_API_KEY", API), ("DD_APP_KEY", APP)]
        .map(|(name, key)| (name.to_owned(), Secret::new(key)))
        .into()
}

fn gate(url: &str, watches: DatadogWatch) -> DatadogGate {
    let access = DatadogAccess {
        api_key_env: "DD_API_KEY".to_owned(),
        app_key_env: "DD_APP_KEY".to_owned(),
        site: "datadoghq.com".to_owned(),
        url: Some(url.to_owned()),
    };
    DatadogGate { name: "one".to_owned(), watches, access }
}

fn monitor(url: &str) -> DatadogGate {
    gate(url, DatadogWatch::Monitor { id: 7 })
}

fn query(url: &str, bound: Bound) -> DatadogGate {
    let critical = Some(Threshold { bound, value: 30.0, bad: 1, of: 1 });
    let query = "avg:app.queue{env:new} by {host}".to_owned();
    gate(url, DatadogWatch::Query { query, warning: None, critical })
}

fn now() -> Timestamp {
    "2026-11-23T02:03:20Z".parse().unwrap()
}

/// Three minutes, of which the first begins with the series.
fn span() -> (Minute, Minute) {
    let first = Minute::containing("2026-11-23T02:00:00Z".parse().unwrap());
    (first, first.offset(3))
}

async fn ask(client: &Client, gate: &DatadogGate, now: Timestamp) -> Heard {
    client.ask(std::slice::from_ref(gate), span(), now).await
}

fn answer(status: u16, header: &'static str, body: &str) -> Reply {
    Reply::Answer(status, header, body.to_owned())
}

fn unread(heard: &Heard) -> (DatadogFault, &str) {
    match &heard.readings["datadog one"] {
        DatadogReading::Unread { kind, message } => (*kind, message),
        DatadogReading::Monitor { .. } => panic!("{heard:?}"),
    }
}

#[tokio::test]
async fn every_documented_state_of_a_monitor_is_understood() {
    for (word, state) in [
        ("OK", MonitorState::Ok),
        ("Warn", MonitorState::Warn),
        ("Alert", MonitorState::Alert),
        ("No Data", MonitorState::NoData),
        ("Unknown", MonitorState::Unknown),
        ("Ignored", MonitorState::Ignored),
        ("Skipped", MonitorState::Skipped),
    ] {
        let server = Server::start([answer(200, "x: y", &MONITOR.replace("STATE", word))]);
        let heard = ask(&Client::new(keys()), &monitor(&server.url), now()).await;
        let since = "2026-11-23T01:50:12Z".parse().ok();
        let says = DatadogReading::Monitor { state, name: "p95 of checkout".to_owned(), since };
        assert_eq!(heard.readings["datadog one"], says);
        let head = server.next().head.to_lowercase();
        assert!(head.starts_with("get /api/v1/monitor/7 http"), "{head}");
        assert!(head.contains(&format!("dd-api-key: {API}\r\n").to_lowercase()), "{head}");
        assert!(head.contains(&format!("dd-application-key: {APP}\r\n").to_lowercase()), "{head}");
    }
}

#[tokio::test]
async fn of_a_query_the_worst_value_of_each_closed_minute_counts() {
    for (bound, worst) in [(Bound::Above, 4.0), (Bound::Below, 1.0)] {
        let server = Server::start([answer(200, "x: y", SERIES)]);
        let heard = ask(&Client::new(keys()), &query(&server.url, bound), now()).await;
        let (first, _) = span();
        let values = [(first, worst), (first.offset(2), 9.5)].into();
        assert_eq!(heard.values["datadog one"], values, "{heard:?}");
        assert!(heard.readings.is_empty(), "{heard:?}");
        let head = server.next().head;
        let asked = "GET /api/v1/query?from=1795399200&to=1795399380\
                     &query=avg%3Aapp.queue%7Benv%3Anew%7D%20by%20%7Bhost%7D HTTP/1.1\r\n";
        assert!(head.starts_with(asked), "{head}");
    }
}

#[tokio::test]
async fn what_datadog_refuses_is_told_in_its_words() {
    let forbidden = r#"{"errors":["Forbidden"]}"#;
    let missing = r#"{"errors":["Monitor not found"]}"#;
    let wrong = r#"{"status":"error","error":"Rule 'scope_expr' didn't match","series":[]}"#;
    for (reply, kind, said) in [
        (answer(403, "x: y", forbidden), DatadogFault::Forbidden, "it answered 403: Forbidden"),
        (answer(401, "x: y", forbidden), DatadogFault::Forbidden, "it answered 401: Forbidden"),
        (answer(404, "x: y", missing), DatadogFault::Missing, "it answered 404: Monitor not found"),
        (answer(503, "x: y", ""), DatadogFault::Failed, "it answered 503"),
        (answer(302, "location: http://127.0.0.1:1/", ""), DatadogFault::Failed, "it answered 302"),
        (
            answer(200, "x: y", wrong),
            DatadogFault::Missing,
            "it cannot evaluate the query: Rule 'scope_expr' didn't match",
        ),
    ] {
        let server = Server::start([reply]);
        let heard = ask(&Client::new(keys()), &query(&server.url, Bound::Above), now()).await;
        assert_eq!(unread(&heard), (kind, said));
    }
}

#[tokio::test]
async fn junk_is_no_answer() {
    let strange = MONITOR.replace("STATE", "Fine\u{1b}[31m");
    let long = "9".repeat(10_000);
    for body in ["", "{", "[]", "null", "{\"overall_state\":3}", "<html>", &strange, &long] {
        let server = Server::start([answer(200, "x: y", body), answer(200, "x: y", body)]);
        let client = Client::new(keys());
        let heard = ask(&client, &monitor(&server.url), now()).await;
        let (kind, said) = unread(&heard);
        assert_eq!(kind, DatadogFault::Failed, "{body}");
        assert!(!said.contains('\u{1b}') && said.len() < 300, "{said}");
        let heard = ask(&client, &query(&server.url, Bound::Above), now()).await;
        assert_eq!(unread(&heard).0, DatadogFault::Failed, "{body}");
    }
    let server = Server::start([Reply::Close]);
    let heard = ask(&Client::new(keys()), &monitor(&server.url), now()).await;
    assert_eq!(unread(&heard).0, DatadogFault::Failed);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_alone_in_time_and_the_other_gates_are_heard() {
    let hangs = Server::start([Reply::Hang]);
    let server = Server::start([answer(200, "x: y", &MONITOR.replace("STATE", "OK"))]);
    let client = Client::waiting(keys(), Duration::from_millis(200));
    let other = DatadogGate { name: "other".to_owned(), ..monitor(&server.url) };
    let heard = client.ask(&[monitor(&hangs.url), other], span(), now()).await;
    assert_eq!(unread(&heard), (DatadogFault::Failed, "no answer within 0.2 s"));
    assert!(matches!(heard.readings["datadog other"], DatadogReading::Monitor { .. }), "{heard:?}");
}

#[tokio::test]
async fn nothing_is_asked_until_a_rate_limit_is_reset() {
    let server = Server::start([
        answer(429, "x-ratelimit-remaining: 0\r\nX-RateLimit-Reset: 90", "{}"),
        answer(200, "x: y", &MONITOR.replace("STATE", "OK")),
    ]);
    let client = Client::new(keys());
    let later = |seconds| now() + SignedDuration::from_secs(seconds);
    for seconds in [0, 1, 89] {
        let heard = ask(&client, &monitor(&server.url), later(seconds)).await;
        let said = "its rate limit is used up until 02:04:50 UTC";
        assert_eq!(unread(&heard), (DatadogFault::Limited, said));
    }
    assert_eq!(server.rest().len(), 1, "it is left alone meanwhile");
    let heard = ask(&client, &monitor(&server.url), later(90)).await;
    assert!(matches!(heard.readings["datadog one"], DatadogReading::Monitor { .. }), "{heard:?}");
    assert_eq!(server.rest().len(), 1);
}

#[tokio::test]
async fn an_answer_that_uses_the_limit_up_counts_and_the_next_one_waits() {
    let (ok, none_left) =
        (MONITOR.replace("STATE", "OK"), "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 5");
    let server = Server::start([answer(200, none_left, &ok), answer(200, "x: y", SERIES)]);
    let client = Client::new(keys());
    let heard = ask(&client, &monitor(&server.url), now()).await;
    assert!(matches!(heard.readings["datadog one"], DatadogReading::Monitor { .. }), "{heard:?}");
    let heard = ask(&client, &monitor(&server.url), now()).await;
    assert_eq!(unread(&heard).0, DatadogFault::Limited);
    // Datadog counts each kind of call of its own.
    let heard = ask(&client, &query(&server.url, Bound::Above), now()).await;
    assert!(heard.values.contains_key("datadog one"), "{heard:?}");
    assert_eq!(server.rest().len(), 2);
}

#[tokio::test]
async fn a_refusal_that_says_no_time_is_honoured_for_a_minute() {
    let server = Server::start([answer(429, "x: y", "")]);
    let client = Client::new(keys());
    let heard = ask(&client, &monitor(&server.url), now()).await;
    assert!(unread(&heard).1.ends_with("until 02:04:20 UTC"), "{heard:?}");
}

#[tokio::test]
async fn a_server_that_repeats_the_keys_does_not_make_them_known() {
    for status in [200, 403, 500] {
        let server = Server::start([Reply::Echo(status)]);
        let client = Client::new(keys());
        let heard = ask(&client, &monitor(&server.url), now()).await;
        assert!(!format!("{heard:?}{client:?}").contains("CANARY"), "{heard:?}");
    }
}

#[tokio::test]
async fn without_keys_nothing_is_asked() {
    let server = Server::start([]);
    let heard = ask(&Client::new(Secrets::new()), &monitor(&server.url), now()).await;
    assert_eq!(
        unread(&heard),
        (DatadogFault::Failed, "DD_API_KEY does not hold Datadog's API key")
    );
    assert!(server.rest().is_empty());
}

#[test]
fn keys_that_are_missing_or_none_are_told_before_anything_begins() {
    let gates = [monitor("http://127.0.0.1:1")];
    assert_eq!(problems(&gates, &keys()), Vec::<String>::new());
    assert_eq!(problems(&[], &Secrets::new()), Vec::<String>::new());
    let mut some = keys();
    some.remove("DD_API_KEY");
    some.insert("DD_APP_KEY".to_owned(), Secret::new("two\nlines"));
    let told = problems(&gates, &some);
    assert!(
        told[0].starts_with("the environment variable DD_API_KEY, which the gates"),
        "{told:?}"
    );
    assert!(told[1].starts_with("the environment variable DD_APP_KEY does not hold"), "{told:?}");
    assert!(!told[1].contains("lines"), "{told:?}");
}
