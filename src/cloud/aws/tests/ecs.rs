//! What is asked of ECS, and how its answers are read.

use serde_json::{Value, json};

use super::*;
use crate::plan::{Rollout, ServiceState};

fn answer(services: &Value, failures: &Value) -> Reply {
    Reply::ok(json!({ "services": services, "failures": failures }).to_string())
}

fn service(name: &str) -> Value {
    json!({
        "serviceName": name, "serviceArn": format!("arn:aws:ecs:us-east-1:1:service/main/{name}"),
        "status": "ACTIVE", "desiredCount": 4, "runningCount": 3, "pendingCount": 1,
        "deployments": [
            { "id": "d2", "status": "PRIMARY", "rolloutState": "FAILED", "rolloutStateReason": "no\ngood" },
            { "id": "d1", "status": "ACTIVE", "rolloutState": "COMPLETED", "rolloutStateReason": "fine" },
            { "id": "d0", "status": "ACTIVE" },
        ],
    })
}

async fn ask(server: &Server, names: &[&str]) -> Result<Vec<Option<ServiceState>>, CloudError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    cloud(server).await.services(Side::New, "main", &names).await
}

#[tokio::test]
async fn services_are_told_in_the_order_of_their_names_with_their_deployments() {
    let missing = json!([{ "arn": "arn:c", "reason": "MISSING" }]);
    let server =
        Server::start([answer(&json!([service("b"), service("a"), service("x")]), &missing)]).await;
    let arn = "arn:aws:ecs:us-east-1:1:service/main/b";
    let told = ask(&server, &["a", "c", arn]).await.unwrap();
    assert_eq!(told.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    let state = told[0].as_ref().unwrap();
    assert_eq!((state.desired, state.running, state.pending), (4, 3, 1));
    let rollouts: Vec<_> = state.deployments.iter().map(|d| d.rollout).collect();
    assert_eq!(rollouts, [Some(Rollout::Failed), Some(Rollout::Completed), None]);
    let reasons: Vec<_> = state.deployments.iter().map(|d| d.reason.as_str()).collect();
    assert_eq!(reasons, ["no good", "", ""]);
    let asked: Value = serde_json::from_str(&server.bodies()[0]).unwrap();
    assert_eq!(asked, json!({ "cluster": "main", "services": ["a", "c", arn] }));
}

#[tokio::test]
async fn a_service_that_something_else_deploys_has_task_sets_in_place_of_deployments() {
    let sets = json!([
        { "id": "t2", "status": "ACTIVE", "stabilityStatus": "STABILIZING" },
        { "id": "t1", "status": "PRIMARY", "stabilityStatus": "STEADY_STATE" },
    ]);
    let mut blue = service("a");
    blue["deployments"] = json!([]);
    blue["taskSets"] = sets;
    let server = Server::start([answer(&json!([blue]), &json!([]))]).await;
    let told = ask(&server, &["a"]).await.unwrap().remove(0).unwrap();
    let rollouts: Vec<_> = told.deployments.iter().map(|d| d.rollout).collect();
    assert_eq!(rollouts, [Some(Rollout::InProgress), Some(Rollout::Completed)]);
    assert_eq!(told.deployment(), Some("t1"));
}

#[tokio::test]
async fn a_call_carries_at_most_10_names() {
    let names: Vec<String> = (0..11).map(|number| format!("n{number}")).collect();
    let first: Vec<Value> = names[..10].iter().map(|name| service(name)).collect();
    let server = Server::start([
        answer(&json!(first), &json!([])),
        answer(&json!([service("n10")]), &json!([])),
    ])
    .await;
    let told = cloud(&server).await.services(Side::New, "main", &names).await.unwrap();
    assert_eq!((told.iter().flatten().count(), server.paths().len()), (11, 2));
}

#[tokio::test]
async fn without_its_cluster_there_is_no_service() {
    let nowhere = json!({ "__type": "ClusterNotFoundException", "message": "Cluster not found." });
    let server = Server::start([Reply::new(400, nowhere.to_string())]).await;
    assert_eq!(ask(&server, &["a"]).await, Ok(vec![None]));
}

#[tokio::test]
async fn what_cannot_be_told_is_no_reading() {
    let mut unclear = service("a");
    unclear.as_object_mut().unwrap().remove("status");
    for (reply, kind, why) in [
        (
            answer(&json!([]), &json!([{ "arn": "arn:a", "reason": "BUSY" }])),
            CloudErrorKind::Rejected,
            "BUSY",
        ),
        (answer(&json!([unclear]), &json!([])), CloudErrorKind::Rejected, "without a status"),
        (
            Reply::new(
                400,
                json!({ "__type": "AccessDeniedException", "message": "not yours" }).to_string(),
            ),
            CloudErrorKind::Denied,
            "not yours",
        ),
    ] {
        let server = Server::start([reply]).await;
        let error = ask(&server, &["a"]).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}
