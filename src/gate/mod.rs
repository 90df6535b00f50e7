//! Minutes of metrics to verdicts.
//!
//! This room is pure: it is told what was seen and when it is, and says what to think of it. It knows nothing of
//! CloudWatch, of Route 53, or of what is done about a verdict. `judge` brings the gates together; `statistics` has the
//! formulas, and why they may be believed.

mod alarms;
mod before;
mod both_sides;
mod counts;
mod datadog;
mod errors;
mod judge;
mod latency;
mod looser;
mod metrics;
mod reading;
mod scene;
mod service;
mod services;
mod share;
mod statistics;
mod table;
mod targets;
mod verdict;
mod watch;
pub mod words;

pub use before::{Beginning, red_before};
pub use judge::Judge;
pub use latency::samples_needed;
pub use looser::{Limit, limits, looser};
pub use reading::{
    AlarmReading, AlarmState, DataFault, DataFaultKind, DatadogFault, DatadogReading, MonitorState,
    Reading, Row, SideRow, TargetCount,
};
pub use service::{Deployment, Rollout, Service, ServiceReading, ServiceState, Unsteady};
pub use statistics::{PLAIN_FAULT, minutes_needed, smallest_visible_rate};
pub use table::Table;
pub use verdict::{Cause, Finding, Verdict};
pub use watch::{History, StepSpan, Watch};

#[cfg(test)]
mod tests;
