//! Nights that seeds draw.

use cutover::unit::SignedDuration;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::{
    fast,
    journal::{AtChange, Death, Shelf},
    many::Nights,
    night::{Comeback, End, Life, Script, play},
    saboteur::Trouble,
    stage::{NERVOUS, TWO_ZONES, runbook, scenario},
    tally::{Fault, Tally},
};

/// What goes wrong in the world, by the luck of the draw.
const WORLDS: [&str; 14] = [
    "",
    "",
    "",
    "faults: [ { from_share: 50%, side: new, errors: 10% } ]",
    "faults: [ { from_share: 5%, side: new, errors: 40% } ]",
    "faults: [ { from_share: 50%, after: 2m, for: 4m, side: new, errors: 60% } ]",
    "faults: [ { from_share: 50%, side: new, outage: true } ]",
    "faults: [ { from_share: 5%, for: 20m, side: new, metrics: gone } ]",
    "faults: [ { from_share: 5%, for: 9m, side: legacy, metrics: forbidden } ]",
    "faults: [ { from_share: 50%, after: 1m, for: 15m, side: legacy, errors: 20% } ]",
    "faults: [ { from_share: 50%, after: 3m, weights_reset: true } ]",
    "faults: [ { from_share: 50%, for: 12m, side: both, unreachable: 80% } ]",
    "faults: [ { from_share: 5%, for: 12m, side: legacy, left_out: true } ]",
    "faults: [ { from_share: 50%, for: 12m, lost_answers: 60% }, { from_share: 100%, for: 10m, route53_down: true } ]",
];

/// Draws a night.
fn draw(seed: u64) -> Script {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let text = if rng.random::<f64>() < 0.25 { NERVOUS } else { TWO_ZONES };
    let world = WORLDS[rng.random_range(0..WORLDS.len())];
    let mut script = Script::new(runbook(text), scenario(world), seed);
    let minutes =
        |rng: &mut ChaCha8Rng, most: i64| SignedDuration::from_mins(rng.random_range(0..=most));
    let mut part = |often: f64, most: f64| {
        if rng.random::<f64>() < often { rng.random::<f64>() * most } else { 0.0 }
    };
    script.trouble = Trouble {
        before: part(0.3, 0.4),
        after: part(0.4, 0.6),
        throttled: part(0.3, 0.4),
        busy: part(0.3, 0.4),
        refused: part(0.15, 0.3),
        ignored: part(0.15, 0.4),
        lost: part(0.25, 0.5),
        reads: part(0.4, 0.4),
        ..Trouble::default()
    };
    if rng.random::<f64>() < 0.2 {
        script.trouble.late = minutes(&mut rng, 12);
    }
    if rng.random::<f64>() < 0.2 {
        let from = minutes(&mut rng, 25);
        script.trouble.denied = Some((from, from + minutes(&mut rng, 6)));
    }
    if rng.random::<f64>() < 0.1 {
        let from = minutes(&mut rng, 25);
        script.trouble.expired = Some((from, from + minutes(&mut rng, 6)));
    }
    script.trouble_for = minutes(&mut rng, 60);
    if rng.random::<f64>() < 0.04 {
        script.trouble.late = SignedDuration::from_mins(rng.random_range(61..150));
        script.trouble_for += SignedDuration::from_hours(2);
    }
    for _ in 0..rng.random_range(0..4_usize) {
        let kind = rng.random::<f64>();
        let ends = if kind < 0.2 {
            let ends = [AtChange::BeforeItsEffect, AtChange::AfterItsEffect];
            End::AtChange(rng.random_range(0..8), ends[rng.random_range(0..ends.len())])
        } else if kind < 0.75 {
            let deaths = [Death::Before, Death::After, Death::Torn];
            End::AtAppend(rng.random_range(0..60), deaths[rng.random_range(0..deaths.len())])
        } else {
            End::After(SignedDuration::from_millis(rng.random_range(0..900_000)))
        };
        let then = if rng.random::<f64>() < 0.15 { Comeback::Rollback } else { Comeback::Resume };
        script.lives.push(Life { ends, down: minutes(&mut rng, 90), then });
    }
    if rng.random::<f64>() < 0.2 {
        let at = SignedDuration::from_millis(rng.random_range(0..2_400_000));
        script.interrupts.push(at);
        if rng.random::<f64>() < 0.5 {
            script.interrupts.push(at + SignedDuration::from_millis(800));
        }
    }
    script
}

/// Nights of the production engine alone; everything can go wrong in them.
const ENGINE: Nights =
    Nights { test: "seeds::the_engine", seeds: 2000, play: |seed| fast::play(fast::draw(seed)) };

/// The same nights, in which people steer as well.
const STEERED: Nights =
    Nights { test: "seeds::people", seeds: 1000, play: |seed| fast::play(fast::steered(seed)) };

/// Nights of the production driver with its journal.
const DRIVER: Nights = Nights { test: "seeds::the_driver", seeds: 300, play: driven };

/// Every fourth night keeps its journal in a file.
const IN_A_FILE: u64 = 4;

fn driven(seed: u64) -> Result<Tally, String> {
    let mut script = draw(seed);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    if seed.is_multiple_of(IN_A_FILE) {
        script.shelf = Shelf::Folder(folder.path().to_owned());
    }
    play(script).map(|night| night.tally)
}

/// What can go wrong in the driver's nights beside what their scenarios say.
const OF_THE_DRIVER: [Fault; 18] = [
    Fault::FailsBeforeItsEffect,
    Fault::FailsAfterItsEffect,
    Fault::Throttled,
    Fault::Busy,
    Fault::Refused,
    Fault::Denied,
    Fault::CredentialsExpired,
    Fault::IgnoredChange,
    Fault::LostChange,
    Fault::ReadFails,
    Fault::InSyncIsLate,
    Fault::InSyncIsStuckForHours,
    Fault::DiskFull,
    Fault::TornTail,
    Fault::DiesAfterAnAppend,
    Fault::DiesBeforeACallHasEffect,
    Fault::DiesAfterACallHadEffect,
    Fault::DiesAtAnyMoment,
];

/// A fault or an ending that the fixed nights see less often than this is as good as never drawn.
const AT_LEAST: u64 = 3;

#[test]
fn the_engine_keeps_its_promises_whatever_goes_wrong() -> Result<(), String> {
    let tally = ENGINE.play()?;
    if tally.nights < ENGINE.seeds {
        return Ok(());
    }
    let rare = Fault::ALL.into_iter().filter(|fault| tally.count(*fault) < AT_LEAST);
    // Lines of a journal are torn in the driver's nights.
    let of_others = |fault: &Fault| *fault == Fault::TornTail || Fault::SAID.contains(fault);
    let rare: Vec<Fault> = rare.filter(|fault| !of_others(fault)).collect();
    assert_eq!(rare, [], "of {} kinds", Fault::ALL.len());
    for ending in ["Ended(Completed)", "Ended(RolledBack)", "Halted(Fenced)", "Halted(Stuck)"] {
        let count: u64 =
            tally.endings.iter().filter(|(how, _)| how.contains(ending)).map(|(_, n)| n).sum();
        assert!(count >= AT_LEAST, "{ending}: {count}");
    }
    Ok(())
}

#[test]
fn people_who_steer_break_no_promise() -> Result<(), String> {
    let tally = STEERED.play()?;
    if tally.nights < STEERED.seeds {
        return Ok(());
    }
    let rare = Fault::SAID.into_iter().filter(|fault| tally.count(*fault) < 20);
    assert_eq!(rare.collect::<Vec<_>>(), [], "of {tally}");
    Ok(())
}

#[test]
fn the_driver_keeps_its_promises_whatever_goes_wrong() -> Result<(), String> {
    let tally = DRIVER.play()?;
    if tally.nights < DRIVER.seeds {
        return Ok(());
    }
    let rare: Vec<Fault> =
        OF_THE_DRIVER.into_iter().filter(|fault| tally.count(*fault) < AT_LEAST).collect();
    assert_eq!(rare, [], "of {tally}");
    // A draw in which nothing ever completes, or never rolls back, would prove little.
    assert!(tally.endings.len() == 2, "{tally}");
    assert!(tally.endings.values().all(|count| *count > 20), "{tally}");
    Ok(())
}
