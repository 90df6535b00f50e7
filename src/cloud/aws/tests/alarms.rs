//! What is asked of CloudWatch's alarms, and how its answers are read.

use ciborium::value::Value;

use super::{
    metrics::{map, time},
    *,
};
use crate::unit::Timestamp;

fn alarm(name: &str, state: &str) -> Value {
    map(vec![
        ("AlarmName", Value::from(name)),
        ("StateValue", Value::from(state)),
        ("StateReason", Value::from("one\ntwo \u{7}")),
        ("StateTransitionedTimestamp", time(10)),
    ])
}

fn page(metric: Vec<Value>, composite: Vec<Value>, token: Option<&str>) -> Reply {
    let mut fields =
        vec![("MetricAlarms", Value::Array(metric)), ("CompositeAlarms", Value::Array(composite))];
    fields.extend(token.map(|token| ("NextToken", Value::from(token))));
    let mut bytes = Vec::new();
    ciborium::into_writer(&map(fields), &mut bytes).unwrap();
    Reply::cbor(bytes)
}

async fn ask(server: &Server, names: &[&str]) -> Result<Vec<Option<AlarmReading>>, CloudError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    cloud(server).await.alarms(Account::New, &names).await
}

#[tokio::test]
async fn alarms_of_both_kinds_are_asked_for_and_pages_are_joined() {
    let server = Server::start([
        page(vec![alarm("b", "OK")], vec![alarm("a", "ALARM")], Some("c")),
        page(vec![alarm("c", "INSUFFICIENT_DATA")], vec![], None),
    ])
    .await;
    let says = ask(&server, &["c", "a", "b", "d"]).await.unwrap();
    let states: Vec<_> = says.iter().map(|says| says.as_ref().map(|s| s.state)).collect();
    use AlarmState::{Alarm, InsufficientData, Ok};
    assert_eq!(states, [Some(InsufficientData), Some(Alarm), Some(Ok), None]);
    let told = says[1].as_ref().unwrap();
    assert_eq!(told.reason, "one two \\u{7}");
    assert_eq!(told.since, Some(Timestamp::from_second(600).unwrap()));
    let asked = server.bodies();
    assert!(asked[0].contains("CompositeAlarm") && asked[0].contains("MetricAlarm"), "{asked:?}");
    assert!(server.paths()[0].ends_with("/operation/DescribeAlarms"), "{:?}", server.paths());
}

#[tokio::test]
async fn a_call_carries_at_most_100_names() {
    let server = Server::start([
        page(vec![alarm("n99", "OK")], vec![], None),
        page(vec![alarm("n100", "ALARM")], vec![], None),
    ])
    .await;
    let names: Vec<String> = (0..101).map(|number| format!("n{number}")).collect();
    let says = cloud(&server).await.alarms(Account::New, &names).await.unwrap();
    assert_eq!((says.len(), says.iter().flatten().count()), (101, 2));
    assert_eq!(says[100].as_ref().map(|says| says.state), Some(AlarmState::Alarm));
    assert_eq!(server.paths().len(), 2);
}

#[tokio::test]
async fn a_name_that_is_nearly_the_one_asked_for_is_another_alarm() {
    let server = Server::start([page(vec![alarm("API", "ALARM")], vec![], None)]).await;
    assert_eq!(ask(&server, &["api"]).await, Ok(vec![None]));
}

#[tokio::test]
async fn what_makes_no_sense_is_no_reading() {
    for (nonsense, why) in [
        (page(vec![alarm("a", "LOUD")], vec![], None), "a state of the alarm `a` that is none"),
        (page(vec![map(vec![])], vec![], None), "an alarm without a name"),
    ] {
        let server = Server::start([nonsense]).await;
        let error = ask(&server, &["a"]).await.unwrap_err();
        assert_eq!(error.kind, CloudErrorKind::Rejected);
        assert!(error.to_string().contains(why), "{error}");
    }
    let again = || page(vec![], vec![], Some("t"));
    let server = Server::start([again(), again()]).await;
    let error = ask(&server, &["a"]).await.unwrap_err();
    assert!(error.to_string().contains("the same page again"), "{error}");
}

#[tokio::test]
async fn no_names_are_no_call() {
    let server = Server::start([]).await;
    assert_eq!(ask(&server, &[]).await, Ok(Vec::new()));
    assert_eq!(server.paths(), Vec::<String>::new());
}
