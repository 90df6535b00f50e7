//! Terraform's view of the zones: its state to records, a first runbook from them, and what makes its code match a zone
//! that a run has moved.
//!
//! This room is pure: text in, model or text out. Everything in a state is somebody else's text, so what is written to
//! HCL, YAML or a shell is quoted for it, and an address that is none is not repeated. Start with [`read()`], which makes a
//! [`State`] of a file; [`draft()`] writes the runbook, [`Patch`] the way back to a code that changes nothing.

mod address;
mod attributes;
mod draft;
mod hcl;
mod page;
mod patch;
mod scene;
mod sides;
mod state;
#[cfg(test)]
mod tests;
mod warn;
mod yaml;

pub use address::Address;
pub use draft::{Draft, Way, draft};
pub use patch::{Edit, Import, PairPatch, Patch, Stage};
pub use scene::{Scene, Seen};
pub use state::{InvalidState, MOST_BYTES, State, read};
pub use warn::warnings;
