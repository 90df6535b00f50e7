//! What was typed to what is meant: one file per command, one place that turns errors into text and exit codes.
//!
//! A command is a function from its arguments to an [`ExitStatus`] or a [`Fault`]. It prints data through
//! [`Printer`] and leaves what went wrong to `fault.rs`. To add one: a file with an `Args` struct, whose comments are
//! its help, and a `run`; a variant and an arm here; its name in `help.rs` if it is not there yet.

mod args;
mod attestation;
mod audit;
mod aws;
mod backtest;
mod bug;
mod card;
mod completions;
mod datadog;
mod desk;
mod doctor;
mod exit;
mod fault;
mod finish;
mod help;
mod iam;
mod init;
mod keyboard;
mod known;
mod listed;
mod man;
mod migration;
mod notify;
mod operator;
mod plan;
mod prewarm;
mod printer;
mod prompt;
mod rehearse;
mod rehearsed;
mod report;
mod resume;
mod rollback;
mod run;
mod runs;
mod saved;
mod schema;
mod seat;
mod sim;
mod source;
mod state;
mod state_file;
mod status;
mod steer;
mod taken_up;
mod terraform;
mod tune;
mod validate;
mod watch;

use args::wanted_format;
pub use args::{Globals, RunbookArgs, StateArgs, VarArgs};
pub use exit::ExitStatus;
pub use fault::Fault;
pub use printer::Printer;
pub use prompt::{Yes, can_ask, confirm};
pub use source::load;
pub use state::{RunFolder, StateError, StateFolder};

use std::{ffi::OsString, process::ExitCode};

use clap::{FromArgMatches as _, Parser, Subcommand};

use crate::journal::Demand;

/// Moves production traffic between two AWS environments, gated step by step, and goes back by itself
#[derive(Debug, Parser)]
#[command(name = "cutover", version, color = clap::ColorChoice::Never, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    globals: Globals,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send everybody back, as the process that drives the run does it
    ///
    /// For a run whose process goes on. `cutover rollback` needs no such process, and works from anywhere.
    Abort(steer::Args),
    /// Say yes to what a run asks
    ///
    /// At the terminal of the run itself, `yes` and Enter do the same.
    Approve(steer::Args),
    Audit(audit::Args),
    Backtest(backtest::Args),
    Doctor(doctor::Args),
    Finish(finish::Args),
    Iam(iam::Args),
    Init(init::Args),
    /// Begin no further step until `unpause`; gates go on being judged
    ///
    /// A breach goes back all the same, and a hold that lasts too long ends as the runbook says.
    Pause(steer::Args),
    Plan(plan::Args),
    Prewarm(prewarm::Args),
    Rehearse(rehearse::Args),
    Report(report::Args),
    Resume(resume::Args),
    Rollback(rollback::Args),
    Run(run::Args),
    Runs(runs::Args),
    Sim(sim::Args),
    /// Go past what a run waits for: the rest of a hold, what its gates hold it for, an approval, a command, a window
    ///
    /// A breach is never skipped, and neither is the time that a step needs to settle.
    Skip(steer::SkipArgs),
    Status(status::Args),
    Terraform(terraform::Args),
    Tune(tune::Args),
    /// Let a paused run begin steps again
    Unpause(steer::Args),
    Completions(completions::Args),
    Man(man::Args),
    Schema(schema::Args),
    Validate(validate::Args),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    bug::install_hook();
    bug::guarded(|| run(std::env::args_os())).into()
}

fn run(args: impl Iterator<Item = OsString>) -> ExitStatus {
    let args: Vec<OsString> = args.collect();
    // Whatever else is wrong with them, whoever wants JSON gets it.
    let format = wanted_format(args.iter().cloned());
    let cli = match help::command().try_get_matches_from(args) {
        Ok(matches) => Cli::from_arg_matches(&matches),
        Err(error) => Err(error),
    };
    let (result, paint) = match cli {
        Ok(cli) => {
            let mut printer = Printer::new(&cli.globals);
            (
                cli.globals.check().and_then(|()| dispatch(cli.command, &mut printer)),
                printer.paint(),
            )
        }
        Err(error) => (help::shown_or_fault(&error), crate::report::Paint::new(false)),
    };
    result.unwrap_or_else(|fault| fault.print(format, paint))
}

fn dispatch(command: Command, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    match command {
        Command::Abort(args) => steer::run(Demand::Abort, &args, printer),
        Command::Approve(args) => steer::run(Demand::Approve, &args, printer),
        Command::Pause(args) => steer::run(Demand::Pause, &args, printer),
        Command::Unpause(args) => steer::run(Demand::Unpause, &args, printer),
        Command::Skip(args) => steer::run(Demand::Skip, &args.into(), printer),
        Command::Audit(args) => audit::run(&args, printer),
        Command::Backtest(args) => backtest::run(&args, printer),
        Command::Doctor(args) => doctor::run(&args, printer),
        Command::Finish(args) => finish::run(&args, printer),
        Command::Iam(args) => iam::run(&args, printer),
        Command::Init(args) => init::run(&args, printer),
        Command::Plan(args) => plan::run(&args, printer),
        Command::Prewarm(args) => prewarm::run(&args, printer),
        Command::Rehearse(args) => rehearse::run(&args, printer),
        Command::Report(args) => report::run(&args, printer),
        Command::Resume(args) => resume::run(&args, printer),
        Command::Rollback(args) => rollback::run(&args, printer),
        Command::Run(args) => run::run(&args, printer),
        Command::Runs(args) => runs::run(&args, printer),
        Command::Sim(args) => sim::run(&args, printer),
        Command::Status(args) => status::run(&args, printer),
        Command::Terraform(args) => terraform::run(&args, printer),
        Command::Tune(args) => tune::run(&args, printer),
        Command::Completions(args) => completions::run(&args, printer),
        Command::Man(args) => man::run(&args, printer),
        Command::Schema(args) => schema::run(&args, printer),
        Command::Validate(args) => validate::run(&args, printer),
    }
}

/// Returns the runtime of a command that talks to AWS: one thread, so that nothing has to be locked.
fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Fault::new(ExitStatus::Bug, "the program cannot be started").caused_by(error.to_string())
    })
}
