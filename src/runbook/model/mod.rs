//! A runbook that cannot be wrong: what parsing leaves for everybody else to rely on.
//!
//! It is resolved for one environment: variables are filled in and defaults are in place.

mod around;
mod environment;
mod gates;
mod policy;
mod record;
mod step;
mod wave;

use serde::{Deserialize, Serialize};

pub use super::window::{InvalidWindow, Window, Windows};
pub use around::{Channel, EcsCheck, HookCommand, Hooks, Notify, PeeringCheck, Preflight, Prepare};
pub use environment::{Access, Environment};
pub use gates::{
    AlarmGate, Bound, Catastrophe, DatadogAccess, DatadogGate, DatadogWatch, ErrorLimit,
    ErrorsGate, Gates, LatencyGate, LatencyLimit, LatencyStat, MetricGate, Noise, PassRule,
    ShareGate, TargetsGate, Threshold,
};
pub use policy::{OnBreach, OnUnproven, OnWarning, Policy};
pub use record::{Destination, Record, Target, ZoneChoice};
pub use step::{Fallback, Step};
pub use wave::Wave;

/// One procedure, in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Runbook {
    /// Short name, `[a-z0-9-]{1,40}`; begins the run id.
    pub name: String,
    /// What it moves, in the author's words.
    pub description: String,
    /// Where it runs.
    pub environment: Environment,
    /// What moves, in lockstep.
    pub records: Vec<Record>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// The waves that records and steps belong to, in order; empty where all records move in lockstep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<Wave>,
    /// What is watched.
    pub gates: Gates,
    /// What is done about what was seen.
    pub policy: Policy,
    /// What may be changed before the first step.
    pub prepare: Prepare,
    /// What is checked before anything is changed.
    pub preflight: Preflight,
    /// When steps may start.
    pub windows: Windows,
    /// Commands beside the steps.
    pub hooks: Hooks,
    /// Who is told.
    pub notify: Vec<Notify>,
}

impl Runbook {
    /// Returns the numbers of the entries of `steps` that set a share, from 1.
    pub fn shifts(&self) -> impl Iterator<Item = usize> {
        let numbered = self.steps.iter().zip(1..);
        numbered.filter(|(step, _)| matches!(step, Step::Shift { .. })).map(|(_, number)| number)
    }
}
