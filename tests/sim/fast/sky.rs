//! Route 53 as several people use it: the simulator's, with calls that fail, and a book of everything that it took.

use std::collections::{BTreeMap, BTreeSet};

use cutover::{
    cloud::{ChangeId, ChangeStatus, CloudError, CloudErrorKind},
    plan::{Batch, Pair, Plan, RecordSet, ZoneId},
    sim::World,
    unit::{Minute, RecordName, SignedDuration, Timestamp, Weight},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    draw::Script,
    prepared::{Prepared, start},
    users::{Told, Users},
};
use crate::{
    arena::{Book, Late},
    saboteur::{Trouble, failure, inverse, later, makes_a_lock},
    stage::calm,
    tally::{Fault, Tally},
};

/// Route 53 and the users.
#[derive(Debug)]
pub(super) struct Sky {
    world: World,
    account: String,
    pub(super) book: Book,
    users: Users,
    trouble: Trouble,
    late: Late,
    began: Timestamp,
    until: Timestamp,
    rng: ChaCha8Rng,
    doomed: BTreeMap<ChangeId, (&'static str, Batch)>,
    /// Whose changes were lost.
    losers: BTreeSet<&'static str>,
    made: BTreeMap<ChangeId, Timestamp>,
    invented: u32,
    /// When each of them last wrote to a zone.
    wrote: BTreeMap<(ZoneId, &'static str), Timestamp>,
    pub(super) tally: Tally,
}

/// What became of a batch.
#[derive(Debug)]
pub(super) enum Landed {
    /// It is answered, and may have had an effect.
    Answered { effect: Option<ChangeId>, answer: Result<ChangeId, CloudError> },
    /// It is given up by its sender, and arrives so much later.
    Late(SignedDuration),
}

impl Sky {
    pub(super) fn new(script: &Script, prepared: &Prepared, plan: &Plan) -> Self {
        let start = start();
        let world = World::new(prepared.stage.clone(), calm(), script.seed, start);
        let zones = plan
            .zones
            .iter()
            .map(|zone| (zone.id.clone(), world.standing(&zone.id).cloned().collect::<Vec<_>>()));
        let before = &plan.history.before;
        let usual = before.values().sum::<f64>() / before.len().max(1) as f64;
        let rate = plan.history.legacy_error_rate.unwrap_or(0.001);
        Self {
            book: Book { zones: zones.collect(), ..Book::default() },
            account: prepared.account.clone(),
            users: Users::new(script.seed, start, (usual, rate), script.ills.clone()),
            trouble: script.trouble,
            late: script.late,
            began: start,
            until: later(start, script.trouble_for),
            rng: ChaCha8Rng::seed_from_u64(script.seed ^ 0x5ab0_7eed),
            doomed: BTreeMap::new(),
            losers: BTreeSet::new(),
            made: BTreeMap::new(),
            invented: 0,
            wrote: BTreeMap::new(),
            tally: Tally::default(),
            world,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    pub(super) fn advance(&mut self, to: Timestamp) {
        self.world.advance(to);
    }

    /// Returns what stands in a zone.
    pub(super) fn standing(&self, zone: &ZoneId) -> impl Iterator<Item = &RecordSet> {
        self.world.standing(zone)
    }

    pub(super) fn is_everywhere(&self, change: &ChangeId) -> bool {
        self.world.is_everywhere(change)
    }

    /// Returns when somebody else last wrote to a zone, if ever.
    pub(super) fn others_wrote(&self, zone: &ZoneId, me: &str) -> Option<Timestamp> {
        let others = self.wrote.iter().filter(|((here, who), _)| here == zone && *who != me);
        others.map(|(_, at)| *at).max()
    }

    /// Returns true where Route 53 has lost a change of somebody else's.
    pub(super) fn others_lost(&self, me: &str) -> bool {
        self.losers.iter().any(|who| *who != me)
    }

    /// Draws how long a call is on its way.
    pub(super) fn latency(&mut self) -> SignedDuration {
        SignedDuration::from_millis(self.rng.random_range(10..300))
    }

    fn draws(&mut self, part: f64) -> bool {
        part > 0.0 && self.now() < self.until && self.rng.random::<f64>() < part
    }

    fn bites_if(&mut self, part: f64, fault: Fault) -> bool {
        let bites = self.draws(part);
        if bites {
            self.tally.bites(fault);
        }
        bites
    }

    /// Returns how a change fails before it can take effect, if it does.
    fn refusal(&mut self) -> Option<CloudErrorKind> {
        let since = self.now().duration_since(self.began);
        let (until, now) = (self.until, self.now());
        let rng = &mut self.rng;
        let draws = |part: f64| part > 0.0 && rng.random::<f64>() < part;
        let trouble = if now < until { self.trouble } else { Trouble::default() };
        let (fault, kind) = trouble.refusal(since, draws)?;
        self.tally.bites(fault);
        Some(kind)
    }

    /// A batch arrives.
    pub(super) fn change(&mut self, who: &'static str, batch: &Batch, back: bool) -> Landed {
        let operation = "ChangeResourceRecordSets";
        let answered = |effect, answer| Landed::Answered { effect, answer };
        if let Some(kind) = self.refusal() {
            return answered(None, Err(failure(operation, kind)));
        }
        if !back && self.bites_if(self.late.part, Fault::ArrivesLongAfterItWasGivenUp) {
            let most = self.late.by.as_millis() as i64;
            let by = SignedDuration::from_millis(self.rng.random_range(most / 2..=most));
            return Landed::Late(by);
        }
        if !makes_a_lock(batch) && self.bites_if(self.trouble.ignored, Fault::IgnoredChange) {
            self.invented += 1;
            let change = ChangeId(format!("CIGNORED{}", self.invented));
            self.made.insert(change.clone(), self.now());
            return answered(None, Ok(change));
        }
        let change = match self.take(who, batch, back) {
            Ok(change) => change,
            Err(error) => return answered(None, Err(error)),
        };
        self.made.insert(change.clone(), self.now());
        if self.draws(self.trouble.lost) {
            self.doomed.insert(change.clone(), (who, inverse(batch)));
        }
        let answer = if self.bites_if(self.trouble.after, Fault::FailsAfterItsEffect) {
            Err(failure(operation, CloudErrorKind::Unclear))
        } else {
            Ok(change.clone())
        };
        answered(Some(change), answer)
    }

    /// Route 53 takes a batch, or refuses it.
    pub(super) fn take(
        &mut self,
        who: &'static str,
        batch: &Batch,
        back: bool,
    ) -> Result<ChangeId, CloudError> {
        let change = self.submit(who, batch)?;
        let now = self.now();
        self.book.take(now, who, batch, back);
        Ok(change)
    }

    /// Somebody who is no run of cutover changes something, if Route 53 lets them.
    pub(super) fn edit(&mut self, batch: &Batch) -> bool {
        let made = self.submit("stranger", batch).is_ok();
        if made {
            self.book.apply(batch);
        }
        made
    }

    fn submit(&mut self, who: &'static str, batch: &Batch) -> Result<ChangeId, CloudError> {
        let change = self.world.change(&self.account, &batch.zone, &batch.changes, "night")?;
        self.wrote.insert((batch.zone.clone(), who), self.now());
        Ok(change)
    }

    /// Takes in what the weights of a plan's names come to.
    pub(super) fn weigh(&mut self, plan: &Plan) {
        let share = |pair: &Pair| {
            let live: Vec<_> = self.world.standing(&pair.zone).cloned().collect();
            let (legacy, new) = pair.weights_in(&live);
            let weight = |weight: Option<Weight>| f64::from(weight.unwrap_or_default().0);
            let (legacy, new) = (weight(legacy), weight(new));
            if legacy + new > 0.0 { new / (legacy + new) } else { 0.0 }
        };
        let sum: f64 = plan.pairs.iter().map(share).sum();
        let now = self.now();
        self.users.share_is(now, sum / plan.pairs.len().max(1) as f64);
    }

    fn read(&mut self, operation: &str) -> Result<(), CloudError> {
        if self.bites_if(self.trouble.reads, Fault::ReadFails) {
            let kinds =
                [CloudErrorKind::Throttled, CloudErrorKind::Unclear, CloudErrorKind::Denied];
            let at = self.rng.random_range(0..kinds.len());
            return Err(failure(operation, kinds[at].clone()));
        }
        Ok(())
    }

    pub(super) fn records_at<'n>(
        &mut self,
        zone: &ZoneId,
        names: impl Iterator<Item = &'n RecordName>,
    ) -> Result<Vec<RecordSet>, CloudError> {
        self.read("ListResourceRecordSets")?;
        let mut all = Vec::new();
        for name in names {
            all.extend(self.world.records_at(&self.account, zone, name)?);
        }
        Ok(all)
    }

    pub(super) fn change_status(&mut self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        self.read("GetChange")?;
        if let Some((who, undo)) = self.doomed.remove(change)
            && self.world.change(&self.account, &undo.zone, &undo.changes, "lost").is_ok()
        {
            self.book.apply(&undo);
            self.losers.insert(who);
            self.tally.bites(Fault::LostChange);
            return Ok(ChangeStatus::Lost);
        }
        let late = if self.now() < self.until { self.trouble.late } else { SignedDuration::ZERO };
        if self.made.get(change).is_some_and(|at| self.now() < later(*at, late)) {
            self.tally.bites(Fault::of_late(late));
            return Ok(ChangeStatus::Pending);
        }
        if change.0.starts_with("CIGNORED") {
            return Ok(ChangeStatus::InSync);
        }
        self.world.change_status(&self.account, change)
    }

    /// Reads the metrics from a minute on.
    pub(super) fn metrics(&mut self, from: Minute) -> Result<Told, CloudError> {
        self.read("GetMetricData")?;
        Ok(self.users.tell(self.world.now(), from, &mut self.tally))
    }
}
