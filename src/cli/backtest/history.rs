//! Where recorded traffic comes from: a file, or CloudWatch.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    backtest::read_csv,
    cli::{ExitStatus, Fault, Printer, aws, runtime, source::read},
    driver::{Clock, RecordedError, recorded as of_cloudwatch},
    gate::Row,
    plan::Plan,
    runbook::Runbook,
    unit::{BalancerName, Minute, Side, SignedDuration, Timestamp},
};

/// Reads a file.
///
/// # Errors
/// It cannot be read, or is no history; each bad line is told.
pub(super) fn recorded(path: &Path) -> Result<BTreeMap<Minute, Row>, Fault> {
    let source = read(path).map_err(|error| Fault::unreadable(path, &error))?;
    read_csv(&source.text).map_err(|problems| {
        let message = format!("`{}` is not a history that can be replayed", source.path);
        let fault = Fault::new(ExitStatus::Usage, message);
        problems.iter().fold(fault, |fault, problem| fault.at(format!("{}:{problem}", source.path)))
    })
}

/// Asks CloudWatch for the past of legacy's load balancers.
///
/// # Errors
/// The runbook names none, or AWS does not tell.
pub(super) fn asked(
    runbook: &Runbook,
    plan: &Plan,
    since: SignedDuration,
    printer: &Printer,
) -> Result<BTreeMap<Minute, Row>, Fault> {
    let balancers = runbook
        .records
        .iter()
        .filter_map(|record| record.target(Side::Legacy).metrics_balancer().cloned());
    let balancers: BTreeSet<BalancerName> = balancers.collect();
    if balancers.is_empty() {
        let message =
            "no record says where legacy's metrics are, so there is no past to be asked for";
        return Err(Fault::new(ExitStatus::Usage, message)
            .hinted("give one of them `legacy: { ..., metrics: { elb: NAME } }`, or a file with `--history`"));
    }
    runtime()?.block_on(async {
        let session = format!("cutover-backtest-{}", runbook.name);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        let now = Clock::Real.now();
        let closed = now.saturating_sub(plan.policy.metric_lag).unwrap_or(Timestamp::MIN);
        let until = Minute::containing(closed);
        let from = until.offset(-since.as_secs() / 60);
        of_cloudwatch(&cloud, plan, &balancers, (from, until)).await.map_err(|error| match error {
            RecordedError::Cloud(error) => aws::refused(&error),
            RecordedError::Incomplete { .. } => Fault::of(ExitStatus::Refused, &error).hinted(
                "try again in a minute; where that does not help, ask for less with `--since`",
            ),
        })
    })
}
