//! `cutover backtest`: what the gates would have made of traffic that there really was.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    ExitStatus, Fault, Printer, RunbookArgs,
    plan::refused,
    source::{load_any, read},
};
use crate::{
    backtest::{JudgedMinute, left_out, minutes, read_csv},
    gate::Row,
    plan::Plan,
    rehearse::plan_offline,
    report::{clean, json},
    unit::Minute,
};

/// Replay the gates over recorded traffic
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    /// Recorded traffic, a CSV file
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// Take the file for one run of both sides, and print what each gate says after each minute
    #[arg(long)]
    minutes: bool,
}

/// Runs the command.
///
/// # Errors
/// The runbook or the history cannot be used.
pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let runbook = load_any(&args.runbook, printer)?;
    let plan = plan_offline(&runbook).map_err(refused)?.plan;
    let rows = recorded(&args.history)?;
    note_left_out(&plan, printer);
    print_minutes(&plan, &rows, printer)?;
    Ok(ExitStatus::Done)
}

fn note_left_out(plan: &Plan, printer: &mut Printer) {
    let left_out = left_out(&plan.gates);
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        printer.note(&clean(&format!("not judged, because a history does not have them: {names}")));
    }
}

fn recorded(path: &Path) -> Result<BTreeMap<Minute, Row>, Fault> {
    let source = read(path).map_err(|error| Fault::unreadable(path, &error))?;
    read_csv(&source.text).map_err(|problems| {
        let message = format!("`{}` is not a history that can be replayed", source.path);
        let fault = Fault::new(ExitStatus::Usage, message);
        problems.iter().fold(fault, |fault, problem| fault.at(format!("{}:{problem}", source.path)))
    })
}

fn print_minutes(
    plan: &Plan,
    rows: &BTreeMap<Minute, Row>,
    printer: &mut Printer,
) -> Result<(), Fault> {
    if !printer.is_json() {
        printer.data("minute                step  share  gate      evidence  verdict  why")?;
    }
    for judged in minutes(plan, rows) {
        let line = if printer.is_json() { json(&judged) } else { line(&judged) };
        printer.data(&line)?;
    }
    Ok(())
}

fn line(judged: &JudgedMinute) -> String {
    let JudgedMinute { minute, step, share, gate, verdict, why, .. } = judged;
    let evidence = judged.evidence.map_or_else(|| "-".to_owned(), |ln| format!("{ln:.3}"));
    format!("{minute}  {step:>4}  {share:>5}  {gate:<8}  {evidence:>8}  {verdict:<7}  {why}")
}
