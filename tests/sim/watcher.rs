//! Whoever looks on in a night of the driver, and asks every invariant after every event.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cutover::{
    driver::{Clock, Observer},
    engine::{Event, View},
    journal::Record,
    plan::{ChangeId, Plan, RecordSet},
    sim::World,
    unit::Timestamp,
};

use crate::{
    invariants::{self, Scene},
    saboteur::{Log, Sent},
};

/// Most events of a night: more in so short a time means that something turns in circles.
const MOST_EVENTS: usize = 20_000;

/// Asks every invariant after every event.
#[derive(Clone)]
pub(crate) struct Watcher {
    pub(crate) plan: Plan,
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) clock: Clock,
    pub(crate) ledger: Rc<RefCell<Vec<Record>>>,
    pub(crate) log: Rc<RefCell<Log>>,
    /// What does not hold, in words.
    pub(crate) broken: Rc<RefCell<Vec<String>>>,
}

impl Watcher {
    /// Takes in what the journal has and nobody was told.
    pub(crate) fn catch_up(&self, records: &[Record]) -> Result<(), String> {
        let known = self.ledger.borrow().len();
        if records.get(..known) != Some(&self.ledger.borrow()[..]) {
            return Err("the journal has lost or changed what had been recorded".to_owned());
        }
        for record in &records[known..] {
            self.take(record);
        }
        Ok(())
    }

    fn take(&self, record: &Record) {
        self.ledger.borrow_mut().push(record.clone());
        let ledger = self.ledger.borrow();
        let mut broken = self.broken.borrow_mut();
        // What is in the zone later says nothing of a record that nobody was told of when it was made.
        let looks = record.at == self.clock.now()
            && matches!(
                record.event,
                Event::WriteAccepted { .. }
                    | Event::WriteFailed { .. }
                    | Event::RecordsRead { .. }
                    | Event::WeightsWritten { .. }
                    | Event::RolledBack { .. }
            );
        let live = looks.then(|| live(&self.world, &self.plan, self.clock.now()));
        let log = self.log.borrow();
        let settled = matches!(record.event, Event::Settled { .. });
        let pending = if settled { self.pending(&log.sent) } else { Vec::new() };
        let scene = Scene {
            plan: &self.plan,
            records: &ledger,
            sent: &log.sent,
            live: live.as_deref(),
            pending: &pending,
            steady: true,
            edited: false,
        };
        broken.extend(invariants::after_an_event(&scene));
        if ledger.len() > MOST_EVENTS {
            // Unwinding is the one way out of a loop in which no time passes.
            panic!("{MOST_EVENTS} events: it turns in circles");
        }
    }

    /// Returns the changes that took effect and are not everywhere.
    fn pending(&self, sent: &[Sent]) -> Vec<ChangeId> {
        let world = current(&self.world, self.clock.now());
        let clients = sent.iter().filter(|sent| sent.concerns_clients());
        let effects = clients.filter_map(|sent| sent.effect.clone());
        effects.filter(|change| !world.is_everywhere(change)).collect()
    }
}

impl Observer for Watcher {
    fn record(&mut self, record: &Record) {
        self.take(record);
    }

    fn shows_views(&self) -> bool {
        true
    }

    fn view(&mut self, _: &View) {}

    fn notice(&mut self, _: &str) {}
}

/// Brings the world to this moment, to look at it from nowhere: that takes neither time nor tokens.
fn current(world: &Mutex<World>, now: Timestamp) -> MutexGuard<'_, World> {
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    world.advance(now);
    world
}

/// Returns what is in the zones at the names of a plan.
pub(crate) fn live(world: &Mutex<World>, plan: &Plan, now: Timestamp) -> Vec<RecordSet> {
    let world = current(world, now);
    let all = plan.zones.iter().flat_map(|zone| world.standing(&zone.id));
    all.filter(|record| plan.pairs.iter().any(|pair| pair.owns(record))).cloned().collect()
}
