//! A cloud that writes nothing: everything is read from the real one, and what would be written is remembered and shown in
//! place of what is there.

use std::cell::RefCell;

use super::{ChangeStatus, Cloud, CloudError, CloudErrorKind, Identity, Lifetime};
use crate::{
    audit::Trail,
    plan::{
        AlarmReading, Balancer, Batch, Change, ChangeAction, ChangeId, MetricQuery, Peering,
        RecordSet, Reservation, Series, ServiceState, Tail, TargetHealth, Zone, ZoneDetails,
        ZoneId, in_words,
    },
    unit::{Account, BalancerName, Minute, RecordName, RecordType, Side, Timestamp},
};

/// What the ids of changes begin with that nobody made.
const UNMADE: &str = "DRY-RUN-";

/// A cloud whose records stay as they are, whatever is asked.
///
/// A record that somebody else changes meanwhile is shown as it is, so that drift is seen as in a run.
#[derive(Debug)]
pub struct DryRun<C> {
    cloud: C,
    written: RefCell<Written>,
}

#[derive(Debug, Default)]
struct Written {
    batches: usize,
    records: Vec<Instead>,
    /// What would be reserved, by side and load balancer.
    reserved: Vec<(Side, BalancerName, Option<u32>)>,
}

/// What is shown of one record in place of what is there.
#[derive(Debug)]
struct Instead {
    zone: ZoneId,
    was: Option<RecordSet>,
    now: Option<RecordSet>,
}

impl Instead {
    fn is_of(&self, zone: &ZoneId, record: &RecordSet) -> bool {
        let own = self.was.as_ref().or(self.now.as_ref());
        self.zone == *zone && own.is_some_and(|own| is_same(own, record))
    }
}

/// Two records of which Route 53 holds only one (law L02).
fn is_same(one: &RecordSet, other: &RecordSet) -> bool {
    one.name == other.name
        && one.kind == other.kind
        && one.set_identifier() == other.set_identifier()
}

impl<C: Cloud> DryRun<C> {
    /// Returns a cloud in which nothing is written to this one.
    pub fn of(cloud: C) -> Self {
        Self { cloud, written: RefCell::default() }
    }
}

impl Written {
    /// Puts what would be there in place of what is.
    fn shown(&self, zone: &ZoneId, names: &[RecordName], live: Vec<RecordSet>) -> Vec<RecordSet> {
        let mut shown = Vec::new();
        for record in &live {
            match self.records.iter().find(|instead| instead.is_of(zone, record)) {
                Some(instead) if instead.was.as_ref() == Some(record) => {
                    shown.extend(instead.now.clone());
                }
                Some(_) | None => shown.push(record.clone()),
            }
        }
        let made = self.records.iter().filter(|i| i.zone == *zone && i.was.is_none());
        let made = made.filter_map(|instead| instead.now.as_ref());
        let missing = |record: &&RecordSet| {
            names.contains(&record.name) && !live.iter().any(|other| is_same(other, record))
        };
        shown.extend(made.filter(missing).cloned());
        shown
    }

    /// Returns what is wrong with each bad change of a batch (law L15): what is deleted must be exactly there (law L05), and
    /// what is made must not (law L07).
    fn problems(batch: &Batch, shown: &[RecordSet]) -> Vec<String> {
        let mut shown = shown.to_vec();
        let mut problems = Vec::new();
        for Change { action, record } in &batch.changes {
            let at = shown.iter().position(|other| is_same(other, record));
            let what = in_words(record);
            match (action, at) {
                (ChangeAction::Delete, Some(at)) if shown[at] == *record => {
                    shown.remove(at);
                }
                (ChangeAction::Delete, _) => {
                    problems.push(format!("{what} would not be deleted: it is not what is there"));
                }
                (ChangeAction::Create, Some(_)) => {
                    problems.push(format!("{what} would not be made: it exists"));
                }
                (ChangeAction::Upsert, Some(at)) => shown[at] = record.clone(),
                (ChangeAction::Create | ChangeAction::Upsert, None) => shown.push(record.clone()),
            }
        }
        problems
    }

    fn write(&mut self, batch: &Batch, live: &[RecordSet]) -> ChangeId {
        for Change { action, record } in &batch.changes {
            let now = (*action != ChangeAction::Delete).then(|| record.clone());
            let known = self.records.iter_mut().find(|i| i.is_of(&batch.zone, record));
            match known {
                Some(instead) => instead.now = now,
                None => {
                    let was = live.iter().find(|other| is_same(other, record)).cloned();
                    self.records.push(Instead { zone: batch.zone.clone(), was, now });
                }
            }
        }
        self.batches += 1;
        ChangeId(format!("{UNMADE}{}", self.batches))
    }
}

impl<C: Cloud> Cloud for DryRun<C> {
    async fn identity(&self, account: Account) -> Result<Identity, CloudError> {
        self.cloud.identity(account).await
    }

    async fn lifetime(&self, account: Account) -> Option<Lifetime> {
        self.cloud.lifetime(account).await
    }

    async fn zones_named(&self, name: &RecordName) -> Result<Vec<Zone>, CloudError> {
        self.cloud.zones_named(name).await
    }

    async fn zone(&self, id: &ZoneId) -> Result<Zone, CloudError> {
        self.cloud.zone(id).await
    }

    async fn zone_details(&self, id: &ZoneId) -> Result<ZoneDetails, CloudError> {
        self.cloud.zone_details(id).await
    }

    async fn unprotect(
        &self,
        _: &ZoneId,
        _: &[(RecordName, RecordType)],
    ) -> Result<(), CloudError> {
        Ok(())
    }

    async fn records_at(
        &self,
        zone: &ZoneId,
        names: &[RecordName],
    ) -> Result<Vec<RecordSet>, CloudError> {
        let live = self.cloud.records_at(zone, names).await?;
        Ok(self.written.borrow().shown(zone, names, live))
    }

    async fn change(&self, batch: &Batch, _: &str) -> Result<ChangeId, CloudError> {
        let mut names: Vec<RecordName> =
            batch.changes.iter().map(|change| change.record.name.clone()).collect();
        names.sort();
        names.dedup();
        let live = self.cloud.records_at(&batch.zone, &names).await?;
        let shown = self.written.borrow().shown(&batch.zone, &names, live.clone());
        let problems = Written::problems(batch, &shown);
        if problems.is_empty() {
            return Ok(self.written.borrow_mut().write(batch, &live));
        }
        Err(CloudError {
            operation: "ChangeResourceRecordSets".to_owned(),
            object: format!("zone {}", batch.zone),
            message: problems.join("; "),
            kind: CloudErrorKind::InvalidBatch(problems),
            code: None,
        })
    }

    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        if change.0.starts_with(UNMADE) {
            return Ok(ChangeStatus::InSync);
        }
        self.cloud.change_status(change).await
    }

    async fn balancer(&self, side: Side, name: &BalancerName) -> Result<Balancer, CloudError> {
        self.cloud.balancer(side, name).await
    }

    async fn balancers(&self, side: Side) -> Result<Vec<Balancer>, CloudError> {
        self.cloud.balancers(side).await
    }

    async fn target_health(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<TargetHealth, CloudError> {
        self.cloud.target_health(side, balancer).await
    }

    async fn tail(&self, side: Side, balancer: &Balancer) -> Result<Tail, CloudError> {
        self.cloud.tail(side, balancer).await
    }

    async fn reservation(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<Reservation, CloudError> {
        let live = self.cloud.reservation(side, balancer).await?;
        let written = self.written.borrow();
        let mut of = written.reserved.iter().rev();
        let last = of.find(|(of, name, _)| (*of, name) == (side, &balancer.name));
        Ok(match last {
            Some((_, _, units)) => Reservation { units: *units, ..live },
            None => live,
        })
    }

    async fn reserve(
        &self,
        side: Side,
        balancer: &Balancer,
        units: Option<u32>,
    ) -> Result<Reservation, CloudError> {
        self.written.borrow_mut().reserved.push((side, balancer.name.clone(), units));
        self.reservation(side, balancer).await
    }

    async fn metrics(
        &self,
        account: Account,
        queries: &[MetricQuery],
        from: Minute,
        until: Minute,
    ) -> Result<Vec<Series>, CloudError> {
        self.cloud.metrics(account, queries, from, until).await
    }

    async fn alarms(
        &self,
        account: Account,
        names: &[String],
    ) -> Result<Vec<Option<AlarmReading>>, CloudError> {
        self.cloud.alarms(account, names).await
    }

    async fn services(
        &self,
        side: Side,
        cluster: &str,
        names: &[String],
    ) -> Result<Vec<Option<ServiceState>>, CloudError> {
        self.cloud.services(side, cluster, names).await
    }

    async fn peering(&self, side: Side, id: &str) -> Result<Option<Peering>, CloudError> {
        self.cloud.peering(side, id).await
    }

    async fn trail(&self, from: Timestamp, until: Timestamp) -> Result<Trail, CloudError> {
        self.cloud.trail(from, until).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Answer, Routing},
        unit::{Ttl, Weight},
    };

    fn member(identifier: &str, weight: u8) -> RecordSet {
        RecordSet {
            name: "api.example.com".parse().unwrap(),
            kind: RecordType::A,
            routing: Routing::Weighted {
                set_identifier: identifier.to_owned(),
                weight: Weight(weight),
            },
            answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
            health_check: None,
        }
    }

    fn swap(from: &[RecordSet], to: &[RecordSet]) -> Batch {
        let change = |action| move |record: &RecordSet| Change { action, record: record.clone() };
        let changes = from.iter().map(change(ChangeAction::Delete));
        let changes = changes.chain(to.iter().map(change(ChangeAction::Create))).collect();
        Batch { zone: ZoneId("Z1".to_owned()), changes }
    }

    fn shown(written: &Written, live: &[RecordSet]) -> Vec<RecordSet> {
        let names = ["api.example.com".parse().unwrap()];
        let mut shown = written.shown(&ZoneId("Z1".to_owned()), &names, live.to_vec());
        shown.sort_by_key(|record| record.set_identifier().map(str::to_owned));
        shown
    }

    #[test]
    fn what_would_be_written_is_shown_in_place_of_what_is_there() {
        let live = [member("legacy", 100)];
        let mut written = Written::default();
        written.write(&swap(&live, &[member("legacy", 95), member("new", 5)]), &live);
        assert_eq!(shown(&written, &live), [member("legacy", 95), member("new", 5)]);
        let second = swap(&[member("legacy", 95), member("new", 5)], &[member("legacy", 50)]);
        assert!(Written::problems(&second, &shown(&written, &live)).is_empty());
        written.write(&second, &live);
        assert_eq!(shown(&written, &live), [member("legacy", 50)]);
    }

    #[test]
    fn what_somebody_else_changes_meanwhile_is_shown_as_it_is() {
        let live = [member("legacy", 100)];
        let mut written = Written::default();
        written.write(&swap(&live, &[member("legacy", 95), member("new", 5)]), &live);
        let edited = [member("legacy", 70), member("new", 1)];
        assert_eq!(shown(&written, &edited), edited);
    }

    #[test]
    fn a_batch_that_route_53_would_refuse_is_refused_l05_l07() {
        let live = [member("legacy", 100)];
        let wrong = swap(&[member("legacy", 99)], &[member("legacy", 100)]);
        let problems = Written::problems(&wrong, &live);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("not what is there") && problems[1].contains("exists"));
    }
}
