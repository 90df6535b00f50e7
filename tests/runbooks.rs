//! Every runbook that is shipped, and the manual's example: they validate, editors agree, and `run` would take them.

use std::{collections::BTreeMap, error::Error, fs};

use cutover::{
    engine::Event,
    journal::Record,
    rehearse::{Row, Silent, play, row, stage},
    runbook::{Runbook, Source, model::Step, schema, validate},
    sim::Scenario,
};
use serde_json::Value as Json;

type Outcome = Result<(), Box<dyn Error>>;

/// The shipped runbooks, by path.
fn shipped() -> Result<Vec<Source>, Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(Source { path: path.display().to_string(), text: fs::read(&path)? });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn everything() -> Source {
    let text = include_bytes!("fixtures/everything.yaml").to_vec();
    Source { path: "everything.yaml".to_owned(), text }
}

/// What an editor would say of a file.
fn editor_says(source: &Source) -> Result<Vec<String>, Box<dyn Error>> {
    let instance: Json = cutover::yaml::from_str(std::str::from_utf8(&source.text)?)?;
    let validator = jsonschema::draft202012::new(&schema())?;
    let errors = validator.iter_errors(&instance);
    Ok(errors.map(|error| format!("{}: {error}", error.instance_path())).collect())
}

#[test]
fn every_shipped_runbook_is_right_in_every_environment() -> Outcome {
    let shipped = shipped()?;
    assert!(shipped.len() >= 3, "{}", shipped.len());
    for source in shipped {
        let runbooks = validate(&source, &BTreeMap::new())?;
        let names: Vec<_> = runbooks.iter().map(|r| r.environment.name.as_deref()).collect();
        assert_eq!(names, [Some("staging"), Some("production")], "{}", source.path);
        for runbook in runbooks {
            assert!(source.path.ends_with(&format!("/{}.yaml", runbook.name)), "{}", source.path);
        }
    }
    Ok(())
}

/// Plays a scenario and returns how it ended, and the gates that breached on the way.
fn rehearsed(runbook: &Runbook, scenario: &str) -> Result<(Row, Vec<String>), Box<dyn Error>> {
    let scenario = Scenario::builtin(scenario).map_or_else(|| Scenario::parse(scenario), Ok)?;
    let (stage, expect) = (stage(std::slice::from_ref(runbook)), scenario.expect.clone());
    let played = play(runbook, stage, scenario, 1, &Silent)?;
    let breached = |record: &Record| {
        let Event::Breached { finding, .. } = &record.event else { return None };
        Some(finding.gate.clone())
    };
    let breached = played.records.iter().filter_map(breached).collect();
    Ok((row("a rehearsal", runbook, &expect, &played), breached))
}

#[test]
fn the_orders_go_back_for_the_sake_of_their_database_and_of_their_alarms() -> Outcome {
    let shipped = shipped()?;
    let orders = shipped.iter().find(|source| source.path.contains("orders-with-database"));
    let runbook = validate(orders.ok_or("no orders")?, &BTreeMap::new())?.remove(1);
    for (fault, gate) in [
        (
            "metric: { namespace: AWS/RDS, metric: ReplicaLag, value: 45, \
             dimensions: { DBInstanceIdentifier: orders-replica } }",
            "replica-lag",
        ),
        (
            "side: new, alarm: { name: orders-payment-failures }",
            "alarm new/orders-payment-failures",
        ),
    ] {
        let scenario = format!(
            "description: x\nfaults: [ {{ from_share: 25%, {fault} }} ]\n\
             expect: {{ outcome: [rolled_back], highest_share_below: 26%, detect_within: 10m }}"
        );
        let (row, breached) = rehearsed(&runbook, &scenario)?;
        assert!(row.as_expected, "{row:?}");
        assert_eq!(breached, [gate]);
    }
    Ok(())
}

/// Returns a shipped runbook in production.
fn in_production(name: &str) -> Result<Runbook, Box<dyn Error>> {
    let shipped = shipped()?;
    let source = shipped.iter().find(|source| source.path.ends_with(&format!("/{name}.yaml")));
    Ok(validate(source.ok_or("it is not shipped")?, &BTreeMap::new())?.remove(1))
}

#[test]
fn l49_a_name_in_a_public_and_a_private_zone_has_the_same_weights_at_every_step() -> Outcome {
    let runbook = in_production("split-horizon")?;
    let calm = Scenario::builtin("calm").ok_or("no calm")?;
    let played = play(&runbook, stage(std::slice::from_ref(&runbook)), calm, 1, &Silent)?;
    let plan = played.plan.as_ref().ok_or("no plan")?;
    let zones: Vec<bool> = plan.zones.iter().map(|zone| zone.private).collect();
    assert_eq!(zones, [false, true]);
    let written = played.records.iter().filter_map(|record| {
        if let Event::WeightsWritten { records, .. } = &record.event { Some(records) } else { None }
    });
    let written: Vec<_> = written.collect();
    assert_eq!(written.len(), 5);
    for records in written {
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].name, records[1].name);
        assert_eq!((records[0].legacy, records[0].new), (records[1].legacy, records[1].new));
    }
    Ok(())
}

#[test]
fn a_fleet_moves_in_waves_and_goes_back_as_one() -> Outcome {
    let runbook = in_production("fleet-in-waves")?;
    let calm = Scenario::builtin("calm").ok_or("no calm")?;
    let played = play(&runbook, stage(std::slice::from_ref(&runbook)), calm, 1, &Silent)?;
    let begun = played.records.iter().filter_map(|record| {
        if let Event::StepStarted { wave, .. } = &record.event { wave.clone() } else { None }
    });
    let mut waves: Vec<String> = begun.collect();
    waves.dedup();
    assert_eq!(waves, ["internal-tools", "catalog", "money"]);

    let late = "description: new fails in the second wave\n\
        faults: [{ at: 100m, side: new, errors: 20% }]\nexpect: { outcome: [rolled_back] }\n";
    let (stage, scenario) = (stage(std::slice::from_ref(&runbook)), Scenario::parse(late)?);
    let played = play(&runbook, stage, scenario, 1, &Silent)?;
    let back = played.records.iter().find_map(|record| {
        let Event::WeightsWritten { position, records, .. } = &record.event else { return None };
        position.is_back().then_some(records)
    });
    let back = back.ok_or("nobody went back")?;
    assert_eq!(back.len(), 7, "those of the wave that was over as well");
    assert!(back.iter().all(|record| record.new.is_none_or(|weight| weight.0 == 0)), "{back:?}");
    Ok(())
}

#[test]
fn editors_find_nothing_wrong_with_them() -> Outcome {
    for source in shipped()?.into_iter().chain([everything()]) {
        assert_eq!(editor_says(&source)?, Vec::<String>::new(), "{}", source.path);
        assert!(
            !source.path.contains("/runbooks/")
                || source.text.starts_with(b"# yaml-language-server: $schema="),
            "{}",
            source.path
        );
    }
    Ok(())
}

#[test]
fn the_ramp_of_the_api_gives_a_cold_balancer_time_to_grow() -> Outcome {
    let shipped = shipped()?;
    let api = shipped.iter().find(|source| source.path.ends_with("/api.yaml")).ok_or("no api")?;
    let steps = &validate(api, &BTreeMap::new())?[0].steps;
    let shifts: Vec<(f64, f64)> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Shift { share, hold, .. } => Some((share.fraction(), hold.as_secs_f64() / 60.0)),
            Step::Approve { .. } | Step::Run { .. } => None,
        })
        .collect();
    for pair in shifts.windows(2) {
        let ((before, minutes), (after, _)) = (pair[0], pair[1]);
        assert!(after / before <= 1.5_f64.powf(minutes / 5.0), "{before} to {after}");
    }
    let held: f64 = shifts.iter().map(|(_, minutes)| minutes).sum();
    assert!((120.0..=180.0).contains(&held), "{held}");
    Ok(())
}

#[test]
fn an_editor_marks_what_the_decoder_refuses() -> Outcome {
    let text = String::from_utf8(everything().text)?;
    for (from, to) in [
        ("version: 1", "version: 2"),
        ("name: api ", "name: A_P_I "),
        ("weight: 1%", "weight: 1"),
        ("hold: 10m", "hold: 10"),
        ("hold: 10m", "holds: 10m"),
        (",  hold: 10m", ""),
        ("elb: \"${legacy_elb}\"", "elb: a, alb: b"),
        ("elb: \"${legacy_elb}\"", ""),
        ("breach: rollback", "breach: rolback"),
        ("on_timeout: rollback", "on_timeout: wait"),
        ("times_legacy: 2,", "times_legacy: 0.5,"),
        ("plus: 0.1%", "plus: 0.1"),
        ("minutes: 3 of 5", "minutes: 3/5"),
        ("side: new  ", "side: newer"),
        ("pcx-0123456789abcdef0", "vpc-1"),
        ("webhook_env: SLACK_WEBHOOK_URL", "webhook_env: \"https://example.com\""),
        ("stuck] }", "stack] }"),
        ("region: us-west-2", "region: Oregon"),
        ("role/cutover-dns\"", "user/me\""),
        ("lower_ttl_to: 60s", "lower_ttl_to: soon"),
        ("command: [\"./warm-cache.sh\"]", "command: ./warm-cache.sh"),
        ("capacity: { new: reserved }", "capacity: { new: spare }"),
        ("  staging:", "  \"sta ging\":"),
    ] {
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1).into_bytes();
        let source = Source { path: "x.yaml".to_owned(), text };
        assert!(validate(&source, &BTreeMap::new()).is_err(), "decoder takes {to}");
        assert!(!editor_says(&source)?.is_empty(), "editor takes {to}");
    }
    Ok(())
}
