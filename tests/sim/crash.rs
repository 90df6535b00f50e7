//! A process that dies at every line of its journal, before the line is durable, after it, and in the middle of it; and one
//! that dies while a call is on its way, or its answer. Whoever comes next, to go on or to go back, leaves zone and journal in agreement.

use std::collections::BTreeMap;

use cutover::{
    engine::{Ending, Event, Outcome},
    sim::Scenario,
    unit::SignedDuration,
};

use crate::{
    journal::{Death, Shelf},
    night::{Comeback, End, Life, Night, Script, play},
    stage::{SHORT, breaching, calm, runbook},
};

/// Plays a night in which the first process dies at its nth append.
fn dying(scenario: &Scenario, nth: usize, death: Death, then: Comeback) -> Script {
    let mut script = Script::new(runbook(SHORT), scenario.clone(), 7);
    let ends = End::AtAppend(nth, death);
    script.lives = vec![Life { ends, down: SignedDuration::from_secs(100), then }];
    script
}

/// Returns how many lines the journal of an undisturbed night has.
fn lines(scenario: &Scenario, expected: Ending) -> Result<usize, String> {
    let night = play(Script::new(runbook(SHORT), scenario.clone(), 7))?;
    assert_eq!(night.outcome, Outcome::Ended(expected));
    Ok(night.records.len())
}

/// Returns when calls are on their way in an undisturbed night, and when their answers are: a millisecond after an event that
/// is recorded before a call, and a millisecond before one that an answer makes. A change takes effect between the two.
fn under_way(scenario: &Scenario) -> Result<Vec<SignedDuration>, String> {
    const MOMENT: SignedDuration = SignedDuration::from_millis(1);
    let night = play(Script::new(runbook(SHORT), scenario.clone(), 7))?;
    // Time passes without anything to lose while metrics are read.
    let dull =
        |event: &Event| matches!(event, Event::MetricsRead { .. } | Event::MinuteJudged { .. });
    let began = night.records.first().ok_or("nothing is recorded")?.at;
    let moments = night.records.windows(2).filter(|pair| !dull(&pair[1].event)).flat_map(|pair| {
        let [from, to] = [&pair[0], &pair[1]].map(|record| record.at.duration_since(began));
        let apart = to - from > MOMENT * 2;
        [from + MOMENT, to - MOMENT].into_iter().filter(move |_| apart)
    });
    Ok(moments.collect())
}

/// Dies at all of these moments, and counts how the nights end.
fn dies_under_way(scenario: &Scenario, then: Comeback) -> Result<BTreeMap<String, usize>, String> {
    let mut outcomes = BTreeMap::new();
    let moments = under_way(scenario)?;
    assert!(moments.len() > 20, "{moments:?}");
    for moment in moments {
        let mut script = Script::new(runbook(SHORT), scenario.clone(), 7);
        let down = SignedDuration::from_secs(100);
        script.lives = vec![Life { ends: End::After(moment), down, then }];
        let night =
            play(script).map_err(|why| format!("dies after {moment:?}, then {then:?}: {why}"))?;
        assert_eq!(night.halts, 0, "after {moment:?}");
        *outcomes.entry(format!("{:?}", night.outcome)).or_insert(0) += 1;
    }
    Ok(outcomes)
}

/// Dies at every line in each of these ways, and counts how the nights end.
fn dies_everywhere(
    scenario: &Scenario,
    undisturbed: Ending,
    then: Comeback,
) -> Result<BTreeMap<String, usize>, String> {
    let mut outcomes = BTreeMap::new();
    // A run of which nothing is on record has nothing to go back from.
    let first = if then == Comeback::Rollback { 1 } else { 0 };
    for nth in first..lines(scenario, undisturbed)? {
        for death in [Death::Before, Death::After] {
            let night = play(dying(scenario, nth, death, then))
                .map_err(|why| format!("dies at append {nth}, {death:?}, then {then:?}: {why}"))?;
            assert_eq!(night.halts, 0, "append {nth}, {death:?}");
            *outcomes.entry(format!("{:?}", night.outcome)).or_insert(0) += 1;
        }
    }
    Ok(outcomes)
}

fn only(outcomes: &BTreeMap<String, usize>, expected: Ending) {
    let names: Vec<_> = outcomes.keys().cloned().collect();
    assert_eq!(names, [format!("{:?}", Outcome::Ended(expected))]);
}

#[test]
fn a_calm_run_that_dies_anywhere_is_resumed_and_completes() -> Result<(), String> {
    let outcomes = dies_everywhere(&calm(), Ending::Completed, Comeback::Resume)?;
    only(&outcomes, Ending::Completed);
    Ok(())
}

#[test]
fn a_calm_run_that_dies_anywhere_can_be_rolled_back() -> Result<(), String> {
    let outcomes = dies_everywhere(&calm(), Ending::Completed, Comeback::Rollback)?;
    only(&outcomes, Ending::RolledBack);
    Ok(())
}

#[test]
fn a_breaching_run_that_dies_anywhere_is_resumed_and_rolls_back() -> Result<(), String> {
    let outcomes = dies_everywhere(&breaching(), Ending::RolledBack, Comeback::Resume)?;
    only(&outcomes, Ending::RolledBack);
    Ok(())
}

#[test]
fn a_breaching_run_that_dies_anywhere_can_be_rolled_back() -> Result<(), String> {
    let outcomes = dies_everywhere(&breaching(), Ending::RolledBack, Comeback::Rollback)?;
    only(&outcomes, Ending::RolledBack);
    Ok(())
}

#[test]
fn a_process_that_dies_while_a_call_is_on_its_way_leaves_a_run_that_ends_well() -> Result<(), String>
{
    only(&dies_under_way(&calm(), Comeback::Resume)?, Ending::Completed);
    only(&dies_under_way(&breaching(), Comeback::Resume)?, Ending::RolledBack);
    only(&dies_under_way(&calm(), Comeback::Rollback)?, Ending::RolledBack);
    Ok(())
}

#[test]
fn a_line_torn_on_disk_is_as_if_it_had_never_been_written() -> Result<(), String> {
    let folder = |nth: usize| {
        tempfile::Builder::new()
            .prefix(&format!("torn-{nth}-"))
            .tempdir()
            .map_err(|e| e.to_string())
    };
    let in_memory = |nth| play(dying(&breaching(), nth, Death::Before, Comeback::Resume));
    for nth in (0..lines(&breaching(), Ending::RolledBack)?).step_by(8) {
        let folder = folder(nth)?;
        let mut script = dying(&breaching(), nth, Death::Torn, Comeback::Resume);
        script.shelf = Shelf::Folder(folder.path().to_owned());
        assert_eq!(events(&play(script)?), events(&in_memory(nth)?), "append {nth}");
    }
    Ok(())
}

#[test]
fn a_process_that_dies_again_and_again_still_gets_there() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut script = Script::new(runbook(SHORT), calm(), 7);
    script.shelf = Shelf::Folder(folder.path().to_owned());
    let deaths = [Death::Torn, Death::After, Death::Before];
    script.lives = (0..40)
        .map(|life| Life {
            ends: End::AtAppend(3 + life % 5, deaths[life % 3]),
            down: SignedDuration::from_secs(20),
            then: Comeback::Resume,
        })
        .collect();
    let night = play(script)?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
    let resumed = night.records.iter().filter(|r| matches!(r.event, Event::Resumed { .. }));
    assert!(resumed.count() > 10);
    Ok(())
}

fn events(night: &Night) -> Vec<Event> {
    night.records.iter().map(|record| record.event.clone()).collect()
}
