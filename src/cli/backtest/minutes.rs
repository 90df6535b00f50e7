//! `cutover backtest --minutes`: one line for each minute and gate.

use std::collections::BTreeMap;

use crate::{
    backtest::{JudgedMinute, minutes},
    cli::{Fault, Printer},
    gate::Row,
    plan::Plan,
    report::json,
    unit::Minute,
};

/// Prints what each gate says after each minute.
pub(super) fn print(
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
