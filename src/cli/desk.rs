//! Where a run takes requests from other processes: what its process needs to answer them, and how others ask.
//!
//! A run whose process goes on is asked through its folder. One that no process drives is changed by whoever asks, under
//! its journal's lock, in the same way.

use std::{path::PathBuf, sync::Arc};

use super::{
    ExitStatus, Fault, RunFolder,
    saved::{Checks, Saved},
    taken_up::{look_through, take_up},
};
use crate::{
    driver::{Asks, Clock, InFolder, Inbox},
    engine::{Engine, Event, Origin, Rebuild, Refusal},
    journal::{Answer, FileStore, Record, Request, RequestId, Requests},
    plan::Gates,
    runbook::{Change, Choice, Source, TuneError, tuned},
    unit::{SignedDuration, Timestamp},
};

/// How long an answer is waited for: the process that drives the run looks for requests twice a second.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);
const LOOK_EVERY: SignedDuration = SignedDuration::from_millis(100);

/// Where a run's process takes requests.
pub(super) struct Desk {
    folder: PathBuf,
    requests: Requests,
    rebuild: Arc<Rebuild>,
}

impl Desk {
    /// Returns the desk of the run that is kept in this folder.
    pub(super) fn of(folder: &RunFolder, saved: &Saved, checks: &Checks) -> Self {
        let source = Saved::runbook_checked(&folder.path, checks);
        let (environment, vars) = (saved.environment.name.clone(), saved.vars.clone());
        let choice = Choice { environment, vars };
        let rebuild =
            move |wave: usize, limits: &[(String, String)]| built(&source, &choice, wave, limits);
        let (folder, requests) = (folder.path.clone(), Requests::of(&folder.path));
        Self { folder, requests, rebuild: Arc::new(rebuild) }
    }

    /// Returns whoever runs the run's commands.
    pub(super) fn commands(&self) -> Box<InFolder> {
        Box::new(InFolder::of(&self.folder))
    }

    /// Begins to take requests for as long as the inbox lives.
    ///
    /// # Errors
    /// The operating system has no thread left for it.
    pub(super) fn open(&self, asks: &Asks) -> std::io::Result<Inbox> {
        Inbox::open(self.requests.clone(), Arc::clone(&self.rebuild), asks, Clock::Real)
    }

    /// Returns what gives the gates of the run's runbook with other limits.
    pub(super) fn rebuild(&self) -> &Rebuild {
        &*self.rebuild
    }

    /// Asks a run, and returns the record of what was done; or why it was refused, and then nothing was changed. `event`
    /// is what is recorded of it where no process drives the run.
    ///
    /// # Errors
    /// Nobody answers, or the run's folder cannot be used.
    pub(super) async fn ask(
        &self,
        folder: &RunFolder,
        request: &Request,
        event: impl Fn(&Engine, &Origin) -> Result<Event, Refusal>,
    ) -> Result<Result<Done, Refusal>, Fault> {
        let clock = Clock::Real;
        let id = RequestId::new(request.at, super::run::jitter_seed() as u32);
        let until = request.at.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let mut left = false;
        loop {
            if let Some(answer) = self.requests.answered(&id).map_err(|e| unusable(folder, &e))? {
                return answered(folder, &id, answer);
            }
            if !FileStore::is_held(&folder.path) {
                if let Some(done) = self.do_it(folder, &id, left, request, &event)? {
                    return Ok(done);
                }
            } else if !left {
                self.requests.leave(&id, request).map_err(|e| unusable(folder, &e))?;
                left = true;
            }
            let now = clock.now();
            if now >= until {
                return Err(self.unanswered(folder, &id));
            }
            clock.sleep_until(now.saturating_add(LOOK_EVERY).unwrap_or(until)).await;
        }
    }

    /// Does what is asked in place of a process that drives the run; nothing where there is one again. What was left for
    /// the process that has ended is answered, so that the next one does not do it a second time.
    fn do_it(
        &self,
        folder: &RunFolder,
        id: &RequestId,
        left: bool,
        request: &Request,
        event: impl Fn(&Engine, &Origin) -> Result<Event, Refusal>,
    ) -> Result<Option<Result<Done, Refusal>>, Fault> {
        let mut recorded = None;
        let (taken, mut journal) = match take_up(folder, |record| find(id, record, &mut recorded)) {
            Err(_) if FileStore::is_held(&folder.path) => return Ok(None),
            taken => taken?,
        };
        let done = if taken.engine.has_done(id.as_str()) {
            Ok(recorded.ok_or_else(|| lost(folder, id))?)
        } else {
            let Request { by, why, .. } = request.clone();
            let origin = Origin { by, why: why.map(Into::into), request: Some(id.to_string()) };
            match event(&taken.engine, &origin) {
                Ok(event) => Ok(journal
                    .append(Clock::Real.now(), event)
                    .map_err(|error| Fault::of(ExitStatus::Refused, &error))?),
                Err(refusal) => Err(refusal),
            }
        };
        if left {
            let answer = done.as_ref().err().cloned().map_or(Answer::Done, Answer::Refused);
            self.requests.answer(id, &answer).map_err(|error| unusable(folder, &error))?;
        }
        Ok(Some(done.map(|record| Done { record, alive: false })))
    }

    fn unanswered(&self, folder: &RunFolder, id: &RequestId) -> Fault {
        let run = &folder.run;
        let waited = crate::unit::words(PATIENCE);
        match self.requests.withdraw(id) {
            Ok(true) => Fault::new(
                ExitStatus::Refused,
                format!("the process of run {run} has not taken the request up within {waited}; it is withdrawn, nothing was changed"),
            )
            .hinted("is it suspended, or of a version that takes no requests?"),
            Ok(false) | Err(_) => Fault::new(
                ExitStatus::Stuck,
                format!("the process of run {run} has taken the request up and has not answered within {waited}; it may still do it"),
            )
            .hinted(format!("`cutover status {run}` says whether it was done")),
        }
    }
}

/// What was done of a request.
pub(super) struct Done {
    /// What the journal has.
    pub(super) record: Record,
    /// Whether a process drives the run, so that it takes effect at once.
    pub(super) alive: bool,
}

fn built(
    source: &Result<Source, String>,
    choice: &Choice,
    wave: usize,
    limits: &[(String, String)],
) -> Result<Gates, Vec<String>> {
    let source = source.as_ref().map_err(|why| vec![why.clone()])?;
    let change = |(limit, to): &(String, String)| Change { limit: limit.clone(), to: to.clone() };
    let changes: Vec<Change> = limits.iter().map(change).collect();
    tuned(source, choice, wave, &changes).map_err(|error| match error {
        TuneError::Changes(wrong) => wrong,
        TuneError::Runbook(error) => vec![error.to_string()],
    })
}

fn answered(
    folder: &RunFolder,
    id: &RequestId,
    answer: Answer,
) -> Result<Result<Done, Refusal>, Fault> {
    match answer {
        Answer::Done => {
            let mut recorded = None;
            look_through(folder, |record| find(id, record, &mut recorded))?;
            let record = recorded.ok_or_else(|| lost(folder, id))?;
            Ok(Ok(Done { record, alive: true }))
        }
        Answer::Refused(refusal) => Ok(Err(refusal)),
        Answer::Unreadable(why) => Err(Fault::new(
            ExitStatus::Bug,
            format!("the process of run {} cannot read the request", folder.run),
        )
        .caused_by(why)
        .hinted("it may be of another version; nothing was changed")),
    }
}

/// Keeps the record of what was done of a request, once it comes.
fn find(id: &RequestId, record: &Record, found: &mut Option<Record>) {
    if found.is_none() && record.event.request() == Some(id.as_str()) {
        *found = Some(record.clone());
    }
}

fn lost(folder: &RunFolder, id: &RequestId) -> Fault {
    let message =
        format!("run {} says that request {id} is done, and its journal does not", folder.run);
    Fault::new(ExitStatus::Bug, message)
}

fn unusable(folder: &RunFolder, error: &std::io::Error) -> Fault {
    let message = format!(
        "a request to run {} cannot be left in its folder, or its answer not read",
        folder.run
    );
    Fault::new(ExitStatus::Refused, message)
        .caused_by(error.to_string())
        .hinted(format!("`cutover status {}` says whether anything was changed", folder.run))
}
