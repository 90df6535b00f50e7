//! The production engine without driver and tokio, in a world whose Route 53 is the simulator's and whose users are a
//! formula: hundreds of nights a second.
//!
//! [`draw`] makes a script of a seed: everything that will go wrong. [`night`] plays it: what happens next is the earliest
//! entry of one queue. [`process`] is one process with its engine and its journal, [`driving`] does with it what the driver
//! does, [`calls`] are on their way, and [`watch`] asks the invariants. [`sky`] is Route 53 with calls that fail, [`users`] are the metrics, [`people`] everybody else who has a keyboard.

mod calls;
mod draw;
mod driving;
mod night;
mod people;
mod prepared;
mod process;
mod sky;
mod users;
mod watch;

pub(crate) use draw::{Act, calm, draw, steered};
pub(crate) use night::play;
pub(crate) use watch::{Exhibit, exhibit};
