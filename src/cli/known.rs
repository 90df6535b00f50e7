//! What a journal last knew of the live zones, without anybody being asked.

use std::collections::BTreeMap;

use crate::{
    engine::Event,
    journal::Record,
    plan::{Lock, Plan, RecordSet, Zone, ZoneId, lock_name},
    unit::RecordType,
};

/// The records and the locks of a run as they were last read or taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Of each pair of the plan.
    pub(super) records: Vec<Vec<RecordSet>>,
    /// Exactly what stands at the locks' names.
    pub(super) locks: BTreeMap<ZoneId, RecordSet>,
}

impl Known {
    /// Returns what these records of a run with this plan tell.
    pub(super) fn of(plan: &Plan, records: &[Record]) -> Self {
        let mut known = Self {
            records: plan.pairs.iter().map(|pair| pair.found.clone()).collect(),
            locks: plan.found_locks.clone(),
        };
        records.iter().for_each(|record| known.learn(plan, &record.event));
        known
    }

    fn learn(&mut self, plan: &Plan, event: &Event) {
        if let Event::RecordsRead { zone, records } = event {
            self.read(plan, zone, records);
        } else if let Event::LockTaken { zone, lock } = event {
            self.held(plan, zone, Some(lock));
        } else if let Event::Fenced { zone, holder, .. } = event {
            self.held(plan, zone, holder.as_ref());
        } else if let Event::LockReleased { zone } = event {
            self.held(plan, zone, None);
        }
    }

    fn held(&mut self, plan: &Plan, zone: &ZoneId, lock: Option<&Lock>) {
        self.locks.remove(zone);
        let apex = plan.zones.iter().find(|known| known.id == *zone).map(|known| &known.name);
        let record = lock.and_then(|lock| Some(lock.record(&lock_name(apex?)?)));
        self.locks.extend(record.map(|record| (zone.clone(), record)));
    }

    /// Only the names that were asked for are among what was read, so that what is not there tells nothing.
    fn read(&mut self, plan: &Plan, zone: &ZoneId, records: &[RecordSet]) {
        for (pair, live) in plan.pairs.iter().zip(&mut self.records) {
            let own = pair.own(records);
            if pair.zone == *zone && !own.is_empty() {
                *live = own;
            }
        }
        let lock = plan.zones.iter().filter(|known| known.id == *zone);
        let lock = lock.filter_map(|zone| Some((zone.id.clone(), lock_among(zone, records)?)));
        self.locks.extend(lock);
    }

    /// Returns who holds each zone's lock.
    pub(super) fn holders(&self) -> impl Iterator<Item = (&ZoneId, Lock)> {
        self.locks.iter().filter_map(|(zone, record)| Some((zone, Lock::read(record)?)))
    }
}

fn lock_among(zone: &Zone, records: &[RecordSet]) -> Option<RecordSet> {
    let name = lock_name(&zone.name)?;
    records.iter().find(|record| record.name == name && record.kind == RecordType::Txt).cloned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        plan::{Answer, Routing, emergency},
        runbook::{Choice, Source, parse},
        unit::{RecordName, Timestamp, Ttl, Weight},
    };

    const RUNBOOK: &str = "
version: 1
name: api
records:
  - { name: api.example.com, zone: example.com, types: [CNAME],
      legacy: { value: old.example.net }, new: { value: new.example.net } }
steps:
  - { weight: 100%, hold: 10m }
gates: { errors: off, latency: off, targets: off, share: off }
";

    pub(in crate::cli) fn zone() -> Zone {
        let name = "example.com".parse().unwrap();
        Zone { id: ZoneId("Z1".to_owned()), name, private: false }
    }

    pub(in crate::cli) fn members(legacy: u8, new: u8) -> Vec<RecordSet> {
        let member = |id: &str, weight: u8, value: &str| RecordSet {
            name: "api.example.com".parse().unwrap(),
            kind: RecordType::Cname,
            routing: Routing::Weighted { set_identifier: id.to_owned(), weight: Weight(weight) },
            answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
            health_check: None,
        };
        vec![
            member("cutover:legacy", legacy, "old.example.net"),
            member("cutover:new", new, "new.example.net"),
        ]
    }

    /// Returns a plan with one pair, found at these weights.
    pub(in crate::cli) fn plan(found: Vec<RecordSet>) -> Plan {
        let source = Source { path: "api.yaml".to_owned(), text: RUNBOOK.into() };
        let runbook = parse(&source, &Choice::default()).unwrap();
        let choice = runbook.records[0].zone.clone();
        let (zones, records) = (vec![zone()], BTreeMap::from([(zone().id, found)]));
        let found = emergency(&runbook, &BTreeMap::from([(choice, zones)]), &records, false);
        assert_eq!(found.problems, Vec::<String>::new());
        found.plan
    }

    pub(in crate::cli) fn lock(epoch: u64) -> Lock {
        Lock {
            run: "api-20261123T021400Z-9f3a".parse().unwrap(),
            epoch,
            owner: "5c1e9a70".to_owned(),
            until: "2026-11-23T05:00:00Z".parse().unwrap(),
        }
    }

    fn known(events: Vec<Event>) -> Known {
        let run = lock(1).run;
        let at: Timestamp = "2026-11-23T02:14:00Z".parse().unwrap();
        let record = |event| Record::first(at, run.clone(), event).unwrap();
        let records: Vec<_> = events.into_iter().map(record).collect();
        Known::of(&plan(members(100, 0)), &records)
    }

    fn read(records: Vec<RecordSet>) -> Event {
        Event::RecordsRead { zone: zone().id, records }
    }

    fn lock_record(epoch: u64) -> RecordSet {
        let name: RecordName = "_cutover-lock.example.com".parse().unwrap();
        lock(epoch).record(&name)
    }

    #[test]
    fn before_anything_is_read_all_is_as_it_was_found() {
        let known = known(Vec::new());
        assert_eq!((known.records, known.locks), (vec![members(100, 0)], BTreeMap::new()));
    }

    #[test]
    fn the_newest_reading_counts_and_what_was_not_asked_for_stays_known() {
        let known = known(vec![
            Event::LockTaken { zone: zone().id, lock: lock(1) },
            read([members(95, 5), vec![lock_record(2)]].concat()),
            read(members(75, 25)),
        ]);
        assert_eq!(known.records, [members(75, 25)]);
        assert_eq!(known.locks[&zone().id], lock_record(2));
        assert_eq!(known.holders().map(|(_, lock)| lock.epoch).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_lock_that_was_released_or_lost_is_not_this_run_s() {
        let taken = || Event::LockTaken { zone: zone().id, lock: lock(1) };
        let released = known(vec![taken(), Event::LockReleased { zone: zone().id }]);
        assert_eq!(released.locks, BTreeMap::new());
        let holder = Lock { run: "api-20261123T030000Z-00aa".parse().unwrap(), ..lock(9) };
        let fenced = |holder| Event::Fenced { zone: zone().id, holder, why: String::new() };
        let lost = known(vec![taken(), fenced(Some(holder.clone()))]);
        assert_eq!(lost.holders().next(), Some((&zone().id, holder)));
        assert_eq!(known(vec![taken(), fenced(None)]).locks, BTreeMap::new());
    }
}
