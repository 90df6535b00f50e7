//! A cloud whose calls fail as one seed decides, around one that works.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use cutover::{
    cloud::{ChangeId, ChangeStatus, Cloud, CloudError, CloudErrorKind},
    driver::Clock,
    engine::{Event, LockChange},
    journal::Record,
    plan::{Batch, Change, ChangeAction, Lock, ZoneId},
    unit::{RecordType, SignedDuration, Timestamp},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::{
    journal::{AtChange, Fate},
    tally::{Fault, Tally},
    through::Meddler,
};

/// How often calls fail, each as a part of all calls from 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trouble {
    /// Fails without effect, and nobody knows.
    pub(crate) before: f64,
    /// Takes effect, and nobody knows.
    pub(crate) after: f64,
    pub(crate) throttled: f64,
    pub(crate) busy: f64,
    /// Refused although nothing is wrong with it.
    pub(crate) refused: f64,
    /// Accepted, without any effect (law L17). It is never one that makes a lock where there was none, which cannot be
    /// equal to what is stored: a run that finds such a lock gone is to stop, because somebody has deleted it.
    pub(crate) ignored: f64,
    /// Accepted, and lost with its effect before it is INSYNC.
    pub(crate) lost: f64,
    /// Reads that fail, of every kind.
    pub(crate) reads: f64,
    /// How much later INSYNC is told.
    pub(crate) late: SignedDuration,
    /// Changes are not allowed between these times after the beginning.
    pub(crate) denied: Option<(SignedDuration, SignedDuration)>,
    /// There are no valid credentials for changes between these times after the beginning.
    pub(crate) expired: Option<(SignedDuration, SignedDuration)>,
}

impl Trouble {
    /// Returns how a change fails before it can take effect, so long after the beginning, if it does.
    pub(crate) fn refusal(
        &self,
        since: SignedDuration,
        mut draws: impl FnMut(f64) -> bool,
    ) -> Option<(Fault, CloudErrorKind)> {
        let spans = [
            (self.denied, Fault::Denied, CloudErrorKind::Denied),
            (self.expired, Fault::CredentialsExpired, CloudErrorKind::Credentials),
        ];
        for (span, fault, kind) in spans {
            if span.is_some_and(|(from, to)| (from..to).contains(&since)) {
                return Some((fault, kind));
            }
        }
        let why = CloudErrorKind::InvalidBatch(vec!["no reason".to_owned()]);
        let kinds = [
            (self.before, Fault::FailsBeforeItsEffect, CloudErrorKind::Unclear),
            (self.throttled, Fault::Throttled, CloudErrorKind::Throttled),
            (self.busy, Fault::Busy, CloudErrorKind::Busy),
            (self.refused, Fault::Refused, why),
        ];
        let failed = kinds.into_iter().find(|(part, ..)| draws(*part));
        failed.map(|(_, fault, kind)| (fault, kind))
    }
}

/// A change as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) batch: Batch,
    /// Id of the change that took effect, if one did.
    pub(crate) effect: Option<ChangeId>,
    /// The write to its zone that the journal had announced and not answered when it was sent.
    pub(crate) announced: Option<Announced>,
}

impl Sent {
    /// Returns true for a change of records that clients ask for: a lock is for writers only.
    pub(crate) fn concerns_clients(&self) -> bool {
        self.batch.changes.iter().any(|change| change.record.kind != RecordType::Txt)
    }
}

/// A write as the journal announces it.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) write: u32,
    pub(crate) pairs: Vec<usize>,
    /// Whether it changes the zone's lock.
    pub(crate) lock: bool,
}

/// What the saboteur has seen; shared with the invariants.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) sent: Vec<Sent>,
    /// Broken rules that only the cloud can see.
    pub(crate) violations: Vec<String>,
    /// What bit.
    pub(crate) tally: Tally,
}

/// A cloud around another.
pub(crate) struct Faulty<C> {
    inner: C,
    clock: Clock,
    began: Timestamp,
    trouble: Trouble,
    /// Trouble is over from here on.
    until: Timestamp,
    rng: RefCell<ChaCha8Rng>,
    fate: Rc<RefCell<Fate>>,
    /// Everything that has been recorded.
    ledger: Rc<RefCell<Vec<Record>>>,
    pub(crate) log: Rc<RefCell<Log>>,
    /// Changes that are going on in each zone.
    changing: RefCell<BTreeMap<ZoneId, u32>>,
    /// Changes that will be lost, with what undoes them.
    doomed: RefCell<BTreeMap<ChangeId, Batch>>,
    /// Changes that took effect, and when.
    made: RefCell<BTreeMap<ChangeId, Timestamp>>,
    invented: Cell<u32>,
}

/// Counts a change as going on for as long as it is held: a future may be dropped half-way.
struct Going<'a>(&'a RefCell<BTreeMap<ZoneId, u32>>, ZoneId);

impl<'a> Going<'a> {
    fn begin(changing: &'a RefCell<BTreeMap<ZoneId, u32>>, zone: &ZoneId) -> Self {
        *changing.borrow_mut().entry(zone.clone()).or_default() += 1;
        Self(changing, zone.clone())
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        *self.0.borrow_mut().entry(self.1.clone()).or_default() -= 1;
    }
}

impl<C: Cloud> Faulty<C> {
    /// Makes trouble until a moment, as the seed draws it.
    pub(crate) fn new(
        inner: C,
        clock: Clock,
        (trouble, until, seed): (Trouble, Timestamp, u64),
        fate: &Rc<RefCell<Fate>>,
        ledger: &Rc<RefCell<Vec<Record>>>,
    ) -> Self {
        Self {
            inner,
            clock,
            began: clock.now(),
            trouble,
            until,
            rng: RefCell::new(ChaCha8Rng::seed_from_u64(seed ^ 0x5ab0_7eed)),
            fate: Rc::clone(fate),
            ledger: Rc::clone(ledger),
            log: Rc::default(),
            changing: RefCell::default(),
            doomed: RefCell::default(),
            made: RefCell::default(),
            invented: Cell::new(0),
        }
    }

    fn trouble(&self) -> Trouble {
        if self.clock.now() < self.until { self.trouble } else { Trouble::default() }
    }

    fn draws(&self, part: f64) -> bool {
        part > 0.0 && self.rng.borrow_mut().random::<f64>() < part
    }

    async fn pass(&self, most_ms: i64) {
        let ms = (self.rng.borrow_mut().random::<f64>() * most_ms as f64) as i64;
        self.clock.sleep_until(later(self.clock.now(), SignedDuration::from_millis(ms))).await;
    }

    fn called(&self, what: &str) {
        let mut log = self.log.borrow_mut();
        if self.fate.borrow().dead {
            log.violations
                .push(format!("{what} was called after the journal could not be written"));
        }
    }

    /// Fails a read now and then, the way reads fail after their own retries.
    fn read(&self, operation: &str) -> Result<(), CloudError> {
        self.called(operation);
        if self.bites_if(self.trouble().reads, Fault::ReadFails) {
            let kinds =
                [CloudErrorKind::Throttled, CloudErrorKind::Unclear, CloudErrorKind::Denied];
            let at = self.rng.borrow_mut().random_range(0..kinds.len());
            return Err(failure(operation, kinds[at].clone()));
        }
        Ok(())
    }

    /// Returns how a change fails before it can take effect, if it does.
    fn refusal(&self, trouble: &Trouble) -> Option<CloudErrorKind> {
        let since = self.clock.now().duration_since(self.began);
        let (fault, kind) = trouble.refusal(since, |part| self.draws(part))?;
        self.bites(fault);
        Some(kind)
    }

    fn bites(&self, fault: Fault) {
        self.log.borrow_mut().tally.bites(fault);
    }

    fn bites_if(&self, part: f64, fault: Fault) -> bool {
        let bites = self.draws(part);
        if bites {
            self.bites(fault);
        }
        bites
    }

    /// Ends the process here, if it is fated to.
    async fn dies(&self, end: AtChange) {
        let is_fated = {
            let mut fate = self.fate.borrow_mut();
            let is_fated = fate.dies_at_change == Some((fate.changes, end));
            if is_fated {
                fate.dies_at_change = None;
                fate.killed.notify_one();
            } else if end == AtChange::AfterItsEffect {
                fate.changes += 1;
            }
            is_fated
        };
        if is_fated {
            self.bites(match end {
                AtChange::BeforeItsEffect => Fault::DiesBeforeACallHasEffect,
                AtChange::AfterItsEffect => Fault::DiesAfterACallHadEffect,
            });
            std::future::pending::<()>().await;
        }
    }

    fn note(&self, batch: &Batch) -> usize {
        let mut log = self.log.borrow_mut();
        let (at, batch) = (self.clock.now(), batch.clone());
        let announced = announced(&self.ledger.borrow(), &batch.zone);
        log.sent.push(Sent { at, batch, effect: None, announced });
        log.sent.len() - 1
    }

    /// Undoes a change that was doomed, once it is asked for; nothing for one that was not, or that cannot be undone.
    async fn lose(&self, change: &ChangeId) -> bool {
        let Some(undo) = self.doomed.borrow_mut().remove(change) else { return false };
        loop {
            match self.inner.change(&undo, "lost").await {
                Ok(_) => return true,
                Err(error) if error.passes_by_itself() => self.pass(1000).await,
                Err(_) => return false,
            }
        }
    }
}

impl<C: Cloud> Meddler for Faulty<C> {
    type Inner = C;

    fn inner(&self) -> &C {
        &self.inner
    }

    fn reads(&self, operation: &str) -> Result<(), CloudError> {
        self.read(operation)
    }

    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError> {
        self.called("ChangeResourceRecordSets");
        let _going = Going::begin(&self.changing, &batch.zone);
        if self.changing.borrow().get(&batch.zone).is_some_and(|changing| *changing > 1) {
            self.log
                .borrow_mut()
                .violations
                .push("two changes of a zone were in flight".to_owned());
        }
        let index = self.note(batch);
        let trouble = self.trouble();
        self.dies(AtChange::BeforeItsEffect).await;
        self.pass(300).await;
        if let Some(kind) = self.refusal(&trouble) {
            return Err(failure("ChangeResourceRecordSets", kind));
        }
        if !makes_a_lock(batch) && self.bites_if(trouble.ignored, Fault::IgnoredChange) {
            let number = self.invented.get() + 1;
            self.invented.set(number);
            let change = ChangeId(format!("CIGNORED{number}"));
            self.made.borrow_mut().insert(change.clone(), self.clock.now());
            return Ok(change);
        }
        let change = self.inner.change(batch, comment).await?;
        self.log.borrow_mut().sent[index].effect = Some(change.clone());
        self.made.borrow_mut().insert(change.clone(), self.clock.now());
        if self.draws(trouble.lost) {
            self.doomed.borrow_mut().insert(change.clone(), inverse(batch));
        }
        self.dies(AtChange::AfterItsEffect).await;
        // Whoever is killed here does not learn that the change was made.
        self.pass(300).await;
        if self.bites_if(trouble.after, Fault::FailsAfterItsEffect) {
            return Err(failure("ChangeResourceRecordSets", CloudErrorKind::Unclear));
        }
        Ok(change)
    }

    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        self.read("GetChange")?;
        if self.lose(change).await {
            self.bites(Fault::LostChange);
            return Ok(ChangeStatus::Lost);
        }
        let made = self.made.borrow().get(change).copied();
        let late = self.trouble().late;
        if made.is_some_and(|at| self.clock.now() < later(at, late)) {
            self.bites(Fault::of_late(late));
            return Ok(ChangeStatus::Pending);
        }
        if change.0.starts_with("CIGNORED") {
            return Ok(ChangeStatus::InSync);
        }
        self.inner.change_status(change).await
    }
}

/// Returns the write to a zone that has been announced and not answered, if one has.
pub(crate) fn announced(records: &[Record], of: &ZoneId) -> Option<Announced> {
    let newest = records.iter().rev().find_map(|record| {
        let Event::WriteStarted { write, zone, pairs, lock, .. } = &record.event else {
            return None;
        };
        let (write, pairs, lock) = (*write, pairs.clone(), *lock != LockChange::Untouched);
        (zone == of).then_some(Announced { write, pairs, lock })
    })?;
    let of_it = |write: &u32| *write == newest.write;
    let answered = records.iter().any(|record| {
        matches!(&record.event, Event::WriteAccepted { write, .. } | Event::WriteFailed { write, .. } if of_it(write))
    });
    (!answered).then_some(newest)
}

/// Returns true for a batch that makes a lock where there is none.
pub(crate) fn makes_a_lock(batch: &Batch) -> bool {
    let of = |action| {
        let mut chosen = batch.changes.iter().filter(move |change| change.action == action);
        chosen.any(|change| Lock::read(&change.record).is_some())
    };
    of(ChangeAction::Create) && !of(ChangeAction::Delete)
}

/// Returns what undoes a batch.
pub(crate) fn inverse(batch: &Batch) -> Batch {
    let of = |from, action| {
        let chosen = batch.changes.iter().filter(move |change| change.action == from);
        chosen.map(move |change| Change { action, record: change.record.clone() })
    };
    let deletions = of(ChangeAction::Create, ChangeAction::Delete);
    let changes = deletions.chain(of(ChangeAction::Delete, ChangeAction::Create)).collect();
    Batch { zone: batch.zone.clone(), changes }
}

pub(crate) fn failure(operation: &str, kind: CloudErrorKind) -> CloudError {
    let message = format!("the saboteur says {kind:?}");
    let object = "somewhere".to_owned();
    CloudError { operation: operation.to_owned(), object, kind, code: None, message }
}

pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
