//! What a runbook's gates would have made of traffic that there really was.
//!
//! This room is pure: it is given a plan and a recorded history, and says what would have happened. It knows nothing of
//! AWS, of files or of terminals. [`read_csv`] turns a file's text into a history; [`minutes()`] judges one given sequence
//! of both sides minute by minute.

mod csv;
mod minutes;
mod scope;

pub use csv::{COLUMNS, Problem, read_csv};
pub use minutes::{JudgedMinute, minutes};
pub use scope::left_out;
