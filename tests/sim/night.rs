//! One cutover from its first event to its last, over as many processes as it takes.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cutover::{
    driver::{Ask, Asks, Clock, DriveError, Driver, survey},
    engine::{Engine, Event, Outcome, VERSION, beginning},
    journal::{Journal, Record, replay},
    plan::{Made, Plan, Questions, Standing, make},
    rehearse::stage,
    sim::{SimCloud, World},
    unit::{RunId, SignedDuration, Timestamp},
};

pub(crate) use crate::script::{Comeback, End, Life, Script};
use crate::{
    invariants,
    journal::{Fate, Mortal},
    saboteur::{Faulty, later},
    tally::{Fault, Tally},
    through::Through,
    watcher::{Watcher, live},
};

/// Longest night: what takes longer has no end.
const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 24);

/// How a night went.
#[derive(Debug)]
pub(crate) struct Night {
    pub(crate) outcome: Outcome,
    pub(crate) records: Vec<Record>,
    /// Processes that halted, one after another, without having died.
    pub(crate) halts: usize,
    /// What bit.
    pub(crate) tally: Tally,
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
    cloud: Through<Faulty<SimCloud>>,
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
        let trouble = (script.trouble, until, script.seed);
        let cloud = Through(Faulty::new(cloud, clock, trouble, &fate, &ledger));
        let watcher = Watcher {
            plan: made.plan.clone(),
            world: Arc::clone(&world),
            clock,
            ledger,
            log: Rc::clone(&cloud.0.log),
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
        invariants::in_the_morning(&self.made.plan, &records, &live, true)?;
        invariants::zone_and_journal_agree(&self.made.plan, &records, &live)?;
        let mut tally = std::mem::take(&mut self.cloud.0.log.borrow_mut().tally);
        tally.add(std::mem::take(&mut self.fate.borrow_mut().tally));
        tally.nights = 1;
        tally.events = records.len() as u64;
        tally.ended(format!("{outcome:?}"));
        Ok(Night { outcome, records, halts, tally })
    }

    /// Runs one process to its end.
    async fn process(&mut self, comeback: Comeback, life: Option<Life>) -> Result<Ended, String> {
        {
            let mut fate = self.fate.borrow_mut();
            fate.dead = false;
            fate.killed = Rc::default();
            let appended = fate.appended;
            fate.dies_at = life.and_then(|life| match life.ends {
                End::AtAppend(nth, death) => Some((appended + nth, death)),
                End::AtChange(..) | End::After(_) => None,
            });
            let changes = fate.changes;
            fate.dies_at_change = life.and_then(|life| match life.ends {
                End::AtChange(nth, end) => Some((changes + nth, end)),
                End::AtAppend(..) | End::After(_) => None,
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
        broken.append(&mut self.cloud.0.log.borrow_mut().violations);
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
            End::AtAppend(..) | End::AtChange(..) => None,
            End::After(time) => Some(later(self.clock.now(), time)),
        });
        let interrupts = async {
            for after in &self.script.interrupts {
                let at = later(self.world().start(), *after);
                if at > self.clock.now() {
                    self.clock.sleep_until(at).await;
                    self.cloud.0.log.borrow_mut().tally.bites(Fault::Interrupted);
                    let _ = sender.send(Ask::Interrupt);
                }
            }
            std::future::pending::<()>().await;
        };
        let end = later(self.clock.now(), LONGEST);
        // One for every process: what was told to the one before it concerns it no more.
        let dies_at_change = Rc::clone(&self.fate.borrow().killed);
        tokio::select! {
            biased;
            () = self.clock.sleep_until(killed.unwrap_or(end)) => match killed {
                Some(_) => {
                    self.cloud.0.log.borrow_mut().tally.bites(Fault::DiesAtAnyMoment);
                    Ok(Ended::Died)
                }
                None => Err("once_faults_stop_the_run_ends: it goes on after five days".to_owned()),
            },
            () = dies_at_change.notified() => Ok(Ended::Died),
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
