//! Capacity that is reserved before a night, over the wire.

use std::fs;

use serde_json::Value;

use super::{
    process::{Left, Result},
    sky::{SHORT, Sky, Speed},
};

/// Ten thousand requests a second, of which an idle load balancer does not carry a quarter at once.
const BUSY: &str = "description: a busy day\ntraffic: { peak: 600000 }\n";

/// Returns a sky in which nothing is reserved, and a runbook beside it that wants it so.
fn sky() -> Result<Sky> {
    let sky = Sky::of(SHORT, BUSY, Speed::Usual)?;
    let reserved = format!("{SHORT}preflight: {{ capacity: {{ new: reserved }} }}\n");
    fs::write(sky.folder().join("reserved.yaml"), reserved)?;
    Ok(sky)
}

fn objects(left: &Left) -> Result<Vec<Value>> {
    Ok(left
        .printed
        .iter()
        .map(|line| serde_json::from_str(line))
        .collect::<std::result::Result<_, _>>()?)
}

fn calls(sky: &Sky, operation: &str) -> usize {
    sky.calls().iter().filter(|call| call.contains(operation)).count()
}

fn prewarm(sky: &Sky, options: &[&str]) -> Result<Left> {
    sky.start(&[&["prewarm", "reserved.yaml"], options].concat())?.end()
}

#[test]
fn what_is_missing_stops_the_preflight_and_prewarm_reserves_it_and_gives_it_back() -> Result<()> {
    let sky = sky()?;
    let refused = sky.start(&["plan", "reserved.yaml"])?.end()?;
    assert_eq!(refused.code, Some(7), "{}", refused.said);
    for part in ["step 1 takes it from 0%", "reserved for it: nothing", "`cutover prewarm RUNBOOK"]
    {
        assert!(refused.said.contains(part), "{}", refused.said);
    }
    let unanswered = prewarm(&sky, &[])?;
    assert_eq!(
        (unanswered.code, calls(&sky, "ModifyCapacity")),
        (Some(2), 0),
        "{}",
        unanswered.said
    );

    let done = prewarm(&sky, &["--yes"])?;
    assert_eq!(done.code, Some(0), "{}", done.said);
    assert!(done.said.contains("billed by the hour"), "{}", done.said);
    let told = objects(&done)?;
    assert_eq!((&told[0]["prewarm"], &told[0]["balancer"]), (&"reserve".into(), &"alb api".into()));
    let units = told[0]["lcu"].as_u64().ok_or("no units")?;
    assert!(units > 100, "{told:?}");
    assert_eq!(told[1]["reserved"]["lcu"].as_u64(), Some(units), "{told:?}");
    assert_eq!(told[1]["reserved"]["ready"], false, "{told:?}");

    // AWS takes some minutes, in which nothing else can be asked for.
    let mut last = Value::Null;
    for _ in 0..300 {
        let again = prewarm(&sky, &["--yes"])?;
        assert_eq!(again.code, Some(0), "{}", again.said);
        last = objects(&again)?.remove(0);
        assert_eq!(last["prewarm"], "nothing", "{last}");
        if last["reserved"]["ready"] == true {
            break;
        }
    }
    assert_eq!(last["why"], "that is enough", "{last}");
    assert_eq!(calls(&sky, "ModifyCapacityReservation"), 1);
    let planned = sky.start(&["plan", "reserved.yaml", "--output", "text"])?.end()?;
    assert_eq!(planned.code, Some(0), "{}", planned.said);
    let provisioned = format!("reserved: {units} LCU, provisioned");
    assert!(planned.printed.iter().any(|line| line.contains(&provisioned)), "{planned:?}");

    let back = prewarm(&sky, &["--remove", "--yes"])?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert_eq!(objects(&back)?[1]["reserved"]["lcu"], Value::Null);
    let none = prewarm(&sky, &["--remove", "--yes"])?;
    assert_eq!(
        (none.code, calls(&sky, "ModifyCapacityReservation")),
        (Some(0), 2),
        "{}",
        none.said
    );
    assert_eq!(calls(&sky, "ChangeResourceRecordSets"), 0);
    Ok(())
}

#[test]
fn what_is_reserved_is_given_back_after_the_other_side_is_gone() -> Result<()> {
    let sky = sky()?;
    assert_eq!(prewarm(&sky, &["--yes"])?.code, Some(0));
    let runbook = fs::read_to_string(sky.folder().join("reserved.yaml"))?;
    // To AWS a load balancer that was deleted is one that it never had.
    fs::write(
        sky.folder().join("reserved.yaml"),
        runbook.replace("{ elb: api }", "{ elb: gone }"),
    )?;
    assert_eq!(prewarm(&sky, &["--yes"])?.code, Some(7), "what it has to carry is not known");
    // While AWS is at work on the reservation, nothing is asked of it.
    for _ in 0..300 {
        let back = prewarm(&sky, &["--remove", "--yes"])?;
        assert_eq!(back.code, Some(0), "{}", back.said);
        let told = objects(&back)?;
        if told[0]["prewarm"] == "remove" {
            assert_eq!(told[1]["reserved"]["lcu"], Value::Null);
            return Ok(());
        }
    }
    Err("it was never given back".into())
}

#[test]
fn what_a_run_may_count_on_is_not_given_back_and_a_rollback_asks_nothing_of_it() -> Result<()> {
    let sky = sky()?;
    assert_eq!(prewarm(&sky, &["--yes"])?.code, Some(0));
    let mut run = sky.run(&[])?;
    run.until("weights_written", 1)?;
    run.kill()?;
    let refused = prewarm(&sky, &["--remove", "--yes"])?;
    assert_eq!(refused.code, Some(7), "{}", refused.said);
    assert!(refused.said.contains("holds the lock of a zone"), "{}", refused.said);
    let before = sky.calls().len();
    let back = sky.start(&["rollback", "reserved.yaml", "--yes"])?.end()?;
    assert_eq!((back.code, sky.pair()?), (Some(0), (100, 0)), "{}", back.said);
    let asked = sky.calls().split_off(before);
    let of_balancers = asked.iter().find(|call| call.contains(" elb"));
    assert_eq!(of_balancers, None, "{asked:?}");
    Ok(())
}

#[test]
fn attributes_that_may_not_be_read_are_told_of_as_not_known() -> Result<()> {
    let without = |lines: String| {
        ["DescribeLoadBalancerAttributes", "DescribeTargetGroupAttributes"]
            .iter()
            .fold(lines, |lines, name| {
                lines.replace(&format!("\"elasticloadbalancing:{name}\","), "")
            })
    };
    let runbook = SHORT.replace("{ staging: {} }", ROLES);
    let sky = Sky::permitting(&runbook, BUSY, Speed::Usual, without)?;
    let planned = sky.start(&["plan", "runbook.yaml", "--output", "text"])?.end()?;
    assert_eq!(planned.code, Some(0), "{}", planned.said);
    let kept = planned.printed.iter().find(|line| line.contains("kept on new"));
    let kept = kept.ok_or("nothing is said of it")?;
    assert!(kept.contains("not known"), "{kept}");
    Ok(())
}

/// Everybody has a role, so that the policies are enforced.
const ROLES: &str = "{ staging: { dns: { role: \"arn:aws:iam::111111111111:role/c\" }, \
    legacy: { role: \"arn:aws:iam::222222222222:role/c\" }, new: { role: \"arn:aws:iam::333333333333:role/c\" } } }";
