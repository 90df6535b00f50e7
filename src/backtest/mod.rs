//! What a runbook's gates would have made of traffic that there really was.
//!
//! This room is pure: it is given a plan and a recorded history, and says what would have happened. It knows nothing of
//! AWS, of files or of terminals. [`read_csv`] turns a file's text into minutes, and [`Past`] takes the sides of each
//! together. [`backtest()`] divides them anew, many times, as `deal.rs` says, and plays a cutover over them: `cutover.rs`
//! is one, `reaction.rs` what the engine would do about each judgement. [`minutes()`] judges one given sequence of both
//! sides instead, so that anybody can check the arithmetic.

mod answer;
mod csv;
mod cutover;
mod deal;
mod minutes;
mod past;
mod reaction;
mod rows;
mod scope;
mod setting;
mod sight;
mod starts;
mod table;
mod trial;
mod trials;
mod verdict;

pub use answer::{Backtest, Line, Summary, backtest};
pub use csv::{COLUMNS, Problem, read_csv};
pub use deal::{Fault, Weather};
pub use minutes::{JudgedMinute, minutes};
pub use past::Past;
pub use rows::{Detection, FalseAlarms, TOTAL};
pub use scope::left_out;
pub use sight::Sight;
pub use starts::TooShort;
pub use table::table;
pub use trials::Settings;
pub use verdict::{FirstStep, Reason};
