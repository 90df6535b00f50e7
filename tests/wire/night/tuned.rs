//! Limits that are changed while the night goes on.

use serde_json::{Value, json};

use super::{
    journal::{Line, journal},
    process::{Left, Result},
    sky::Sky,
};

/// Asks for a limit, on the wall's clock: somebody waits for the answer.
fn tune(sky: &Sky, limit: &str, more: &[&str]) -> Result<Left> {
    sky.start_on_the_wall(&[&["tune", limit, "--why", "the backup runs"], more].concat())?.end()
}

fn assert_tuned(left: &Left, limit: &str, from: &str, to: &str) -> Result<()> {
    assert_eq!(left.code, Some(0), "{}", left.said);
    let line = Line::parse(&left.printed[0])?;
    let change = json!([{ "limit": limit, "from": from, "to": to }]);
    assert_eq!((&*line.event, line.field("changes")), ("tuned", &change));
    Ok(())
}

#[test]
fn a_run_is_tuned_while_it_goes_on_when_it_is_dead_and_when_it_is_resumed() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("settled", 1)?;

    let refused = tune(&sky, "errors.critical.times_legacy=3", &[])?;
    assert_eq!(refused.code, Some(7), "{}", refused.said);
    assert!(refused.said.contains("would let new be worse"), "{}", refused.said);
    let tuned = tune(&sky, "errors.critical.times_legacy=3", &["--force"])?;
    assert_tuned(&tuned, "errors.critical.times_legacy", "2", "3")?;
    let printed = run.until("tuned", 1)?;
    assert_eq!(printed.field("loosens"), &json!(true));
    let id = printed.text("request");
    let answer = sky.run_folder()?.join("requests").join(format!("{id}.answer.json"));
    assert_eq!(std::fs::read_to_string(answer)?, "\"done\"");
    run.until("minute_judged", 1)?;

    run.kill()?;
    let tuned = tune(&sky, "errors.warning.plus=0.07%", &["--force"])?;
    assert_tuned(&tuned, "errors.warning.plus", "0.02%", "0.07%")?;
    assert!(tuned.said.contains("takes effect with `cutover resume"), "{}", tuned.said);

    let mut run = sky.start(&["resume"])?;
    run.until("minute_judged", 1)?;
    assert_tuned(
        &tune(&sky, "errors.warning.plus=0.03%", &[])?,
        "errors.warning.plus",
        "0.07%",
        "0.03%",
    )?;
    run.kill()?;
    let lines = journal(&sky.run_folder()?)?;
    let gates: Vec<&Value> =
        lines.iter().filter(|line| line.event == "tuned").map(|line| line.field("gates")).collect();
    assert_eq!(gates.len(), 3);
    assert_eq!(gates[2]["errors"]["critical"]["times_legacy"], json!(3.0));
    Ok(())
}
