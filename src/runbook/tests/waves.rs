//! Claims about runbooks whose records move in waves.

use super::*;

/// Two waves; the second has gates of its own.
const WAVES: &str = "\
version: 1
name: fleet
waves:
  - name: quiet
    records:
      - { name: wiki.example.com, zone: example.com, legacy: { elb: wiki }, new: { alb: wiki } }
      - { name: docs.example.com, zone: example.com, legacy: { elb: docs }, new: { alb: docs } }
    steps:
      - { weight: 100%, hold: 10m }
  - name: loud
    records:
      - { name: api.example.com, zone: example.com, legacy: { elb: api }, new: { alb: api } }
    steps:
      - approve: { ask: ready?, timeout: 1h, on_timeout: stop }
      - { weight: 5%, hold: 10m }
      - { weight: 100%, hold: 1h }
    gates: { noise: high, latency: off }
gates: { errors: { critical: { times_legacy: 3 } } }
";

#[test]
fn each_wave_has_its_records_its_steps_and_its_gates() {
    let runbook = read(WAVES).unwrap();
    assert_eq!((runbook.records.len(), runbook.steps.len()), (3, 4));
    let alone = runbook.by_wave();
    let names: Vec<&str> = alone.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["quiet", "loud"]);
    let (quiet, loud) = (&alone[0].1, &alone[1].1);
    assert_eq!((quiet.records.len(), quiet.steps.len()), (2, 1));
    assert_eq!((loud.records.len(), loud.steps.len()), (1, 3));
    let times = |runbook: &Runbook| runbook.gates.errors.as_ref().map(|e| e.critical.times_legacy);
    assert_eq!((times(quiet), times(loud)), (Some(3.0), Some(2.0)), "its own, or the runbook's");
    assert_eq!((quiet.gates.noise, loud.gates.noise), (Noise::Normal, Noise::High));
}

#[test]
fn waves_that_cannot_be_are_named_with_their_place() {
    let said = |from: &str, to: &str| {
        assert!(WAVES.contains(from), "{from}");
        format!("{}\n\n", read(&WAVES.replacen(from, to, 1)).expect_err(to))
    };
    let all = [
        said("name: loud", "name: quiet"),
        said("name: api.example.com", "name: docs.example.com"),
        said("name: api.example.com,", "name: docs.example.com, types: [AAAA],"),
        said("weight: 5%", "weight: 100%"),
        said("gates: { errors", "steps: [{ weight: 5%, hold: 10m }]\ngates: { errors"),
        said("    steps:\n      - { weight: 100%, hold: 10m }\n", ""),
        said("noise: high", "noise: huge"),
    ];
    assert_data_eq!(
        all.concat(),
        str![[r#"
api.yaml:10:11: the wave `quiet` stands in line 4 already
  hint: give each its own name

api.yaml:12:17: `docs.example.com` moves in another wave already, in line 7
  hint: all types of a name, and its records in all zones, move together

api.yaml:12:17: `docs.example.com` moves in another wave already, in line 7
  hint: all types of a name, and its records in all zones, move together

api.yaml:16:19: 100% is what the step before has
  hint: a longer `hold` of one step does the same

api.yaml:18:8: `steps` needs `records` beside it

api.yaml:4:5: a wave needs `steps`
  hint: `steps`: what happens in it, in order

api.yaml:17:21: `noise`: `huge` is not `low`, `normal` or `high`


"#]]
    );
    let both = format!("{WAVES}records: []\n");
    assert!(read(&both).unwrap_err().contains("takes only one of `records` and `waves`"));
    let neither = "version: 1\nname: fleet\n";
    assert!(read(neither).unwrap_err().contains("a runbook needs `records` or `waves`"));
}

#[test]
fn a_limit_is_changed_for_one_wave_alone() {
    let tuned = |wave: usize, limit: &str| {
        let changes = [limit.parse().unwrap()];
        tuned(&source(WAVES), &Choice::default(), wave, &changes)
    };
    let times = |gates: Gates| gates.errors.map(|errors| errors.critical.times_legacy);
    assert_eq!(times(tuned(0, "errors.critical.times_legacy=4").unwrap()), Some(4.0));
    assert_eq!(times(tuned(1, "errors.critical.times_legacy=5").unwrap()), Some(5.0));
    assert_eq!(tuned(1, "errors.critical.times_legacy=5").unwrap().noise, Noise::High);
    assert!(tuned(0, "latency.critical.times_legacy=2").is_ok());
    let off = tuned(1, "latency.critical.times_legacy=2").unwrap_err().to_string();
    assert!(off.contains("is off in the runbook"), "{off}");
}
