//! Whether trouble is new's alone: nobody is blamed for what both sides suffer, or sent back onto a sick legacy.

use super::{
    counts::{Pair, Totals},
    reading::Row,
    scene::Scene,
};

/// Newest closed minutes that are looked at.
pub(super) const WINDOW: i64 = 5;
/// In how many of them legacy must be in trouble to count as sick: one bad minute is chance.
pub(super) const SICK_MINUTES: u32 = 3;

/// Trouble of legacy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sickness {
    /// Sums over the minutes in which legacy was in trouble.
    pub(super) totals: Totals,
    /// How many these are.
    pub(super) minutes: u32,
    /// Whether new was in trouble in the same minutes.
    pub(super) shared: bool,
}

/// Returns legacy's trouble when it fails more than its own limit in most of the newest closed minutes.
///
/// A minute counts when at least three requests failed and more than the limit allows. It is over as soon as fewer
/// minutes count, so a hold for this reason ends by itself.
pub(super) fn failing(scene: Scene<'_>, limit: f64) -> Option<Sickness> {
    let mut sickness = in_trouble(scene, |row| Pair::of(row).legacy.breaks(limit))?;
    sickness.shared = sickness.totals.sum.new.rate() > limit;
    Some(sickness)
}

/// Returns the sums over legacy's troubled minutes, when there are enough of them to call it sick.
pub(super) fn in_trouble(scene: Scene<'_>, troubled: impl Fn(&Row) -> bool) -> Option<Sickness> {
    let mut sickness = Sickness { totals: Totals::default(), minutes: 0, shared: false };
    for (_, row) in scene.newest_rows(WINDOW).filter(|(_, row)| troubled(row)) {
        sickness.totals.add(Pair::of(row));
        sickness.minutes += 1;
    }
    (sickness.minutes >= SICK_MINUTES).then_some(sickness)
}
