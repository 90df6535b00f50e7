//! The events of a run, for people and for programs.
//!
//! Every output is a pure function of records or of a view, in a file of its own; [`Reporter`] only decides which
//! of them goes where. This room asks nobody and reads no clock. Start with [`Teller`], which words every event.

mod audit;
mod between;
mod capacity;
mod finish;
mod gates;
mod headway;
mod json;
mod line;
mod live;
pub mod page;
mod paint;
mod plan;
mod progress;
mod reporter;
mod said;
mod schema;
mod screen;
mod share;
mod sheet;
mod sight;
mod teller;
#[cfg(test)]
mod tests;
mod words;

pub use crate::unit::{clean, clean_lines};
pub use audit::audit_lines;
pub use between::window_lines;
pub use capacity::line as demand_line;
pub use finish::{finish_lines, traffic_lines};
pub use json::json;
pub use line::{Line, Rank, Tone};
pub use paint::Paint;
pub use plan::plan_lines;
pub use progress::{Bar, Terminal};
pub use reporter::{Format, Reporter, Settings};
pub use schema::output_schema;
pub use screen::{Look, screen};
pub use teller::Teller;
