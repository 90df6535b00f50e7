//! What the policies of `cutover iam` allow, asked by cutover's own adapter over the wire: all of its calls, and no other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use cutover::{
    cloud::{Cloud as _, CloudError, CloudErrorKind, aws::AwsCloud},
    iam::grants,
    plan::{Batch, Change, ChangeAction, ChangeId, MetricQuery, RecordSet, ZoneId},
    runbook::{Choice, Runbook, Source, parse},
    sim::{Policies, Stage},
    unit::{Account, BalancerKind, BalancerName, Minute, RecordName, RecordType, Side, Weight},
};
use serde_json::json;

use super::{
    by_cutover::connect,
    face::{Face, LEGACY, NEW, PEERING, TestResult, ZONE, stage, start},
};
use crate::batch;

/// A runbook of what stands in the face, which makes cutover ask everything that it can ask.
fn runbook() -> Result<Runbook, Box<dyn std::error::Error>> {
    let text = format!(
        "
version: 1
name: everything
environments:
  e:
    legacy: {{ role: \"arn:aws:iam::{LEGACY}:role/Cutover\" }}
    new: {{ role: \"arn:aws:iam::{NEW}:role/Cutover\" }}
records:
  - {{ name: www.example.com, zone: example.com, legacy: {{ elb: old }}, new: {{ alb: new }} }}
steps: [ {{ weight: 100%, hold: 10m }} ]
preflight:
  vpc_peering: [ {{ side: new, id: {PEERING} }} ]
  ecs: [ {{ side: new, cluster: main, service: api }} ]
  capacity: {{ new: reserved }}
gates:
  alarms: [ {{ name: quiet, side: new }} ]
  metrics: [ {{ name: m, side: dns, namespace: N, metric: M, stat: Sum, critical: {{ above: 1 }} }} ]
"
    );
    let source = Source { path: "everything.yaml".to_owned(), text: text.into_bytes() };
    Ok(parse(&source, &Choice::default())?)
}

/// Serves the face under the policies of the runbook, or under policies that allow nothing.
async fn face(break_glass: Option<bool>) -> Result<Face, Box<dyn std::error::Error>> {
    let mut lines = Vec::new();
    for grant in grants(&runbook()?, None, break_glass.unwrap_or_default())? {
        let nothing = json!({"Version": "2012-10-17", "Statement": []});
        // Who may not even assume a role is asked nothing else.
        let empty = break_glass.is_none() && grant.role.is_some();
        for policy in &grant.policies {
            let policy = if empty { nothing.clone() } else { json!(policy) };
            let line = json!({"sides": [], "account": null, "role": grant.role, "profile": null, "notes": [],
                "policy": policy});
            lines.push(line.to_string());
        }
    }
    let mut stage = Stage { policies: Policies::parse(&lines.join("\n"))?, ..stage() };
    for zone in stage.zones.iter_mut().filter(|zone| zone.zone.id.0 == ZONE) {
        zone.protected.push((guarded()?, RecordType::A));
    }
    Ok(Face::with(stage).await?)
}

fn guarded() -> Result<RecordName, Box<dyn std::error::Error>> {
    Ok("guarded.example.com".parse()?)
}

fn zone() -> ZoneId {
    ZoneId(ZONE.to_owned())
}

/// What only `cutover prewarm` asks for, with a permission that `cutover iam` does not print.
const RESERVE: &str = "ModifyCapacityReservation";

async fn pair(cloud: &AwsCloud) -> Result<Vec<RecordSet>, CloudError> {
    let name: RecordName = "www.example.com".parse().expect("a name");
    cloud.records_at(&zone(), &[name]).await
}

/// Makes every call that cutover has for one side's load balancers and watching.
async fn watch(cloud: &AwsCloud, side: Side) -> Vec<Result<(), CloudError>> {
    let name = match side {
        Side::Legacy => BalancerName { kind: BalancerKind::Classic, name: "old".to_owned() },
        Side::New => BalancerName { kind: BalancerKind::Application, name: "new".to_owned() },
    };
    let balancer = match cloud.balancer(side, &name).await {
        Ok(found) => {
            let health = cloud.target_health(side, &found).await.map(|_| ());
            // What the role may not read of it is left out.
            let tail = cloud.tail(side, &found).await.map(|_| ());
            let reserved = match side {
                Side::Legacy => Ok(()),
                Side::New => cloud.reservation(side, &found).await.map(|_| ()),
            };
            health.and(tail).and(reserved)
        }
        Err(error) => Err(error),
    };
    vec![balancer, read(cloud, side.account()).await]
}

async fn read(cloud: &AwsCloud, account: Account) -> Result<(), CloudError> {
    let query = MetricQuery {
        namespace: "N".to_owned(),
        metric: "M".to_owned(),
        dimensions: BTreeMap::new(),
        stat: "Sum".to_owned(),
    };
    let from = Minute::containing(start());
    cloud.metrics(account, &[query], from, from.offset(5)).await.map(|_| ())
}

/// Returns the operations that the adapter asks for, as its sources name them for its errors.
fn asked_for() -> Result<BTreeSet<String>, Box<dyn std::error::Error>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cloud/aws"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path)?;
            for begins in ["Asked::new(\"", ".of(\""] {
                let names = text.split(begins).skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(
                    names.filter(|name| name.starts_with(char::is_uppercase)).map(str::to_owned),
                );
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    Ok(found)
}

#[tokio::test]
async fn every_call_of_the_adapter_is_allowed_by_the_policies() -> TestResult {
    let face = face(Some(true)).await?;
    let cloud = connect(&face).await?;
    for account in Account::ALL {
        cloud.identity(account).await?;
    }
    cloud.zones_named(&"example.com".parse()?).await?;
    cloud.zone(&zone()).await?;
    let details = cloud.zone_details(&zone()).await?;
    assert!(details.protected.is_some() && details.most_records.is_some(), "{details:?}");
    let before = pair(&cloud).await?;
    let after: Vec<_> = before.iter().map(|record| record.with_weight(Weight(50))).collect();
    let id = cloud.change(&batch(&zone(), &before, &after), "a step").await?;
    cloud.change_status(&id).await?;
    cloud.unprotect(&zone(), &[(guarded()?, RecordType::A)]).await?;
    let mut watched = watch(&cloud, Side::Legacy).await;
    watched.extend(watch(&cloud, Side::New).await);
    watched.push(read(&cloud, Account::Dns).await);
    assert!(watched.iter().all(Result::is_ok), "{watched:?}");
    cloud.alarms(Account::New, &["quiet".to_owned()]).await?;
    let name = BalancerName { kind: BalancerKind::Application, name: "new".to_owned() };
    let new = cloud.balancer(Side::New, &name).await?;
    let tail = cloud.tail(Side::New, &new).await?;
    assert!(tail.keep_alive.is_some() && tail.draining.is_some(), "{tail:?}");
    let reserving = cloud.reserve(Side::New, &new, Some(100)).await;
    assert_eq!(reserving.map_err(|error| error.kind), Err(CloudErrorKind::Denied));
    cloud.services(Side::New, "main", &["api".to_owned()]).await?;
    let peering = cloud.peering(Side::New, PEERING).await?.ok_or("there is none")?;
    assert!(peering.routes.is_some(), "{peering:?}");
    // A role for emergencies does not look back.
    let day = ("2026-03-03T00:00:00Z".parse()?, "2026-03-04T00:00:00Z".parse()?);
    let looking = cloud.trail(day.0, day.1).await.map(|_| ());
    assert_eq!(looking.map_err(|error| error.kind), Err(CloudErrorKind::Denied));

    let calls = face.calls.lock().expect("no panic");
    let made: BTreeSet<String> = calls.iter().map(|call| call.operation.clone()).collect();
    let unmade: Vec<String> =
        asked_for()?.into_iter().filter(|name| !made.contains(name)).collect();
    // Nothing that runs by itself spends money.
    let unmade: Vec<String> = unmade.into_iter().filter(|name| name != RESERVE).collect();
    assert_eq!(unmade, Vec::<String>::new(), "the adapter has calls that nothing here makes");
    Ok(())
}

#[tokio::test]
async fn what_no_policy_allows_is_denied_by_name_in_every_protocol() -> TestResult {
    let face = face(None).await?;
    let cloud = connect(&face).await?;
    let mut denied = watch(&cloud, Side::Legacy).await;
    denied.extend(watch(&cloud, Side::New).await);
    denied.push(cloud.alarms(Account::New, &["quiet".to_owned()]).await.map(|_| ()));
    denied.push(cloud.services(Side::New, "main", &["api".to_owned()]).await.map(|_| ()));
    denied.push(cloud.peering(Side::New, PEERING).await.map(|_| ()));
    // Alarms of legacy are not in the runbook, and nor is any in dns.
    denied.push(cloud.alarms(Account::Dns, &["quiet".to_owned()]).await.map(|_| ()));
    denied.push(cloud.unprotect(&zone(), &[(guarded()?, RecordType::A)]).await);
    let actions = [
        "elasticloadbalancing:DescribeLoadBalancers",
        "cloudwatch:GetMetricData",
        "elasticloadbalancing:DescribeLoadBalancers",
        "cloudwatch:GetMetricData",
        "cloudwatch:DescribeAlarms",
        "ecs:DescribeServices",
        "ec2:DescribeVpcPeeringConnections",
        "cloudwatch:DescribeAlarms",
        "route53:DeleteResourceRecordSetProtections",
    ];
    assert_eq!(denied.len(), actions.len());
    for (result, action) in denied.into_iter().zip(actions) {
        let error = result.expect_err(action);
        assert_eq!(error.kind, CloudErrorKind::Denied, "{error}");
        assert_eq!(error.code.as_deref(), Some("AccessDenied"));
        let told = format!("is not authorized to perform: {action}");
        assert!(
            error.message.contains(&told) && error.message.starts_with("User: arn:aws:"),
            "{error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn records_are_swapped_and_nobody_overwrites_or_touches_others() -> TestResult {
    let face = face(Some(false)).await?;
    let cloud = connect(&face).await?;
    let before = pair(&cloud).await?;
    let change = |action, record: &RecordSet| Batch {
        zone: zone(),
        changes: vec![Change { action, record: record.clone() }],
    };
    let other = cloud.records_at(&zone(), &["n001.example.com".parse()?]).await?;
    let mut longer = before[0].with_weight(Weight(7));
    longer.kind = RecordType::Aaaa;
    for refused in [
        change(ChangeAction::Upsert, &before[0].with_weight(Weight(7))),
        change(ChangeAction::Delete, &other[0]),
        change(ChangeAction::Create, &longer),
        Batch {
            zone: zone(),
            changes: [
                change(ChangeAction::Delete, &before[0]),
                change(ChangeAction::Delete, &other[0]),
            ]
            .into_iter()
            .flat_map(|batch| batch.changes)
            .collect(),
        },
    ] {
        let error = cloud.change(&refused, "no").await.expect_err("it is not allowed");
        assert_eq!(error.kind, CloudErrorKind::Denied, "{error}");
        assert!(
            error.message.contains("route53:ChangeResourceRecordSets on resource: "),
            "{error}"
        );
        let overwrites = refused.changes[0].action == ChangeAction::Upsert;
        assert_eq!(error.message.contains("`cutover iam --break-glass`"), overwrites, "{error}");
    }
    assert_eq!(pair(&cloud).await?, before);
    let after = [before[0].with_weight(Weight(7)), before[1].clone()];
    cloud.change(&batch(&zone(), &before[..1], &after[..1]), "a step").await?;
    assert_eq!(pair(&cloud).await?, after);
    let unknown = ChangeId("C1UNKNOWN".to_owned());
    cloud.change_status(&unknown).await?;
    Ok(())
}
