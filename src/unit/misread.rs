//! What a reader of JSON or YAML says of a text, in words that a person who does not write Rust understands.

use std::fmt::Display;

/// Why a text could not be read, with the place if the reader named one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misread(String);

impl Misread {
    /// Takes the words of serde, or of a format of its, and replaces those that name types of Rust.
    pub fn of<E: Display>(error: &E) -> Self {
        let text = error.to_string();
        let (what, place) = match text.rfind(" at line ") {
            Some(at) => text.split_at(at),
            None => (text.as_str(), ""),
        };
        Self(in_words(what) + place)
    }
}

fn in_words(text: &str) -> String {
    for mark in ["invalid type: ", "invalid value: "] {
        if let Some((before, rest)) = text.split_once(mark)
            && let Some((found, expected)) = rest.rsplit_once(", expected ")
        {
            return format!(
                "{before}{} stands where {} belongs",
                found_as(found),
                meant_by(expected)
            );
        }
    }
    for (mark, words) in [
        (
            "data did not match any variant of untagged enum",
            "it has none of the forms that it may have",
        ),
        ("no variant of enum", "it does not say what it is"),
        ("invalid length", "it has too many or too few parts"),
    ] {
        if let Some((before, _)) = text.split_once(mark) {
            return format!("{before}{words}");
        }
    }
    text.to_owned()
}

/// Returns what was found, as it was written.
fn found_as(found: &str) -> String {
    for kind in ["string ", "integer ", "floating point ", "boolean ", "character "] {
        if let Some(written) = found.strip_prefix(kind) {
            return written.to_owned();
        }
    }
    let words = match found {
        "null" | "unit value" | "Option value" => "nothing",
        "sequence" => "a list",
        "map" => "a group of fields",
        _ => "something else",
    };
    words.to_owned()
}

/// Returns what a type of Rust is written as.
fn meant_by(expected: &str) -> &str {
    match expected {
        "f64" | "f32" => "a number",
        "u8" => "a whole number from 0 to 255",
        "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "a boolean" => "`true` or `false`",
        "a string" | "a borrowed string" | "string" => "text",
        "a sequence" => "a list",
        "variant identifier" | "field identifier" | "unit" => "a word",
        other if other.contains("tuple") || other.contains("array") => "a list",
        other if other.contains("struct ") || other.contains(" enum ") || other == "a map" => {
            "a group of fields"
        }
        other if other.contains("enum ") || other.contains("variant") || other.contains("::") => {
            "another form"
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Sample {
        count: u8,
        rate: f64,
        on: bool,
        kind: Kind,
        pair: (u32, u32),
        inner: Box<Option<Self>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Loud,
    }

    fn said(field: &str, value: &str) -> String {
        let right = [
            ("count", "1"),
            ("rate", "1"),
            ("on", "true"),
            ("kind", "\"loud\""),
            ("pair", "[1, 2]"),
            ("inner", "null"),
        ];
        let mut fields = BTreeMap::from(right);
        fields.insert(field, value);
        let fields: Vec<_> = fields.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
        let error =
            serde_json::from_str::<Sample>(&format!("{{{}}}", fields.join(","))).unwrap_err();
        let text = Misread::of(&error).to_string();
        assert!(text.contains(" at line 1 column "), "{text}");
        text.split(" at line").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn no_type_of_rust_is_named() {
        let cases = [
            ("count", "300", "`300` stands where a whole number from 0 to 255 belongs"),
            (
                "count",
                "\"x, expected y\"",
                "\"x, expected y\" stands where a whole number from 0 to 255 belongs",
            ),
            ("rate", "null", "nothing stands where a number belongs"),
            ("rate", "[]", "a list stands where a number belongs"),
            ("on", "1.5", "`1.5` stands where `true` or `false` belongs"),
            ("kind", "\"quiet\"", "unknown variant `quiet`, expected `loud`"),
            ("pair", "[1]", "it has too many or too few parts"),
            ("pair", "{}", "a group of fields stands where a list belongs"),
            ("inner", "\"x\"", "\"x\" stands where a group of fields belongs"),
            ("inner", "{}", "missing field `count`"),
        ];
        for (field, value, words) in cases {
            assert_eq!(said(field, value), words);
        }
    }
}
