//! `cutover doctor`: who somebody is on each side, and whether they may do what a run of the runbook needs.
//!
//! `probe` has the table of what is tried; a call that a run makes and that can be tried without harm belongs there.
//! `session` says for how long the credentials are good, `table` how it all looks.

mod probe;
mod session;
mod table;

use std::collections::BTreeMap;

use self::{
    probe::{probes, tried},
    table::{Row, Verdict, lines},
};
use super::{ExitStatus, Fault, Printer, RunbookArgs, aws, runtime, source::load};
use crate::{
    cloud::{
        Cloud as _, CloudError, CloudErrorKind, Identity,
        aws::{AwsCloud, Origin},
    },
    driver::Clock,
    plan::Questions,
    report::json,
    runbook::Runbook,
    unit::Account,
};

/// Say who you are on each side, and try what you may do: one table
///
/// Asks only what changes nothing. That records may be written cannot be tried without writing one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each row says what was tried, and `ok`, `note`, `not tried` or `FAILED` with what to do. With `--output json` each row is a \
line with `side`, `check`, `result`, `found` and `todo`. The exit code is 7 where something failed.

Examples:
  cutover doctor runbooks/api.yaml --env production
  cutover doctor runbooks/api.yaml --env production --output json")]
pub(super) struct Args {
    #[command(flatten)]
    runbook: RunbookArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (_, runbook) = load(&args.runbook)?;
    let rows = runtime()?.block_on(async {
        let session = format!("cutover-doctor-{}", runbook.name);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        Ok::<_, Fault>(examined(&cloud, &runbook).await)
    })?;
    if printer.is_json() {
        rows.iter().try_for_each(|row| printer.data(&json(&row.object())))?;
    } else {
        lines(&rows).iter().try_for_each(|line| printer.data(line))?;
    }
    let failed = rows.iter().filter(|row| row.verdict == Verdict::Failed).count();
    if failed == 0 {
        return Ok(ExitStatus::Done);
    }
    let verb = if failed == 1 { "check" } else { "checks" };
    let message = format!("{failed} {verb} of {} failed; nothing was changed", rows.len());
    Err(Fault::new(ExitStatus::Refused, message).hinted("the table says what to do about each"))
}

/// Looks at every side, and tries what it needs.
async fn examined(cloud: &AwsCloud, runbook: &Runbook) -> Vec<Row> {
    let lasts = Questions::of(runbook).lasts;
    let now = Clock::Real.now();
    let mut rows = Vec::new();
    let mut known: BTreeMap<Account, Identity> = BTreeMap::new();
    for account in Account::ALL {
        let side = account.to_string();
        let identity =
            match cloud.identity(account).await {
                Ok(identity) => identity,
                Err(error) => {
                    rows.push(failed(&side, "who", &error));
                    let probes = probes(runbook, account).into_iter();
                    rows.extend(probes.map(|probe| {
                        Row::not_tried(&side, probe.to_string(), "nobody is signed in")
                    }));
                    continue;
                }
            };
        rows.push(Row::ok(&side, "who", &identity.arn));
        rows.push(Row::ok(&side, "account", &identity.account));
        match cloud.origin(account).await {
            Ok(origin) => {
                rows.push(region(&side, &origin));
                rows.push(Row::ok(&side, "credentials", session::source(&origin)));
                rows.push(session::row(&side, &origin, identity.expires, (now, lasts)));
            }
            Err(error) => rows.push(failed(&side, "credentials", &error)),
        }
        known.insert(account, identity);
        for probe in probes(runbook, account) {
            rows.push(tried(cloud, account, &probe).await);
        }
    }
    rows.extend(shared(&known));
    rows
}

fn region(side: &str, origin: &Origin) -> Row {
    match &origin.region {
        Some(region) => Row::ok(side, "region", region),
        None if side == "dns" => {
            Row::note(side, "region", "none is chosen, which Route 53 does not need")
        }
        None => Row::note(
            side,
            "region",
            "none is chosen, and load balancers and CloudWatch need one: `region` in the runbook, or AWS_REGION",
        ),
    }
}

/// Says which sides are in one account, which is meant as often as not.
fn shared(known: &BTreeMap<Account, Identity>) -> Vec<Row> {
    let mut by_account: BTreeMap<&str, Vec<(&Account, &Identity)>> = BTreeMap::new();
    for (account, identity) in known {
        by_account.entry(&identity.account).or_default().push((account, identity));
    }
    let several = by_account.into_iter().filter(|(_, sides)| sides.len() > 1);
    let row = |(account, sides): (&str, Vec<(&Account, &Identity)>)| {
        let names: Vec<String> = sides.iter().map(|(side, _)| side.to_string()).collect();
        let same = sides.windows(2).all(|two| two[0].1.arn == two[1].1.arn);
        let by = if same { "by the same caller" } else { "by different roles" };
        let found = format!("all are in account {account}, reached {by}: is that meant?");
        Row::note(&names.join(", "), "accounts", found)
    };
    several.map(row).collect()
}

/// Returns the row of a call that failed, with what to do about it.
fn failed(side: &str, check: impl Into<String>, error: &CloudError) -> Row {
    let todo = match error.kind {
        CloudErrorKind::Credentials => {
            "sign in, or name a profile or a role that exists".to_owned()
        }
        CloudErrorKind::Denied => {
            format!("`cutover iam RUNBOOK --env E --side {side}` prints what has to be allowed")
        }
        CloudErrorKind::NotFound => {
            "look for the name in this account and region, and at the runbook".to_owned()
        }
        CloudErrorKind::Unclear => "is the network up, and the endpoint the right one?".to_owned(),
        CloudErrorKind::Throttled | CloudErrorKind::Busy => "try again in a minute".to_owned(),
        CloudErrorKind::InvalidBatch(_) | CloudErrorKind::Rejected => {
            "look at what the runbook says of this side".to_owned()
        }
    };
    Row::failed(side, check, error.to_string(), todo)
}
