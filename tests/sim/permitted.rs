//! The shipped runbooks under the policies that `cutover iam` prints for them: everything that is done is allowed, and what is
//! not allowed is not done.

use std::{cell::RefCell, collections::BTreeMap, fs, process::Command};

use cutover::{
    engine::{Ending, Event, Halt, Outcome},
    journal::Record,
    plan::{Goal, Made},
    rehearse::{Played, Silent, play, stage},
    report::plan_lines,
    runbook::{Runbook, Source, validate},
    sim::{Policies, Scenario, Stage},
};
use serde_json::Value;

use crate::finish::days_under;

type Anything = Box<dyn std::error::Error>;

/// The shipped runbooks in their first environment, each with the lines that `cutover iam` prints for it.
fn shipped() -> Result<Vec<(Runbook, String)>, Anything> {
    let mut all = Vec::new();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let source = Source { path: path.display().to_string(), text: fs::read(&path)? };
        // What differs between the environments is names and accounts.
        for runbook in validate(&source, &BTreeMap::new())?.into_iter().take(1) {
            let environment = runbook.environment.name.clone().unwrap_or_default();
            let output = Command::new(env!("CARGO_BIN_EXE_cutover"))
                .args(["iam", &source.path, "--env", &environment, "--output", "json"])
                .env_clear()
                .output()?;
            all.push((runbook, String::from_utf8(output.stdout)?));
        }
    }
    assert!(all.len() >= 4, "{}", all.len());
    Ok(all)
}

fn played(runbook: &Runbook, policies: Policies, scenario: &str) -> Result<Played, Anything> {
    let scenario = Scenario::builtin(scenario).ok_or("no such scenario")?;
    let stage = Stage { policies, ..stage(std::slice::from_ref(runbook)) };
    Ok(play(runbook, stage, scenario, 1, &Silent)?)
}

/// Makes the plan of a runbook under these policies.
fn planned(runbook: &Runbook, policies: Policies) -> Result<Made, Anything> {
    let made = RefCell::new(None);
    let keep = &made;
    days_under(runbook.clone(), policies, |days| async move {
        *keep.borrow_mut() = Some(days.made().await?);
        Ok(())
    })?;
    Ok(made.into_inner().ok_or("it was not made")?)
}

#[test]
fn every_shipped_runbook_runs_and_goes_back_under_its_policies_as_if_there_were_none()
-> Result<(), Anything> {
    for (runbook, lines) in shipped()? {
        let free = played(&runbook, Policies::default(), "outage")?;
        let bound = played(&runbook, Policies::parse(&lines)?, "outage")?;
        assert_eq!(bound.problems, Vec::<String>::new(), "{}", runbook.name);
        let outcome = Some(Outcome::Ended(Ending::RolledBack));
        assert_eq!(bound.outcome, outcome, "{}", runbook.name);
        assert!(bound.records == free.records, "{}: another night", runbook.name);
    }
    Ok(())
}

#[test]
fn every_shipped_runbook_moves_everybody_and_is_finished_under_its_policies() -> Result<(), Anything>
{
    for (runbook, lines) in shipped()? {
        days_under(runbook, Policies::parse(&lines)?, |days| async move {
            let run = days.move_everybody().await?;
            let plan = days.finishing(&run, Goal::Simple).await?;
            assert_eq!(plan.pairs.len(), run.pairs.len());
            days.play(&plan).await?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Returns the actions that these lines allow, and for each the lines without it.
fn without_each(lines: &str) -> Result<Vec<(String, String)>, Anything> {
    let lines: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for (line, policy) in lines.iter().enumerate() {
        let statements = policy["policy"]["Statement"].as_array().ok_or("no statements")?;
        for (statement, content) in statements.iter().enumerate() {
            let actions = content["Action"].as_array().ok_or("no actions")?;
            for (index, action) in actions.iter().enumerate() {
                let mut less = lines.clone();
                let left = &mut less[line]["policy"]["Statement"];
                if actions.len() == 1 {
                    left.as_array_mut().ok_or("no list")?.remove(statement);
                } else {
                    let actions = left[statement]["Action"].as_array_mut().ok_or("no list")?;
                    actions.remove(index);
                }
                let text: Vec<String> = less.iter().map(Value::to_string).collect();
                all.push((action.as_str().unwrap_or_default().to_owned(), text.join("\n")));
            }
        }
    }
    Ok(all)
}

#[test]
fn whatever_a_policy_lacks_is_named_before_any_record_is_changed() -> Result<(), Anything> {
    let shipped = shipped()?;
    let orders = shipped.iter().find(|(runbook, _)| runbook.name == "orders-with-database");
    let (runbook, lines) = orders.ok_or("no orders")?;
    let mut seen = Vec::new();
    for (action, less) in without_each(lines)? {
        let policies = Policies::parse(&less)?;
        seen.push(action.clone());
        match action.as_str() {
            // Only a batch shows whether batches are allowed; the first one takes the lock.
            "route53:ChangeResourceRecordSets" => {
                let played = played(runbook, policies, "calm")?;
                assert_eq!(played.outcome, Some(Outcome::Halted(Halt::Stopped)));
                let accepted =
                    |record: &Record| matches!(record.event, Event::WriteAccepted { .. });
                assert!(!played.records.iter().any(accepted), "{:?}", played.records);
                let told = format!("{:?}", played.records.last());
                assert!(told.contains(&action), "{told}");
            }
            // What need not be allowed is worth a second thought.
            "route53:GetHostedZone"
            | "route53:GetHostedZoneLimit"
            | "route53:ListResourceRecordSetProtections" => {
                let hazards = planned(runbook, policies)?.hazards;
                assert!(hazards.iter().any(|hazard| hazard.contains(&action)), "{hazards:?}");
            }
            "elasticloadbalancing:DescribeLoadBalancerAttributes"
            | "elasticloadbalancing:DescribeTargetGroupAttributes" => {
                let lines = plan_lines(&planned(runbook, policies)?);
                assert!(lines.iter().any(|line| line.contains("not known")), "{lines:?}");
            }
            // Where the other side's account may not be asked, one direction is not seen.
            "ec2:DescribeRouteTables" | "ec2:DescribeVpcPeeringConnections" => {
                match planned(runbook, policies) {
                    Ok(made) => {
                        let told = |hazard: &String| hazard.contains("was not seen; look at its");
                        assert!(made.hazards.iter().any(told), "{action}: {:?}", made.hazards);
                    }
                    Err(problems) => assert!(problems.to_string().contains(&action), "{problems}"),
                }
            }
            // Asked of the program itself, over the wire; the trail is asked after the run only.
            "route53:GetChange" | "sts:AssumeRole" | "cloudtrail:LookupEvents" => {}
            _ => {
                let problems = played(runbook, policies, "calm")?.problems;
                assert!(
                    problems.iter().any(|problem| problem.contains(&action)),
                    "{action}: {problems:?}"
                );
            }
        }
    }
    assert_eq!(seen.len(), 26, "{seen:?}");
    Ok(())
}
