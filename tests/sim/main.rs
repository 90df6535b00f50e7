//! The production driver, engine and journal in an invented world that goes wrong in every way that a seed can draw.
//!
//! [`seeds`] plays nights at two speeds, and [`many`] many of them: [`fast`] is the engine alone, hundreds of nights a
//! second, and [`night`] the driver with its journal, which kills the process, loses the journal's last line, and takes the
//! run up again. [`saboteur`] stands between the driver and the simulator and makes calls fail. [`invariants`] are asked
//! after every event and at the end, at both speeds. [`tally`] counts what happened.
//!
//! A seed that fails is told with the command that plays it alone. A million seeds on all processors, with progress and
//! totals (an hour or less of one processor):
//!
//! ```sh
//! CUTOVER_SEEDS=1000000 cargo test --release --test sim seeds::the_engine -- --nocapture
//! ```
//!
//! [`arena`] holds several operators at the same time, [`races`] lets them race, and [`fences`] is what must hold then.

mod arena;
mod attribution;
mod clerk;
mod crash;
mod deploying;
mod fast;
mod fences;
mod finish;
mod invariants;
mod journal;
mod many;
mod night;
mod peered;
mod permitted;
mod races;
mod regressions;
mod requests;
mod saboteur;
mod script;
mod seeds;
mod stage;
mod survey;
mod tally;
mod through;
mod watched;
mod watcher;
