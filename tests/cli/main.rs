//! The binary as people and scripts meet it: what it prints where, and its exit code, in an empty environment.

mod backtest;
mod browser;
mod damaged;
mod hostile;
mod iam;
mod night;
mod output;
mod readme;
mod rehearse;
mod report;
mod runs;
mod session;
mod terraform;
mod tools;
mod tune;
mod usage;
mod validate;
