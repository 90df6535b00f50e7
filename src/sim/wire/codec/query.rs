//! The query protocol's bodies: a form whose names are paths, such as `Filters.member.1.Name=x`.

use serde_json::{Map, Value};

use super::Malformed;

/// How many parts a name may have; the longest that any operation here takes has 8.
const DEEPEST: usize = 16;

/// Reads a form into a tree. `Names.member.2` is the second item of the list `Names`; gaps between the numbers are
/// closed.
///
/// # Errors
/// A name contradicts another, or has too many parts.
pub(crate) fn decode(form: &[u8]) -> Result<Value, Malformed> {
    let mut root = Value::Object(Map::new());
    for (name, text) in form_urlencoded::parse(form) {
        if name.split('.').count() > DEEPEST {
            return Err(Malformed(format!("The parameter {name} has too many parts.")));
        }
        let mut place = &mut root;
        for part in name.split('.') {
            let fields = place.as_object_mut().ok_or_else(|| contradiction(&name))?;
            place = fields.entry(part).or_insert_with(|| Value::Object(Map::new()));
        }
        // A name that is given twice, or that is also the beginning of another, has no meaning.
        if place.as_object().is_none_or(|fields| !fields.is_empty()) {
            return Err(contradiction(&name));
        }
        *place = Value::from(text.into_owned());
    }
    Ok(with_lists(root))
}

/// Turns every `{"member": {"1": a, "2": b}}` into `[a, b]`.
fn with_lists(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let members = (fields.len() == 1).then(|| numbered(fields.get("member")?)).flatten();
    match members {
        Some(members) => members.into_iter().map(with_lists).collect(),
        None => fields.into_iter().map(|(name, field)| (name, with_lists(field))).collect(),
    }
}

fn numbered(value: &Value) -> Option<Vec<Value>> {
    let mut items = Vec::new();
    for (name, item) in value.as_object()? {
        items.push((name.parse::<u32>().ok()?, item.clone()));
    }
    items.sort_by_key(|(number, _)| *number);
    Some(items.into_iter().map(|(_, item)| item).collect())
}

fn contradiction(name: &str) -> Malformed {
    Malformed(format!("The parameter {name} contradicts another parameter."))
}
