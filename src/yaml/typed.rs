//! YAML text straight to a type, for files whose shape serde knows.

use serde::de::DeserializeOwned;

use super::{Node, Problem, Value, excerpt, parse, problem::remark};
use crate::unit::Misread;

/// Reads one YAML document into a type. The same guards hold as in [`parse`]; numbers that are not finite are refused.
///
/// # Errors
/// The first thing that is wrong with it. Types that want good places must not use serde's `flatten` or `untagged`.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let document = parse(text.as_bytes());
    if let Some(problem) = document.problems.into_iter().min() {
        return Err(problem);
    }
    if let Some(node) = document.root.as_ref().and_then(endless) {
        let message =
            format!("`{}` is not a finite number", excerpt(node.text().unwrap_or_default()));
        return Err(Problem { line: node.line, column: node.column, message, hint: None });
    }
    serde_yaml::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let place = format!(" at line {line} column {column}");
        let told = Misread::of(&error.to_string().replace(&place, ""));
        let message = remark(&told.to_string());
        Problem { line: line.max(1), column: column.max(1), message, hint: None }
    })
}

/// Returns the first plain `.nan` or `.inf`.
fn endless(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Scalar { text, quoted } => {
            let bare = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
            (!quoted && matches!(bare.as_str(), ".nan" | ".inf")).then_some(node)
        }
        Value::Sequence(items) => items.iter().find_map(endless),
        Value::Mapping(pairs) => pairs.iter().find_map(|(_, value)| endless(value)),
        Value::Refused => None,
    }
}
