//! What a seed draws: everything that will go wrong in one night.

use cutover::unit::SignedDuration;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::users::{Ill, Span};
use crate::{arena::Late, saboteur::Trouble};

/// Everything that goes wrong in one night.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    /// Which of the prepared runbooks is played.
    pub(crate) runbook: usize,
    pub(crate) trouble: Trouble,
    pub(crate) late: Late,
    pub(crate) ills: Vec<(Span, Ill)>,
    /// What people and machines do, so long after the beginning.
    pub(crate) acts: Vec<(SignedDuration, Act)>,
    /// The processes of the first run that die, in their order.
    pub(crate) lives: Vec<Life>,
    /// All trouble is over so long after the beginning.
    pub(crate) trouble_for: SignedDuration,
}

/// Something that somebody does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Act {
    /// The clock of the first run's machine is set.
    SetClock(SignedDuration),
    Edit(Edit),
    /// Somebody else begins a run of the same runbook, perhaps with `--take-over`.
    Begin {
        take_over: bool,
    },
    /// Somebody goes on with the first run from a copy of its journal, perhaps with `--take-over`.
    Resume {
        take_over: bool,
    },
    /// Somebody goes back with nothing but the runbook.
    RollBack,
    /// Ctrl-C.
    Interrupt,
    Tune,
    Say(Said),
}

/// What somebody says to the first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Pause,
    Unpause,
    Skip,
    Abort,
}

/// What a stranger changes in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    Weights,
    Ttl,
    DeleteMember,
    AddMember,
    DeleteLock,
    RewriteLock,
}

/// A process that dies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) ends: End,
    /// What of its journal had not been brought to the disk is lost with the machine.
    pub(crate) machine: bool,
    /// How long nobody notices.
    pub(crate) down: SignedDuration,
    pub(crate) goes_back: bool,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    BeforeAppend(usize),
    AfterAppend(usize),
    /// The line is not there, or half of it, and the process knows.
    DiskFull(usize),
    BeforeCall(usize),
    AfterCall(usize),
    After(SignedDuration),
}

fn minutes(rng: &mut ChaCha8Rng, most: i64) -> SignedDuration {
    SignedDuration::from_secs(rng.random_range(0..=most * 60))
}

fn chance(rng: &mut ChaCha8Rng, often: f64) -> bool {
    rng.random::<f64>() < often
}

/// Returns a night of one of the prepared runbooks in which nothing goes wrong.
pub(crate) fn calm(runbook: usize) -> Script {
    Script {
        seed: 7,
        runbook,
        trouble: Trouble::default(),
        late: Late::default(),
        ills: Vec::new(),
        acts: Vec::new(),
        lives: Vec::new(),
        trouble_for: SignedDuration::ZERO,
    }
}

/// Draws a night.
pub(crate) fn draw(seed: u64) -> Script {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xfa57);
    let runbook = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2][rng.random_range(0..10_usize)];
    let trouble = trouble(&mut rng);
    let often = if chance(&mut rng, 0.2) { rng.random::<f64>() * 0.4 } else { 0.0 };
    let late = Late { part: often, by: SignedDuration::from_mins(rng.random_range(1..5)) };
    let ills = ills(&mut rng);
    let lives = (0..rng.random_range(0..4_usize)).map(|_| life(&mut rng)).collect();
    let acts = acts(&mut rng);
    // INSYNC that is stuck for hours is trouble for as long.
    let least = if trouble.late > SignedDuration::from_hours(1) { 120 } else { 0 };
    let trouble_for = SignedDuration::from_mins(least) + minutes(&mut rng, 60);
    Script { seed, runbook, trouble, late, ills, acts, lives, trouble_for }
}

/// Draws a night in which people steer as well. What else goes wrong is the same as in the seed's other night.
pub(crate) fn steered(seed: u64) -> Script {
    let mut script = draw(seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x57ee);
    for _ in 0..rng.random_range(1..4_usize) {
        let at = minutes(&mut rng, 40);
        match rng.random_range(0..8) {
            0..4 => script.acts.push((at, Act::Say(Said::Skip))),
            4..7 => {
                let lifted = at + minutes(&mut rng, 40);
                script.acts.push((at, Act::Say(Said::Pause)));
                script.acts.push((lifted, Act::Say(Said::Unpause)));
            }
            _ => script.acts.push((at, Act::Say(Said::Abort))),
        }
    }
    script
}

fn trouble(rng: &mut ChaCha8Rng) -> Trouble {
    let mut part = |often: f64, most: f64| {
        if rng.random::<f64>() < often { rng.random::<f64>() * most } else { 0.0 }
    };
    let mut trouble = Trouble {
        before: part(0.3, 0.4),
        after: part(0.35, 0.6),
        throttled: part(0.25, 0.4),
        busy: part(0.2, 0.4),
        refused: part(0.15, 0.3),
        ignored: part(0.15, 0.4),
        lost: part(0.2, 0.5),
        reads: part(0.35, 0.4),
        ..Trouble::default()
    };
    trouble.late = match rng.random::<f64>() {
        late if late < 0.15 => minutes(rng, 12),
        late if late < 0.16 => SignedDuration::from_mins(rng.random_range(61..150)),
        _ => SignedDuration::ZERO,
    };
    let mut span = |often: f64| {
        chance(rng, often).then(|| {
            let from = minutes(rng, 25);
            (from, from + minutes(rng, 8))
        })
    };
    trouble.denied = span(0.1);
    trouble.expired = span(0.1);
    trouble
}

fn ills(rng: &mut ChaCha8Rng) -> Vec<(Span, Ill)> {
    let count = [0, 0, 0, 1, 1, 2][rng.random_range(0..6_usize)];
    (0..count)
        .map(|_| {
            let span = Span {
                from: minutes(rng, 30),
                lasts: SignedDuration::from_mins(1) + minutes(rng, 25),
            };
            let rate = 0.02 + rng.random::<f64>() * 0.5;
            let ill = match rng.random_range(0..12) {
                0 => Ill::NewFails(rate),
                1 => Ill::LegacyFails(rate),
                2 => Ill::BothFail(rate),
                3 => Ill::NewIsSlow(1.5 + rate * 10.0),
                4 => Ill::TargetsAreUnhealthy,
                5 => Ill::NobodyArrives,
                6 => Ill::Late(SignedDuration::from_mins(rng.random_range(1..12))),
                7 => Ill::Missing,
                8 => Ill::Silent,
                9 => Ill::Partial,
                10 => Ill::Forbidden,
                _ => Ill::Fails,
            };
            (span, ill)
        })
        .collect()
}

fn life(rng: &mut ChaCha8Rng) -> Life {
    let append = rng.random_range(0..80);
    let call = rng.random_range(0..60);
    let ends = match rng.random_range(0..6) {
        0 => End::BeforeAppend(append),
        1 => End::AfterAppend(append),
        2 => End::DiskFull(append),
        3 => End::BeforeCall(call),
        4 => End::AfterCall(call),
        _ => End::After(SignedDuration::from_millis(rng.random_range(0..900_000))),
    };
    let (machine, goes_back) = (chance(rng, 0.4), chance(rng, 0.2));
    let most = if chance(rng, 0.5) { 2 } else { 90 };
    Life { ends, machine, down: minutes(rng, most), goes_back }
}

fn acts(rng: &mut ChaCha8Rng) -> Vec<(SignedDuration, Act)> {
    let mut acts = Vec::new();
    let mut at = |rng: &mut ChaCha8Rng, act| acts.push((minutes(rng, 25), act));
    if chance(rng, 0.1) {
        let by = SignedDuration::from_secs(rng.random_range(-3600..3600));
        at(rng, Act::SetClock(by));
    }
    if chance(rng, 0.15) {
        let edits = [
            Edit::Weights,
            Edit::Ttl,
            Edit::DeleteMember,
            Edit::AddMember,
            Edit::DeleteLock,
            Edit::RewriteLock,
        ];
        let edit = edits[rng.random_range(0..edits.len())];
        at(rng, Act::Edit(edit));
    }
    match rng.random_range(0..20) {
        0 => at(rng, Act::Begin { take_over: false }),
        1 => at(rng, Act::Begin { take_over: true }),
        2 => at(rng, Act::Resume { take_over: false }),
        3 => at(rng, Act::Resume { take_over: true }),
        4 | 5 => at(rng, Act::RollBack),
        _ => {}
    }
    if chance(rng, 0.1) {
        at(rng, Act::Tune);
    }
    if chance(rng, 0.15) {
        let first = SignedDuration::from_millis(rng.random_range(0..1_500_000));
        acts.push((first, Act::Interrupt));
        if chance(rng, 0.5) {
            acts.push((first + SignedDuration::from_millis(800), Act::Interrupt));
        }
    }
    acts
}
