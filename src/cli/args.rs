//! Options that more than one command takes, exactly as they were typed.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use clap::{Args, ValueEnum, builder::PossibleValue};

use super::{ExitStatus, Fault};
use crate::{report::Format, runbook::Source};

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Globals {
    /// Print text for people, or one JSON object per line on stdout
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub output: Format,
    /// Print only what somebody may have to act on
    #[arg(long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print every minute that is judged, too
    #[arg(long, global = true)]
    pub verbose: bool,
    /// Colour the output; `auto` does on a terminal unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Colour,
    /// Profile of the shared AWS configuration files, where the runbook names none
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region, where the runbook names none
    #[arg(long, global = true, value_name = "NAME")]
    pub region: Option<String>,
    /// Send all AWS calls there, such as to `cutover sim`
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Code that the MFA device shows now, where the runbook names a device; without it, it is asked for on the terminal
    #[arg(long, global = true, value_name = "CODE")]
    pub mfa_code: Option<String>,
}

impl Globals {
    /// Checks that no option has a secret in it: they are printed where another command is to repeat them.
    ///
    /// # Errors
    /// The endpoint's URL has a user name or a password, or an MFA code is none.
    pub fn check(&self) -> Result<(), Fault> {
        if self.mfa_code.as_deref().is_some_and(|code| !is_mfa_code(code)) {
            return Err(Fault::new(
                ExitStatus::Usage,
                "the code of `--mfa-code` is not one of six digits",
            )
            .hinted("pass what the MFA device shows now, or leave it out to be asked"));
        }
        match &self.endpoint_url {
            Some(url) if url.contains('@') => Err(Fault::new(
                ExitStatus::Usage,
                "the URL of `--endpoint-url` has a user name or a password in it, which no protocol of AWS's uses",
            )
            .hinted("take out what stands between `//` and `@`")),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the options that another command on the same run needs as well, as they were typed.
    pub fn to_repeat(&self) -> Vec<String> {
        // A code works once.
        let Self {
            profile,
            region,
            endpoint_url,
            mfa_code: _,
            output: _,
            quiet: _,
            verbose: _,
            color: _,
        } = self;
        let named =
            [("--profile", profile), ("--region", region), ("--endpoint-url", endpoint_url)];
        named
            .into_iter()
            .filter_map(|(name, value)| {
                value.as_ref().map(|value| [name.to_owned(), value.clone()])
            })
            .flatten()
            .collect()
    }
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

// By hand, because derived possible values carry their documentation into the help and triple its length.
impl ValueEnum for Colour {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Always, Self::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }))
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Text => "text",
            Self::Json => "json",
        }))
    }
}

/// A runbook in one of its environments.
#[derive(Debug, Clone, Args)]
pub struct RunbookArgs {
    /// The runbook, a YAML file
    pub runbook: PathBuf,
    /// Environment of the runbook; may be left out when there is only one
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Variables of the runbook.
    #[command(flatten)]
    pub vars: VarArgs,
}

/// Variables of a runbook.
#[derive(Debug, Clone, Args)]
pub struct VarArgs {
    /// Set a variable of the runbook, in place of its environment's; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub var: Vec<(String, String)>,
}

impl VarArgs {
    /// Checks that the runbook uses every variable that is set: one that it does not is a typing error.
    ///
    /// # Errors
    /// Names the variable.
    pub fn check(&self, source: &Source) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(&source.text);
        let unused = |name: &&String| !text.contains(&format!("${{{name}}}"));
        match self.var.iter().map(|(name, _)| name).find(unused) {
            None => Ok(()),
            Some(name) => Err(Fault::new(
                ExitStatus::Usage,
                format!("`--var {name}=...` sets a variable that {} does not use", source.path),
            )
            .hinted(format!("in the runbook it would stand as `${{{name}}}`"))),
        }
    }

    /// Returns the variables by name; of a name that is set twice the last value.
    pub fn map(&self) -> BTreeMap<String, String> {
        self.var.iter().cloned().collect()
    }
}

/// Where runs are kept.
#[derive(Debug, Clone, Args)]
pub struct StateArgs {
    /// Keep runs in this folder
    #[arg(long, value_name = "DIR", default_value = super::state::DEFAULT_FOLDER)]
    pub state: PathBuf,
}

/// Returns the form of output that these arguments ask for, as far as they can be understood.
pub(super) fn wanted_format(args: impl Iterator<Item = OsString>) -> Format {
    let mut before = OsString::new();
    for arg in args.take_while(|arg| arg != "--") {
        if arg == "--output=json" || (before == "--output" && arg == "json") {
            return Format::Json;
        }
        before = arg;
    }
    Format::Text
}

/// Returns true for what an MFA device shows.
pub(super) fn is_mfa_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("a variable is set as NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_name_and_may_have_any_value() {
        assert_eq!(variable("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        assert_eq!(variable("a=").unwrap(), ("a".to_owned(), String::new()));
        assert!(variable("=b").is_err() && variable("a").is_err());
    }

    #[test]
    fn only_what_says_how_to_reach_aws_is_repeated() {
        let globals = Globals {
            output: Format::Json,
            quiet: true,
            verbose: false,
            color: Colour::Never,
            profile: Some("ops".to_owned()),
            region: None,
            endpoint_url: Some("http://127.0.0.1:4566".to_owned()),
            mfa_code: Some("123456".to_owned()),
        };
        let repeated = ["--profile", "ops", "--endpoint-url", "http://127.0.0.1:4566"];
        assert_eq!(globals.to_repeat(), repeated);
    }
}
