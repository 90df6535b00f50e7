//! Where the run is in its runbook.

use super::{
    Look,
    row::{Row, Weight, width},
};
use crate::{
    engine::{StepView, View, WaveView},
    report::Tone,
    unit::clean,
};

const BETWEEN: &str = " > ";
const CUT: &str = "... > ";

/// Returns all steps with the one that is going on in brackets, cut so that it is always seen. The end of a
/// migration has none.
pub(super) fn row(view: &View, look: &Look) -> Option<Row> {
    if view.steps.is_empty() {
        return None;
    }
    let name = |(index, step): (usize, &StepView)| {
        let name = match step {
            StepView::Share(share) => share.to_string(),
            StepView::Approval => "approval".to_owned(),
            StepView::Command => "command".to_owned(),
        };
        if view.step == Some(index) { format!("[{name}]") } else { name }
    };
    let names: Vec<String> = view.steps.iter().enumerate().map(name).collect();
    let first = first_shown(&names, view.step.unwrap_or(0), look);
    let tone = |index| if view.step == Some(index) { Tone::Strong } else { Tone::Plain };
    let label = if view.wave.is_some() { "wave" } else { "steps" };
    let mut row = look.row(Weight::Some, Tone::Plain, label);
    if let Some(WaveView { name, number, of }) = &view.wave {
        row = row.add(Tone::Plain, format!("{number} of {of}, {}: ", clean(name)));
    }
    if first > 0 {
        row = row.add(Tone::Plain, CUT);
    }
    for (index, name) in names.iter().enumerate().skip(first) {
        if index > first {
            row = row.add(Tone::Plain, BETWEEN);
        }
        row = row.add(tone(index), name);
    }
    Some(row)
}

/// Steps before the current one go first where there is no room for all; the one before it stays.
fn first_shown(names: &[String], current: usize, look: &Look) -> usize {
    let room = look.columns.saturating_sub(look.label() + 1);
    let columns = |first: usize| {
        let shown = names.get(first..).unwrap_or_default();
        let cut = if first > 0 { width(CUT) } else { 0 };
        cut + shown.iter().map(|name| width(name) + width(BETWEEN)).sum::<usize>()
    };
    let mut first = 0;
    while first + 1 < current && columns(first) > room + width(BETWEEN) {
        first += 1;
    }
    first
}
