//! The report in short, for a pull request or a chat: what GitHub's Markdown shows.

use super::{
    Case, facts,
    outcome::{Outcome, ways},
    setting,
    steps::unreached,
    unexercised,
};
use crate::report::{audit_lines, clean};

/// Deeds and breaches that are told one by one.
const MOST: usize = 30;

/// Returns the report of a run as Markdown.
pub fn markdown(case: &Case<'_>) -> String {
    let outcome = Outcome::of(case);
    let mut lines = vec![
        format!("## {}: {}", outcome.word, text(&case.name())),
        String::new(),
        text(&outcome.sentence),
    ];
    for more in &outcome.more {
        lines.extend([String::new(), text(more)]);
    }
    // A run's id and the commands have nothing in them that could end the quotation.
    let ways = ways(case).into_iter().map(|(what, command)| format!("- to {what}: `{command}`"));
    let ways: Vec<String> = ways.collect();
    if !ways.is_empty() {
        lines.push(String::new());
    }
    lines.extend(ways);
    lines.push(String::new());
    table(&mut lines, &["", ""], facts(case));
    heading(&mut lines, "Steps");
    steps(&mut lines, case);
    breaches(&mut lines, case);
    heading(&mut lines, "What people did");
    people(&mut lines, case);
    audit(&mut lines, case);
    heading(&mut lines, "Never exercised");
    lines.extend(unexercised::never(case).iter().map(|never| format!("- {}", text(never))));
    lines.push(String::new());
    lines.join("\n")
}

fn heading(lines: &mut Vec<String>, title: &str) {
    lines.extend([String::new(), format!("### {title}"), String::new()]);
}

fn facts(case: &Case<'_>) -> Vec<Vec<String>> {
    let glance = facts::of(case).into_iter().map(|fact| {
        let note = fact.note.map_or(String::new(), |note| format!(" ({note})"));
        vec![fact.name.to_owned(), format!("{}{note}", fact.value)]
    });
    let setting = setting::of(case).into_iter();
    glance.chain(setting.map(|(name, value)| vec![name.to_owned(), value])).collect()
}

fn steps(lines: &mut Vec<String>, case: &Case<'_>) {
    let begun = case.story.steps.all().iter().map(|step| {
        let verdicts = step.gates.iter().map(|judged| {
            let (last, worst) = (judged.last.verdict(), judged.worst.1.verdict());
            let was = if worst > last { format!(" (worst: {worst})") } else { String::new() };
            format!("{} {last}{was}", judged.last.gate)
        });
        vec![
            match &step.wave {
                Some(wave) => format!("{} ({wave})", step.number),
                None => step.number.to_string(),
            },
            step.share.to_string(),
            case.clock(step.began),
            step.how.words().0.to_owned(),
            verdicts.collect::<Vec<_>>().join(", "),
        ]
    });
    let never = unreached(case).into_iter().map(|(number, share)| {
        let none = "never begun".to_owned();
        vec![number.to_string(), share.to_string(), String::new(), none, String::new()]
    });
    let rows: Vec<Vec<String>> = begun.chain(never).collect();
    if rows.is_empty() {
        lines.push("No step was begun.".to_owned());
    } else {
        table(lines, &["step", "share", "began, UTC", "end", "gates"], rows);
    }
}

fn breaches(lines: &mut Vec<String>, case: &Case<'_>) {
    let breaches = &case.story.breaches;
    if breaches.is_empty() {
        return;
    }
    heading(lines, "Breaches");
    let told = breaches.iter().take(MOST).map(|(at, finding)| {
        format!("- {} **{}**: {}", case.clock(*at), text(&finding.gate), text(&finding.why))
    });
    lines.extend(told);
    more(lines, breaches.len());
}

fn people(lines: &mut Vec<String>, case: &Case<'_>) {
    let deeds = &case.story.deeds;
    if deeds.is_empty() {
        lines.push("Nothing: from its beginning the run went by itself.".to_owned());
    }
    for deed in deeds.iter().take(MOST) {
        let by = deed.by.as_ref().map_or(String::new(), |by| format!(" by {}", text(by)));
        let why = deed.why.as_ref().map_or(String::new(), |why| format!(": {}", text(why)));
        lines.push(format!("- {} {}{by}{why}", case.clock(deed.at), text(&deed.what)));
        lines.extend(deed.details.iter().map(|detail| format!("  - {}", text(detail))));
    }
    more(lines, deeds.len());
}

fn audit(lines: &mut Vec<String>, case: &Case<'_>) {
    let Some(audit) = case.audit else { return };
    heading(lines, "Who changed the records, from CloudTrail");
    let told = audit_lines(audit);
    lines.extend(told.iter().take(MOST).map(|line| format!("- {}", text(line.trim_start()))));
    more(lines, told.len());
}

fn more(lines: &mut Vec<String>, all: usize) {
    if all > MOST {
        lines.push(format!("- and {} more", all - MOST));
    }
}

fn table(lines: &mut Vec<String>, head: &[&str], rows: Vec<Vec<String>>) {
    lines.push(format!("| {} |", head.join(" | ")));
    lines.push(format!("|{}", "---|".repeat(head.len())));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| text(cell)).collect();
        lines.push(format!("| {} |", cells.join(" | ")));
    }
}

/// Returns text that Markdown shows to the letter, on one line.
fn text(text: &str) -> String {
    let clean = clean(text);
    let mut safe = String::with_capacity(clean.len());
    for c in clean.chars() {
        // Ends and beginnings of tags and references, emphasis, code, links, tables, mentions and what makes a heading.
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}
