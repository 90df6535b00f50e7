//! One process: an engine, its journal, and the calls that it has begun. It turns answers into events as the driver does.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use cutover::{
    cloud::{ChangeId, ChangeStatus, CloudError, CloudErrorKind},
    engine::{Action, Engine, Event, Outcome, WriteFailure, backoff},
    journal::Record,
    plan::{Plan, READING_EVERY, RecordSet, ZoneId},
    unit::{Check, RecordName, RunId, SignedDuration, Timestamp},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{draw::Life, users::Told};
use crate::{
    fences::Party,
    saboteur::{Sent, later},
};

/// How often a change is asked for, as the driver does.
const POLL_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// A call that was begun and not answered.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) id: u64,
    pub(super) action: Action,
}

/// What a call brought.
#[derive(Debug)]
pub(super) enum Fact {
    Changed {
        write: u32,
        answer: Result<ChangeId, CloudError>,
    },
    /// These names of a zone as they were at a moment.
    Read {
        zone: ZoneId,
        names: BTreeSet<RecordName>,
        at: Timestamp,
        answer: Result<Vec<RecordSet>, CloudError>,
    },
    Polled(Result<Vec<(ChangeId, ChangeStatus)>, CloudError>),
    Watched {
        told: Result<Told, CloudError>,
        records: Option<BTreeMap<ZoneId, Vec<RecordSet>>>,
    },
}

/// When names were seen.
pub(super) type Seen = BTreeMap<(ZoneId, RecordName), Timestamp>;

/// When what is done again and again is done next, by the process's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) read_at: Timestamp,
    pub(super) poll_at: Timestamp,
    pub(super) watch_at: Timestamp,
    failed_reads: u32,
}

/// A stop, or a rollback, that was asked for and waits for the call in flight.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stopping {
    Stop { at: Timestamp },
    Rollback,
}

/// One run as one person sees it, over as many processes as it takes.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) who: &'static str,
    pub(super) run: RunId,
    pub(super) plan: Rc<Plan>,
    pub(super) engine: Engine,
    /// The lines of the journal.
    pub(super) ledger: Vec<Record>,
    /// What stands in the place of their checks, which nobody reads where nothing is kept as text.
    pub(super) check: Check,
    /// What matters of it to others, at the times of the world.
    pub(super) chronicle: Rc<RefCell<Vec<Record>>>,
    pub(super) sent: Vec<Sent>,
    /// Counts its processes: what concerns one that is gone concerns nobody.
    pub(super) life: u32,
    pub(super) alive: bool,
    /// How it was left, where nobody goes on with it.
    pub(super) over: Option<Outcome>,
    pub(super) halts: usize,
    pub(super) fate: Option<Life>,
    pub(super) appended: usize,
    pub(super) called: usize,
    pub(super) calls: Vec<Going>,
    pub(super) next_call: u64,
    pub(super) pace: Pace,
    pub(super) stopping: Option<Stopping>,
    pub(super) wakes_at: Timestamp,
    /// By how much its machine's clock is ahead.
    pub(super) ahead: SignedDuration,
    /// Nobody has set the clock of a machine that wrote to its journal.
    pub(super) steady: bool,
    /// When the newest answer about a name in a zone was given.
    pub(super) saw: Seen,
    /// The same when it last found the weights as it wants them, which is what it then says of them.
    pub(super) placed: Seen,
    /// Lines of its journal are lost, and it has not found the weights as it wants them since.
    pub(super) forgot: bool,
    /// Lines are brought to the disk a moment after they are written.
    pub(super) hurries: bool,
    jitter: ChaCha8Rng,
}

impl Process {
    pub(super) fn new(
        who: &'static str,
        plan: Rc<Plan>,
        run: RunId,
        ledger: Vec<Record>,
        seed: u64,
    ) -> Self {
        let engine = Engine::new(Plan::clone(&plan), run.clone());
        let at = Timestamp::MIN;
        Self {
            who,
            run,
            plan,
            engine,
            ledger,
            check: Check::of([]),
            chronicle: Rc::default(),
            sent: Vec::new(),
            life: 0,
            alive: false,
            over: None,
            halts: 0,
            fate: None,
            appended: 0,
            called: 0,
            calls: Vec::new(),
            next_call: 0,
            pace: Pace { read_at: at, poll_at: at, watch_at: at, failed_reads: 0 },
            stopping: None,
            wakes_at: Timestamp::MAX,
            ahead: SignedDuration::ZERO,
            steady: true,
            saw: Seen::new(),
            placed: Seen::new(),
            forgot: false,
            hurries: false,
            jitter: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Begins a process, which knows what the journal says and nothing else.
    ///
    /// # Errors
    /// The journal cannot be true.
    pub(super) fn begins(&mut self, now: Timestamp, fate: Option<Life>) -> Result<(), String> {
        self.engine = Engine::new(Plan::clone(&self.plan), self.run.clone());
        for record in &self.ledger {
            self.engine
                .apply(record.at, &record.event)
                .map_err(|error| format!("replay of record {}: {error}", record.seq))?;
        }
        self.life += 1;
        self.wakes_at = Timestamp::MAX;
        self.alive = true;
        self.fate = fate;
        (self.appended, self.called) = (0, 0);
        self.pace = Pace { read_at: now, poll_at: now, watch_at: now, failed_reads: 0 };
        self.stopping = None;
        self.hurries = false;
        Ok(())
    }

    /// The process is gone, with everything that it had begun.
    pub(super) fn ends(&mut self) {
        self.alive = false;
        self.life += 1;
        self.wakes_at = Timestamp::MAX;
        self.calls.clear();
    }

    pub(super) fn party(&self) -> Party {
        let ledger = Rc::clone(&self.chronicle);
        Party { name: self.who, ledger, plan: Some(Rc::clone(&self.plan)) }
    }

    pub(super) fn random(&mut self) -> f64 {
        self.jitter.random()
    }

    /// Returns when a wish may be performed, by the process's clock.
    pub(super) fn not_before(&self, action: &Action) -> Timestamp {
        match action {
            Action::Change { .. } | Action::Unprotect { .. } | Action::Run { .. } => Timestamp::MIN,
            Action::Read { .. } => self.pace.read_at,
            Action::AwaitSync { .. } => self.pace.poll_at,
            Action::Watch { .. } => self.pace.watch_at,
        }
    }

    /// Returns the event that follows from an answer, if one does.
    pub(super) fn learn(&mut self, now: Timestamp, fact: Fact) -> Option<Event> {
        match fact {
            Fact::Changed { write, answer: Ok(change) } => {
                self.pace.poll_at = later(now, POLL_EVERY);
                Some(Event::WriteAccepted { write, change })
            }
            Fact::Changed { write, answer: Err(error) } => Some(self.failed(now, write, error)),
            Fact::Read { zone, answer: Ok(records), .. } => {
                self.pace.failed_reads = 0;
                Some(Event::RecordsRead { zone, records })
            }
            Fact::Read { answer: Err(_), .. } => {
                let (failed, random) = (self.pace.failed_reads, self.random());
                let wait = backoff(WriteFailure::Unclear, failed, random);
                self.pace.failed_reads += 1;
                self.pace.read_at = later(now, wait);
                None
            }
            Fact::Polled(answer) => {
                let jitter = SignedDuration::from_millis((self.random() * 2000.0) as i64);
                self.pace.poll_at = later(now, POLL_EVERY + jitter);
                polled(answer.ok()?)
            }
            Fact::Watched { told, records } => {
                self.pace.watch_at = later(now, READING_EVERY);
                let foreign = records.and_then(|records| self.engine.inspect(&records));
                Some(foreign.unwrap_or_else(|| self.watched(told)))
            }
        }
    }

    fn failed(&mut self, now: Timestamp, write: u32, error: CloudError) -> Event {
        let failure = meaning(&error.kind);
        let attempts = self.engine.attempts(write);
        let retry_at = later(now, backoff(failure, attempts, self.random()));
        let message = error.to_string();
        let problems =
            if let CloudErrorKind::InvalidBatch(problems) = error.kind { problems } else { vec![] };
        Event::WriteFailed { write, failure, message, problems, retry_at }
    }

    fn watched(&self, told: Result<Told, CloudError>) -> Event {
        use cutover::{
            gate::{DataFault, DataFaultKind},
            unit::Account,
        };
        match told {
            Ok(Told { rows, targets, faults }) => {
                let rows = self.engine.fresh_rows(rows);
                Event::MetricsRead {
                    rows,
                    targets,
                    alarms: BTreeMap::new(),
                    services: BTreeMap::new(),
                    datadog: BTreeMap::new(),
                    faults,
                }
            }
            Err(error) => {
                let (kind, message) = (DataFaultKind::ProviderError, error.to_string());
                let faults = vec![DataFault { account: Account::New, kind, message }];
                Event::MetricsRead {
                    rows: vec![],
                    targets: None,
                    alarms: BTreeMap::new(),
                    services: BTreeMap::new(),
                    datadog: BTreeMap::new(),
                    faults,
                }
            }
        }
    }
}

fn polled(statuses: Vec<(ChangeId, ChangeStatus)>) -> Option<Event> {
    if let Some((lost, _)) = statuses.iter().find(|(_, s)| *s == ChangeStatus::Lost) {
        return Some(Event::ChangeLost { change: lost.clone() });
    }
    let everywhere = statuses.iter().all(|(_, status)| *status == ChangeStatus::InSync);
    let changes = statuses.into_iter().map(|(change, _)| change).collect();
    everywhere.then_some(Event::InSync { changes })
}

fn meaning(kind: &CloudErrorKind) -> WriteFailure {
    match kind {
        CloudErrorKind::Throttled | CloudErrorKind::Busy => WriteFailure::Later,
        CloudErrorKind::Unclear => WriteFailure::Unclear,
        CloudErrorKind::InvalidBatch(_) => WriteFailure::Refused,
        CloudErrorKind::Denied
        | CloudErrorKind::Credentials
        | CloudErrorKind::NotFound
        | CloudErrorKind::Rejected => WriteFailure::Denied,
    }
}
