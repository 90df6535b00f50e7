//! The plan of one record pair that the engine is explored with, made as any other from an invented AWS.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use cutover::{
    driver::{Clock, survey},
    plan::{Plan, Questions, Standing, make},
    rehearse::stage,
    runbook::{Choice, Source, parse},
    sim::{Scenario, SimCloud, World},
};

use crate::world::START;

/// Holds and hold limit are short, so that few moments differ in nothing but their time.
const RUNBOOK: &str = "
version: 1
name: small
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-legacy }
    new: { alb: api }
policy: { hold_limit: 1m, metric_lag: 60s, settle_slop: 0s }
gates: { pass: { min_minutes: 1 } }
steps:
";

/// Returns the plan of a run through these shares.
pub(crate) fn small_plan(shares: &[&str]) -> Plan {
    let steps: String =
        shares.iter().map(|share| format!("  - {{ weight: {share}, hold: 1m }}\n")).collect();
    let text = format!("{RUNBOOK}{steps}").into_bytes();
    let source = Source { path: "small.yaml".to_owned(), text };
    let choice = Choice { environment: None, vars: BTreeMap::new() };
    let runbook = parse(&source, &choice).expect("the runbook of this file is right");
    let scenario = Scenario::parse("description: calm").expect("the scenario is right");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO needs nothing that could be missing");
    runtime.block_on(async {
        let stage = stage(std::slice::from_ref(&runbook));
        let start = START.parse().expect("the start is a moment");
        let clock = Clock::beginning(start);
        let world = Arc::new(Mutex::new(World::new(stage, scenario, 1, start)));
        let cloud = SimCloud::new(world, move || clock.now());
        let questions = Questions::of(&runbook);
        let snapshot = survey(&cloud, &questions, &runbook.gates, start).await;
        make(&runbook, &snapshot, Standing::Refuse).expect("nothing stands in the way").plan
    })
}
