//! What arrived of what was set: which of the ways to be wrong it is, and the sentence for it.

use super::usual::Beside;
use crate::{
    gate::{counts::Totals, scene::Scene, verdict::Cause, words},
    unit::Share,
};

/// Part of what is meant for a side below which hardly anybody arrives there. Route 53 leaves out a side without healthy
/// targets where it evaluates them (laws L45, L47); what still comes are those who keep old answers.
const HARDLY: f64 = 0.1;
/// Share from which on it shows in the sum of both sides when everybody who is led to new gets lost.
const LARGE: f64 = 0.3;

/// What arrived, beside what was set.
pub(super) struct Arrived {
    /// Sums of both sides.
    pub(super) totals: Totals,
    /// How many minutes they are of.
    pub(super) minutes: usize,
    pub(super) set: Share,
    /// Part of new that the gate expects, from and to: as far off as it may be, and chance.
    pub(super) expected: (f64, f64),
    /// Part of new that chance alone makes of the share that was set.
    pub(super) chance: (f64, f64),
    /// The same minutes beside what is usual.
    pub(super) beside: Option<Beside>,
}

/// The ways to be right or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As near to what was set as it has to be.
    AsSet,
    /// It cannot be told.
    TooFew,
    /// Too far from what was set.
    Off,
    /// Hardly anybody comes to new.
    Nobody,
    /// Hardly anybody comes to legacy, although a part is meant for it.
    Everybody,
    /// Users reach neither side.
    Missing,
}

impl Way {
    pub(super) fn cause(self) -> Cause {
        match self {
            Self::AsSet => Cause::Proven,
            Self::TooFew => Cause::Unproven,
            Self::Off => Cause::ShareOff,
            Self::Nobody => Cause::NobodyArrives,
            Self::Everybody => Cause::EverybodyArrives,
            Self::Missing => Cause::TrafficMissing,
        }
    }
}

impl Arrived {
    pub(super) fn on_new(&self) -> f64 {
        self.totals.sum.new.requests
    }

    pub(super) fn on_legacy(&self) -> f64 {
        self.totals.sum.legacy.requests
    }

    fn all(&self) -> f64 {
        self.on_new() + self.on_legacy()
    }

    pub(super) fn share(&self) -> f64 {
        self.on_new() / self.all()
    }

    /// Returns which way to be right or wrong it is.
    pub(super) fn way(&self) -> Way {
        let (share, set) = (self.share(), self.set.fraction());
        let (least, most) = self.expected;
        if self.beside.is_some_and(|beside| beside.missing) {
            Way::Missing
        } else if share < HARDLY * set && share < self.chance.0 {
            Way::Nobody
        } else if 1.0 - share < HARDLY * (1.0 - set) && share > self.chance.1 {
            Way::Everybody
        } else if share < least || share > most {
            Way::Off
        } else if set > 0.0 && self.chance.0 == 0.0 {
            // If nobody arrived at all, that could be chance too.
            Way::TooFew
        } else {
            Way::AsSet
        }
    }

    /// Returns true where the sum of new's load balancers does not show that a large part is missing.
    pub(super) fn is_near(&self) -> bool {
        match self.way() {
            Way::AsSet | Way::TooFew | Way::Off => true,
            Way::Nobody | Way::Everybody | Way::Missing => false,
        }
    }

    /// Returns the sentence for people.
    pub(super) fn words(&self, scene: Scene<'_>) -> String {
        let seen = self.seen();
        match self.way() {
            Way::Missing => format!(
                "requests are missing: {}; of what comes new gets {}, where {} is set",
                self.usual().unwrap_or_default(),
                self.part(),
                self.set
            ),
            Way::Nobody => {
                let nobody = if self.on_new() == 0.0 { "nobody" } else { "hardly anybody" };
                let (dead, beside) = (dead_targets(scene), self.beside());
                format!("{nobody} arrives: {seen}{dead}{beside}{}", self.lost())
            }
            Way::Everybody => {
                let all = if self.on_legacy() == 0.0 { "everybody" } else { "nearly everybody" };
                format!("{all} arrives: {seen}; legacy seems to be left out of the answers")
            }
            Way::Off => format!("{seen}; {}{}", self.band(), self.beside()),
            Way::TooFew => format!("{seen}: too few requests to tell"),
            Way::AsSet => format!("{seen}; {}{}", self.band(), self.skew()),
        }
    }

    fn seen(&self) -> String {
        format!(
            "new gets {} of {} requests of both sides over {} min, where {} is set",
            self.part(),
            words::count(self.all()),
            self.minutes,
            self.set,
        )
    }

    fn part(&self) -> String {
        if self.on_new() == 0.0 { "none".to_owned() } else { words::percent(self.share()) }
    }

    /// Says what is expected of the share.
    fn band(&self) -> String {
        let (least, most) = (words::percent(self.expected.0), words::percent(self.expected.1));
        match (self.set, self.expected) {
            (Share::FULL, _) => format!("at least {least} is expected"),
            (_, (0.0, _)) => format!("at most {most} is expected"),
            _ => format!("between {least} and {most} is expected"),
        }
    }

    /// Says that a share which is near enough is off by more than chance.
    fn skew(&self) -> &'static str {
        let share = self.share();
        if (self.chance.0..=self.chance.1).contains(&share) {
            ""
        } else if self.set == Share::FULL || self.set == Share::ZERO {
            "; the others keep old answers or connections"
        } else {
            "; it is off by more than chance: some resolvers stand for many clients, or keep old answers"
        }
    }

    /// Says how much usually comes, after a sentence about the share.
    fn beside(&self) -> String {
        self.usual().map_or_else(String::new, |usual| format!("; {usual}"))
    }

    /// Says that about as many requests are missing as are led to new, where so many are that it shows.
    fn lost(&self) -> &'static str {
        let set = self.set.fraction();
        let usual = self.beside.and_then(|beside| Some((beside.seen, beside.least_usual()?)));
        match usual {
            Some((seen, usual)) if set >= LARGE && seen < (1.0 - set / 2.0) * usual => {
                "; as if those who are led to new reached nothing"
            }
            Some(_) | None => "",
        }
    }

    /// Says how much comes, beside what usually does.
    fn usual(&self) -> Option<String> {
        let Beside { minutes, seen, week, hour, .. } = self.beside?;
        let week = week
            .map(|week| format!("it was {} in the same minutes a week ago", words::count(week)));
        let hour = hour.map(|hour| {
            format!("it would be {} at the pace of the hour before", words::count(hour))
        });
        let bases = [week, hour].into_iter().flatten().collect::<Vec<_>>().join(", and ");
        Some(format!("both sides together got {} in {minutes} min; {bases}", words::count(seen)))
    }
}

/// Says that none of new's targets is healthy, where that is known.
fn dead_targets(scene: Scene<'_>) -> String {
    match scene.table.targets() {
        Some((_, count)) if count.healthy == 0 => {
            format!("; none of the {} targets behind new is healthy", count.registered)
        }
        Some(_) | None => String::new(),
    }
}
