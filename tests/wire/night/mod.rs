//! The program itself, from its command line to its exit code, against the simulator served by the same program, with a
//! clock that makes a night of three minutes: both run under libfaketime, which every wait and every timestamp believes.
//!
//! What is checked is what is left: the zone, the journal, the exit code and the calls that the simulator saw. Start
//! reading at `alone.rs`.

mod alone;
mod asked;
mod audited;
mod back;
mod beside;
mod commands;
mod crash;
mod datadog;
mod disk;
mod doctor;
mod dry;
mod fenced;
mod finish;
mod journal;
mod killed;
mod mfa;
mod past;
mod permitted;
mod prewarmed;
mod process;
mod profiles;
mod seat;
mod secrets;
mod sky;
mod steered;
mod terraform;
mod told;
mod tuned;
mod watched;
mod waves;
