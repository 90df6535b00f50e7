//! The notation of the tables: a field a line, `name: type  # what it is`.

use serde_json::{Map, Value, json};

/// One object.
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// What it is, in a sentence.
    pub(super) means: &'static str,
    /// Its fields. A type with `?` may be null, or the field may be missing; one with `[]` is a list. A type that begins with a
    /// capital is one of the parts.
    pub(super) fields: &'static str,
}

/// Returns the schema of an object that has these fields as well.
pub(super) fn object<const N: usize>(entry: &Entry, more: [(&str, Value); N]) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for (name, schema) in more {
        properties.insert(name.to_owned(), schema);
        required.push(name.into());
    }
    for line in entry.fields.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (field, words) = line.split_once('#').unwrap_or((line, ""));
        let (name, kind) = field.split_once(':').unwrap_or((field, "any"));
        let (name, kind, words) = (name.trim(), kind.trim(), words.trim());
        let may_be_missing = kind.ends_with('?');
        let mut schema = of_type(kind);
        if !words.is_empty() {
            schema["description"] = words.into();
        }
        properties.insert(name.to_owned(), schema);
        if !may_be_missing {
            required.push(name.into());
        }
    }
    json!({
        "description": entry.means, "type": "object", "properties": properties, "required": required,
    })
}

fn of_type(kind: &str) -> Value {
    if let Some(kind) = kind.strip_suffix('?') {
        return json!({ "anyOf": [of_type(kind), { "type": "null" }] });
    }
    if let Some(kind) = kind.strip_suffix("[]") {
        return json!({ "type": "array", "items": of_type(kind) });
    }
    match kind {
        "text" => json!({ "type": "string" }),
        "time" => json!({ "type": "string", "format": "date-time" }),
        // As ISO 8601 has it, such as `PT20M`.
        "duration" => json!({ "type": "string", "pattern": "^-?P" }),
        "share" => json!({ "type": "string", "pattern": "^[0-9.]+%$" }),
        "count" => json!({ "type": "integer", "minimum": 0 }),
        "number" => json!({ "type": "number" }),
        "flag" => json!({ "type": "boolean" }),
        "object" => json!({ "type": "object" }),
        "any" => json!({}),
        part => json!({ "$ref": format!("#/$defs/{part}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_field_with_its_type_and_what_it_is() {
        let (name, means) = ("thing", "A thing.");
        let fields = "
            step: count  # from 1
            why: text?
            locks: Lock[]
        ";
        assert_eq!(
            object(&Entry { name, means, fields }, [("event", json!({ "const": "thing" }))]),
            json!({
                "description": "A thing.",
                "type": "object",
                "properties": {
                    "event": { "const": "thing" },
                    "step": { "type": "integer", "minimum": 0, "description": "from 1" },
                    "why": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
                    "locks": { "type": "array", "items": { "$ref": "#/$defs/Lock" } },
                },
                "required": ["event", "step", "locks"],
            })
        );
    }
}
