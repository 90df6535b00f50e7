//! Backtests through the library: what comes of a runbook and a history.

mod vectors;

use std::{collections::BTreeMap, error::Error};

use cutover::{
    plan::Plan,
    rehearse::plan_offline,
    runbook::{Source, validate},
};

type TestResult = Result<(), Box<dyn Error>>;

/// Makes the plan of a runbook with these steps and gates, each as YAML.
fn plan(steps: &str, more: &str) -> Result<Plan, Box<dyn Error>> {
    let text = format!(
        "version: 1\nname: api\nrecords:\n  - {{ name: api.example.com, zone: example.com, legacy: {{ elb: old }}, \
         new: {{ alb: new }} }}\nsteps:\n{steps}{more}"
    );
    let source = Source { path: "api.yaml".to_owned(), text: text.into_bytes() };
    let runbook = validate(&source, &BTreeMap::new())?.remove(0);
    Ok(plan_offline(&runbook).map_err(|problems| problems.join("\n"))?.plan)
}
