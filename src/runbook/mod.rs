//! YAML text to a [`Runbook`] that cannot be wrong, or to every problem that it has.
//!
//! This room knows nothing of AWS: whether what a runbook names exists is the preflight's question.

pub mod model;

pub use model::Runbook;
