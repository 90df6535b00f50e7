//! `cutover schema`: the JSON Schema of a runbook, for editors.

use super::{ExitStatus, Fault, Printer};
use crate::{report::json, runbook::schema};

/// Print the JSON Schema of a runbook, for editors that complete and check while one types
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cutover schema > cutover.schema.json

A runbook whose first line is `# yaml-language-server: $schema=cutover.schema.json` is then checked as it \
is typed. The schema knows keys and values; rules that look at several places at once are \
left to `cutover validate`.")]
pub(super) struct Args {}

pub(super) fn run(_: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let schema = schema();
    if printer.is_json() {
        printer.data(&json(&schema))?;
    } else {
        printer.page(&format!("{schema:#}"))?;
    }
    Ok(ExitStatus::Done)
}
