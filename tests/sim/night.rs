//! One cutover from its first event to its last, over as many processes as it takes.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cutover::{
    driver::{Ask, Asks, Clock, DriveError, Driver, Observer, survey},
    engine::{Engine, Event, Outcome, VERSION, View, beginning},
    journal::{Journal, MemoryStore, Record, replay},
    plan::{ChangeId, Made, Plan, Questions, RecordSet, Standing, make},
    rehearse::stage,
    runbook::Runbook,
    sim::{Scenario, SimCloud, World},
    unit::{RunId, SignedDuration, Timestamp},
};

use crate::{
    invariants::{self, Scene},
    journal::{Death, Fate, Mortal, Shelf},
    saboteur::{Faulty, Sent, Trouble, later},
};

/// Longest night: what takes longer has no end.
const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Most events of a night: more in so short a time means that something turns in circles.
const MOST_EVENTS: usize = 20_000;

/// What is played.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) runbook: Runbook,
    pub(crate) scenario: Scenario,
    pub(crate) seed: u64,
    pub(crate) trouble: Trouble,
    /// Trouble is over so long after the beginning.
    pub(crate) trouble_for: SignedDuration,
    pub(crate) shelf: Shelf,
    /// The processes that die, in their order; the one after the last of them lives.
    pub(crate) lives: Vec<Life>,
    /// When somebody presses Ctrl-C, after the beginning.
    pub(crate) interrupts: Vec<SignedDuration>,
}

/// A process that dies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) ends: End,
    /// How long nobody notices.
    pub(crate) down: SignedDuration,
    pub(crate) then: Comeback,
}

/// How a process dies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// At its nth append, from 0.
    AtAppend(usize, Death),
    /// So long after it began.
    After(SignedDuration),
}

/// What the next process does with the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comeback {
    Begin,
    Resume,
    Rollback,
}

impl Script {
    /// A night in which nothing goes wrong but what the scenario says.
    pub(crate) fn new(runbook: Runbook, scenario: Scenario, seed: u64) -> Self {
        Self {
            runbook,
            scenario,
            seed,
            trouble: Trouble::default(),
            trouble_for: SignedDuration::ZERO,
            shelf: Shelf::Memory(MemoryStore::default()),
            lives: Vec::new(),
            interrupts: Vec::new(),
        }
    }
}

/// How a night went.
#[derive(Debug)]
pub(crate) struct Night {
    pub(crate) outcome: Outcome,
    pub(crate) records: Vec<Record>,
    /// Processes that halted, one after another, without having died.
    pub(crate) halts: usize,
}

/// Plays a night and asks every invariant on the way.
///
/// # Errors
/// In words: which invariant does not hold, or why the night has no end.
pub(crate) fn play(script: Script) -> Result<Night, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let start = "2026-03-03T09:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let clock = Clock::beginning(start);
        let stage = stage(std::slice::from_ref(&script.runbook));
        let world = World::new(stage, script.scenario.clone(), script.seed, start);
        let world = Arc::new(Mutex::new(world));
        let cloud = SimCloud::new(Arc::clone(&world), move || clock.now());
        let snapshot =
            survey(&cloud, &Questions::of(&script.runbook), &script.runbook.gates, start).await;
        let made = make(&script.runbook, &snapshot, Standing::Refuse)
            .map_err(|problems| problems.join("; "))?;
        let stage = Stage::new(script, made, world, cloud, clock);
        let ledger = Rc::clone(&stage.watcher.ledger);
        stage.play().await.map_err(|why| format!("{why}\n{}", last_events(&ledger.borrow())))
    })
}

/// Events that are shown of a night that went wrong.
const SHOWN: usize = 25;

/// Returns the last events of a night, without the readings.
fn last_events(records: &[Record]) -> String {
    let dull =
        |r: &&Record| !matches!(r.event, Event::MetricsRead { .. } | Event::MinuteJudged { .. });
    let told: Vec<String> = records
        .iter()
        .filter(dull)
        .map(|r| format!("  {} {} {:?}", r.seq, r.at, r.event).chars().take(230).collect())
        .collect();
    told[told.len().saturating_sub(SHOWN)..].join("\n")
}

struct Stage {
    script: Script,
    made: Made,
    run: RunId,
    world: Arc<Mutex<World>>,
    cloud: Faulty<SimCloud>,
    clock: Clock,
    fate: Rc<RefCell<Fate>>,
    watcher: Watcher,
    until: Timestamp,
}

/// How one process ended.
enum Ended {
    Died,
    Left(Outcome),
}

impl Stage {
    fn new(
        script: Script,
        made: Made,
        world: Arc<Mutex<World>>,
        cloud: SimCloud,
        clock: Clock,
    ) -> Self {
        let fate = Rc::default();
        let until = later(clock.now(), script.trouble_for);
        let ledger = Rc::default();
        let cloud = Faulty::new(cloud, clock, (script.trouble, until, script.seed), &fate, &ledger);
        let watcher = Watcher {
            plan: made.plan.clone(),
            world: Arc::clone(&world),
            clock,
            ledger,
            log: Rc::clone(&cloud.log),
            broken: Rc::default(),
        };
        let run = RunId::new("night", clock.now(), script.seed as u16);
        Self { script, made, run, world, cloud, clock, fate, watcher, until }
    }

    async fn play(mut self) -> Result<Night, String> {
        let mut lives = std::mem::take(&mut self.script.lives).into_iter();
        let mut comeback = Comeback::Begin;
        let mut halts = 0;
        let outcome = loop {
            let life = lives.next();
            match (self.process(comeback, life).await?, life) {
                (Ended::Died, Some(life)) => {
                    self.sleep(life.down).await;
                    comeback = life.then;
                }
                (Ended::Died, None) => return Err("it died without being killed".to_owned()),
                (Ended::Left(outcome @ Outcome::Ended(_)), _) => break outcome,
                (Ended::Left(Outcome::Halted(halt)), _) => {
                    halts += 1;
                    // Once the trouble is over a run can be resumed; where a person is needed, this one goes back.
                    self.clock.sleep_until(self.until).await;
                    self.sleep(SignedDuration::from_mins(3)).await;
                    comeback = match halts {
                        1 => Comeback::Resume,
                        2 => Comeback::Rollback,
                        _ => return Err(format!("once_faults_stop_the_run_ends: {halt:?} again")),
                    };
                }
            }
        };
        let records = self.watcher.ledger.borrow().clone();
        let live = live(&self.world, &self.made.plan, self.clock.now());
        invariants::in_the_morning(&self.made.plan, &records, &live)?;
        Ok(Night { outcome, records, halts })
    }

    /// Runs one process to its end.
    async fn process(&mut self, comeback: Comeback, life: Option<Life>) -> Result<Ended, String> {
        {
            let mut fate = self.fate.borrow_mut();
            fate.dead = false;
            let appended = fate.appended;
            fate.dies_at = life.and_then(|life| match life.ends {
                End::AtAppend(nth, death) => Some((appended + nth, death)),
                End::After(_) => None,
            });
        }
        let text = |error: &dyn std::error::Error| format!("{error}: {:?}", error.source());
        let store = self.script.shelf.open(&self.fate).map_err(|error| text(&error))?;
        let (journal, records) =
            Journal::open(store, self.run.clone()).map_err(|error| text(&error))?;
        self.watcher.catch_up(&records)?;
        // As the command line does: the plan comes from a file.
        let saved = serde_json::to_string(&self.made.plan).map_err(|error| text(&error))?;
        let plan: Plan = serde_json::from_str(&saved).map_err(|error| text(&error))?;
        if plan != self.made.plan {
            return Err("a plan does not read back as it was written".to_owned());
        }
        let mut engine = Engine::new(plan, self.run.clone());
        replay(&mut engine, &records).map_err(|error| text(&error))?;
        let ended = self.drive(engine, journal, comeback, life).await;
        let mut broken = self.watcher.broken.borrow_mut();
        broken.append(&mut self.cloud.log.borrow_mut().violations);
        match broken.first() {
            Some(first) => Err(first.clone()),
            None => ended,
        }
    }

    async fn drive(
        &self,
        engine: Engine,
        journal: Journal<Mortal>,
        comeback: Comeback,
        life: Option<Life>,
    ) -> Result<Ended, String> {
        let known = self.watcher.ledger.borrow().len();
        let first = match comeback {
            // A process that died before the run had begun leaves nothing to resume.
            _ if known == 0 || known == 1 && comeback == Comeback::Resume => {
                beginning(&self.made.plan, "first", &self.made.hazards)[known..].to_vec()
            }
            Comeback::Begin => Vec::new(),
            // Whoever finds that the run is over leaves it alone.
            Comeback::Resume if matches!(engine.outcome(), Some(Outcome::Ended(_))) => Vec::new(),
            Comeback::Resume => vec![Event::Resumed {
                version: VERSION.to_owned(),
                owner: format!("{known:08x}"),
                take_over: false,
            }],
            Comeback::Rollback => {
                vec![Event::RollbackStarted {
                    reason: "asked".to_owned(),
                    breached_at: None,
                    asked: None,
                }]
            }
        };
        let (cloud, seed) = (&self.cloud, self.script.seed);
        let mut driver =
            Driver::new(cloud, engine, journal, self.watcher.clone(), self.clock, seed);
        for event in first {
            if let Err(error) = driver.commit(event) {
                return died(error);
            }
        }
        let (sender, mut asks) = Asks::channel();
        let killed = life.and_then(|life| match life.ends {
            End::AtAppend(..) => None,
            End::After(time) => Some(later(self.clock.now(), time)),
        });
        let interrupts = async {
            for after in &self.script.interrupts {
                let at = later(self.world().start(), *after);
                if at > self.clock.now() {
                    self.clock.sleep_until(at).await;
                    let _ = sender.send(Ask::Interrupt);
                }
            }
            std::future::pending::<()>().await;
        };
        let end = later(self.clock.now(), LONGEST);
        tokio::select! {
            biased;
            () = self.clock.sleep_until(killed.unwrap_or(end)) => match killed {
                Some(_) => Ok(Ended::Died),
                None => Err("once_faults_stop_the_run_ends: it goes on after five days".to_owned()),
            },
            () = interrupts => Err("nobody presses Ctrl-C for ever".to_owned()),
            driven = driver.drive(&mut asks) => match driven {
                Ok(outcome) => Ok(Ended::Left(outcome)),
                Err(error) => died(error),
            },
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep(&self, time: SignedDuration) {
        self.clock.sleep_until(later(self.clock.now(), time)).await;
    }
}

/// A journal that fails is how these processes die; a contradiction is a bug.
fn died(error: DriveError) -> Result<Ended, String> {
    match error {
        DriveError::Journal(_) => Ok(Ended::Died),
        DriveError::Contradiction(illegal) => Err(format!("contradiction: {illegal}")),
    }
}

/// Asks every invariant after every event.
#[derive(Clone)]
pub(crate) struct Watcher {
    plan: Plan,
    world: Arc<Mutex<World>>,
    clock: Clock,
    ledger: Rc<RefCell<Vec<Record>>>,
    log: Rc<RefCell<crate::saboteur::Log>>,
    /// What does not hold, in words.
    broken: Rc<RefCell<Vec<String>>>,
}

impl Watcher {
    /// Takes in what the journal has and nobody was told.
    fn catch_up(&self, records: &[Record]) -> Result<(), String> {
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
fn live(world: &Mutex<World>, plan: &Plan, now: Timestamp) -> Vec<RecordSet> {
    let world = current(world, now);
    let all = plan.zones.iter().flat_map(|zone| world.standing(&zone.id));
    all.filter(|record| plan.pairs.iter().any(|pair| pair.owns(record))).cloned().collect()
}
