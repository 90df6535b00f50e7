//! One scenario played to its end: the production engine, driver and journal against the invented AWS.

use std::{
    cell::RefCell,
    io,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc::UnboundedSender;

use super::{datadog::PretendedDatadog, stage};
use crate::{
    driver::{
        Ask, Asks, Clock, Commands, DriveError, Driver, Ended, Errand, Observer, Running,
        survey_datadog, survey_waves,
    },
    engine::{Ending, Engine, Event, Outcome, VERSION, View, beginning},
    journal::{Journal, MemoryStore, Record, Store, replay},
    plan::{Made, Plan, Questions, Standing, Windows, make_waves},
    runbook::Runbook,
    sim::{Scenario, SimCloud, Stage, Truth, World},
    unit::{RunId, SignedDuration, Timestamp},
};

/// Moment at which every rehearsal begins: a Tuesday morning, with traffic rising.
const START: &str = "2026-03-03T09:00:00Z";
/// How much longer than planned a rehearsal may take: what takes longer has no end.
const LATEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long the users are watched after the end of the run: longer than resolvers and open connections keep them where
/// they were.
const TAIL: SignedDuration = SignedDuration::from_mins(15);

/// How a rehearsal went.
#[derive(Debug, Clone)]
pub struct Played {
    /// How the run ended; nothing when it had no end within a week of when it should.
    pub outcome: Option<Outcome>,
    /// The plan, unless none could be made.
    pub plan: Option<Plan>,
    /// Why none could be made.
    pub problems: Vec<String>,
    /// Everything that happened, without the readings and judgements of minutes: a run of weeks has a hundred thousand of
    /// those. An observer is shown them.
    pub records: Vec<Record>,
    /// What happened to the users.
    pub truth: Truth,
}

/// Plays a scenario. The same arguments give the same records.
///
/// # Errors
/// The driver contradicts itself: a bug.
pub fn play<O: Observer + Clone>(
    runbook: &Runbook,
    stage: Stage,
    scenario: Scenario,
    seed: u64,
    observer: &O,
) -> Result<Played, DriveError> {
    let observer =
        Keeping { records: Rc::default(), person: Rc::default(), inner: observer.clone() };
    in_invented_time(async { Rehearsal::new(runbook, stage, scenario, seed).run(&observer).await })
}

/// Makes the plan of a runbook as it would be where everything is as the runbook has it. Nothing is asked of AWS.
///
/// # Errors
/// Every reason not to begin, each in one sentence with what to do.
pub fn plan_offline(runbook: &Runbook) -> Result<Made, Vec<String>> {
    let stage = stage(std::slice::from_ref(runbook));
    let calm = Scenario::builtin("calm").expect("there is a scenario in which nothing happens");
    in_invented_time(async { Rehearsal::new(runbook, stage, calm, 1).plan().await })
}

/// Runs something to its end under a clock that is paused: what it waits for takes no time.
fn in_invented_time<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO needs nothing that could be missing")
        .block_on(future)
}

struct Rehearsal<'a> {
    runbook: &'a Runbook,
    cloud: SimCloud,
    world: Arc<Mutex<World>>,
    clock: Clock,
    store: Kept,
    seed: u64,
}

impl<'a> Rehearsal<'a> {
    /// Sets the stage. The clock that it begins is tokio's, so it has to be inside its runtime.
    fn new(runbook: &'a Runbook, stage: Stage, scenario: Scenario, seed: u64) -> Self {
        let start: Timestamp = START.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let clock = Clock::beginning(start);
        let store = Kept { is_read: scenario.crashes(), ..Kept::default() };
        let world = Arc::new(Mutex::new(World::new(stage, scenario, seed, start)));
        let cloud = SimCloud::new(Arc::clone(&world), move || clock.now());
        Self { runbook, cloud, world, clock, store, seed }
    }

    async fn plan(&self) -> Result<Made, Vec<String>> {
        let waves = Questions::by_wave(self.runbook);
        let mut found = survey_waves(&self.cloud, &waves, self.clock.now()).await;
        for ((_, gates), snapshot) in waves.iter().zip(&mut found) {
            survey_datadog(&PretendedDatadog, &gates.datadog, snapshot).await;
        }
        make_waves(self.runbook, &found, Standing::Refuse)
    }

    async fn run<O: Observer + Clone>(&self, observer: &Keeping<O>) -> Result<Played, DriveError> {
        let made = match self.plan().await {
            Ok(made) => made,
            Err(problems) => {
                let outcome = Some(Outcome::Ended(Ending::Refused));
                return Ok(Played { outcome, problems, ..self.played() });
            }
        };
        let made = without_windows(made);
        let run = RunId::new(&self.runbook.name, self.clock.now(), self.seed as u16);
        let owner = format!("{:08x}", self.seed);
        let engine = Engine::new(made.plan.clone(), run.clone());
        let (journal, _) = Journal::open(self.store.clone(), run.clone())?;
        let mut driver =
            Driver::new(&self.cloud, engine, journal, observer.clone(), self.clock, self.seed)
                .with_commands(Box::new(Pretended))
                .with_datadog(Rc::new(PretendedDatadog));
        for event in beginning(&made.plan, &owner, &made.hazards) {
            driver.commit(event)?;
        }
        let planned: i64 = made.plan.planned_minutes().into_iter().map(i64::from).sum();
        let end = SignedDuration::from_mins(planned).saturating_add(LATEST);
        let end = self.clock.now().saturating_add(end).unwrap_or(Timestamp::MAX);
        let mut crashed = self.drive(&mut driver, observer, end).await?;
        while let Drove::Crashed(outage) = crashed {
            // A process that is killed says nothing more: all that is left of it is the journal.
            let until = self.clock.now().saturating_add(outage).unwrap_or(Timestamp::MAX);
            self.clock.sleep_until(until).await;
            let mut engine = Engine::new(made.plan.clone(), run.clone());
            let journal = Journal::open_through(self.store.clone(), run.clone(), |record| {
                replay(&mut engine, [&record])
            })?;
            driver =
                Driver::new(&self.cloud, engine, journal, observer.clone(), self.clock, self.seed)
                    .with_commands(Box::new(Pretended))
                    .with_datadog(Rc::new(PretendedDatadog));
            driver.commit(Event::Resumed {
                version: VERSION.to_owned(),
                owner: owner.clone(),
                take_over: false,
            })?;
            crashed = self.drive(&mut driver, observer, end).await?;
        }
        let outcome = match crashed {
            Drove::Ended(outcome) => Some(outcome),
            Drove::Endless | Drove::Crashed(_) => None,
        };
        let records = std::mem::take(&mut *observer.records.borrow_mut());
        Ok(Played { outcome, plan: Some(made.plan), records, ..self.played() })
    }

    async fn drive<O: Observer + Clone>(
        &self,
        driver: &mut Driver<'_, SimCloud, Kept, Keeping<O>>,
        observer: &Keeping<O>,
        end: Timestamp,
    ) -> Result<Drove, DriveError> {
        let (person, mut asks) = Asks::channel();
        *observer.person.borrow_mut() = Some(person);
        tokio::select! {
            outcome = driver.drive(&mut asks) => Ok(Drove::Ended(outcome?)),
            outage = self.crash() => Ok(Drove::Crashed(outage)),
            () = self.clock.sleep_until(end) => Ok(Drove::Endless),
        }
    }

    /// Waits for the scenario's next crash.
    async fn crash(&self) -> SignedDuration {
        const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(20);
        if !self.with(|world| world.scenario().crashes()) {
            return std::future::pending().await;
        }
        loop {
            if let Some(outage) = self.with(World::take_crash) {
                return outage;
            }
            let next = self.clock.now().saturating_add(LOOK_EVERY).unwrap_or(Timestamp::MAX);
            self.clock.sleep_until(next).await;
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now());
        look(&mut world)
    }

    /// Returns what there is to tell whatever the end was.
    fn played(&self) -> Played {
        // Users who are still on their way when the run ends count too.
        let end = self.clock.now().saturating_add(TAIL).unwrap_or(Timestamp::MAX);
        let truth = self.with(|world| {
            world.advance(end);
            world.truth().clone()
        });
        Played { outcome: None, plan: None, problems: Vec::new(), records: Vec::new(), truth }
    }
}

enum Drove {
    Ended(Outcome),
    Crashed(SignedDuration),
    Endless,
}

/// The journal of a rehearsal, in memory: it is kept where a crash makes another process read it.
#[derive(Clone, Default)]
struct Kept {
    lines: MemoryStore,
    is_read: bool,
}

impl Store for Kept {
    fn append(&mut self, line: &str) -> io::Result<()> {
        if self.is_read { self.lines.append(line) } else { Ok(()) }
    }

    fn lines(&mut self) -> io::Result<Box<dyn Iterator<Item = io::Result<String>> + '_>> {
        self.lines.lines()
    }
}

/// A rehearsal begins at an invented time of day.
fn without_windows(mut made: Made) -> Made {
    made.plan.windows = Windows::default();
    made
}

/// Commands of the runbook, of which a rehearsal takes for granted that they end well: they would reach the real world.
#[derive(Debug)]
struct Pretended;

impl Commands for Pretended {
    fn begin(&self, _: Errand) -> Running {
        Box::pin(std::future::ready(Ended { failure: None, output: None }))
    }
}

/// Keeps what is told of the rehearsal, through all of its processes.
#[derive(Clone)]
struct Keeping<O> {
    records: Rc<RefCell<Vec<Record>>>,
    /// Says yes to whatever the run asks.
    person: Rc<RefCell<Option<UnboundedSender<Ask>>>>,
    inner: O,
}

impl<O: Observer> Observer for Keeping<O> {
    fn record(&mut self, record: &Record) {
        if !matches!(record.event, Event::MetricsRead { .. } | Event::MinuteJudged { .. }) {
            self.records.borrow_mut().push(record.clone());
        }
        if let (Event::ApprovalAsked { .. }, Some(person)) = (&record.event, &*self.person.borrow())
        {
            // A process that has ended needs no answer.
            let _ = person.send(Ask::Approve { by: "the rehearsal".to_owned() });
        }
        self.inner.record(record);
    }

    fn shows_views(&self) -> bool {
        self.inner.shows_views()
    }

    fn view(&mut self, view: &View) {
        self.inner.view(view);
    }

    fn notice(&mut self, text: &str) {
        self.inner.notice(text);
    }
}
