//! What has to be remembered of earlier records to word the next one.

use super::{
    Message,
    words::{self, Words},
};
use crate::{
    engine::Event,
    journal::Record,
    plan::Mode,
    unit::{Share, clean},
};

/// A run, as far as its messages refer to it.
#[derive(Debug, Clone, Default)]
pub struct Context {
    runbook: String,
    environment: Option<String>,
    mode: Mode,
    pub(super) steps: Option<usize>,
    pub(super) step: Option<usize>,
    pub(super) share: Option<Share>,
    pub(super) back_since: Option<&'static str>,
    state: &'static str,
}

impl Context {
    /// Takes in the next record of the run.
    pub fn remember(&mut self, record: &Record) {
        if let Some(state) = words::state(&record.event) {
            self.state = state;
        }
        if let Event::RunStarted { runbook, environment, steps, mode, .. } = &record.event {
            runbook.clone_into(&mut self.runbook);
            environment.clone_into(&mut self.environment);
            (self.steps, self.mode) = (Some(*steps), *mode);
        } else if let Event::StepStarted { step, .. } = &record.event {
            self.step = Some(*step);
        } else if let Event::WeightsWritten { share, .. } = &record.event {
            self.share = Some(*share);
        } else if let Event::RollbackStarted { breached_at, asked, .. } = &record.event {
            self.back_since = Some(match (breached_at, asked) {
                (Some(_), _) => "the breach",
                (None, Some(_)) => "the request",
                (None, None) => "it began",
            });
        }
    }

    /// Returns the record that was remembered last in words; nothing for what is of no use to anybody but the journal.
    pub fn message(&self, record: &Record) -> Option<Message> {
        let Words { rank, tone, headline, details } = words::of(self, record)?;
        let settles = matches!(record.event, Event::RolledBack { .. } | Event::RunCompleted { .. });
        let details = details.into_iter().filter(|detail| !detail.is_empty());
        Some(Message {
            seq: record.seq,
            at: record.at,
            run: record.run.clone(),
            event: record.event.name(),
            rank,
            tone,
            runbook: clean(&self.runbook).into_owned(),
            environment: self.environment.as_ref().map(|name| clean(name).into_owned()),
            kind: kind(self.mode),
            subject: clean(&self.subject()).into_owned(),
            headline: clean(&headline).into_owned(),
            details: details.map(|detail| clean(&detail).into_owned()).collect(),
            state: self.state(),
            step: self.step,
            share: self.share,
            settles,
            record: serde_json::to_string(record).unwrap_or_default(),
        })
    }

    /// Returns which run it is. One that is none of the usual says so before anything else.
    fn subject(&self) -> String {
        let kind = kind(self.mode).map_or(String::new(), |kind| format!("[{kind}] "));
        let place = self.environment.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        format!("{kind}{}{place}", self.runbook)
    }

    fn state(&self) -> String {
        match self.share {
            Some(share) => format!("{}, {share} on new", self.state),
            None => self.state.to_owned(),
        }
    }
}

fn kind(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Usual => None,
        Mode::DryRun => Some("dry run"),
        Mode::ExerciseRollback => Some("exercise"),
    }
}
