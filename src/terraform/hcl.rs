//! Text to Terraform's language.

use std::fmt::Write as _;

use crate::{
    plan::{Answer, RecordSet, ZoneId},
    unit::is_harmful,
};

/// Returns a text as a string of HCL: nothing in it ends the string, is a template, or drives a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut hcl = String::with_capacity(text.len() + 2);
    hcl.push('"');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\\' => hcl.extend(['\\', c]),
            '$' | '%' if characters.peek() == Some(&'{') => hcl.extend([c, c]),
            c if is_harmful(c) => {
                let code = u32::from(c);
                let _ = if code > 0xffff {
                    write!(hcl, "\\U{code:08x}")
                } else {
                    write!(hcl, "\\u{code:04x}")
                };
            }
            c => hcl.push(c),
        }
    }
    hcl.push('"');
    hcl
}

/// Returns a word as a shell takes it to the letter.
pub(super) fn shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Returns the id by which Terraform imports a record.
pub(super) fn import_id(zone: &ZoneId, record: &RecordSet) -> String {
    let id = format!("{zone}_{}_{}", record.name, record.kind);
    match record.set_identifier() {
        Some(set) => format!("{id}_{set}"),
        None => id,
    }
}

/// Returns the lines of a block that say the record's weight, where it has one.
pub(super) fn weight(record: &RecordSet) -> Vec<String> {
    let Some(weight) = record.weight() else { return Vec::new() };
    vec!["weighted_routing_policy {".to_owned(), format!("  weight = {}", weight.0), "}".to_owned()]
}

/// Returns the lines of a block that say what the record answers.
pub(super) fn answer(record: &RecordSet) -> Vec<String> {
    let mut lines = match &record.answer {
        Answer::Alias { dns_name, zone_id, evaluate_target_health } => vec![
            "alias {".to_owned(),
            format!("  name                   = {}", quoted(dns_name.trim_end_matches('.'))),
            format!("  zone_id                = {}", quoted(zone_id)),
            format!("  evaluate_target_health = {evaluate_target_health}"),
            "}".to_owned(),
        ],
        Answer::Values { ttl, values } => {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            vec![format!("ttl     = {}", ttl.0), format!("records = [{}]", values.join(", "))]
        }
    };
    if let Some(id) = &record.health_check {
        lines.extend([String::new(), format!("health_check_id = {}", quoted(id))]);
    }
    lines
}

/// The block that keeps an apply from setting weights while a run does.
pub(super) const IGNORE: [&str; 3] =
    ["lifecycle {", "  ignore_changes = [weighted_routing_policy]", "}"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_string() {
        assert_eq!(quoted("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(quoted("${x} %{if} $x"), r#""$${x} %%{if} $x""#);
        assert_eq!(quoted("a\n\u{1b}[2J\u{e0001}"), r#""a\u000a\u001b[2J\U000e0001""#);
        assert_eq!(quoted("$${x}"), r#""$$${x}""#);
        assert_eq!(shell("a['b']"), r"'a['\''b'\'']'");
    }
}
