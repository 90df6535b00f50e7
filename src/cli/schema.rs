//! `cutover schema`: the JSON Schemas of a runbook, for editors, and of what is printed for programs.

use clap::{ValueEnum, builder::PossibleValue};

use super::{ExitStatus, Fault, Printer};
use crate::{
    report::{json, output_schema},
    runbook::schema,
};

/// Print a JSON Schema: of a runbook, for editors that complete and check while one types, or of `--output json`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cutover schema > cutover.schema.json
  cutover schema output > cutover-output.schema.json

A runbook whose first line is `# yaml-language-server: $schema=cutover.schema.json` is then checked as it \
is typed. The schema knows keys and values; rules that look at several places at once are \
left to `cutover validate`. The schema of `output` is that of every line that any command prints with `--output json`, \
events among them.")]
pub(super) struct Args {
    /// Of what
    #[arg(value_name = "OF", default_value = "runbook")]
    of: Of,
}

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Runbook,
    Output,
}

impl ValueEnum for Of {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Runbook, Self::Output]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Runbook => "runbook",
            Self::Output => "output",
        }))
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let schema = match args.of {
        Of::Runbook => schema(),
        Of::Output => output_schema(),
    };
    if printer.is_json() {
        printer.data(&json(&schema))?;
    } else {
        printer.page(&format!("{schema:#}"))?;
    }
    Ok(ExitStatus::Done)
}
