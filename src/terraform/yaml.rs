//! Text to YAML of a runbook.

/// Words that YAML takes for something else than text.
const NOT_TEXT: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// Returns a text as a value: plain where nobody can take it for anything else, quoted otherwise; `${` stands for itself.
pub(super) fn value(text: &str) -> String {
    let text = text.replace("${", "$${");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !NOT_TEXT.contains(&text.to_ascii_lowercase().as_str());
    // A string of JSON is one of YAML.
    if is_plain { text } else { serde_json::Value::String(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_text_is_read_back_as_it_was() {
        let hostile = [
            "a: b",
            "- x",
            "*",
            "a\nb: c",
            "\u{1b}[2J",
            "a\"b",
            "123",
            "Yes",
            "null",
            "#",
            "a #b",
            "",
            "{x}",
        ];
        for text in hostile.into_iter().chain(["api.example.com", "Z0EXAMPLE", "a_b-c"]) {
            let yaml = format!("x: {}\n", value(text));
            let read: serde_json::Value = crate::yaml::from_str(&yaml).unwrap();
            assert_eq!(read["x"], text, "{yaml}");
        }
        assert_eq!(value("${x}"), "\"$${x}\"");
    }
}
