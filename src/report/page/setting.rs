//! Where it ran, by which version, and from which runbook.

use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use super::{Case, masked::masked};
use crate::plan::Mode;

/// Bytes of a runbook that are shown: one that is longer is not one that somebody wrote.
const MOST: usize = 256 * 1024;

pub(super) fn section(case: &Case<'_>) -> Markup {
    html! {
        section.setting {
            h2 { "Run and runbook" }
            div.scroll { table.plain {
                tbody {
                    @for (name, value) in of(case) { tr { th scope="row" { (name) } td { (value) } } }
                }
            } }
            @if !case.story.hazards.is_empty() {
                h3 { "Worth a second thought, said the preflight" }
                ul { @for hazard in &case.story.hazards { li { (hazard) } } }
            }
            @if let Some(text) = case.runbook {
                h3 { "The runbook as it was" }
                (runbook(text))
            }
        }
    }
}

/// Returns the facts about the run, by name.
pub(super) fn of(case: &Case<'_>) -> Vec<(&'static str, String)> {
    let story = case.story;
    let mut facts = vec![
        ("run", case.run()),
        ("runbook", story.runbook.clone()),
        ("environment", story.environment.clone().unwrap_or_else(|| "none named".to_owned())),
    ];
    if let (Some(began), Some(last)) = (story.began, story.last) {
        let exactly = |at: crate::unit::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        facts.push(("first record", exactly(began)));
        facts.push(("last record", exactly(last)));
    }
    match story.mode {
        Mode::Usual => {}
        Mode::DryRun => facts.push(("mode", "dry run: everything but the writes".to_owned())),
        Mode::ExerciseRollback => facts.push((
            "mode",
            "exercise: the last step is broken on purpose, to use the way back".to_owned(),
        )),
    }
    let version = |(at, version): &(crate::unit::Timestamp, String)| {
        format!("{version} from {}", case.clock(*at))
    };
    let versions: Vec<String> = match &story.versions[..] {
        [(_, only)] => vec![only.clone()],
        several => several.iter().map(version).collect(),
    };
    facts.push(("cutover", versions.join(", ")));
    if let Some(plan) = case.plan {
        let zone = |zone: &crate::plan::Zone| {
            let private = if zone.private { ", private" } else { "" };
            format!("{} ({}{private})", zone.name, zone.id)
        };
        facts.push(("zones", plan.zones.iter().map(zone).collect::<Vec<_>>().join(", ")));
        facts.push((
            "lock",
            if plan.locked { "every write is fenced by the zone's lock" } else { "none" }
                .to_owned(),
        ));
    }
    facts.push(("journal", format!("{} records", story.records)));
    if let Some(text) = case.runbook {
        facts.push(("runbook's SHA-256", sha256(text)));
    }
    facts
}

/// Returns the SHA-256 as `sha256sum` prints it.
pub(super) fn sha256(text: &[u8]) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the runbook as it is.
pub(super) fn runbook(text: &[u8]) -> Markup {
    let shown = String::from_utf8_lossy(&text[..text.len().min(MOST)]);
    html! {
        pre.runbook { (masked(&shown)) }
        p.note { "External ids are masked; the SHA-256 is that of the file as it is." }
        @if text.len() > MOST { p.none { "The rest of its " (text.len()) " bytes is left out." } }
    }
}
