//! What happened, durably.
//!
//! This room knows files and the events of a run, and nothing of AWS.

mod record;

pub use record::Record;
