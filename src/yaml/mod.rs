//! YAML text to values: the only room that names the YAML crate.

use serde::de::DeserializeOwned;

/// What is wrong with a YAML text, with its place.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

/// Reads one YAML document.
///
/// # Errors
/// The text is not YAML, or not the YAML that the type asks for.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_yaml::from_str(text).map_err(|error| Problem(error.to_string()))
}
