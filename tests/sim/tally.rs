//! What happened in many nights, counted: a fault that is never drawn, or that never bites, proves nothing.

use std::{collections::BTreeMap, fmt};

use cutover::unit::SignedDuration;

/// Everything that can go wrong in a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    FailsBeforeItsEffect,
    FailsAfterItsEffect,
    ArrivesLongAfterItWasGivenUp,
    Throttled,
    Busy,
    Refused,
    Denied,
    CredentialsExpired,
    IgnoredChange,
    LostChange,
    ReadFails,
    InSyncIsLate,
    InSyncIsStuckForHours,
    NewFails,
    LegacyFails,
    BothFail,
    NewIsSlow,
    TargetsAreUnhealthy,
    NobodyArrives,
    MetricsAreLate,
    MetricsAreMissing,
    OneSideIsSilent,
    MetricsArePartial,
    MetricsAreForbidden,
    MetricsFail,
    ClockJumpsForward,
    ClockJumpsBack,
    WeightsEdited,
    TtlEdited,
    MemberDeleted,
    MemberAdded,
    LockDeleted,
    LockRewritten,
    SecondRun,
    SecondRunTakesOver,
    ResumedElsewhere,
    TakenOverElsewhere,
    RolledBackElsewhere,
    DiesBeforeAnAppend,
    DiesAfterAnAppend,
    DiesBeforeACallHasEffect,
    DiesAfterACallHadEffect,
    DiesAtAnyMoment,
    DiskFull,
    TornTail,
    LostTail,
    Interrupted,
    InterruptedTwice,
    Tuned,
    Paused,
    Skipped,
    Aborted,
}

impl Fault {
    /// Every kind there is.
    pub(crate) const ALL: [Self; 52] = [
        Self::FailsBeforeItsEffect,
        Self::FailsAfterItsEffect,
        Self::ArrivesLongAfterItWasGivenUp,
        Self::Throttled,
        Self::Busy,
        Self::Refused,
        Self::Denied,
        Self::CredentialsExpired,
        Self::IgnoredChange,
        Self::LostChange,
        Self::ReadFails,
        Self::InSyncIsLate,
        Self::InSyncIsStuckForHours,
        Self::NewFails,
        Self::LegacyFails,
        Self::BothFail,
        Self::NewIsSlow,
        Self::TargetsAreUnhealthy,
        Self::NobodyArrives,
        Self::MetricsAreLate,
        Self::MetricsAreMissing,
        Self::OneSideIsSilent,
        Self::MetricsArePartial,
        Self::MetricsAreForbidden,
        Self::MetricsFail,
        Self::ClockJumpsForward,
        Self::ClockJumpsBack,
        Self::WeightsEdited,
        Self::TtlEdited,
        Self::MemberDeleted,
        Self::MemberAdded,
        Self::LockDeleted,
        Self::LockRewritten,
        Self::SecondRun,
        Self::SecondRunTakesOver,
        Self::ResumedElsewhere,
        Self::TakenOverElsewhere,
        Self::RolledBackElsewhere,
        Self::DiesBeforeAnAppend,
        Self::DiesAfterAnAppend,
        Self::DiesBeforeACallHasEffect,
        Self::DiesAfterACallHadEffect,
        Self::DiesAtAnyMoment,
        Self::DiskFull,
        Self::TornTail,
        Self::LostTail,
        Self::Interrupted,
        Self::InterruptedTwice,
        Self::Tuned,
        Self::Paused,
        Self::Skipped,
        Self::Aborted,
    ];

    /// What people say to a run.
    pub(crate) const SAID: [Self; 3] = [Self::Paused, Self::Skipped, Self::Aborted];

    /// Returns what it is that INSYNC is told so much later.
    pub(crate) fn of_late(by: SignedDuration) -> Self {
        if by > SignedDuration::from_hours(1) {
            Self::InSyncIsStuckForHours
        } else {
            Self::InSyncIsLate
        }
    }
}

/// Counts over nights.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) nights: u64,
    pub(crate) events: u64,
    pub(crate) endings: BTreeMap<String, u64>,
    /// How often each fault did something.
    pub(crate) faults: BTreeMap<Fault, u64>,
}

impl Tally {
    pub(crate) fn bites(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn count(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or(0)
    }

    /// Takes in how a process left its run.
    pub(crate) fn ended(&mut self, how: String) {
        *self.endings.entry(how).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.nights += other.nights;
        self.events += other.events;
        for (ending, count) in other.endings {
            *self.endings.entry(ending).or_default() += count;
        }
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} nights, {} events", self.nights, self.events)?;
        for (ending, count) in &self.endings {
            writeln!(f, "  {count:>10} {ending}")?;
        }
        for (fault, count) in &self.faults {
            writeln!(f, "  {count:>10} {fault:?}")?;
        }
        Ok(())
    }
}
