//! The crash matrix: the program is killed at the lines of its journal and at its calls to AWS, on the way forward, on the
//! way back and while it finishes; then somebody looks, and goes on or back. All must end well.
//!
//! `cargo test` plays a few places, which are of every kind. `CUTOVER_CRASHES=1 cargo test --test wire every_place -- --nocapture`
//! plays every place of every night, which takes hours, and tells each; with 10 it is every tenth.

mod claims;
mod doom;
mod matrix;
mod morning;

pub(super) use doom::{Doom, Executioner, shim};
