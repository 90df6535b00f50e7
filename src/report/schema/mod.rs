//! What `--output json` prints, as a JSON Schema: every event and every other object, by hand, because it is a promise.
//!
//! Fields may come, none goes and none changes its meaning. A test holds the tables against what commands print.

mod events;
mod notation;
mod objects;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use notation::{Entry, object};

/// Returns the JSON Schema of every line that `--output json` prints, on stdout and on stderr.
pub fn output_schema() -> Value {
    let mut definitions = Map::new();
    for entry in objects::PARTS.iter().chain(objects::OBJECTS) {
        definitions.insert(entry.name.to_owned(), object(entry, []));
    }
    for entry in events::EVENTS {
        definitions.insert(event_name(entry), object(entry, events::of_all(entry.name)));
    }
    let lines = objects::OBJECTS.iter().map(|entry| entry.name.to_owned());
    let lines = lines.chain(events::EVENTS.iter().map(event_name));
    let any: Vec<Value> = lines.map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What cutover prints with --output json",
        "description": "Every line of stdout is one of these objects, and so is every line of stderr: `note` and `error`. \
                        Fields may be added; those that you do not know mean nothing to you.",
        "anyOf": any,
        "$defs": definitions,
    })
}

/// Events are told apart from objects of the same name.
fn event_name(entry: &Entry) -> String {
    format!("event:{}", entry.name)
}
