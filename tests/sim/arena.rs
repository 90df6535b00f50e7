//! One world in which several operators work at the same time, each with a process, a journal and an owner's name of its
//! own, and a clerk who writes down what Route 53 took from whom.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    rc::Rc,
    sync::{Arc, Mutex},
};

use cutover::{
    driver::{Asks, Clock, Driver, Observer, candidates, survey},
    engine::{Asked, Engine, Event, Outcome, VERSION, View, beginning, started},
    journal::{Journal, MemoryStore, Record, Store as _, replay},
    plan::{
        Batch, ChangeAction, Emergency, Plan, Questions, RecordSet, Standing, ZoneId, emergency,
        make, names_to_read,
    },
    rehearse::stage,
    runbook::Runbook,
    sim::{SimCloud, World},
    unit::{RunId, SignedDuration, Timestamp},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::{sync::watch, task::LocalSet};

use crate::{
    clerk::Clerk,
    fences::Party,
    saboteur::{Faulty, Trouble, later},
    stage::calm,
    through::Through,
};

/// Longest race: what takes longer has no end.
const LONGEST: SignedDuration = SignedDuration::from_hours(48);

/// Events that are shown of each operator of a race that went wrong.
const SHOWN: usize = 25;

/// A batch that Route 53 took.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) at: Timestamp,
    pub(crate) who: &'static str,
    pub(crate) batch: Batch,
    /// Whether it was sent on the way back.
    pub(crate) back: bool,
    /// All of its zone after it.
    pub(crate) after: Vec<RecordSet>,
}

/// What Route 53 took, in its order, and what that makes of the zones.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) zones: BTreeMap<ZoneId, Vec<RecordSet>>,
    pub(crate) taken: Vec<Taken>,
    /// Batches that arrived long after they were given up, and were refused.
    pub(crate) too_late: usize,
}

impl Book {
    pub(crate) fn take(&mut self, at: Timestamp, who: &'static str, batch: &Batch, back: bool) {
        let after = self.apply(batch).to_vec();
        self.taken.push(Taken { at, who, batch: batch.clone(), back, after });
    }

    /// Takes in what a batch makes of its zone, and returns that.
    pub(crate) fn apply(&mut self, batch: &Batch) -> &[RecordSet] {
        let zone = self.zones.entry(batch.zone.clone()).or_default();
        for change in &batch.changes {
            let key = |r: &RecordSet| {
                (r.name.clone(), r.kind.clone(), r.set_identifier().map(str::to_owned))
            };
            zone.retain(|record| key(record) != key(&change.record));
            if change.action != ChangeAction::Delete {
                zone.push(change.record.clone());
            }
        }
        zone
    }
}

/// How often batches forward are given up by their sender and arrive all the same, and when (law L25).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Late {
    pub(crate) part: f64,
    pub(crate) by: SignedDuration,
}

/// The world and what is known of it.
pub(crate) struct Arena {
    pub(crate) runbook: Runbook,
    pub(crate) clock: Clock,
    pub(crate) book: Rc<RefCell<Book>>,
    world: Arc<Mutex<World>>,
    seed: u64,
    operators: Cell<u64>,
}

/// Plays a race in a world that is calm by itself.
///
/// # Errors
/// In words: what does not hold, or that it has no end.
pub(crate) fn race<F: Future<Output = Result<(), String>>>(
    runbook: Runbook,
    seed: u64,
    play: impl FnOnce(Rc<Arena>) -> F,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    let played = async {
        let start = "2026-03-03T09:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let clock = Clock::beginning(start);
        let stage = stage(std::slice::from_ref(&runbook));
        let zones = stage.zones.iter().map(|z| (z.zone.id.clone(), z.records.clone())).collect();
        let book = Rc::new(RefCell::new(Book { zones, ..Book::default() }));
        let world = Arc::new(Mutex::new(World::new(stage, calm(), seed, start)));
        let arena = Rc::new(Arena { runbook, clock, book, world, seed, operators: Cell::new(0) });
        tokio::select! {
            biased;
            played = play(Rc::clone(&arena)) => played,
            () = clock.sleep_until(later(start, LONGEST)) => Err("it has no end".to_owned()),
        }
    };
    LocalSet::new().block_on(&runtime, played)
}

impl Arena {
    /// Returns an operator whose calls fail like this for a while, and whose batches may be late.
    pub(crate) fn operator(
        self: &Rc<Self>,
        name: &'static str,
        (trouble, lasts): (Trouble, SignedDuration),
        late: Late,
    ) -> Rc<Operator> {
        let number = self.operators.get() + 1;
        self.operators.set(number);
        let clock = self.clock;
        let sim = SimCloud::new(Arc::clone(&self.world), move || clock.now());
        let seed = self.seed ^ number << 40;
        let clerk = Clerk::new(name, sim, clock, (Rc::clone(&self.book), late, seed));
        let clerk = Through(clerk);
        let (until, ledger) = (later(clock.now(), lasts), Rc::default());
        let trouble = (trouble, until, seed);
        let cloud = Faulty::new(clerk.clone(), clock, trouble, &Rc::default(), &ledger);
        let cloud = Through(cloud);
        Rc::new(Operator {
            name,
            owner: format!("{name}-{number}"),
            run: RunId::new(name, clock.now(), number as u16),
            seed,
            arena: Rc::clone(self),
            clerk,
            cloud,
            ledger,
            told: watch::Sender::new(0),
            plan: RefCell::new(None),
        })
    }

    pub(crate) async fn pass(&self, time: SignedDuration) {
        self.clock.sleep_until(later(self.clock.now(), time)).await;
    }

    /// Returns what draws the moments of a race.
    pub(crate) fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed ^ 0x0ace)
    }
}

/// How an operator's wish ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    /// The preflight spoke against it.
    Refused(String),
    /// There is nothing to go back from.
    Idle,
    Left(Outcome),
}

/// Somebody with a terminal.
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) run: RunId,
    pub(crate) ledger: Rc<RefCell<Vec<Record>>>,
    pub(crate) plan: RefCell<Option<Plan>>,
    owner: String,
    seed: u64,
    arena: Rc<Arena>,
    clerk: Through<Clerk>,
    cloud: Through<Faulty<Through<Clerk>>>,
    told: watch::Sender<usize>,
}

impl Operator {
    /// Begins a run, so long after it was planned.
    pub(crate) async fn runs(
        &self,
        standing: Standing,
        hesitates: SignedDuration,
    ) -> Result<End, String> {
        let runbook = &self.arena.runbook;
        let (questions, now) = (Questions::of(runbook), self.arena.clock.now());
        let snapshot = survey(&self.clerk, &questions, &runbook.gates, now).await;
        let plan = match make(runbook, &snapshot, standing) {
            Ok(made) => made.plan,
            Err(problems) => return Ok(End::Refused(problems.join("; "))),
        };
        self.arena.pass(hesitates).await;
        let first = beginning(&plan, &self.owner, &[]).to_vec();
        self.drives(plan, self.run.clone(), MemoryStore::default(), first).await
    }

    /// Goes back from the live zone, as `cutover rollback RUNBOOK` does elsewhere, so long after it was asked for.
    pub(crate) async fn rolls_back(&self, hesitates: SignedDuration) -> Result<End, String> {
        let plan = self.looks().await.plan;
        if plan.pairs.is_empty() {
            return Ok(End::Idle);
        }
        self.arena.pass(hesitates).await;
        let asked = Asked { owner: self.owner.clone(), to_simple: false, deadline: None };
        let reason = "asked for with `cutover rollback`".to_owned();
        let first = vec![
            started(&plan, &self.owner),
            Event::RollbackStarted { reason, breached_at: None, asked: Some(asked) },
        ];
        self.drives(plan, self.run.clone(), MemoryStore::default(), first).await
    }

    /// Goes on with another's run from a copy of its journal.
    pub(crate) async fn resumes(&self, other: &Self) -> Result<End, String> {
        let plan = other.plan.borrow().clone().ok_or("nothing was planned")?;
        let mut store = MemoryStore::default();
        for record in other.ledger.borrow().iter() {
            let line = serde_json::to_string(record).map_err(|error| error.to_string())?;
            store.append(&line).map_err(|error| error.to_string())?;
        }
        let (version, owner) = (VERSION.to_owned(), self.owner.clone());
        let first = vec![Event::Resumed { version, owner, take_over: false }];
        self.drives(plan, other.run.clone(), store, first).await
    }

    async fn looks(&self) -> Emergency {
        let runbook = &self.arena.runbook;
        'again: loop {
            let (mut zones, mut records) = (BTreeMap::new(), BTreeMap::new());
            for (choice, names) in Questions::of(runbook).names {
                let Ok(found) = candidates(&self.cloud, &choice).await else { continue 'again };
                for zone in &found {
                    let names = names_to_read(zone, &names);
                    match cutover::cloud::Cloud::records_at(&self.cloud, &zone.id, &names).await {
                        Ok(live) => {
                            records.entry(zone.id.clone()).or_insert_with(Vec::new).extend(live);
                        }
                        Err(_) => {
                            self.arena.pass(SignedDuration::from_secs(1)).await;
                            continue 'again;
                        }
                    }
                }
                zones.insert(choice, found);
            }
            return emergency(runbook, &zones, &records, false);
        }
    }

    async fn drives(
        &self,
        plan: Plan,
        run: RunId,
        store: MemoryStore,
        first: Vec<Event>,
    ) -> Result<End, String> {
        *self.plan.borrow_mut() = Some(plan.clone());
        let text = |error: &dyn std::error::Error| format!("{}: {error}", self.name);
        let (journal, known) = Journal::open(store, run.clone()).map_err(|e| text(&e))?;
        let mut engine = Engine::new(plan, run);
        replay(&mut engine, &known).map_err(|e| text(&e))?;
        let told = Told { ledger: Rc::clone(&self.ledger), count: self.told.clone() };
        let mut driver =
            Driver::new(&self.cloud, engine, journal, told, self.arena.clock, self.seed);
        for event in first {
            driver.commit(event).map_err(|e| text(&e))?;
        }
        let (_nobody, mut asks) = Asks::channel();
        let outcome = driver.drive(&mut asks).await.map_err(|e| text(&e))?;
        match self.cloud.0.log.borrow().violations.first() {
            Some(first) => Err(format!("{}: {first}", self.name)),
            None => Ok(End::Left(outcome)),
        }
    }

    /// Returns what the others have to know of it.
    pub(crate) fn party(&self) -> Party {
        let plan = self.plan.borrow().clone().map(Rc::new);
        Party { name: self.name, ledger: Rc::clone(&self.ledger), plan }
    }

    /// Waits until so many records are in this operator's journal.
    pub(crate) async fn has_told(&self, records: usize) {
        // The sender lives as long as the operator.
        let _ = self.told.subscribe().wait_for(|told| *told >= records).await;
    }

    /// Returns what has happened, by name.
    pub(crate) fn has(&self, event: &str) -> bool {
        self.ledger.borrow().iter().any(|record| record.event.name() == event)
    }

    /// Returns what happened last, without the readings of metrics.
    pub(crate) fn tells(&self) -> String {
        let dull = ["metrics_read", "minute_judged"];
        let ledger = self.ledger.borrow();
        let told: Vec<String> = ledger
            .iter()
            .filter(|record| !dull.contains(&record.event.name()))
            .map(|r| format!("  {} {} {:?}", self.name, r.at, r.event).chars().take(230).collect())
            .collect();
        told[told.len().saturating_sub(SHOWN)..].join("\n")
    }

    /// Draws a moment between no time and this much.
    pub(crate) fn moment(rng: &mut ChaCha8Rng, most: SignedDuration) -> SignedDuration {
        SignedDuration::from_millis(rng.random_range(0..=most.as_millis() as i64))
    }
}

/// Writes down what a process records.
struct Told {
    ledger: Rc<RefCell<Vec<Record>>>,
    count: watch::Sender<usize>,
}

impl Observer for Told {
    fn record(&mut self, record: &Record) {
        self.ledger.borrow_mut().push(record.clone());
        self.count.send_modify(|count| *count += 1);
    }

    fn shows_views(&self) -> bool {
        false
    }

    fn view(&mut self, _: &View) {}

    fn notice(&mut self, _: &str) {}
}
