//! `cutover completions`: a script that makes a shell complete commands and options.

use clap::CommandFactory as _;

use super::{Cli, ExitStatus, Fault, Printer};
use crate::report::json;

/// Print a script that completes commands and options in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  cutover completions bash > ~/.local/share/bash-completion/completions/cutover
  cutover completions zsh > ~/.zfunc/_cutover
  cutover completions fish > ~/.config/fish/completions/cutover.fish")]
pub(super) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cutover", &mut script);
    let script = String::from_utf8_lossy(&script);
    if printer.is_json() {
        let shell = args.shell.to_string();
        printer.data(&json(&serde_json::json!({ "shell": shell, "script": script })))?;
    } else {
        printer.page(&script)?;
    }
    Ok(ExitStatus::Done)
}
