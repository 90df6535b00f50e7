//! Backtests through the library: what comes of a runbook and a history.

mod replay;
mod traffic;
mod vectors;

use std::{collections::BTreeMap, error::Error};

use cutover::{
    plan::Plan,
    rehearse::plan_offline,
    runbook::{Runbook, Source, validate},
};

type TestResult = Result<(), Box<dyn Error>>;

/// Makes a runbook with these steps and whatever may follow them, as YAML.
fn runbook(steps: &str, more: &str) -> Result<Runbook, Box<dyn Error>> {
    let text = format!(
        "version: 1\nname: api\nrecords:\n  - {{ name: api.example.com, zone: example.com, legacy: {{ elb: old }}, \
         new: {{ alb: new }} }}\nsteps:\n{steps}{more}"
    );
    let source = Source { path: "api.yaml".to_owned(), text: text.into_bytes() };
    Ok(validate(&source, &BTreeMap::new())?.remove(0))
}

/// Makes the plan of such a runbook.
fn plan(steps: &str, more: &str) -> Result<Plan, Box<dyn Error>> {
    Ok(plan_offline(&runbook(steps, more)?).map_err(|problems| problems.join("\n"))?.plan)
}
