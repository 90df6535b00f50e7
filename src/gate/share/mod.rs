//! The `share` gate: whether as much of the traffic reaches new as was set (law L55), and whether as much as usual comes
//! at all. A step that looks green because nobody arrived is not green.

mod arrived;
mod deserted;
mod usual;

use std::collections::BTreeMap;

use super::{
    counts::{Pair, Totals},
    scene::{Scene, finding, with_numbers},
    statistics::share_range,
    verdict::{Cause, Finding},
    watch::History,
};
use crate::{
    runbook::model::ShareGate,
    unit::{Account, Minute, Share, SignedDuration},
};
use arrived::Arrived;
use deserted::deserted;
use usual::{Beside, Usual};

/// Newest closed minutes that are looked at; more would hide a change.
const WINDOW: i64 = 30;

/// The gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShareOfTraffic {
    within: f64,
    after: SignedDuration,
    usual: Usual,
    /// Requests a minute that are meant for each of new's load balancers at 100 %.
    meant_for: BTreeMap<String, f64>,
}

impl ShareOfTraffic {
    /// Resolves the runbook's gate.
    pub(super) fn new(gate: &ShareGate, history: &History) -> Self {
        Self {
            within: gate.within.fraction(),
            after: gate.after,
            usual: Usual::of(history),
            meant_for: history.meant_for.clone(),
        }
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
        match self.first_minute(scene) {
            Ok(from) => self.compare(scene, from, span.share),
            Err(why) => finding("share", Cause::TooFewRequests, why),
        }
    }

    /// Returns the first minute to judge, or why there is none yet.
    fn first_minute(&self, scene: Scene<'_>) -> Result<Minute, String> {
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
        Ok(from)
    }

    fn compare(&self, scene: Scene<'_>, from: Minute, set: Share) -> Finding {
        let arrived = self.arrived(scene, from, set);
        let (new, legacy) = (arrived.on_new(), arrived.on_legacy());
        if new + legacy == 0.0 {
            let why = "no request of either side is on record since the step settled".to_owned();
            return finding("share", Cause::NoTraffic, why);
        }
        let (cause, why) = match deserted(scene, from, set, &self.meant_for) {
            Some(deserted) if arrived.is_near() => {
                (Cause::NobodyArrives, format!("{}; {}", deserted.words(), arrived.words(scene)))
            }
            Some(_) | None => (arrived.way().cause(), arrived.words(scene)),
        };
        let found = finding("share", cause, why);
        let usual = |of: fn(&Beside) -> Option<f64>| arrived.beside.as_ref().and_then(of);
        with_numbers(
            found,
            [
                ("new_share", arrived.share()),
                ("set_share", set.fraction()),
                ("least_share", arrived.expected.0),
                ("most_share", arrived.expected.1),
                ("requests", new),
                ("legacy_requests", legacy),
                ("requests_a_week_ago", usual(|beside| beside.week).unwrap_or(f64::NAN)),
                ("requests_at_the_rate_before", usual(|beside| beside.hour).unwrap_or(f64::NAN)),
            ],
        )
    }

    fn arrived(&self, scene: Scene<'_>, from: Minute, set: Share) -> Arrived {
        let (mut totals, mut minutes) = (Totals::default(), 0);
        for (_, row) in scene.newest_rows(WINDOW).take_while(|(minute, _)| *minute >= from) {
            totals.add(Pair::of(row));
            minutes += usize::from(row.requests().is_some());
        }
        let all = totals.sum.new.requests + totals.sum.legacy.requests;
        Arrived {
            totals,
            minutes,
            set,
            expected: self.expected(set.fraction(), all),
            chance: share_range(set.fraction(), all),
            beside: self.usual.beside(scene, from),
        }
    }

    /// Returns the part of new that may be seen on so many requests.
    fn expected(&self, set: f64, requests: f64) -> (f64, f64) {
        let least = |meant: f64| share_range(meant * (1.0 - self.within), requests).0;
        if set > 0.0 {
            return (least(set), share_range(set * (1.0 + self.within), requests).1);
        }
        // At 0% the part that matters is legacy's: nothing is meant to arrive on new.
        (0.0, 1.0 - least(1.0))
    }
}
