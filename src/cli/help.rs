//! The help of the whole program: its commands by when they are needed.

use clap::{CommandFactory as _, error::ErrorKind};

use super::{Cli, ExitStatus, Fault, printer};

/// All commands by when they are needed, in the order in which they are. Those that do not exist are left out.
const GROUPS: &[(&str, &[&str])] = &[
    ("Before", &["init", "validate", "plan", "rehearse", "backtest", "doctor", "iam", "prewarm"]),
    (
        "The night",
        &[
            "run", "resume", "status", "pause", "unpause", "approve", "skip", "tune", "abort",
            "rollback",
        ],
    ),
    ("After", &["finish", "report", "audit", "terraform", "runs"]),
    ("Tools", &["sim", "schema", "completions", "man"]),
];

/// Returns the command line as clap knows it, for pages that are not read on a terminal.
pub(super) fn plain_command() -> clap::Command {
    Cli::command()
}

/// Returns the command line as clap knows it, with its commands grouped.
pub(super) fn command() -> clap::Command {
    let command = Cli::command();
    let groups = groups(&command);
    command
        .help_template(format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}"))
        .after_help("`cutover help COMMAND` says more about a command.")
}

fn groups(command: &clap::Command) -> String {
    let mut text = String::new();
    for (heading, names) in GROUPS {
        let lines: Vec<String> = names
            .iter()
            .filter_map(|name| command.find_subcommand(name))
            .map(|found| {
                let about = found.get_about().map(ToString::to_string).unwrap_or_default();
                format!("  {:<12} {about}\n", found.get_name())
            })
            .collect();
        if !lines.is_empty() {
            text.push_str(heading);
            text.push_str(":\n");
            text.extend(lines);
            text.push('\n');
        }
    }
    text
}

/// Prints what was asked for when that is the help or the version; everything else that clap says is a fault.
pub(super) fn shown_or_fault(error: &clap::Error) -> Result<ExitStatus, Fault> {
    let text = error.render().to_string();
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return printer::help(&text).map(|()| ExitStatus::Done);
    }
    if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Err(Fault::new(ExitStatus::Usage, "no command was given").at(text));
    }
    Err(usage_fault(&text))
}

/// Returns a fault that says what clap says, in this program's form: clap's tips are hints, its usage is one line.
fn usage_fault(text: &str) -> Fault {
    let mut paragraphs = text.trim_end().split("\n\n").map(one_line);
    let first = paragraphs.next().unwrap_or_default();
    let fault = Fault::new(ExitStatus::Usage, first.strip_prefix("error: ").unwrap_or(&first));
    paragraphs.fold(fault, |fault, paragraph| match paragraph.split_once(": ") {
        Some(("tip", tip)) => fault.hinted(tip),
        Some(("Usage", usage)) => fault.hinted(format!("usage: {usage}")),
        Some(_) | None if paragraph.starts_with("For more information") => {
            fault.hinted("`--help` says more")
        }
        Some(_) | None => fault.hinted(paragraph),
    })
}

/// Characters of a paragraph that are shown; more of them are a value that somebody has typed or pasted.
const LONGEST: usize = 600;

/// Returns a paragraph as one line; of a very long one, its beginning and its end, which says what is wrong.
fn one_line(paragraph: &str) -> String {
    let line = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let count = line.chars().count();
    if count <= LONGEST {
        return line;
    }
    let head: String = line.chars().take(LONGEST / 2).collect();
    let tail: String = line.chars().skip(count - LONGEST / 2).collect();
    format!("{head} ... {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_end_is_not_repeated_whole() {
        let text = format!("error: invalid value '{}' for '--why': too long", "A".repeat(100_000));
        let shown = one_line(&text);
        assert!(shown.len() < 700 && shown.ends_with("too long"), "{shown}");
    }

    #[test]
    fn the_command_line_is_one_that_clap_accepts() {
        command().debug_assert();
    }

    #[test]
    fn every_command_is_in_a_group_and_says_what_it_is_for() {
        for found in command().get_subcommands() {
            let name = found.get_name();
            assert!(GROUPS.iter().any(|(_, names)| names.contains(&name)), "{name} has no group");
            assert!(found.get_about().is_some(), "{name} does not say what it is for");
        }
    }
}
