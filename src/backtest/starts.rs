//! The minutes at which cutovers begin.

use super::setting::Setting;
use crate::unit::{Minute, SignedDuration, words};

/// Recorded traffic that is shorter than the cutover.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the history is {} long, and the cutover takes {}", in_words(*.recorded), in_words(*.needed)
)]
pub struct TooShort {
    /// Minutes from the first to the last.
    pub recorded: i64,
    /// Minutes that a cutover takes when nothing holds it.
    pub needed: i64,
}

fn in_words(minutes: i64) -> String {
    words(SignedDuration::from_mins(minutes))
}

/// The minutes at which a cutover can begin.
pub(super) struct Starts {
    first: Minute,
    count: i64,
}

impl Starts {
    /// Leaves as much of the past before the first one as the limits are made from, if there is room for that.
    pub(super) fn of(setting: &Setting<'_>) -> Result<Self, TooShort> {
        let (first, last) = setting.past.ends();
        let (recorded, needed) = (last.0 - first.0 + 1, setting.minutes());
        let spare = recorded - needed;
        if spare < 0 {
            return Err(TooShort { recorded, needed });
        }
        let before = setting.minutes_before().min(spare);
        Ok(Self { first: first.offset(before), count: spare - before + 1 })
    }

    /// Spreads so many cutovers evenly over them.
    pub(super) fn of_cutover(&self, index: usize, cutovers: usize) -> Minute {
        let (index, cutovers) = (index as i128, cutovers.max(1) as i128);
        let after = index * i128::from(self.count) / cutovers;
        self.first.offset(i64::try_from(after).unwrap_or_default())
    }
}
