//! What the zones are known to hold.

use super::words as say;
use crate::{
    engine::{PairWeights, Position},
    unit::Share,
};

/// What was read back last.
#[derive(Debug, Clone)]
pub(super) enum Live {
    /// Nothing: the run has not written yet.
    Untouched,
    /// The records of a position.
    Verified { position: Position, share: Share, records: Vec<PairWeights> },
}

impl Live {
    /// Returns the part of the traffic that new has kept after a rollback, as it had it before the run.
    pub(super) fn share_left(&self) -> Share {
        match self {
            Self::Verified { position: Position::Baseline, share, .. } => *share,
            Self::Verified { .. } | Self::Untouched => Share::ZERO,
        }
    }

    /// Returns it in words.
    pub(super) fn words(&self) -> String {
        let Self::Verified { position, share, records } = self else {
            return "the records as they were before the run".to_owned();
        };
        let pairs = say::pairs(records);
        match position {
            Position::Prepared => format!("all traffic as before the run ({pairs})"),
            Position::Shift(_) => format!("{share} on new ({pairs})"),
            Position::Safe => format!("everybody where they were before the run ({pairs})"),
            Position::Finished => format!("new alone ({pairs})"),
            Position::Baseline => "the baseline".to_owned(),
        }
    }
}
