//! Wishes into calls, and answers into facts.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    rc::Rc,
};

use super::{DriveError, Driver, Observer, Reading, reading};
use crate::{
    cloud::{ChangeStatus, Cloud, CloudError, CloudErrorKind},
    engine::{Action, Event, WriteFailure, backoff},
    journal::Store,
    plan::{ChangeId, Hook, READING_EVERY, RecordSet, ZoneId, comment},
    unit::{RecordName, RecordType, SignedDuration, Timestamp},
};

/// How often a change is asked for: often enough to lose no time, seldom enough to leave others their share (law L20).
const POLL_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// What a call brought.
#[derive(Debug)]
pub(super) enum Fact {
    /// A batch was answered.
    Changed { write: u32, answer: Result<ChangeId, CloudError> },
    /// The zones were read, or not.
    Read { zone: ZoneId, answer: Result<Vec<RecordSet>, CloudError> },
    /// Protections were removed, or not.
    Unprotected {
        zone: ZoneId,
        records: Vec<(RecordName, RecordType)>,
        answer: Result<(), CloudError>,
    },
    /// Changes were asked for.
    Polled(Result<Vec<(ChangeId, ChangeStatus)>, CloudError>),
    /// Metrics, targets and, where they were wanted, records.
    Watched(Reading),
    /// A command of the runbook ended.
    Run {
        hook: Hook,
        step: Option<usize>,
        failure: Option<String>,
        output: Option<String>,
        seconds: f64,
    },
}

impl<'a, C: Cloud, S: Store, O: Observer> Driver<'a, C, S, O> {
    /// Begins to perform a wish, at the time that it may be.
    pub(super) fn begin(&mut self, action: Action) -> Pin<Box<dyn Future<Output = Fact> + 'a>> {
        let (cloud, clock, pace) = (self.cloud, self.clock, self.pace);
        match action {
            Action::Change { write, to, batch } => {
                let comment = comment(self.journal.run(), &self.engine.purpose(to));
                Box::pin(async move {
                    Fact::Changed { write, answer: cloud.change(&batch, &comment).await }
                })
            }
            Action::Read { zone, names } => Box::pin(async move {
                clock.sleep_until(pace.read_at).await;
                let names: Vec<RecordName> = names.into_iter().collect();
                let answer = cloud.records_at(&zone, &names).await;
                Fact::Read { zone, answer }
            }),
            Action::Unprotect { zone, records } => Box::pin(async move {
                let answer = cloud.unprotect(&zone, &records).await;
                Fact::Unprotected { zone, records, answer }
            }),
            Action::AwaitSync { changes } => Box::pin(async move {
                clock.sleep_until(pace.poll_at).await;
                Fact::Polled(poll(cloud, changes).await)
            }),
            action @ Action::Run { .. } => self.run(action),
            Action::Watch { from, inspect } => {
                let request = reading::Request::of(&self.engine, from, inspect);
                let datadog = Rc::clone(&self.datadog);
                Box::pin(async move {
                    clock.sleep_until(pace.watch_at).await;
                    Fact::Watched(reading::read(cloud, &*datadog, request, clock.now()).await)
                })
            }
        }
    }

    /// Turns what a call brought into events.
    pub(super) fn learn(&mut self, fact: Fact) -> Result<(), DriveError> {
        let now = self.clock.now();
        match fact {
            Fact::Changed { write, answer } => self.changed(now, write, answer),
            Fact::Read { zone, answer } => self.read(now, zone, answer),
            Fact::Unprotected { zone, records, answer } => {
                let failure = answer.err().map(|error| error.to_string());
                self.commit(Event::ProtectionsRemoved { zone, records, failure })
            }
            Fact::Polled(answer) => self.polled(now, answer),
            Fact::Watched(reading) => self.watched(now, reading),
            Fact::Run { hook, step, failure, output, seconds } => {
                let next = match (&failure, hook.is_beside()) {
                    (Some(_), false) => self.engine.after_a_failed_command(),
                    _ => String::new(),
                };
                self.commit(Event::CommandEnded { hook, step, failure, seconds, output, next })
            }
        }
    }

    fn changed(
        &mut self,
        now: Timestamp,
        write: u32,
        answer: Result<ChangeId, CloudError>,
    ) -> Result<(), DriveError> {
        match answer {
            Ok(change) => {
                self.pace.poll_at = after(now, POLL_EVERY);
                self.commit(Event::WriteAccepted { write, change })
            }
            Err(error) => {
                let failure = meaning(&error);
                let wait = backoff(failure, self.engine.attempts(write), self.random());
                let (message, retry_at) = (error.to_string(), after(now, wait));
                let problems = match error.kind {
                    CloudErrorKind::InvalidBatch(problems) => problems,
                    CloudErrorKind::Throttled
                    | CloudErrorKind::Busy
                    | CloudErrorKind::Denied
                    | CloudErrorKind::Credentials
                    | CloudErrorKind::NotFound
                    | CloudErrorKind::Unclear
                    | CloudErrorKind::Rejected => Vec::new(),
                };
                self.commit(Event::WriteFailed { write, failure, message, problems, retry_at })
            }
        }
    }

    fn read(
        &mut self,
        now: Timestamp,
        zone: ZoneId,
        answer: Result<Vec<RecordSet>, CloudError>,
    ) -> Result<(), DriveError> {
        match answer {
            Ok(records) => {
                self.pace.failed_reads = 0;
                self.commit(Event::RecordsRead { zone, records })
            }
            Err(error) => {
                let wait = backoff(WriteFailure::Unclear, self.pace.failed_reads, self.random());
                self.pace.failed_reads = self.pace.failed_reads.saturating_add(1);
                self.pace.read_at = after(now, wait);
                self.observer.notice(&format!("the zone is read again: {error}"));
                Ok(())
            }
        }
    }

    fn polled(
        &mut self,
        now: Timestamp,
        answer: Result<Vec<(ChangeId, ChangeStatus)>, CloudError>,
    ) -> Result<(), DriveError> {
        let jitter = SignedDuration::from_millis((self.random() * 2000.0) as i64);
        self.pace.poll_at = after(now, POLL_EVERY + jitter);
        let statuses = match answer {
            Ok(statuses) => statuses,
            Err(error) => {
                self.observer.notice(&format!("the change is asked for again: {error}"));
                return Ok(());
            }
        };
        if let Some((lost, _)) = statuses.iter().find(|(_, s)| *s == ChangeStatus::Lost) {
            return self.commit(Event::ChangeLost { change: lost.clone() });
        }
        if statuses.iter().all(|(_, status)| *status == ChangeStatus::InSync) {
            let changes = statuses.into_iter().map(|(change, _)| change).collect();
            return self.commit(Event::InSync { changes });
        }
        Ok(())
    }

    fn watched(&mut self, now: Timestamp, reading: Reading) -> Result<(), DriveError> {
        self.pace.watch_at = after(now, READING_EVERY);
        let foreign = reading.records.as_ref().and_then(|records| self.engine.inspect(records));
        if let Some(foreign) = foreign {
            return self.commit(foreign);
        }
        for problem in &reading.problems {
            self.observer.notice(problem);
        }
        let rows = self.engine.fresh_rows(reading.rows);
        self.commit(Event::MetricsRead {
            rows,
            targets: reading.targets,
            alarms: reading.alarms,
            services: reading.services,
            datadog: reading.datadog,
            faults: reading.faults,
        })
    }
}

/// Reads these names of all zones, or fails as a whole.
pub(super) async fn read_all<C: Cloud>(
    cloud: &C,
    names: &BTreeMap<ZoneId, BTreeSet<RecordName>>,
) -> Result<BTreeMap<ZoneId, Vec<RecordSet>>, CloudError> {
    let mut records = BTreeMap::new();
    for (zone, names) in names {
        let names: Vec<RecordName> = names.iter().cloned().collect();
        records.insert(zone.clone(), cloud.records_at(zone, &names).await?);
    }
    Ok(records)
}

async fn poll<C: Cloud>(
    cloud: &C,
    changes: Vec<ChangeId>,
) -> Result<Vec<(ChangeId, ChangeStatus)>, CloudError> {
    let mut statuses = Vec::new();
    for change in changes {
        let status = cloud.change_status(&change).await?;
        statuses.push((change, status));
    }
    Ok(statuses)
}

/// Returns what a failed write means for what follows.
fn meaning(error: &CloudError) -> WriteFailure {
    match error.kind {
        CloudErrorKind::Throttled | CloudErrorKind::Busy => WriteFailure::Later,
        CloudErrorKind::Unclear => WriteFailure::Unclear,
        CloudErrorKind::InvalidBatch(_) => WriteFailure::Refused,
        CloudErrorKind::Denied
        | CloudErrorKind::Credentials
        | CloudErrorKind::NotFound
        | CloudErrorKind::Rejected => WriteFailure::Denied,
    }
}

/// Adds to a moment, held at the end of jiff's range of years.
pub(super) fn after(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
