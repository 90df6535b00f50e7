//! `cutover backtest`: what the gates would have made of traffic that there really was.

mod history;
mod minutes;

use std::{collections::BTreeMap, path::PathBuf, thread::available_parallelism};

use super::{
    ExitStatus, Fault, Printer, RunbookArgs,
    plan::refused,
    source::{load, load_any},
};
use crate::{
    backtest::{Backtest, Past, Settings, backtest, left_out, table},
    driver::KEPT_BY_THE_MINUTE,
    gate::Row,
    plan::Plan,
    rehearse::plan_offline,
    report::{Bar, json},
    runbook::Runbook,
    unit::{InvalidRate, Minute, Rate, SignedDuration, parse_duration, words},
    yaml::excerpt,
};
use history::{asked, recorded};

const EXAMPLES: &str = "\
Examples:
  cutover backtest runbooks/api.yaml --env production
  cutover backtest runbooks/api.yaml --history last-month.csv --cutovers 5000
  cutover backtest runbooks/api.yaml --history one-night.csv --minutes --output json";

/// Replay the gates over recorded traffic: would they cry wolf, and what would they see?
///
/// Plays the cutover many times over the traffic that there was, with a new side that is as good as legacy and with one
/// that gets worse when a step begins. The exit code is 8 when more than 5 of 100 healthy cutovers go back, or when 5% more
/// failing requests, which begin with the first or the second step, are seen by the end of the second in fewer than 90 of
/// 100. A history has the columns minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    /// Wave to play, by its name, where the runbook has waves: each is judged by itself
    #[arg(long, value_name = "NAME")]
    wave: Option<String>,
    /// Recorded traffic, a CSV file; without one CloudWatch is asked for that of legacy's load balancers
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// How far back CloudWatch is asked; it keeps minutes for 15d
    #[arg(long, value_name = "DURATION", default_value = "14d", value_parser = since, conflicts_with = "history")]
    since: SignedDuration,
    /// Take the file for one run of both sides, and print what each gate says after each minute
    #[arg(long, requires = "history", conflicts_with_all = ["cutovers", "fault", "seed"])]
    minutes: bool,
    /// How many cutovers to play, from different minutes of the history
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    cutovers: u32,
    /// Error rate of which each step says how long its hold would have to be to see it
    #[arg(long, value_name = "PERCENT", default_value = "5%", value_parser = error_rate)]
    fault: Rate,
    /// Seed of all chance: the same seed gives the same numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn since(text: &str) -> Result<SignedDuration, String> {
    let since = parse_duration(text).map_err(|error| error.to_string())?;
    if since > KEPT_BY_THE_MINUTE {
        return Err(format!(
            "CloudWatch keeps minutes for {}, and only fives of what is older; for more give a file with `--history`",
            words(KEPT_BY_THE_MINUTE)
        ));
    }
    Ok(since)
}

fn error_rate(text: &str) -> Result<Rate, String> {
    let rate: Rate = text.parse().map_err(|error: InvalidRate| error.to_string())?;
    if rate.fraction() > 0.0 && rate.fraction() <= 1.0 {
        Ok(rate)
    } else {
        Err("an error rate is above 0% and at most 100%".to_owned())
    }
}

/// Runs the command.
///
/// # Errors
/// The runbook or the history cannot be used, or the runbook would not protect its users.
pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (plan, rows) = match &args.history {
        Some(path) => {
            let runbook = one_wave(load_any(&args.runbook, printer)?, args.wave.as_deref())?;
            (planned(&runbook)?, recorded(path)?)
        }
        None => {
            let (_, runbook) = load(&args.runbook)?;
            let runbook = one_wave(runbook, args.wave.as_deref())?;
            let plan = planned(&runbook)?;
            let rows = asked(&runbook, &plan, args.since, printer)?;
            (plan, rows)
        }
    };
    note_left_out(&plan, printer);
    if args.minutes {
        minutes::print(&plan, &rows, printer)?;
        return Ok(ExitStatus::Done);
    }
    let backtest = replayed(args, &plan, &rows, printer)?;
    print(&backtest, printer)?;
    judge(&backtest, printer)
}

/// Returns the runbook that has nothing but the wave that was named; of a runbook without waves all of it.
fn one_wave(runbook: Runbook, named: Option<&str>) -> Result<Runbook, Fault> {
    let waves = runbook.by_wave();
    let names: Vec<&str> = waves.iter().map(|(name, _)| name.as_str()).collect();
    match (names.is_empty(), named) {
        (true, None) => Ok(runbook),
        (true, Some(_)) => Err(Fault::new(ExitStatus::Usage, "the runbook has no waves")
            .hinted("leave `--wave` out; all its records move together")),
        (false, named) => {
            let names = names.join(", ");
            let found = waves.into_iter().find(|(name, _)| Some(name.as_str()) == named);
            found.map(|(_, alone)| alone).ok_or_else(|| {
                let message = match named {
                    Some(name) => format!("there is no wave `{}`", excerpt(name)),
                    None => "the runbook has waves, and each is judged by itself".to_owned(),
                };
                Fault::new(ExitStatus::Usage, message)
                    .hinted(format!("name one with `--wave`: {names}"))
            })
        }
    }
}

/// Makes the plan for its times, which do not depend on what is live.
fn planned(runbook: &Runbook) -> Result<Plan, Fault> {
    Ok(plan_offline(runbook).map_err(refused)?.plan)
}

fn note_left_out(plan: &Plan, printer: &mut Printer) {
    let left_out = left_out(&plan.gates);
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        printer.note(&format!("not judged, because a history does not have them: {names}"));
    }
}

fn replayed(
    args: &Args,
    plan: &Plan,
    rows: &BTreeMap<Minute, Row>,
    printer: &Printer,
) -> Result<Backtest, Fault> {
    let past = Past::new(rows).ok_or_else(|| {
        Fault::new(ExitStatus::Usage, "there is not one request in the history")
            .hinted("look at its columns `new_requests` and `legacy_requests`, or at the load balancers that the runbook names")
    })?;
    let threads = available_parallelism().map_or(1, usize::from);
    let settings = Settings { cutovers: args.cutovers as usize, seed: args.seed, threads };
    let bar = printer.shows_progress().then(|| Bar::of(settings.cutovers, "cutovers"));
    let done = || bar.iter().for_each(Bar::one_more);
    let answer = backtest(plan, &past, &settings, args.fault, &done);
    bar.into_iter().for_each(Bar::clear);
    answer.map_err(|error| {
        Fault::of(ExitStatus::Usage, &error)
            .hinted("record for longer; a day more than the cutover takes is best")
    })
}

fn print(backtest: &Backtest, printer: &mut Printer) -> Result<(), Fault> {
    if printer.is_json() {
        return backtest.lines().try_for_each(|line| printer.data(&json(&line)));
    }
    table(backtest).iter().try_for_each(|line| printer.data(line))
}

fn judge(backtest: &Backtest, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let reasons = &backtest.summary.reasons;
    if reasons.is_empty() {
        printer.note("the runbook protects its users, as far as this traffic shows");
        if let Some(held) = backtest.often_held() {
            printer.note(&format!(
                "but in {held:.0} of 100 healthy cutovers somebody would have to wait: see which gate holds them"
            ));
        }
        return Ok(ExitStatus::Done);
    }
    let fault = Fault::new(ExitStatus::Unprotected, "the runbook would not protect its users");
    let fault = reasons.iter().fold(fault, |fault, reason| fault.caused_by(&reason.what));
    Err(reasons.iter().fold(fault, |fault, reason| fault.hinted(&reason.advice)))
}
