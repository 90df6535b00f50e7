//! The way back when there is nothing but the runbook and the live zone: no journal, no load balancer calls, no metrics.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Capacity, Goal, LEGACY_IDENTIFIER, Lock, Mode, NEW_IDENTIFIER, Pair, Plan, Quota, RecordSet,
    Routing, Zone, ZoneId, in_words, lock_name,
    owner::{Owner, members, owner},
    pair::NEXT_NEW_IDENTIFIER,
};
use crate::{
    gate::History,
    runbook::{
        Runbook,
        model::{Record, Windows, ZoneChoice},
    },
    unit::{RecordName, RecordType, Weight},
};

/// Weight of a legacy member that had none left.
const EVERYTHING: Weight = Weight(100);

/// A plan whose only use is to go back, and the names for which there is no way that a program should choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Emergency {
    /// The plan, of all names that can be brought back.
    pub plan: Plan,
    /// What is live at the other names, and what to do about it.
    pub problems: Vec<String>,
}

/// Returns the names to read in a zone for [`emergency`]: those that move, and the zone's lock.
pub fn names_to_read(zone: &Zone, names: &BTreeSet<RecordName>) -> Vec<RecordName> {
    names.iter().cloned().chain(lock_name(&zone.name)).collect()
}

/// Plans the way back: legacy keeps its weight, or gets all of it where it has none; new gets 0. With `to_simple` a
/// member that cutover made for legacy, which it does of simple records alone, becomes a simple record that answers the
/// same. A lock that stands in a zone is to be taken over, so that the
/// run that holds it is fenced; where there is none, none is made.
///
/// `records` are those at [`names_to_read`].
pub fn emergency(
    runbook: &Runbook,
    zones: &BTreeMap<ZoneChoice, Vec<Zone>>,
    records: &BTreeMap<ZoneId, Vec<RecordSet>>,
    to_simple: bool,
) -> Emergency {
    let (mut pairs, mut problems, mut used) = (Vec::new(), Vec::new(), Vec::new());
    for record in &runbook.records {
        let Some([zone]) = zones.get(&record.zone).map(Vec::as_slice) else {
            problems.push(format!(
                "{}: its zone stands for no zone, or for several; name it by its id in the runbook",
                record.name
            ));
            continue;
        };
        for kind in &record.types {
            let own = |live: &&RecordSet| live.name == record.name && live.kind == *kind;
            let live = records.get(&zone.id).into_iter().flatten().filter(own).cloned().collect();
            let place = Place { record, kind, zone: &zone.id, records };
            match place.pair(live, to_simple) {
                Ok((pair, told)) => {
                    pairs.extend(pair);
                    problems.extend(told);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !used.contains(zone) {
            used.push(zone.clone());
        }
    }
    Emergency { plan: plan(runbook, used, pairs, records), problems }
}

fn plan(
    runbook: &Runbook,
    zones: Vec<Zone>,
    pairs: Vec<Pair>,
    records: &BTreeMap<ZoneId, Vec<RecordSet>>,
) -> Plan {
    let found_locks = locks(&zones, records);
    let region = runbook.environment.dns.region.as_deref();
    Plan {
        runbook: runbook.name.clone(),
        environment: runbook.environment.name.clone(),
        steps: 0,
        zones,
        pairs,
        shifts: Vec::new(),
        waves: Vec::new(),
        gates: runbook.gates.clone(),
        policy: runbook.policy.clone(),
        feeds: Vec::new(),
        new_balancers: Vec::new(),
        services: Vec::new(),
        history: History::default(),
        goal: Goal::Move,
        locked: !found_locks.is_empty(),
        found_locks,
        quota: region.map_or(Quota::Default, Quota::of_region),
        tasks: Vec::new(),
        windows: Windows::default(),
        hooks: runbook.hooks.clone(),
        notify: runbook.notify.clone(),
        capacity: Capacity::default(),
        mode: Mode::Usual,
    }
}

/// Returns the locks that stand in these zones, exactly as they were read. What cutover did not write is no lock.
fn locks(
    zones: &[Zone],
    records: &BTreeMap<ZoneId, Vec<RecordSet>>,
) -> BTreeMap<ZoneId, RecordSet> {
    let of = |zone: &Zone| {
        let name = lock_name(&zone.name)?;
        let is_lock = |live: &&RecordSet| {
            live.name == name && live.kind == RecordType::Txt && Lock::read(live).is_some()
        };
        Some((zone.id.clone(), records.get(&zone.id)?.iter().find(is_lock)?.clone()))
    };
    zones.iter().filter_map(of).collect()
}

/// One name and type of the runbook in its zone, among all records that were read.
struct Place<'a> {
    record: &'a Record,
    kind: &'a RecordType,
    zone: &'a ZoneId,
    records: &'a BTreeMap<ZoneId, Vec<RecordSet>>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in zone {}", self.record.name, self.kind, self.zone)
    }
}

impl Place<'_> {
    /// Returns the pair to bring back, or nothing where a simple record answers with legacy already and nobody holds a
    /// lock; and what has to be told of it.
    fn pair(
        &self,
        live: Vec<RecordSet>,
        to_simple: bool,
    ) -> Result<(Option<Pair>, Vec<String>), String> {
        if let [only] = &live[..]
            && only.routing == Routing::Simple
        {
            self.is_legacys(only)?;
            return Ok((self.is_locked().then(|| self.untouched(only)), Vec::new()));
        }
        let all = live.iter().map(in_words).collect::<Vec<_>>().join("; ");
        let (legacy, new) = members(self.record, &live).ok_or_else(|| {
            format!(
                "{self}: which member is legacy's and which is new's cannot be told from their names ({all}); \
                 roll back with the run's id, or set the record by hand"
            )
        })?;
        let Some(legacy) = legacy else {
            let all = if live.is_empty() { "there is no record" } else { &all };
            return Err(format!(
                "{self}: no member is known to be legacy's ({all}); roll back with the run's id, or set the record by hand"
            ));
        };
        let weight = legacy.weight().filter(|weight| weight.0 > 0).unwrap_or(EVERYTHING);
        let restored = legacy.with_weight(weight);
        let quiet = new.map(|new| new.with_weight(Weight(0)));
        let to_simple = to_simple && legacy.set_identifier() == Some(LEGACY_IDENTIFIER);
        let alone = live.len() == 1 + usize::from(new.is_some());
        let simple = RecordSet { routing: Routing::Simple, ..restored.clone() };
        let mut told: Vec<String> = strangers(self, &live).into_iter().collect();
        if to_simple && !alone {
            told.push(format!(
                "{self}: it stays a weighted group, because a member of neither side is in it ({all}); \
                 remove that, and make it simple again"
            ));
        }
        let baseline = if to_simple && alone {
            vec![simple]
        } else {
            std::iter::once(restored.clone()).chain(quiet.clone()).collect()
        };
        let pair = Pair {
            name: self.record.name.clone(),
            kind: self.kind.clone(),
            zone: self.zone.clone(),
            busy: 0,
            wave: 0,
            new: quiet.unwrap_or_else(|| absent(&restored)),
            legacy: restored,
            baseline,
            found: live,
        };
        Ok((Some(pair), told))
    }

    /// Returns true where a run holds a lock, which is going to make pairs of simple records if it is alive. It takes the
    /// locks of its zones one after another.
    fn is_locked(&self) -> bool {
        let live = self.records.values().flatten();
        live.filter(|record| record.kind == RecordType::Txt).any(|r| Lock::read(r).is_some())
    }

    /// Returns a simple record as the pair that a run would make of it: should that have happened by the time at which
    /// the lock is taken over, it is undone.
    fn untouched(&self, simple: &RecordSet) -> Pair {
        let member = |id: &str, weight| RecordSet {
            routing: Routing::Weighted { set_identifier: id.to_owned(), weight },
            ..simple.clone()
        };
        Pair {
            name: self.record.name.clone(),
            kind: self.kind.clone(),
            zone: self.zone.clone(),
            busy: 0,
            wave: 0,
            legacy: member(LEGACY_IDENTIFIER, EVERYTHING),
            new: member(NEW_IDENTIFIER, Weight(0)),
            baseline: vec![simple.clone()],
            found: vec![simple.clone()],
        }
    }

    /// Checks that a simple record answers with legacy.
    fn is_legacys(&self, simple: &RecordSet) -> Result<(), String> {
        let answer = in_words(simple);
        match owner(self.record, simple, true) {
            Owner::Legacy => Ok(()),
            Owner::Either if self.is_legacys_elsewhere(simple) => Ok(()),
            Owner::Either => Err(format!(
                "{self}: both load balancers have the same name, which does not tell whose this simple record is ({answer}); \
                 if no run has changed it, it is legacy's and nothing is to be done; \
                 else roll back with the run's id, or set it by hand"
            )),
            Owner::New | Owner::Nobody => Err(format!(
                "{self}: a simple record that is not known to be legacy's ({answer}); \
                 set it by hand, or roll back with the run's id"
            )),
        }
    }

    /// Returns true when a member that cutover made for legacy points where this record does: a run that was stopped
    /// while it prepared its pairs leaves both. After a second migration identifiers tell nothing.
    fn is_legacys_elsewhere(&self, simple: &RecordSet) -> bool {
        let all = || self.records.values().flatten();
        let with = |wanted| all().filter(move |live| live.set_identifier() == Some(wanted));
        with(NEXT_NEW_IDENTIFIER).next().is_none()
            && with(LEGACY_IDENTIFIER)
                .any(|legacy| legacy.answer.points_where(&simple.answer, self.kind))
    }
}

/// Returns what is said of members that are neither side's: they are left alone, and keep their part of the traffic.
fn strangers(place: &Place<'_>, live: &[RecordSet]) -> Option<String> {
    let several = live.len() > 1;
    let strange = |r: &&RecordSet| {
        several && owner(place.record, r, true) == Owner::Nobody && r.weight() != Some(Weight(0))
    };
    let strangers: Vec<String> = live.iter().filter(strange).map(in_words).collect();
    (!strangers.is_empty()).then(|| {
        format!(
            "{place}: a member of neither side keeps its part of the traffic ({}); remove it by hand",
            strangers.join("; ")
        )
    })
}

/// Stands for a member that does not exist: nothing live has its identifier.
fn absent(legacy: &RecordSet) -> RecordSet {
    let mut member = legacy.clone();
    if let Routing::Weighted { set_identifier, weight } = &mut member.routing {
        *set_identifier = format!("{set_identifier} (absent)");
        *weight = Weight(0);
    }
    member
}
