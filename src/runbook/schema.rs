//! The table of shapes as a JSON Schema, for editors that complete and check while one types.

use serde_json::{Map, Value as Json, json};

use super::shape::{Leaf, Mapping, Named, ROOT, Shape};

/// Returns the JSON Schema (draft 2020-12) of a runbook, made from the same table that runbooks are checked against.
/// It knows keys and forms; rules that look at several places at once are left to `cutover validate`.
pub fn schema() -> Json {
    let mut root = mapping(&ROOT);
    if let Some(object) = root.as_object_mut() {
        object.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("title".to_owned(), json!("A runbook of cutover"));
        let variable = json!({
            "description": "filled in from `vars` or `--var`",
            "type": "string",
            "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
        });
        object.insert("$defs".to_owned(), json!({ "variable": variable }));
    }
    root
}

fn shape(shape: &Shape) -> Json {
    match shape {
        Shape::Leaf(kind) => leaf(kind),
        Shape::List(item, least) => {
            json!({ "type": "array", "items": self::shape(item), "minItems": least })
        }
        Shape::Names(form, value) => json!({
            "type": "object",
            "propertyNames": { "pattern": form.pattern },
            "additionalProperties": self::shape(value),
        }),
        Shape::Mapping(keys) => mapping(keys),
        Shape::OrOff(other) => json!({ "anyOf": [{ "const": "off" }, self::shape(other)] }),
    }
}

fn mapping(shape: &Mapping) -> Json {
    let mut properties = Map::new();
    for key in shape.keys {
        let mut property = self::shape(&key.shape);
        if let Some(object) = property.as_object_mut() {
            object.insert("description".to_owned(), json!(key.about));
        }
        properties.insert(key.name.to_owned(), property);
    }
    let needed: Vec<&str> = shape.keys.iter().filter(|k| k.needed).map(|k| k.name).collect();
    let mut object = json!({
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    });
    if !shape.one_of.is_empty() {
        let choices: Vec<Json> = shape.one_of.iter().map(|k| json!({ "required": [k] })).collect();
        object["oneOf"] = json!(choices);
    }
    let mut beside = Map::new();
    for (key, other) in shape.beside {
        beside.insert((*key).to_owned(), json!([other]));
    }
    if !beside.is_empty() {
        object["dependentRequired"] = json!(beside);
    }
    object
}

fn leaf(kind: &Leaf) -> Json {
    match kind {
        Leaf::Version => json!({ "const": 1 }),
        Leaf::Line => json!({ "type": ["string", "number", "boolean"], "minLength": 1 }),

        Leaf::Prose | Leaf::Filling => json!({ "type": ["string", "number", "boolean"] }),
        Leaf::Flag => or_variable(json!({ "type": "boolean" })),
        Leaf::Whole(least, most) => {
            or_variable(json!({ "type": "integer", "minimum": least, "maximum": most }))
        }
        Leaf::Number(least) if *least == f64::MIN => or_variable(json!({ "type": "number" })),
        Leaf::Number(least) => or_variable(json!({ "type": "number", "minimum": least })),
        Leaf::Duration(..) => text(DURATION, &["90s", "10m", "1h30m"]),
        Leaf::Latency => text(LATENCY, &["800ms", "2s"]),
        Leaf::Ttl => json!({ "anyOf": [
            { "type": "integer", "minimum": 0, "maximum": i32::MAX },
            { "type": "string", "pattern": DURATION },
            { "$ref": "#/$defs/variable" },
        ] }),
        Leaf::Share => text(PERCENT, &["5%", "0.5%"]),
        Leaf::Percent { .. } => text(PERCENT, &["0.1%"]),
        Leaf::Word(words) => or_variable(json!({ "enum": words })),
        Leaf::Window => {
            json!({ "type": "string", "examples": [super::window::WEEKLY, super::window::DATES] })
        }
        Leaf::Named(Named { pattern, example, .. }) => text(pattern, &[example]),
    }
}

/// As `unit::parse_duration` reads it.
const DURATION: &str = "^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
const LATENCY: &str = "^((?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?|[0-9]+ms)$";
const PERCENT: &str = r"^([0-9]+\.?[0-9]*|\.[0-9]+)%$";

fn text(pattern: &str, examples: &[&str]) -> Json {
    or_variable(json!({ "type": "string", "pattern": pattern, "examples": examples }))
}

/// Any value may come from a variable, whose text is known only when it runs.
fn or_variable(shape: Json) -> Json {
    json!({ "anyOf": [shape, { "$ref": "#/$defs/variable" }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    /// Every single value that the table describes, by the key above it.
    fn leaves(mapping: &'static Mapping) -> Vec<(&'static str, &'static Leaf)> {
        fn below(shape: &'static Shape, name: &'static str) -> Vec<(&'static str, &'static Leaf)> {
            match shape {
                Shape::Leaf(leaf) => vec![(name, leaf)],
                Shape::List(inner, _) | Shape::Names(_, inner) | Shape::OrOff(inner) => {
                    below(inner, name)
                }
                Shape::Mapping(mapping) => leaves(mapping),
            }
        }
        mapping.keys.iter().flat_map(|key| below(&key.shape, key.name)).collect()
    }

    const TEXTS: &[&str] = &[
        "1",
        "0",
        "60",
        "1.5",
        "0.5",
        "-3",
        "1e3",
        "true",
        "false",
        "yes",
        "off",
        "90s",
        "10m",
        "1h30m",
        "14d",
        "15d",
        "1m1h",
        "m",
        "800ms",
        "5%",
        "0.5%",
        "5.%",
        ".5%",
        "0%",
        "100%",
        "101%",
        "%",
        "p99",
        "p99.99",
        "p0",
        "p100",
        "p99.",
        "3 of 5",
        "5 of 3",
        "1 of 61",
        "Sum",
        "Max",
        "A",
        "MX",
        "hold",
        "rollback",
        "stop",
        "legacy",
        "new",
        "dns",
        "low",
        "reserved",
        "breached",
        "api",
        "API",
        "a b",
        "a_b",
        "us-west-2",
        "us-gov-east-1",
        "west",
        "pcx-0123456789abcdef0",
        "pcx-",
        "Z35SXDOTRQ7X7K",
        "example.com",
        "*.example.com",
        "a..b",
        "arn:aws:iam::111111111111:role/a/b",
        "arn:aws-us-gov:iam::111111111111:role/a",
        "arn:aws:iam::1:role/a",
        "arn:aws:iam::111111111111:mfa/alice",
        "GAHT12345678",
        "https://a.example/b?c",
        "https://",
        "https://a@b.example",
        "ftp://a",
        "ENV_VAR",
        "1ENV",
        super::super::window::WEEKLY,
        super::super::window::DATES,
    ];

    #[test]
    fn an_editor_marks_no_value_that_the_decoder_takes() {
        let defs = schema()["$defs"].clone();
        let leaves = leaves(&ROOT);
        assert!(leaves.len() > 80, "{}", leaves.len());
        for (key, kind) in leaves {
            let mut schema = leaf(kind);
            schema["$defs"] = defs.clone();
            let editor = jsonschema::draft202012::new(&schema).unwrap();
            for text in TEXTS.iter().filter(|text| kind.check(text).is_ok()) {
                // What looks like a number may need quotes to be text for the editor.
                let plain: Json = yaml::from_str(text).unwrap_or(json!(text));
                let taken = editor.is_valid(&plain) || editor.is_valid(&json!(text));
                assert!(taken, "{key}: {text}");
            }
            assert!(TEXTS.iter().any(|text| kind.check(text).is_ok()), "no text fits {key}");
            // The version says how to read the file, so nothing is filled in there.
            assert!(key == "version" || editor.is_valid(&json!("a ${variable}")), "{key}");
        }
    }
}
