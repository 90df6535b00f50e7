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
        Leaf::Prose => json!({ "type": "string" }),
        Leaf::Filling => json!({ "type": ["string", "number", "boolean"] }),
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
