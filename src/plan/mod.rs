//! What will be done, decided before anything is done.
//!
//! This room is pure: a runbook and a snapshot of what is live become a plan. It never asks AWS and never reads a clock.

mod metric;
mod record;

pub use metric::{MetricQuery, Series, SeriesStatus};
pub use record::{Answer, Batch, Change, ChangeAction, ChangeId, RecordSet, Routing, Zone, ZoneId};
