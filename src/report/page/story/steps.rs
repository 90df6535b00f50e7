//! The steps that were begun, and what the gates said in each.

use super::keep;
use crate::{
    engine::Event,
    gate::{Finding, Verdict},
    unit::{Minute, Share, SignedDuration, Timestamp, Weights},
};

/// The steps, in the order in which they were begun.
#[derive(Debug, Clone, Default)]
pub(in crate::report::page) struct Steps {
    all: Vec<Step>,
    /// What gates said when no step was going on, as after a run that was resumed at once.
    is_going: bool,
}

/// One step that was begun.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::page) struct Step {
    /// Index in the plan's `shifts`.
    pub(in crate::report::page) shift: usize,
    /// Number of the entry in the runbook's `steps`, from 1.
    pub(in crate::report::page) number: usize,
    /// The wave that it moves, where the runbook has waves.
    pub(in crate::report::page) wave: Option<String>,
    /// Part of the traffic meant for new.
    pub(in crate::report::page) share: Share,
    /// The weights that stand for it.
    pub(in crate::report::page) weights: Weights,
    /// How long it was to be watched once settled.
    pub(in crate::report::page) hold: SignedDuration,
    /// When it began.
    pub(in crate::report::page) began: Timestamp,
    /// When its weights were read back.
    pub(in crate::report::page) written: Option<Timestamp>,
    /// When metrics showed it as it is.
    pub(in crate::report::page) settled: Option<Timestamp>,
    /// When it was over, one way or another.
    pub(in crate::report::page) ended: Option<Timestamp>,
    /// How it ended.
    pub(in crate::report::page) how: How,
    /// What each gate said, in the gates' order.
    pub(in crate::report::page) gates: Vec<Judged>,
    /// Why it was held, where it was: newest reason, and how often.
    pub(in crate::report::page) held: Option<(String, usize)>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report::page) enum How {
    /// It has not.
    #[default]
    Going,
    /// It passed, proven or not, because of what was seen.
    Passed { proven: bool, why: String },
    /// The run went back.
    WentBack,
}

/// What one gate said in a step.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::page) struct Judged {
    /// What it said last.
    pub(in crate::report::page) last: Finding,
    /// The worst that it said, newest first, and when.
    pub(in crate::report::page) worst: (Minute, Finding),
    /// Minutes of each verdict: pass, unknown, warn, breach.
    pub(in crate::report::page) counts: [u32; 4],
}

impl Judged {
    fn of(minute: Minute, finding: &Finding) -> Self {
        Self { last: finding.clone(), worst: (minute, finding.clone()), counts: [0; 4] }
    }

    fn take_in(&mut self, minute: Minute, finding: &Finding) {
        self.counts[place(finding.verdict())] += 1;
        self.last = finding.clone();
        if finding.verdict() >= self.worst.1.verdict() {
            self.worst = (minute, finding.clone());
        }
    }
}

/// Returns where a verdict is counted.
fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Unknown => 1,
        Verdict::Warn => 2,
        Verdict::Breach => 3,
    }
}

impl Steps {
    /// Returns them.
    pub(in crate::report::page) fn all(&self) -> &[Step] {
        &self.all
    }

    fn going(&mut self) -> Option<&mut Step> {
        if self.is_going { self.all.last_mut() } else { None }
    }

    pub(super) fn take_in(&mut self, at: Timestamp, event: &Event) {
        if let Event::StepStarted { shift, step, wave, share, weights, hold } = event {
            self.end(at, How::Going);
            let begun = Step {
                shift: *shift,
                number: *step,
                wave: wave.clone(),
                share: *share,
                weights: *weights,
                hold: *hold,
                began: at,
                written: None,
                settled: None,
                ended: None,
                how: How::Going,
                gates: Vec::new(),
                held: None,
            };
            let room = self.all.len() < super::MOST;
            keep(&mut self.all, Some(begun));
            self.is_going = room;
        } else if let Event::StepPassed { proven, why, .. } = event {
            self.end(at, How::Passed { proven: *proven, why: why.clone() });
        } else if let Event::RollbackStarted { .. } = event {
            self.end(at, How::WentBack);
        } else if let Some(step) = self.going() {
            step.take_in(at, event);
        }
    }

    fn end(&mut self, at: Timestamp, how: How) {
        if let Some(step) = self.going() {
            step.ended = Some(at);
            step.how = how;
        }
        self.is_going = false;
    }
}

impl Step {
    fn take_in(&mut self, at: Timestamp, event: &Event) {
        if let Event::WeightsWritten { .. } = event {
            self.written.get_or_insert(at);
        } else if let Event::Settled { .. } = event {
            self.settled = Some(at);
        } else if let Event::Held { why, .. } = event {
            let times = self.held.as_ref().map_or(0, |(_, times)| *times);
            self.held = Some((why.clone(), times + 1));
        } else if let Event::MinuteJudged { minute, findings } = event {
            for finding in findings {
                let known = self.gates.iter_mut().find(|judged| judged.last.gate == finding.gate);
                match known {
                    Some(judged) => judged.take_in(*minute, finding),
                    None => {
                        let mut judged = Judged::of(*minute, finding);
                        judged.take_in(*minute, finding);
                        self.gates.push(judged);
                    }
                }
            }
        }
    }
}
