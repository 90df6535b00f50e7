//! The break-glass card, run with the aws command line: the way back when there is no cutover.

use std::{collections::BTreeMap, io::Write as _, slice::from_ref};

use cutover::{
    cloud::{Cloud as _, CloudErrorKind, aws::AwsCloud},
    plan::{
        Lock, Plan, RecordSet, Zone, ZoneId, break_glass, card, emergency, lock_name, names_to_read,
    },
    runbook::{Choice, Source, parse},
    unit::{RunId, Weight},
};

use super::{
    by_cutover::connect,
    face::{DNS, Face, TestResult, ZONE, start},
    python,
};
use crate::{batch, sorted};

const RUNBOOK: &str = "version: 1\nname: api\nrecords:\n  - name: www.example.com\n    zone: Z0PUBLIC\n    \
                       legacy: { elb: old }\n    new: { alb: new }\nsteps: [{ weight: 5%, hold: 10m }]\n";

fn zone() -> Zone {
    let name = "example.com".parse().expect("a name");
    Zone { id: ZoneId(ZONE.to_owned()), name, private: false }
}

async fn live(cloud: &AwsCloud) -> Result<Vec<RecordSet>, Box<dyn std::error::Error>> {
    let names = names_to_read(&zone(), &["www.example.com".parse()?].into());
    Ok(sorted(cloud.records_at(&zone().id, &names).await?))
}

/// Writes a run's lock and the weights of its last step.
async fn move_everybody(cloud: &AwsCloud) -> Result<Lock, Box<dyn std::error::Error>> {
    let lock = Lock { run: run()?, epoch: 7, owner: "5c1e9a70".to_owned(), until: start() };
    let name = lock_name(&zone().name).ok_or("no lock name")?;
    let before = live(cloud).await?;
    let mut after: Vec<RecordSet> =
        before.iter().zip([0, 100]).map(|(r, weight)| r.with_weight(Weight(weight))).collect();
    after.push(lock.record(&name));
    cloud.change(&batch(&zone().id, &before, &after), "all to new").await?;
    Ok(lock)
}

fn run() -> Result<RunId, Box<dyn std::error::Error>> {
    Ok("api-20261123T021400Z-9f3a".parse()?)
}

/// Plans the way back from what is live.
fn plan(live: Vec<RecordSet>) -> Result<Plan, Box<dyn std::error::Error>> {
    let source = Source { path: "api.yaml".to_owned(), text: RUNBOOK.as_bytes().to_vec() };
    let runbook = parse(&source, &Choice::default()).map_err(|error| format!("{error:?}"))?;
    let choice = runbook.records.first().ok_or("no record")?.zone.clone();
    let zones = BTreeMap::from([(choice, vec![zone()])]);
    Ok(emergency(&runbook, &zones, &BTreeMap::from([(zone().id, live)]), false).plan)
}

async fn perform(face: &Face, script: &str) -> Result<(bool, String), Box<dyn std::error::Error>> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(script.as_bytes())?;
    let path = file.path().to_string_lossy().into_owned();
    let done = python::run_shell(path, face.url(), DNS).await?;
    Ok((done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned()))
}

#[tokio::test]
async fn l64_the_card_brings_everybody_back_and_fences_the_run() -> TestResult {
    let face = Face::calm().await?;
    let cloud = connect(&face).await?;
    let lock = move_everybody(&cloud).await?;
    let plan = plan(live(&cloud).await?)?;
    assert!(plan.locked);
    // Somebody has changed the weights since the card was left in the run's folder.
    let before = live(&cloud).await?;
    let pair: Vec<_> = before.iter().filter(|r| r.weight().is_some()).cloned().collect();
    let other: Vec<_> = pair.iter().map(|record| record.with_weight(Weight(33))).collect();
    cloud.change(&batch(&zone().id, &pair, &other), "somebody else").await?;

    let script = break_glass(&run()?, &plan);
    for _ in 0..2 {
        let (done, said) = perform(&face, &script).await?;
        assert!(done, "{said}");
        assert!(said.contains("Clients that honour TTLs are back about 120 seconds"), "{said}");
        let after = live(&cloud).await?;
        let weights: Vec<_> = after.iter().filter_map(RecordSet::weight).collect();
        assert_eq!(weights, [Weight(100), Weight(0)]);
        let found = after.iter().find_map(Lock::read).ok_or("the lock is gone")?;
        assert_eq!((found.owner.as_str(), found.run), ("break-glass", run()?));
        assert!(found.epoch > 1_000_000);
    }
    // The run's next write swaps a lock that is no more.
    let name = lock_name(&zone().name).ok_or("no lock name")?;
    let swap = batch(&zone().id, from_ref(&lock.record(&name)), &[]);
    let error = cloud.change(&swap, "the run goes on").await.expect_err("it is fenced");
    assert!(matches!(error.kind, CloudErrorKind::InvalidBatch(_)), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_card_of_swaps_is_refused_where_records_have_changed() -> TestResult {
    let face = Face::calm().await?;
    let cloud = connect(&face).await?;
    let before = live(&cloud).await?;
    let stale: Vec<_> = before.iter().map(|record| record.with_weight(Weight(77))).collect();
    let good: Vec<_> = before.iter().map(|record| record.with_weight(Weight(9))).collect();
    let batches = [batch(&zone().id, &stale, &before), batch(&zone().id, &before, &good)];
    let (done, said) = perform(&face, &card(&run()?, &plan(before)?, &batches)).await?;
    assert!(!done, "{said}");
    assert!(said.contains("values provided do not match"), "{said}");
    assert!(said.contains("At least one batch was refused"), "{said}");
    // The one that was refused has kept the other from nothing.
    assert_eq!(live(&cloud).await?, good);
    Ok(())
}
