//! The `share` gate: whether as much of the traffic reaches new as was set (law L55). A step that looks green because
//! nobody arrived is not green.

use super::{
    counts::{Pair, Totals},
    scene::{Scene, finding, with_numbers},
    statistics::share_deviation,
    verdict::{Cause, Finding},
    words,
};
use crate::{
    runbook::model::ShareGate,
    unit::{Account, Share, SignedDuration},
};

/// Newest closed minutes that are looked at; more would hide a change.
const WINDOW: i64 = 30;
/// Arrivals to expect before their absence means something: none would come by chance once in a thousand times.
const FEWEST_EXPECTED: f64 = 7.0;

/// The gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShareOfTraffic {
    within: f64,
    after: SignedDuration,
}

impl ShareOfTraffic {
    /// Resolves the runbook's gate.
    pub(super) fn new(gate: &ShareGate) -> Self {
        Self { within: gate.within.fraction(), after: gate.after }
    }

    /// Says what to think of the newest closed minutes.
    pub(super) fn judge(&self, scene: Scene<'_>) -> Finding {
        let Some(span) = scene.span else {
            let why = "no step has begun yet".to_owned();
            return finding("share", Cause::TooFewRequests, why);
        };
        if let Some((cause, why)) = scene.fault(&[Account::New, Account::Legacy]) {
            return finding("share", cause, why);
        }
        match self.totals(scene) {
            Ok(totals) => self.compare(totals, span.share),
            Err(why) => finding("share", Cause::TooFewRequests, why),
        }
    }

    /// Returns the sums over the minutes to judge, or why there are none yet.
    fn totals(&self, scene: Scene<'_>) -> Result<Totals, String> {
        let Some(settled) = scene.settled_for(SignedDuration::ZERO) else {
            return Err("not judged before the step has settled".to_owned());
        };
        let wanted = scene.settled_for(self.after).unwrap_or(settled);
        // A hold that is shorter than `after` would wait for this gate alone, so it is judged on what there is.
        let early = scene.hold_ended && wanted > scene.closed;
        let from = if early { settled } else { wanted };
        if from > scene.closed {
            return Err(format!("not judged before the minute of {wanted} UTC is closed"));
        }
        let mut totals = Totals::default();
        for (_, row) in scene.newest_rows(WINDOW).take_while(|(minute, _)| *minute >= from) {
            totals.add(Pair::of(row));
        }
        Ok(totals)
    }

    fn compare(&self, totals: Totals, set: Share) -> Finding {
        let (new, legacy) = (totals.sum.new.requests, totals.sum.legacy.requests);
        let all = new + legacy;
        if all == 0.0 {
            let why = "no request of either side is on record since the step settled".to_owned();
            return finding("share", Cause::NoTraffic, why);
        }
        let (achieved, wanted) = (new / all, set.fraction());
        // At 0% the part that matters is legacy's: nothing is meant to arrive on new.
        let (part, meant) = if wanted > 0.0 { (achieved, wanted) } else { (1.0 - achieved, 1.0) };
        let noise = 3.0 * share_deviation(meant, all);
        let allowed = self.within * meant;
        let expected = wanted * all;
        let cause = if new == 0.0 && expected >= FEWEST_EXPECTED
            || (part - meant).abs() > allowed + noise
        {
            Cause::ShareOff
        } else if meant - allowed - noise <= 0.0 && expected < FEWEST_EXPECTED {
            Cause::Unproven
        } else {
            Cause::Proven
        };
        let why = self.words(cause, totals, set);
        with_numbers(
            finding("share", cause, why),
            [
                ("new_share", achieved),
                ("set_share", wanted),
                ("requests", new),
                ("legacy_requests", legacy),
            ],
        )
    }

    fn words(&self, cause: Cause, totals: Totals, set: Share) -> String {
        let (new, legacy) = (totals.sum.new.requests, totals.sum.legacy.requests);
        let all = new + legacy;
        if new == 0.0 && cause == Cause::ShareOff {
            return format!(
                "nobody arrives: none of {} requests reached new, although {set} is set; check that the name is the \
                 one that clients ask for, and whether they cache it",
                words::count(all),
            );
        }
        let seen = format!(
            "new gets {} of {} requests of both sides over {} min, where {set} is set",
            words::percent(new / all),
            words::count(all),
            totals.minutes,
        );
        let within = words::percent(self.within);
        if cause == Cause::ShareOff && set == Share::FULL {
            format!(
                "{seen}: legacy still gets {}, more than {within} of them",
                words::count(legacy)
            )
        } else if cause == Cause::ShareOff {
            format!("{seen}: off by more than {within} of it, and more than chance explains")
        } else if cause == Cause::Unproven {
            format!("{seen}: too few requests to tell")
        } else {
            format!("{seen}: within {within} of it")
        }
    }
}
