//! Users as a formula: the metrics of a minute follow from the share that new had in it, and from what is ill.

use std::collections::BTreeMap;

use cutover::{
    gate::{DataFault, DataFaultKind, Row, SideRow, TargetCount},
    unit::{Account, Minute, SignedDuration, Timestamp},
};

use crate::{
    saboteur::later,
    tally::{Fault, Tally},
};

/// A part of the night, from its beginning on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: SignedDuration,
    pub(crate) lasts: SignedDuration,
}

impl Span {
    fn has(&self, since: SignedDuration) -> bool {
        (self.from..self.from + self.lasts).contains(&since)
    }
}

/// What can be wrong with the two sides, or with what is told of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ill {
    /// So many more requests fail.
    NewFails(f64),
    LegacyFails(f64),
    BothFail(f64),
    /// Requests take so many times as long.
    NewIsSlow(f64),
    TargetsAreUnhealthy,
    /// The users who are sent to new do not get there.
    NobodyArrives,
    /// Minutes are told so much later.
    Late(SignedDuration),
    /// Minutes are never told.
    Missing,
    /// New tells nothing.
    Silent,
    /// Every second minute is left out, and it says so.
    Partial,
    Forbidden,
    Fails,
}

impl Ill {
    fn fault(self) -> Fault {
        match self {
            Self::NewFails(_) => Fault::NewFails,
            Self::LegacyFails(_) => Fault::LegacyFails,
            Self::BothFail(_) => Fault::BothFail,
            Self::NewIsSlow(_) => Fault::NewIsSlow,
            Self::TargetsAreUnhealthy => Fault::TargetsAreUnhealthy,
            Self::NobodyArrives => Fault::NobodyArrives,
            Self::Late(_) => Fault::MetricsAreLate,
            Self::Missing => Fault::MetricsAreMissing,
            Self::Silent => Fault::OneSideIsSilent,
            Self::Partial => Fault::MetricsArePartial,
            Self::Forbidden => Fault::MetricsAreForbidden,
            Self::Fails => Fault::MetricsFail,
        }
    }
}

/// The users, and CloudWatch.
#[derive(Debug)]
pub(super) struct Users {
    seed: u64,
    began: Timestamp,
    requests: f64,
    error_rate: f64,
    ills: Vec<(Span, Ill)>,
    /// New's part of the traffic, from each moment on.
    shares: Vec<(Timestamp, f64)>,
}

/// What CloudWatch and the load balancers say.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) rows: BTreeMap<Minute, Row>,
    pub(super) targets: Option<TargetCount>,
    pub(super) faults: Vec<DataFault>,
}

/// How long it takes until clients follow a change of the weights.
const CLIENTS_FOLLOW: SignedDuration = SignedDuration::from_secs(45);
/// A minute is told from this age on, and grows until it is over.
const TOLD_AFTER: SignedDuration = SignedDuration::from_secs(20);

impl Users {
    pub(super) fn new(
        seed: u64,
        began: Timestamp,
        (requests, error_rate): (f64, f64),
        ills: Vec<(Span, Ill)>,
    ) -> Self {
        Self { seed, began, requests, error_rate, ills, shares: vec![(began, 0.0)] }
    }

    /// Takes in that new has this part of the traffic from now on.
    pub(super) fn share_is(&mut self, now: Timestamp, share: f64) {
        self.shares.push((now, share));
    }

    /// Tells the minutes from this one on.
    pub(super) fn tell(&self, now: Timestamp, from: Minute, tally: &mut Tally) -> Told {
        let since = now.duration_since(self.began);
        let on = || self.ills.iter().filter(|(span, _)| span.has(since)).map(|(_, ill)| *ill);
        let share = self.share_at(now);
        for ill in on() {
            let needs_new =
                matches!(ill, Ill::NewFails(_) | Ill::NewIsSlow(_) | Ill::NobodyArrives);
            if !needs_new || share > 0.0 {
                tally.bites(ill.fault());
            }
        }
        let fault = |kind| DataFault { account: Account::New, kind, message: "dark".to_owned() };
        let kinds = [
            (Ill::Partial, DataFaultKind::Partial),
            (Ill::Forbidden, DataFaultKind::Forbidden),
            (Ill::Fails, DataFaultKind::ProviderError),
        ];
        let told = kinds.into_iter().filter(|(ill, _)| on().any(|other| other == *ill));
        let faults: Vec<DataFault> = told.map(|(_, kind)| fault(kind)).collect();
        let late = on().filter_map(|ill| if let Ill::Late(by) = ill { Some(by) } else { None });
        let late = late.fold(SignedDuration::ZERO, SignedDuration::max);
        let dark = on().any(|ill| matches!(ill, Ill::Forbidden | Ill::Fails));
        let partial = on().any(|ill| ill == Ill::Partial);
        let mut rows = BTreeMap::new();
        let mut minute = from.max(Minute::containing(self.began).offset(-5));
        while minute.start() <= now {
            let age = now.duration_since(minute.start());
            if age >= TOLD_AFTER + late
                && !(partial && minute.0 % 2 == 0)
                && let Some(mut row) = self.row(minute, age)
            {
                if dark {
                    row.new = SideRow::default();
                }
                rows.insert(minute, row);
            }
            minute = minute.offset(1);
        }
        let healthy = if on().any(|ill| ill == Ill::TargetsAreUnhealthy) { 1 } else { 6 };
        let targets = Some(TargetCount { healthy, registered: 6, of: None });
        Told { rows, targets, faults }
    }

    fn share_at(&self, at: Timestamp) -> f64 {
        let known = self.shares.iter().rev().find(|(from, _)| later(*from, CLIENTS_FOLLOW) <= at);
        known.map_or(0.0, |(_, share)| *share)
    }

    fn row(&self, minute: Minute, age: SignedDuration) -> Option<Row> {
        let middle = later(minute.start(), SignedDuration::from_secs(30));
        let since = middle.duration_since(self.began);
        let part = (age.as_secs_f64() / 60.0).min(1.0);
        let share = self.share_at(middle);
        let all = self.requests * part * (1.0 + 0.06 * self.noise(minute, 1));
        let (mut legacy, mut new) = (all * (1.0 - share), all * share);
        let mut rates = [self.error_rate; 2];
        let mut slow = 1.0;
        let mut silent = false;
        for (_, ill) in self.ills.iter().filter(|(span, _)| span.has(since)) {
            match *ill {
                Ill::NewFails(rate) => rates[1] += rate,
                Ill::LegacyFails(rate) => rates[0] += rate,
                Ill::BothFail(rate) => rates = rates.map(|known| known + rate),
                Ill::NewIsSlow(times) => slow *= times,
                Ill::NobodyArrives => new = 0.0,
                Ill::TargetsAreUnhealthy => rates[1] += 0.5,
                Ill::Missing => return None,
                Ill::Silent => silent = true,
                Ill::Late(_) | Ill::Partial | Ill::Forbidden | Ill::Fails => {}
            }
        }
        legacy = legacy.round();
        new = new.round();
        let side = |requests: f64, rate: f64, latency: f64, salt| {
            if requests < 1.0 {
                return SideRow::default();
            }
            let latency = latency * (1.0 + 0.05 * self.noise(minute, salt + 1));
            let errors =
                (requests * rate.min(1.0) * (1.0 + 0.2 * self.noise(minute, salt))).round();
            SideRow {
                requests: Some(requests),
                errors: Some(errors.min(requests)),
                latency: Some(latency),
                latency_p90: Some(latency * 0.6),
                ..SideRow::default()
            }
        };
        let legacy = side(legacy, rates[0], 0.2, 2);
        let new = if silent { SideRow::default() } else { side(new, rates[1], 0.2 * slow, 4) };
        Some(Row { legacy, new, metrics: BTreeMap::new() })
    }

    /// Returns a number from -1 to 1 that is always the same for a minute.
    fn noise(&self, minute: Minute, salt: u64) -> f64 {
        let mut x = self.seed ^ (minute.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt << 56;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ x >> 31) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}
