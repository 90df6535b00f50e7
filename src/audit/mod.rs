//! Who changed a run's records while it went on, from what CloudTrail has of Route 53.
//!
//! This room is pure: it reads the events that somebody else has fetched ([`ZoneCall`]), and tells a run's own batches from
//! everybody else's ([`Audit`]). A batch is the run's own when the journal knows its change, or when both the session and
//! the comment name the run; one of the two alone anybody can write.

mod call;
mod verdict;

pub use call::{RecordChange, Trail, ZoneCall};
pub use verdict::{Audit, LATE, Scope, Stranger};
