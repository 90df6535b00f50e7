//! Backtests as a user sees them: evidence minute by minute, what is said of bad histories, and exit codes.

mod cutovers;
mod minutes;
mod refusals;

use std::{error::Error, fmt::Write as _};

use snapbox::{IntoData as _, assert_data_eq, str};

use crate::session::{Session, UP_TO_STEPS};

type TestResult = Result<(), Box<dyn Error>>;

const HEADING: &str =
    "minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency\n";

fn session(more: &str, history: &str) -> std::io::Result<Session> {
    // A hold of 5m30s and 4m30s of settling are ten minutes.
    let steps = "  - { weight: 10%, hold: 5m30s }\n  - { weight: 100%, hold: 5m30s }\n";
    let runbook = format!("{UP_TO_STEPS}{steps}{more}");
    Session::with(&[("api.yaml", &runbook), ("history.csv", history)])
}

/// Returns a day and a bit of so many requests a minute, of which one in a thousand fails.
fn steady(requests: u32) -> Result<String, std::fmt::Error> {
    let mut history = HEADING.to_owned();
    for minute in 0..1600 {
        let (day, hour, of_hour) = (3 + minute / 1440, minute / 60 % 24, minute % 60);
        let errors = (minute + 1) * requests / 1000 - minute * requests / 1000;
        writeln!(
            history,
            "2026-03-{day:02}T{hour:02}:{of_hour:02}:00Z,,,{requests},{errors},,0.3"
        )?;
    }
    Ok(history)
}

const REPLAY: [&str; 6] = ["backtest", "api.yaml", "--history", "history.csv", "--cutovers", "50"];

#[test]
fn the_help_says_what_exits_with_8() -> TestResult {
    assert_data_eq!(
        Session::with(&[])?.transcript(&["backtest", "--help"])?,
        str![[r#"
Replay the gates over recorded traffic: would they cry wolf, and what would they see?

Plays the cutover many times over the traffic that there was, with a new side that is as good as
legacy and with one that gets worse when a step begins. The exit code is 8 when more than 5 of 100
healthy cutovers go back, or when 5% more failing requests, which begin with the first or the second
step, are seen by the end of the second in fewer than 90 of 100. A history has the columns
minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency.

Usage: cutover backtest [OPTIONS] <RUNBOOK>

Arguments:
  <RUNBOOK>
          The runbook, a YAML file

Options:
      --env <NAME>
          Environment of the runbook; may be left out when there is only one

      --var <NAME=VALUE>
          Set a variable of the runbook, in place of its environment's; may be repeated

      --wave <NAME>
          Wave to play, by its name, where the runbook has waves: each is judged by itself

      --history <FILE>
          Recorded traffic, a CSV file; without one CloudWatch is asked for that of legacy's load
          balancers

      --since <DURATION>
          How far back CloudWatch is asked; it keeps minutes for 15d
          
          [default: 14d]

      --minutes
          Take the file for one run of both sides, and print what each gate says after each minute

      --cutovers <N>
          How many cutovers to play, from different minutes of the history
          
          [default: 1000]

      --fault <PERCENT>
          Error rate of which each step says how long its hold would have to be to see it
          
          [default: 5%]

      --seed <N>
          Seed of all chance: the same seed gives the same numbers
          
          [default: 1]

      --output <FORMAT>
          Print text for people, or one JSON object per line on stdout
          
          [default: text]
          [possible values: text, json]

      --quiet
          Print only what somebody may have to act on

      --verbose
          Print every minute that is judged, too

      --color <WHEN>
          Colour the output; `auto` does on a terminal unless NO_COLOR is set
          
          [default: auto]
          [possible values: auto, always, never]

      --profile <NAME>
          Profile of the shared AWS configuration files, where the runbook names none

      --region <NAME>
          AWS region, where the runbook names none

      --endpoint-url <URL>
          Send all AWS calls there, such as to `cutover sim`

      --mfa-code <CODE>
          Code that the MFA device shows now, where the runbook names a device; without it, it is
          asked for on the terminal

  -h, --help
          Print help (see a summary with '-h')

Examples:
  cutover backtest runbooks/api.yaml --env production
  cutover backtest runbooks/api.yaml --history last-month.csv --cutovers 5000
  cutover backtest runbooks/api.yaml --history one-night.csv --minutes --output json
-- stderr
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}
