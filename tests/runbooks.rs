//! Every runbook that is shipped, and the manual's example: they validate, editors agree, and `run` would take them.

use std::{collections::BTreeMap, fs};

use cutover::runbook::{Source, model::Step, schema, unbuilt, validate};
use serde_json::Value as Json;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The shipped runbooks, by path.
fn shipped() -> Result<Vec<Source>, Box<dyn std::error::Error>> {
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
fn editor_says(source: &Source) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let instance: Json = cutover::yaml::from_str(std::str::from_utf8(&source.text)?)?;
    let validator = jsonschema::draft202012::new(&schema())?;
    let errors = validator.iter_errors(&instance);
    Ok(errors.map(|error| format!("{}: {error}", error.instance_path())).collect())
}

#[test]
fn every_shipped_runbook_is_right_in_every_environment_and_needs_nothing_unbuilt() -> Outcome {
    let shipped = shipped()?;
    assert!(shipped.len() >= 3, "{}", shipped.len());
    for source in shipped {
        let runbooks = validate(&source, &BTreeMap::new())?;
        let names: Vec<_> = runbooks.iter().map(|r| r.environment.name.as_deref()).collect();
        assert_eq!(names, [Some("staging"), Some("production")], "{}", source.path);
        for runbook in runbooks {
            assert!(source.path.ends_with(&format!("/{}.yaml", runbook.name)), "{}", source.path);
            assert_eq!(unbuilt(&runbook), Vec::<String>::new(), "{}", source.path);
        }
    }
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
