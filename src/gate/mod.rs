//! Minutes of metrics to verdicts.
//!
//! This room is pure: it is told what was seen and when it is, and says what to think of it. It knows nothing of
//! CloudWatch, of Route 53, or of what is done about a verdict.

mod table;
mod verdict;

pub use table::{DataFault, DataFaultKind, Row, SideRow, Table, TargetCount};
pub use verdict::{Cause, Finding, Verdict};
