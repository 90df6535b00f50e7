//! What can happen in a run. Events are facts, in the past tense; the journal holds them and every output reads them.

mod about;
mod first;
mod parts;

use std::collections::BTreeMap;

pub use about::IllegalEvent;
pub use first::{VERSION, beginning, started};
pub use parts::{Asked, Difference, LockChange, PairWeights, Position, Tuning, Word, WriteFailure};
use serde::{Deserialize, Serialize};

use crate::{
    gate::{AlarmReading, DataFault, DatadogReading, Finding, Row, ServiceReading, TargetCount},
    plan::{ChangeId, Gates, Hook, Lock, Mode, RecordSet, ZoneId},
    unit::{Check, Minute, RecordName, RecordType, Share, SignedDuration, Timestamp, Weights},
};

/// One fact. See each variant for the moment at which it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The plan is accepted; nothing is written yet.
    RunStarted {
        /// Name of the runbook.
        runbook: String,
        /// Environment it runs in.
        environment: Option<String>,
        /// Entries of the runbook's `steps`.
        steps: usize,
        /// Record pairs that move.
        records: usize,
        /// Version of cutover.
        version: String,
        /// Tells the process that begins it from every other one, in the zones' locks.
        owner: String,
        /// How it differs from a run that moves production.
        #[serde(default, skip_serializing_if = "is_usual")]
        mode: Mode,
        /// Files that lie beside the journal and are believed only as they are now, by their names.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        files: BTreeMap<String, Check>,
    },
    /// The zone's lock is this process's, and was read back.
    LockTaken {
        /// The zone.
        zone: ZoneId,
        /// What the lock says.
        lock: Lock,
    },
    /// The zone's lock is gone, and was read back.
    LockReleased {
        /// The zone.
        zone: ZoneId,
    },
    /// The zone's lock stays where it is, because it could not be released.
    LockLeft {
        /// The zone.
        zone: ZoneId,
        /// Why, and what to do.
        why: String,
    },
    /// Somebody else took or removed the zone's lock: this run writes nothing more.
    Fenced {
        /// The zone.
        zone: ZoneId,
        /// Who holds the lock now; nothing where nobody does, or where it cannot be read.
        holder: Option<Lock>,
        /// What happened and what to do, in words.
        why: String,
    },
    /// Nothing that was read speaks against beginning.
    PreflightPassed {
        /// What is worth knowing all the same.
        hazards: Vec<String>,
    },
    /// Something that was read speaks against beginning; nothing was written.
    PreflightFailed {
        /// Each with what to do about it.
        problems: Vec<String>,
    },
    /// The records are weighted pairs that answer as before.
    Prepared {
        /// Record pairs that had to be changed for it; zero when all were weighted pairs already.
        changed: usize,
    },
    /// A step of the runbook begins.
    StepStarted {
        /// Index in the plan's `shifts`, from 0.
        shift: usize,
        /// Number of the entry in the runbook's `steps`, from 1.
        step: usize,
        /// Name of the wave that it moves, where the runbook has waves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wave: Option<String>,
        /// Part of the traffic meant for new.
        share: Share,
        /// The weights that stand for it.
        weights: Weights,
        /// How long it will be watched once settled.
        hold: SignedDuration,
    },
    /// A batch is about to be sent. Recorded before it is, so that whatever happens is explained.
    WriteStarted {
        /// Number of the write in this run, from 1; every attempt has its own.
        write: u32,
        /// Where its records go.
        to: Position,
        /// The zone.
        zone: ZoneId,
        /// Which of the plan's pairs it moves.
        pairs: Vec<usize>,
        /// What it does to the zone's lock.
        #[serde(default)]
        lock: LockChange,
        /// Whether it overwrites what is there, because comparing with it was refused again and again on the way back.
        #[serde(default)]
        overwrite: bool,
    },
    /// Route 53 took the batch.
    WriteAccepted {
        /// Which write.
        write: u32,
        /// Its change id.
        change: ChangeId,
    },
    /// The batch failed, or nobody knows.
    WriteFailed {
        /// Which write.
        write: u32,
        /// How.
        failure: WriteFailure,
        /// In words.
        message: String,
        /// What Route 53 said of each bad change, where it refused the batch (law L15).
        #[serde(default)]
        problems: Vec<String>,
        /// When to go on.
        retry_at: Timestamp,
    },
    /// Names that nobody might change may be changed now, or still not (law L16).
    ProtectionsRemoved {
        /// The zone.
        zone: ZoneId,
        /// Their names and types.
        records: Vec<(RecordName, RecordType)>,
        /// Why not, in words.
        failure: Option<String>,
    },
    /// The zone was read after a write.
    RecordsRead {
        /// The zone.
        zone: ZoneId,
        /// All record sets at the names that were asked for, the zone's lock among them.
        records: Vec<RecordSet>,
    },
    /// Everything of a step, or of the baseline, is in the zone and was read back (law L65).
    WeightsWritten {
        /// Where the records are now.
        position: Position,
        /// Part of the traffic meant for new.
        share: Share,
        /// Every pair's weights.
        records: Vec<PairWeights>,
    },
    /// All of Route 53's servers have the step's changes.
    InSync {
        /// Which changes.
        changes: Vec<ChangeId>,
    },
    /// Route 53 does not know a change any more; what it did must be read again.
    ChangeLost {
        /// Which change.
        change: ChangeId,
    },
    /// Metrics show the step as it is; its hold begins.
    Settled {
        /// When the hold ends.
        hold_until: Timestamp,
    },
    /// CloudWatch was asked. Only rows that differ from what was known are kept.
    MetricsRead {
        /// The rows that are new or changed.
        rows: Vec<(Minute, Row)>,
        /// Targets behind new, where they were counted.
        targets: Option<TargetCount>,
        /// Alarms by the name of their gate, as far as they could be read.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        alarms: BTreeMap<String, AlarmReading>,
        /// ECS services by what they are called beside the gates.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        services: BTreeMap<String, ServiceReading>,
        /// What Datadog told, by the name of the gate; the values of queries are in the rows.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        datadog: BTreeMap<String, DatadogReading>,
        /// What was wrong with the answer.
        faults: Vec<DataFault>,
    },
    /// The gates looked at everything known.
    MinuteJudged {
        /// Newest closed minute.
        minute: Minute,
        /// What each gate says.
        findings: Vec<Finding>,
    },
    /// A gate began to warn.
    Warned {
        /// What the gate says.
        #[serde(flatten)]
        finding: Finding,
        /// What happens next, in words.
        #[serde(default)]
        next: String,
    },
    /// A gate shows that new is worse than it may be.
    Breached {
        /// What the gate says.
        #[serde(flatten)]
        finding: Finding,
        /// What happens next, in words.
        #[serde(default)]
        next: String,
    },
    /// Limits of the gates were changed while the run was going on. All minutes are judged again by the new ones.
    Tuned {
        /// What was changed.
        changes: Vec<Tuning>,
        /// Whether any of it lets new be worse than before.
        loosens: bool,
        /// Why, in the operator's words.
        why: String,
        /// Who asked for it: user and host.
        by: String,
        /// The request that asked for it, where the run's process was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
        /// All gates as they are from now on.
        gates: Box<Gates>,
    },
    /// The step's hold is over and something keeps it from going on.
    Held {
        /// What is waited for, in words.
        why: String,
        /// When waiting ends.
        until: Timestamp,
        /// What happens next, and what can be done about it, in words.
        #[serde(default)]
        next: String,
    },
    /// A step may not start now; gates go on being judged.
    WindowClosed {
        /// When it may.
        opens: Timestamp,
        /// Which windows say so, in words.
        why: String,
    },
    /// A person is asked whether to go on.
    ApprovalAsked {
        /// Number of the entry in the runbook's `steps`, from 1.
        step: usize,
        /// The question.
        ask: String,
        /// Until when an answer is waited for.
        until: Timestamp,
        /// What happens without one, in words.
        #[serde(default)]
        next: String,
    },
    /// A person said yes.
    Approved {
        /// Number of the entry in the runbook's `steps`, from 1.
        step: usize,
        /// Who.
        #[serde(flatten)]
        word: Word,
    },
    /// No further step is begun, until that is lifted; gates go on being judged.
    Paused(Word),
    /// Steps may be begun again.
    Unpaused(Word),
    /// What the run waits for is not waited for any longer.
    Skipped {
        /// What that is, in words.
        what: String,
        /// Who.
        #[serde(flatten)]
        word: Word,
    },
    /// Somebody wants everybody back; the way back begins as soon as no call is in flight.
    Aborted(Word),
    /// A command of the runbook is about to be run.
    CommandStarted {
        /// Where in the runbook it stands.
        hook: Hook,
        /// Number of the entry in the runbook's `steps`, from 1, where it belongs to one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
        /// Program and arguments.
        command: Vec<String>,
    },
    /// A command of the runbook has ended.
    CommandEnded {
        /// Where in the runbook it stands.
        hook: Hook,
        /// Number of the entry in the runbook's `steps`, from 1, where it belongs to one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
        /// Why it counts as failed, in words; nothing where it ended well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<String>,
        /// How long it took.
        seconds: f64,
        /// Name of the file in the run's folder that has its output.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<String>,
        /// What happens next, in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        next: String,
    },
    /// A step is done.
    StepPassed {
        /// Index in the plan's `shifts`.
        shift: usize,
        /// Number of the entry in the runbook's `steps`, from 1.
        step: usize,
        /// Part of the traffic meant for new.
        share: Share,
        /// Whether it is proven good, or only nothing spoke against it.
        proven: bool,
        /// What was seen, in words.
        why: String,
        /// What happens next, in words.
        #[serde(default)]
        next: String,
    },
    /// The way back begins.
    RollbackStarted {
        /// Why, in words.
        reason: String,
        /// When the breach was seen, if there was one.
        breached_at: Option<Timestamp>,
        /// What `cutover rollback` asked for; nothing where the run goes back by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Asked>,
    },
    /// The baseline is in the zone and was read back.
    RolledBack {
        /// Seconds from the breach, or from the request, until all traffic was sent where it was before, as read back.
        seconds_from_breach: f64,
        /// When clients that honour the TTL are back on legacy, at the latest that is usual.
        clients_back_by: Timestamp,
    },
    /// Somebody else changed a record of the run.
    Drifted {
        /// What differs.
        differences: Vec<Difference>,
    },
    /// The process stops; the run can be resumed.
    Stopped {
        /// Why, in words.
        reason: String,
    },
    /// Another process goes on with the run.
    Resumed {
        /// Version of cutover.
        version: String,
        /// Tells the process that goes on from every other one, in the zones' locks.
        owner: String,
        /// Whether locks that are somebody else's are taken over.
        #[serde(default)]
        take_over: bool,
    },
    /// Only a person can go on.
    Stuck {
        /// What happened, and what to do.
        why: String,
    },
    /// All steps are done.
    RunCompleted {
        /// Part of the traffic on new.
        share: Share,
    },
}

fn is_usual(mode: &Mode) -> bool {
    *mode == Mode::Usual
}
