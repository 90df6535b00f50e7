//! `cutover iam`: what the roles of a runbook have to be allowed, without asking anybody.

use clap::{ValueEnum, builder::PossibleValue};
use serde_json::json;

use super::{ExitStatus, Fault, Printer, RunbookArgs, source::load};
use crate::{
    iam::{Grant, MOST_CHARACTERS, Place, Policy, TooManyNames, grants},
    report::json as json_line,
    unit::Account,
};

/// Print the IAM policies that allow what a runbook needs, and nothing else
///
/// Works offline. Each role, or each profile where there is no role, gets one policy, for all the sides that it is for;
/// whoever assumes the roles gets one, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Policies go to stdout, what they are for and what is worth knowing to stderr. With `--output json` each policy is one line \
with `sides`, `account`, `role`, `profile`, `notes` and `policy`, which `cutover sim --policies` enforces.

The records' policy allows CREATE and DELETE of the runbook's names, of their types and of the zone's lock. IAM compares names, \
types and actions each by themselves, and a whole batch with one statement: TXT, which the lock is, is \
allowed at the other names, too.

Examples:
  cutover iam runbooks/api.yaml --env production
  cutover iam runbooks/api.yaml --env production --side dns > cutover-dns.json
  cutover iam runbooks/api.yaml --env staging --output json > policies.jsonl")]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
    /// Print only what one side's credentials need, or those of whoever starts cutover
    #[arg(long, value_name = "SIDE")]
    side: Option<Place>,
    /// Allow what emergencies may need: overwrite records (UPSERT), as `break-glass.sh` does and a rollback whose every
    /// comparison is refused, and lift protections from records
    #[arg(long)]
    break_glass: bool,
}

impl ValueEnum for Place {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Account(Account::Dns),
            Self::Account(Account::Legacy),
            Self::Account(Account::New),
            Self::Caller,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(<&str>::from(*self)))
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (_, runbook) = load(&args.runbook)?;
    let profile = printer.globals().profile.clone();
    let mut grants = grants(&runbook, profile.as_deref(), args.break_glass).map_err(too_many)?;
    if let Some(side) = args.side {
        grants.retain(|grant| grant.places.contains(&side));
    }
    for grant in &grants {
        for (index, policy) in grant.policies.iter().enumerate() {
            let part = (index + 1, grant.policies.len());
            show(grant, policy, part, printer)?;
        }
        for remark in &grant.remarks {
            printer.note(&format!("note: {remark}"));
        }
    }
    if grants.is_empty() {
        printer.note("nothing has to be allowed");
    }
    Ok(ExitStatus::Done)
}

/// Prints a policy: in JSON with whose it is, else alone, so that stdout can be given to whatever takes policies.
fn show(
    grant: &Grant,
    policy: &Policy,
    part: (usize, usize),
    printer: &mut Printer,
) -> Result<(), Fault> {
    if printer.is_json() {
        return printer.data(&json_line(&json!({
            "sides": grant.places,
            "account": grant.account(),
            "role": grant.role,
            "profile": grant.profile,
            "notes": grant.remarks,
            "policy": policy,
        })));
    }
    printer.note(&heading(grant, policy, part));
    printer.page(&format!("{:#}", json!(policy)))
}

/// Returns whose policy it is, such as `dns: role arn:aws:iam::444444444444:role/cutover-dns; 1,017 of 6,144 characters`.
fn heading(grant: &Grant, policy: &Policy, (index, count): (usize, usize)) -> String {
    let places = grant.places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let who = match (&grant.role, &grant.profile) {
        (Some(role), _) => format!("role {role}"),
        (None, Some(profile)) => format!("whoever the profile `{profile}` is"),
        (None, None) => "whoever starts cutover".to_owned(),
    };
    let which = if count == 1 { String::new() } else { format!("; policy {index} of {count}") };
    let characters = policy.characters();
    format!("{places}: {who}{which}; {characters} of {MOST_CHARACTERS} characters")
}

fn too_many(error: TooManyNames) -> Fault {
    Fault::of(ExitStatus::Usage, &error)
        .hinted("name the zone by its id in the runbook: then the policy is for that zone, and for every name in it")
        .hinted("or move the names in several runbooks")
}
