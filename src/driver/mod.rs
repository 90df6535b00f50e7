//! The one loop: performs what the engine wishes, feeds it what happened, and keeps the order that makes a run safe.
//!
//! An event arrives; it is appended to the journal and fsynced; it is applied to the engine; observers are told; what is
//! pending is performed. This is the only room that reads a clock or a signal. It decides nothing: see `engine`.

mod asked;
mod clock;
mod commands;
mod datadog;
mod inbox;
mod past;
mod perform;
mod reading;
mod recorded;
mod services;
mod signals;
mod survey;
mod traffic;

use std::{future::Future, pin::Pin, rc::Rc, task::Poll};

pub use clock::Clock;
pub use commands::{Commands, Ended, Errand, InFolder, Running};
pub use datadog::{Asking, Datadog, Heard, survey_datadog};
pub use inbox::{Inbox, Message, Petition};
pub use reading::Reading;
pub use recorded::{KEPT_BY_THE_MINUTE, RecordedError, recorded};
pub use signals::{Ask, Asks};
pub use survey::{candidates, survey, survey_waves, unfollowable};
pub use traffic::traffic;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::{
    cloud::Cloud,
    engine::{Action, Engine, Event, IllegalEvent, Outcome, View},
    journal::{Journal, JournalError, Record, Store},
    unit::Timestamp,
};
use asked::Stopping;
use perform::Fact;

/// Whoever wants to see a run. It cannot influence it, and must not fail.
pub trait Observer {
    /// An event has been recorded and applied.
    fn record(&mut self, record: &Record);
    /// Returns whether views are shown to anybody, so that they are worth taking.
    fn shows_views(&self) -> bool;
    /// The run is like this now.
    fn view(&mut self, view: &View);
    /// Something is not as it should be, and is being tried again.
    fn notice(&mut self, text: &str);
}

/// Why a run could not be driven on.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The journal cannot be written, so nothing more may be done.
    #[error("the run stopped where it is, because what it does could not be recorded")]
    Journal(#[from] JournalError),
    /// The engine refused an event that it had asked for.
    #[error("the run stopped where it is, because of a contradiction in cutover itself")]
    Contradiction(#[from] IllegalEvent),
}

/// A run being driven.
#[derive(Debug)]
pub struct Driver<'a, C, S, O> {
    cloud: &'a C,
    engine: Engine,
    journal: Journal<S>,
    observer: O,
    clock: Clock,
    jitter: ChaCha8Rng,
    pace: Pace,
    stopping: Option<Stopping>,
    commands: Box<dyn Commands>,
    datadog: Rc<dyn Datadog>,
    /// Commands that nothing waits for and that are not begun yet.
    beside: Vec<Action>,
}

/// When what is done again and again is done next.
#[derive(Debug, Clone, Copy)]
struct Pace {
    read_at: Timestamp,
    poll_at: Timestamp,
    watch_at: Timestamp,
    failed_reads: u32,
}

type Task<'a> = (Action, Pin<Box<dyn Future<Output = Fact> + 'a>>);

impl<'a, C: Cloud, S: Store, O: Observer> Driver<'a, C, S, O> {
    /// Makes a driver of a run that stands where its engine stands. `seed` decides the jitter of waits.
    pub fn new(
        cloud: &'a C,
        engine: Engine,
        journal: Journal<S>,
        observer: O,
        clock: Clock,
        seed: u64,
    ) -> Self {
        let now = clock.now();
        let pace = Pace { read_at: now, poll_at: now, watch_at: now, failed_reads: 0 };
        let jitter = ChaCha8Rng::seed_from_u64(seed);
        let commands = Box::new(commands::NoCommands);
        let datadog = Rc::new(datadog::NoDatadog);
        let (stopping, beside) = (None, Vec::new());
        Self {
            cloud,
            engine,
            journal,
            observer,
            clock,
            jitter,
            pace,
            stopping,
            commands,
            datadog,
            beside,
        }
    }

    /// Returns the run as it stands.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Records an event, applies it and tells the observer.
    ///
    /// # Errors
    /// It could not be recorded, or cannot happen; then nothing has changed.
    pub fn commit(&mut self, event: Event) -> Result<(), DriveError> {
        let now = self.clock.now();
        let record = self.journal.append(now, event)?;
        self.engine.apply(now, &record.event)?;
        self.observer.record(&record);
        self.beside.extend(self.engine.beside(&record.event));
        Ok(())
    }

    /// Drives the run until nothing is left for this process to do.
    ///
    /// # Errors
    /// The journal cannot be written: the run is left where it is.
    pub async fn drive(&mut self, asks: &mut Asks) -> Result<Outcome, DriveError> {
        let mut tasks: Vec<Task<'a>> = Vec::new();
        loop {
            // First, so that what follows from it is begun at once, and nothing that it makes moot.
            self.stop_if_asked()?;
            while let Some(event) = self.engine.due(self.clock.now()) {
                if self.defers(&event) {
                    break;
                }
                self.commit(event)?;
            }
            if let Some(outcome) = self.engine.outcome()
                && (self.is_all_done(&tasks) || self.stopping.is_some())
            {
                return Ok(outcome);
            }
            if self.observer.shows_views() {
                self.observer.view(&self.engine.view(self.clock.now()));
            }
            self.keep_up(&mut tasks);
            self.run_beside(&mut tasks)?;
            let deadline = self.next_deadline();
            tokio::select! {
                biased;
                ask = asks.next() => self.asked(ask)?,
                fact = finished(&mut tasks) => self.learn(fact)?,
                () = self.clock.sleep_until(deadline) => {}
            }
        }
    }

    /// Returns true when no command is left that nothing in the run waits for; its process does, so that it is not killed.
    fn is_all_done(&self, tasks: &[Task<'a>]) -> bool {
        self.beside.is_empty() && !tasks.iter().any(|(action, _)| commands::is_beside(action))
    }

    /// Begins what is wished for and not going on yet, and gives up what is no longer wished for. A change that has been
    /// sent is never given up: it stays wished for until it is answered.
    fn keep_up(&mut self, tasks: &mut Vec<Task<'a>>) {
        let wishes = self.engine.pending();
        tasks.retain(|(action, _)| wishes.contains(action) || commands::is_beside(action));
        for action in wishes {
            if !tasks.iter().any(|(begun, _)| *begun == action) {
                let future = self.begin(action.clone());
                tasks.push((action, future));
            }
        }
    }

    /// Returns true for a further write while a stop waits for those in flight.
    fn defers(&self, event: &Event) -> bool {
        let stops = match self.stopping {
            Some(Stopping::Rollback) => true,
            Some(Stopping::Stop { at, .. }) => self.clock.now() >= at,
            None => false,
        };
        stops && self.engine.is_writing() && matches!(event, Event::WriteStarted { .. })
    }

    /// Returns when to look up even if nothing has happened.
    fn next_deadline(&self) -> Timestamp {
        let now = self.clock.now();
        let refresh = perform::after(now, self.clock.refresh());
        let stop = match self.stopping {
            Some(Stopping::Stop { at, .. }) => Some(at),
            Some(Stopping::Rollback) | None => None,
        };
        let wakes = [self.engine.deadline(now), stop, Some(refresh)];
        wakes.into_iter().flatten().filter(|at| *at > now).min().unwrap_or(refresh)
    }

    fn random(&mut self) -> f64 {
        self.jitter.random()
    }
}

/// Waits for the first of these to end, and takes it out.
async fn finished(tasks: &mut Vec<Task<'_>>) -> Fact {
    std::future::poll_fn(|context| {
        let mut ended = None;
        for (index, (_, future)) in tasks.iter_mut().enumerate() {
            if let Poll::Ready(fact) = future.as_mut().poll(context) {
                ended = Some((index, fact));
                break;
            }
        }
        match ended {
            Some((index, fact)) => {
                drop(tasks.remove(index));
                Poll::Ready(fact)
            }
            None => Poll::Pending,
        }
    })
    .await
}
