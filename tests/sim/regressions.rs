//! Nights that once went wrong, each for one reason.

use cutover::{
    engine::{Ending, Event, Outcome, Position},
    unit::SignedDuration,
};

use crate::{
    arena::Late,
    fast::{self, Act},
    journal::Death,
    night::{Comeback, End, Life, Night, Script, play},
    saboteur::Trouble,
    stage::{NERVOUS, SHORT, TWO_ZONES, breaching, calm, runbook, scenario},
};

type TestResult = Result<(), String>;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Plays a night in which this trouble lasts for an hour.
fn troubled(trouble: Trouble) -> Result<Night, String> {
    let mut script = Script::new(runbook(TWO_ZONES), calm(), 1);
    (script.trouble, script.trouble_for) = (trouble, HOUR);
    play(script)
}

fn count(night: &Night, what: fn(&Event) -> bool) -> usize {
    night.records.iter().filter(|record| what(&record.event)).count()
}

#[test]
fn every_answer_lost_still_waits_for_insync_and_for_the_old_ttl() -> TestResult {
    let night = troubled(Trouble { after: 1.0, ..Trouble::default() })?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
    // The invariants have seen to it that no step settled early; here, that there was something to see.
    assert_eq!(count(&night, |e| matches!(e, Event::WriteAccepted { .. })), 0);
    Ok(())
}

#[test]
fn changes_that_are_lost_are_made_again() -> TestResult {
    let night = troubled(Trouble { lost: 0.5, ..Trouble::default() })?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
    assert!(count(&night, |e| matches!(e, Event::ChangeLost { .. })) > 1);
    assert_eq!(count(&night, |e| matches!(e, Event::Drifted { .. })), 0);
    Ok(())
}

#[test]
fn a_zone_that_takes_no_change_for_a_while_stops_a_run_that_is_then_resumed() -> TestResult {
    let denied = Some((SignedDuration::from_mins(1), SignedDuration::from_mins(40)));
    let night = troubled(Trouble { denied, ..Trouble::default() })?;
    assert_eq!((night.outcome, night.halts), (Outcome::Ended(Ending::Completed), 1));
    Ok(())
}

#[test]
fn a_breach_whose_process_dies_before_it_acts_leads_back_all_the_same() -> TestResult {
    let undisturbed = play(Script::new(runbook(SHORT), breaching(), 7))?;
    let breached =
        undisturbed.records.iter().position(|r| matches!(r.event, Event::Breached { .. }));
    let mut script = Script::new(runbook(SHORT), breaching(), 7);
    let ends = End::AtAppend(breached.ok_or("no breach")?, Death::After);
    script.lives = vec![Life { ends, down: HOUR, then: Comeback::Resume }];
    let night = play(script)?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::RolledBack));
    assert_eq!(count(&night, |e| matches!(e, Event::Breached { .. })), 1);
    Ok(())
}

#[test]
fn steps_of_the_same_weights_are_each_watched() -> TestResult {
    let night = play(Script::new(runbook(NERVOUS), calm(), 3))?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
    let written: Vec<Position> = night
        .records
        .iter()
        .filter_map(|r| if let Event::WriteStarted { to, .. } = r.event { Some(to) } else { None })
        .collect();
    assert!(!written.contains(&Position::Shift(1)), "there was nothing to write: {written:?}");
    assert_eq!(count(&night, |e| matches!(e, Event::StepPassed { .. })), 4);
    Ok(())
}

#[test]
fn drift_stops_the_run_and_is_nobodys_to_overwrite_until_somebody_goes_back() -> TestResult {
    let scenario = scenario("faults: [ { from_share: 50%, after: 3m, weights_reset: true } ]");
    let night = play(Script::new(runbook(TWO_ZONES), scenario, 5))?;
    assert_eq!((night.outcome, night.halts), (Outcome::Ended(Ending::RolledBack), 2));
    assert_eq!(count(&night, |e| matches!(e, Event::Drifted { .. })), 2);
    Ok(())
}

/// Plays a calm night in which somebody presses Ctrl-C at these times.
fn interrupted(at: &[SignedDuration]) -> Result<Night, String> {
    let mut script = Script::new(runbook(TWO_ZONES), calm(), 9);
    script.interrupts = at.to_vec();
    play(script)
}

#[test]
fn ctrl_c_stops_after_three_seconds_and_the_run_can_be_resumed() -> TestResult {
    let at = SignedDuration::from_mins(13);
    let night = interrupted(&[at])?;
    assert_eq!((night.outcome, night.halts), (Outcome::Ended(Ending::Completed), 1));
    let stopped = night.records.iter().find(|r| matches!(r.event, Event::Stopped { .. }));
    let began = night.records[0].at;
    let after = stopped.ok_or("it did not stop")?.at.duration_since(began);
    assert!((at..at + SignedDuration::from_secs(4)).contains(&after), "{after}");
    Ok(())
}

#[test]
fn a_second_ctrl_c_rolls_back_at_once() -> TestResult {
    let at = SignedDuration::from_mins(13);
    let night = interrupted(&[at, at + SignedDuration::from_secs(1)])?;
    assert_eq!((night.outcome, night.halts), (Outcome::Ended(Ending::RolledBack), 0));
    let asked = night
        .records
        .iter()
        .position(|r| matches!(r.event, Event::RollbackStarted { .. }))
        .ok_or("it did not go back")?;
    let [started, write] = &night.records[asked..asked + 2] else { return Err("no write".into()) };
    assert!(matches!(write.event, Event::WriteStarted { to: Position::Baseline, .. }));
    assert_eq!(started.at, write.at, "no time is lost between the two");
    Ok(())
}

#[test]
fn a_rollback_stops_only_when_it_is_asked_to_twice() -> TestResult {
    // The first two ask for the rollback; the third is a slip, while Route 53 is slow.
    let at = SignedDuration::from_mins(13);
    let second = SignedDuration::from_secs(1);
    let mut script = Script::new(runbook(TWO_ZONES), calm(), 9);
    script.trouble = Trouble { throttled: 1.0, ..Trouble::default() };
    script.trouble_for = SignedDuration::from_mins(20);
    // Trouble begins with the run, so nothing is written before the rollback either.
    script.interrupts = vec![at, at + second, at + second * 2];
    let night = play(script)?;
    assert_eq!((night.outcome, night.halts), (Outcome::Ended(Ending::RolledBack), 0));

    let mut script = Script::new(runbook(TWO_ZONES), calm(), 9);
    script.trouble = Trouble { reads: 1.0, ..Trouble::default() };
    script.trouble_for = SignedDuration::from_mins(20);
    script.interrupts = vec![at, at + second, at + second * 2, at + second * 3];
    let night = play(script)?;
    assert_eq!(night.halts, 1, "the fourth stops it");
    assert_eq!(night.outcome, Outcome::Ended(Ending::RolledBack));
    Ok(())
}

/// A batch that makes a lock was given up and came when a rollback from elsewhere had taken the lock away: the run took it
/// for its own and moved traffic again.
#[test]
fn a_lock_that_arrives_after_a_rollback_took_it_away_moves_nobody() -> TestResult {
    let mut fenced = 0;
    for seed in 0..60 {
        let mut script = fast::calm(0);
        script.seed = seed;
        script.late = Late { part: 0.5, by: SignedDuration::from_mins(3) };
        script.trouble_for = SignedDuration::from_mins(1);
        script.acts = vec![(SignedDuration::from_secs(34), Act::RollBack)];
        let night = fast::exhibit(script)?;
        let is_old = |event: &Event| matches!(event, Event::Fenced { why, .. } if why.contains("an old one of this very"));
        fenced += usize::from(night.records.iter().any(|record| is_old(&record.event)));
    }
    assert!(fenced > 0, "no lock came that late");
    Ok(())
}

/// The machine's clock was set back before a step, which then began before the first one: judging it panicked.
#[test]
fn a_clock_that_is_set_back_between_two_steps_ends_no_run() -> TestResult {
    for minute in 8..20 {
        let mut script = fast::calm(0);
        let back = Act::SetClock(SignedDuration::from_mins(-40));
        script.acts = vec![(SignedDuration::from_mins(minute), back)];
        fast::play(script).map_err(|why| format!("set back at minute {minute}: {why}"))?;
    }
    Ok(())
}

/// Nights as [`fast::draw`] draws them, in which the engine was wrong: a write that had been given up landed on a rollback,
/// after a lost change or an ignored one had let it in again; a run took a lock and told of weights that had been edited before;
/// a run that had been taken over went on after its earlier process had gone back, and one that took over went on after
/// somebody else had taken the lock or gone back meanwhile; a rollback to which the lock was denied once never took it; a run took its last lock
/// long after a rollback from elsewhere had deleted its first one.
const OF_THE_ENGINE: [u64; 17] = [
    1_036_709, 1_097_200, 1_022_063, 1_083_322, 2_062_308, 2_072_303, 2_138_951, 2_143_299,
    2_228_760, 10_068_039, 10_099_377, 10_407_205, 10_507_712, 10_515_563, 10_583_987, 10_610_591,
    10_926_316,
];

/// Nights in which the harness was: it knew less than it claimed of who had seen what, who had been told to take over what,
/// what a lost change of somebody else's, a rollback that died or a write that comes late leaves, and what clocks say that somebody has set.
const OF_THE_HARNESS: [u64; 45] = [
    1_028_147, 1_031_799, 1_039_614, 1_072_509, 1_093_130, 1_115_435, 1_123_329, 1_015_386,
    1_113_460, 1_110_890, 1_041_652, 9_502, 10_046_429, 10_155_984, 10_281_035, 10_316_479,
    10_339_223, 10_654_591, 10_825_970, 10_977_393, 20_105_719, 20_181_414, 1_007_091, 1_021_792,
    1_044_472, 1_061_493, 1_074_221, 1_087_372, 1_102_734, 1_104_854, 1_111_358, 1_112_657,
    1_126_508, 1_127_631, 1_036_131, 1_068_384, 1_102_991, 1_118_070, 1_120_272, 1_131_191,
    1_075_897, 1_134_933, 1_060_012, 6_000_097, 1_200_462,
];

#[test]
fn nights_that_found_something_find_it_no_more() -> TestResult {
    for seed in OF_THE_ENGINE.into_iter().chain(OF_THE_HARNESS) {
        fast::play(fast::draw(seed)).map_err(|why| format!("seed {seed}: {why}"))?;
    }
    Ok(())
}
