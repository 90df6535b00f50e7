//! The plan of one record pair that the engine is explored with, made as any other from an invented AWS.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use cutover::{
    driver::{Clock, survey},
    gate::History,
    plan::{Plan, Questions, Quota, Snapshot, Standing, make},
    rehearse::stage,
    runbook::{Choice, Runbook, Source, parse},
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

/// A run and everything that it was planned from, so that others can plan, too.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) plan: Plan,
    pub(crate) runbook: Runbook,
    pub(crate) snapshot: Snapshot,
}

/// Returns a run through these shares.
pub(crate) fn small(shares: &[&str]) -> Setting {
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
    let snapshot = runtime.block_on(async {
        let stage = stage(std::slice::from_ref(&runbook));
        let start = START.parse().expect("the start is a moment");
        let clock = Clock::beginning(start);
        let world = Arc::new(Mutex::new(World::new(stage, scenario, 1, start)));
        let cloud = SimCloud::new(world, move || clock.now());
        survey(&cloud, &Questions::of(&runbook), &runbook.gates, start).await
    });
    let made = make(&runbook, &snapshot, Standing::Refuse).expect("nothing stands in the way");
    Setting { plan: simplified(made.plan), runbook, snapshot }
}

/// Returns the plan without what nobody asks for here: the gates say what they are told to, and change tokens are not
/// counted, as in GovCloud, so that how many are left does not tell one state from another.
pub(crate) fn simplified(mut plan: Plan) -> Plan {
    plan.history = History::default();
    plan.feeds.clear();
    plan.new_balancers.clear();
    plan.gates.errors = None;
    plan.gates.latency = None;
    plan.gates.share = None;
    plan.gates.targets = None;
    plan.quota = Quota::GovCloud;
    plan
}
