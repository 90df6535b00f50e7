//! The production driver, engine and journal in an invented world that goes wrong in every way that a seed can draw.
//!
//! [`night`] plays one cutover: it kills the process, loses its journal's last line, and takes the run up again.
//! [`saboteur`] stands between the driver and the simulator and makes calls fail. [`invariants`] are asked after every
//! event and at the end. A seed that fails is printed: `CUTOVER_SEED=<seed> cargo test --test sim seeds` plays it alone,
//! and `CUTOVER_SEEDS=10000` plays more of them.
//!
//! [`arena`] holds several operators at the same time, [`races`] lets them race, and [`fences`] is what must hold then.

mod arena;
mod attribution;
mod clerk;
mod crash;
mod fences;
mod finish;
mod invariants;
mod journal;
mod night;
mod permitted;
mod races;
mod regressions;
mod requests;
mod saboteur;
mod seeds;
mod stage;
mod survey;
mod watched;
