//! The production engine without driver and tokio, in a world whose Route 53 is the simulator's and whose users are a
//! formula: hundreds of nights a second.
//!
//! [`draw`] makes a script of a seed: everything that will go wrong. [`night`] plays it: what happens next is the earliest
//! entry of one queue. [`process`] is one process with its engine and its journal, and does with the engine what the driver
//! does. [`sky`] is Route 53 with calls that fail, [`users`] are the metrics, [`people`] everybody else who has a keyboard.

mod draw;
mod night;
mod people;
mod prepared;
mod process;
mod sky;
mod users;

pub(crate) use draw::draw;
pub(crate) use night::play;
