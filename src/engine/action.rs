//! What the engine wishes for, and how long to wait before wishing again.

use std::collections::BTreeSet;

use super::{Position, WriteFailure};
use crate::{
    plan::{Batch, ChangeId, Hook, ZoneId},
    unit::{Minute, RecordName, RecordType, SignedDuration},
};

/// A wish. Wishes follow from the state and are safe to perform again.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Send this batch, once, and say how it went. Never to be given up half-way.
    Change {
        /// Number of the write.
        write: u32,
        /// Where it goes, for the comment.
        to: Position,
        /// What to send.
        batch: Batch,
    },
    /// Read these names until it works.
    Read {
        /// Their zone.
        zone: ZoneId,
        /// The names.
        names: BTreeSet<RecordName>,
    },
    /// Remove the protections of these names and types, and say how it went (law L16).
    Unprotect {
        /// Their zone.
        zone: ZoneId,
        /// The names and types.
        records: Vec<(RecordName, RecordType)>,
    },
    /// Ask for these changes until all are INSYNC or one is lost.
    AwaitSync {
        /// The changes.
        changes: Vec<ChangeId>,
    },
    /// Run this command of the runbook, and say how it ended. It is killed when it is no longer wished for.
    Run {
        /// Where in the runbook it stands.
        hook: Hook,
        /// Number of the entry in the runbook's `steps`, from 1, where it belongs to one.
        step: Option<usize>,
        /// Program and arguments; never through a shell.
        command: Vec<String>,
        /// How long it may take.
        timeout: SignedDuration,
    },
    /// Read metrics and count targets, again and again; look whether the records are still as they should be.
    Watch {
        /// First minute of interest.
        from: Minute,
        /// Whether the records are settled, so that any difference is somebody else's.
        inspect: bool,
    },
}

/// Returns how long to wait before a write is tried again, after `attempts` failures in a row (laws L20, L24 to L26);
/// `random` is from 0 to 1.
pub fn backoff(failure: WriteFailure, attempts: u32, random: f64) -> SignedDuration {
    let doubled = |first: f64, longest: f64| {
        (first * 2_f64.powi(i32::try_from(attempts.min(16)).unwrap_or(16))).min(longest)
    };
    let seconds = match failure {
        // Full jitter, so that several tools that were throttled together do not come back together.
        WriteFailure::Later => 0.2 + random * doubled(0.25, 5.0),
        WriteFailure::Unclear | WriteFailure::Refused => 0.2 + random * doubled(0.5, 8.0),
        WriteFailure::Denied => doubled(1.0, 15.0) * (0.75 + random / 2.0),
    };
    SignedDuration::from_millis((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_drawn_from_a_range_that_doubles_up_to_its_limit() {
        use WriteFailure::{Denied, Later, Refused, Unclear};
        // The shortest and the longest wait after so many failures in a row, in milliseconds.
        let table = [
            (Later, 0, 200, 450),
            (Later, 1, 200, 700),
            (Later, 3, 200, 2_200),
            (Later, 30, 200, 5_200),
            (Unclear, 0, 200, 700),
            (Refused, 2, 200, 2_200),
            (Refused, 30, 200, 8_200),
            (Denied, 0, 750, 1_250),
            (Denied, 2, 3_000, 5_000),
            (Denied, 30, 11_250, 18_750),
        ];
        for (failure, attempts, shortest, longest) in table {
            let wait = |random| backoff(failure, attempts, random).as_millis();
            assert_eq!((wait(0.0), wait(1.0)), (shortest, longest), "{failure:?} {attempts}");
        }
    }

    #[test]
    fn waiting_grows_but_never_beyond_its_limit() {
        for failure in [
            WriteFailure::Later,
            WriteFailure::Unclear,
            WriteFailure::Refused,
            WriteFailure::Denied,
        ] {
            let waits: Vec<_> = (0..40).map(|n| backoff(failure, n, 0.5)).collect();
            assert!(waits.windows(2).all(|w| w[0] <= w[1]), "{failure:?}");
            assert!(waits[39] <= SignedDuration::from_secs(20), "{failure:?}");
            assert!(waits[0] >= SignedDuration::from_millis(200), "{failure:?}");
        }
    }
}
