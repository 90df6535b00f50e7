//! The places at which processes die.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    doom::{Doom, How},
    morning::{Act, Came, Next, play},
};
use crate::night::{process::Result, sky::Speed};

/// A way to end, in an act, and what follows.
type Row = (Act, How, Next);

/// A place that a run of the tests plays always: act, end, which line or call, and what follows.
type Place = (Act, How, (&'static str, usize), Next);

const ACTS: [Act; 4] = [Act::Run, Act::Breach, Act::Rollback, Act::Finish];
const ENDS: [How; 7] = [
    How::BeforeLine,
    How::MidLine,
    How::AfterLine,
    How::FullDisk,
    How::SickDisk,
    How::BeforeCall,
    How::AfterCall,
];

/// What is in the requests that change records.
const CHANGE: &str = "<ChangeResourceRecordSetsRequest";

/// Every kind of line and call that a night cannot do without, and every way to end, each at least once.
const ALWAYS: [Place; 21] = [
    (Act::Run, How::MidLine, ("run_started", 1), Next::Resume),
    (Act::Run, How::AfterLine, ("preflight_passed", 1), Next::Resume),
    (Act::Run, How::BeforeCall, ("", 3), Next::Resume),
    (Act::Run, How::AfterCall, (CHANGE, 1), Next::Rollback),
    (Act::Run, How::AfterCall, (CHANGE, 2), Next::Resume),
    (Act::Run, How::FullDisk, ("prepared", 1), Next::Rollback),
    (Act::Run, How::BeforeLine, ("write_accepted", 3), Next::Rollback),
    (Act::Run, How::AfterCall, (CHANGE, 3), Next::Resume),
    (Act::Run, How::SickDisk, ("weights_written", 1), Next::Resume),
    (Act::Run, How::AfterLine, ("step_passed", 2), Next::Resume),
    (Act::Run, How::MidLine, ("run_completed", 1), Next::Rollback),
    (Act::Breach, How::AfterLine, ("breached", 1), Next::Resume),
    (Act::Breach, How::BeforeCall, (CHANGE, 4), Next::Rollback),
    (Act::Breach, How::MidLine, ("rolled_back", 1), Next::Resume),
    (Act::Rollback, How::BeforeCall, (CHANGE, 1), Next::Rollback),
    (Act::Rollback, How::AfterCall, (CHANGE, 1), Next::Resume),
    (Act::Rollback, How::MidLine, ("records_read", 1), Next::Rollback),
    (Act::Finish, How::MidLine, ("run_started", 1), Next::Rollback),
    (Act::Finish, How::AfterLine, ("lock_taken", 1), Next::Resume),
    (Act::Finish, How::BeforeLine, ("run_completed", 1), Next::Resume),
    (Act::Finish, How::AfterCall, (CHANGE, 2), Next::Rollback),
];

/// Does pieces of work on several threads, and returns what went wrong, in words.
fn all(pieces: usize, threads: usize, work: impl Fn(usize) -> Vec<String> + Sync) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let piece = next.fetch_add(1, Ordering::SeqCst);
                    if piece >= pieces {
                        break;
                    }
                    let found = work(piece);
                    wrong.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                }
            });
        }
    });
    wrong.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Returns how many places are to be passed over from one to the next, where anybody wants them all.
#[expect(clippy::disallowed_methods, reason = "it says how long a test may take")]
fn stride() -> Option<usize> {
    std::env::var("CUTOVER_CRASHES").ok()?.parse().ok().filter(|stride| *stride > 0)
}

/// Nights that are played at the same time. They wait most of the time, so that a slower clock and more of them load a
/// machine less than a faster clock.
const THREADS: usize = 4;
const THREADS_OF_ALL: usize = 12;

#[test]
fn a_process_that_dies_or_cannot_record_leaves_what_the_next_one_brings_to_a_good_end() {
    let wrong = all(ALWAYS.len(), THREADS, |index| {
        let (act, how, (matching, nth), next) = ALWAYS[index];
        let matching = if how.is_at_a_call() {
            matching.to_owned()
        } else {
            format!("\"event\":\"{matching}\"")
        };
        match play((act, next), &Doom { how, matching, nth }, Speed::Usual) {
            Ok(Came::Met) => Vec::new(),
            Ok(Came::Never) => vec![format!("{:?}: there is no such place", ALWAYS[index])],
            Err(why) => vec![format!("{:?}: {why}", ALWAYS[index])],
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Places of a row that may go wrong before it is given up.
const ENOUGH: usize = 10;

/// Plays a row at every so manyth place until its process lives to its own end.
fn along((act, how, next): Row, stride: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    for nth in (1..).step_by(stride) {
        let place = format!("{act:?}, {how:?}, place {nth}, then {next:?}");
        match play((act, next), &Doom { how, matching: String::new(), nth }, Speed::Slow) {
            Ok(Came::Met) => eprintln!("{place}: well"),
            Ok(Came::Never) => break,
            Err(why) => {
                eprintln!("{place}: {why}");
                wrong.push(format!("{place}: {why}"));
            }
        }
        if wrong.len() == ENOUGH {
            break;
        }
    }
    wrong
}

#[test]
fn every_place() -> Result<()> {
    let Some(stride) = stride() else { return Ok(()) };
    let of_an_end = |how: &How| {
        let then = |next| ACTS.map(|act| (act, *how, next));
        [then(Next::Resume), then(Next::Rollback)].concat()
    };
    let rows: Vec<Row> = ENDS.iter().flat_map(of_an_end).collect();
    let wrong = all(rows.len(), THREADS_OF_ALL, |index| along(rows[index], stride));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
