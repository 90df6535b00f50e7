//! A backtest as a person reads it, in lines of a hundred columns: what each number means stands beside it.

use super::{
    answer::{Backtest, Summary},
    deal::{UNEVEN_ERRORS, UNEVEN_LATENCY, Weather},
    rows::{Detection, FalseAlarms, TOTAL},
    sight::{Sight, at_least},
};
use crate::{
    gate::words::{count, percent},
    unit::{SignedDuration, Timestamp, words},
};

/// Steps that stand side by side; of more, the others stand below.
const STEPS_ABREAST: usize = 7;

/// Returns the backtest as lines.
pub fn table(backtest: &Backtest) -> Vec<String> {
    let mut lines = heading(&backtest.summary);
    lines.extend(alarms(&backtest.false_alarms));
    lines.extend(faults(&backtest.detections, backtest.summary.has_latency));
    lines.extend(sights(&backtest.sights));
    lines
}

fn heading(summary: &Summary) -> Vec<String> {
    let moment = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    let mut lines = vec![
        format!(
            "{}: a cutover of {} over the traffic from {} to {} UTC",
            summary.runbook,
            words(SignedDuration::from_mins(summary.minutes)),
            moment(summary.from),
            moment(summary.until),
        ),
        format!(
            "  {} requests a minute on average, of which {} failed",
            count(summary.requests_per_minute),
            percent(summary.error_rate),
        ),
        format!(
            "  played {} times from different minutes, and {} times with each fault at each step",
            count(summary.cutovers as f64),
            count(summary.cutovers_with_faults as f64),
        ),
    ];
    if summary.cutovers_refused > 0 {
        lines.push(format!(
            "  {} more would not have begun: a gate was red before anything had moved",
            count(summary.cutovers_refused as f64)
        ));
    }
    lines
}

fn alarms(alarms: &[FalseAlarms]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "would it cry wolf? of 100 cutovers in which new is as good as legacy".to_owned(),
        format!("{:<12}{:>22}{:>26}", "", "even weather", "uneven weather"),
        format!("{:<12}{:>12}{:>10}{:>16}{:>10}", "gate", "went back", "held", "went back", "held"),
    ];
    let of = |weather| alarms.iter().filter(move |row| row.weather == weather);
    for (even, uneven) in of(Weather::Even).zip(of(Weather::Uneven)) {
        lines.push(format!(
            "{:<12}{:>12.1}{:>10.1}{:>16.1}{:>10.1}",
            if even.gate == TOTAL { "any gate" } else { even.gate.as_str() },
            even.rolled_back_per_100,
            even.held_per_100,
            uneven.rolled_back_per_100,
            uneven.held_per_100
        ));
    }
    lines.extend([
        "  went back: to legacy, by itself; held: waited longer than the runbook plans.".to_owned(),
        "  even weather: chance alone decides on which side a request fails; uneven weather: besides,".to_owned(),
        format!(
            "  each side's error rate strays by {:.0}% and its latency by {:.0}% from minute to minute.",
            100.0 * UNEVEN_ERRORS,
            100.0 * UNEVEN_LATENCY
        ),
    ]);
    lines
}

fn faults(detections: &[Detection], has_latency: bool) -> Vec<String> {
    if detections.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        String::new(),
        "would it see a fault? new gets worse when a step begins, and stays so".to_owned(),
    ];
    let even: Vec<&Detection> = of(detections, Weather::Even);
    for (at, block) in blocks(&even).into_iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.extend(detailed(&block));
    }
    lines.extend([
        "  seen: of 100 cutovers, how many went back or held because of it; in that step: before the next".to_owned(),
        "  one began; minutes: half of those took no longer, the delay of metrics included; failed:".to_owned(),
        "  requests that failed because of it until then, or to the end. All of this in even weather.".to_owned(),
    ]);
    if !has_latency {
        lines.push("  Slowness is not played, because the history has no latencies.".to_owned());
    }
    lines.push(String::new());
    for block in blocks(&of(detections, Weather::Uneven)) {
        lines.push(shares("seen, of 100 in uneven weather", &block));
        for fault in by_fault(&block) {
            let seen = fault.iter().map(|cell| of_100(cell.seen_percent)).collect();
            lines.push(row(&fault[0].fault, "", seen));
        }
    }
    lines
}

fn of(detections: &[Detection], weather: Weather) -> Vec<&Detection> {
    detections.iter().filter(|cell| cell.weather == weather).collect()
}

/// Cuts the steps into groups that fit side by side.
fn blocks<'a>(cells: &[&'a Detection]) -> Vec<Vec<&'a Detection>> {
    let mut steps: Vec<usize> = cells.iter().map(|cell| cell.step).collect();
    steps.sort_unstable();
    steps.dedup();
    let block =
        |steps: &[usize]| cells.iter().copied().filter(|cell| steps.contains(&cell.step)).collect();
    steps.chunks(STEPS_ABREAST).map(block).collect()
}

fn by_fault<'a>(block: &[&'a Detection]) -> Vec<Vec<&'a Detection>> {
    block.chunk_by(|one, two| one.fault == two.fault).map(<[_]>::to_vec).collect()
}

fn detailed(block: &[&Detection]) -> Vec<String> {
    let mut lines = vec![shares("the fault begins with the step of", block)];
    for fault in by_fault(block) {
        let minutes = |cell: &&Detection| {
            cell.median_minutes.map_or_else(|| "-".to_owned(), |minutes| format!("{minutes:.0}"))
        };
        let told = [
            ("seen", fault.iter().map(|cell| of_100(cell.seen_percent)).collect()),
            ("in that step", fault.iter().map(|cell| of_100(cell.seen_in_step_percent)).collect()),
            ("minutes", fault.iter().map(minutes).collect()),
            (
                "failed",
                fault
                    .iter()
                    .map(|cell| cell.mean_failed_requests.map_or_else(|| "-".to_owned(), short))
                    .collect(),
            ),
        ];
        // A fault of latency makes no request fail.
        let lines_of = if fault[0].latency_times.is_some() { 3 } else { 4 };
        for (at, (what, cells)) in told.into_iter().take(lines_of).enumerate() {
            let name = if at == 0 { fault[0].fault.as_str() } else { "" };
            lines.push(row(name, what, cells));
        }
    }
    lines
}

/// Returns the heading of a block: each step by its share.
fn shares(what: &str, block: &[&Detection]) -> String {
    let steps = by_fault(block).into_iter().max_by_key(Vec::len).unwrap_or_default();
    let shares: String =
        steps.iter().map(|cell| format!("{:>9}", cell.share.to_string())).collect();
    format!("{what:<33}{shares}")
}

fn row(name: &str, what: &str, cells: Vec<String>) -> String {
    let cells: String = cells.iter().map(|cell| format!("{cell:>9}")).collect();
    format!("{name:<20}{what:<13}{cells}")
}

fn sights(sights: &[Sight]) -> Vec<String> {
    let Some(first) = sights.first() else { return Vec::new() };
    let mut lines = vec![
        String::new(),
        "what can each step see? in its hold, in nine cutovers of ten, at the average traffic"
            .to_owned(),
        format!(
            "{:>4}{:>9}{:>9}{:>24}{:>22}{:>22}",
            "step",
            "share",
            "hold",
            "requests/min on new",
            "smallest error rate",
            format!("hold to see {}", percent(first.fault_rate)),
        ),
    ];
    for Sight { step, minutes_to_see_fault, .. } in sights {
        let requests = if step.requests_per_minute < 10.0 {
            format!("{:.1}", step.requests_per_minute)
        } else {
            count(step.requests_per_minute)
        };
        lines.push(format!(
            "{:>4}{:>9}{:>9}{requests:>24}{:>22}{:>22}",
            step.step,
            step.share,
            words(step.hold),
            step.smallest_visible_rate.map_or_else(|| "not even 100%".to_owned(), percent),
            minutes_to_see_fault.map_or_else(|| "within the limit".to_owned(), at_least),
        ));
    }
    lines.push(format!("  the limit on new's error rate is {}", percent(first.step.limit_rate)));
    lines
}

/// Returns how many of a hundred in whole numbers; what is not quite all is not all, and what is not quite none not none.
fn of_100(percent: Option<f64>) -> String {
    let Some(percent) = percent else { return "-".to_owned() };
    let all_or_none = percent <= 0.0 || percent >= 100.0;
    let shown = if all_or_none { percent } else { percent.round().clamp(1.0, 99.0) };
    format!("{shown:.0}")
}

/// Returns a count short enough for a column, such as `980`, `13k` or `5.2M`.
fn short(number: f64) -> String {
    match number {
        n if n < 9_999.5 => count(n),
        n if n < 999_500.0 => format!("{:.0}k", n / 1e3),
        n if n < 9_950_000.0 => format!("{:.1}M", n / 1e6),
        n => format!("{:.0}M", n / 1e6),
    }
}
