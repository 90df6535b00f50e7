//! Leaf types: each holds only values that make sense, so that nothing above has to check again.
//!
//! This room knows nothing of runbooks, AWS or time passing. Start with [`Share`] and [`Weight`]: the
//! difference between the two is the heart of weighted routing.

mod balancer;
mod check;
mod clean;
mod dns;
mod misread;
mod place;
mod rate;
mod run_id;
mod share;
mod time;

pub use balancer::{BalancerKind, BalancerName};
pub use check::{Check, InvalidCheck};
pub use clean::{clean, clean_lines, is_harmful};
pub use dns::{InvalidName, RecordName, RecordType, Ttl};
pub use jiff::{SignedDuration, Timestamp};
pub use misread::Misread;
pub use place::{Account, Side};
pub use rate::{InvalidRate, Rate};
pub use run_id::{InvalidRunId, RunId};
pub use share::{InvalidShare, Share, Weight, Weights};
pub use time::{InvalidDuration, Minute, latency_words, parse_duration, words};
