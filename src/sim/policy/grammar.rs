//! Policies as they are written: JSON, read strictly.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Text that is not a list of policies, one on each line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct InvalidPolicies {
    /// Its line, from 1.
    pub(super) line: usize,
    pub(super) why: String,
}

/// A policy and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// What for; nobody is told by it.
    #[serde(rename = "sides")]
    _sides: Vec<String>,
    #[serde(rename = "account")]
    _account: Option<String>,
    /// ARN of the role that has it; nothing for everybody who has assumed none.
    pub(super) role: Option<String>,
    #[serde(rename = "profile")]
    _profile: Option<String>,
    #[serde(rename = "notes")]
    _notes: Vec<String>,
    pub(super) policy: Document,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Document {
    version: String,
    pub(super) statement: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Statement {
    sid: Option<String>,
    pub(super) effect: Effect,
    pub(super) action: OneOrMany,
    pub(super) resource: OneOrMany,
    #[serde(default)]
    pub(super) condition: BTreeMap<Operator, BTreeMap<String, OneOrMany>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) enum Operator {
    /// The call has the key, with one value, and it is one of these.
    StringEquals,
    /// The call has the key, and it is this: `true` or `false`.
    Bool,
    /// Every value that the call has for the key is one of these; so it is where it has none.
    #[serde(rename = "ForAllValues:StringEquals")]
    AllEqual,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Reads policies, one on each line.
pub(super) fn read(text: &str) -> Result<Vec<Line>, InvalidPolicies> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, text)| {
            let fault = |why| InvalidPolicies { line: index + 1, why };
            let line: Line =
                serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
            line.check().map_err(fault)?;
            Ok(line)
        })
        .collect()
}

impl Line {
    /// Checks what IAM's grammar asks for beyond the shape.
    fn check(&self) -> Result<(), String> {
        if self.policy.version != "2012-10-17" {
            return Err(format!("version {:?} is not 2012-10-17", self.policy.version));
        }
        let mut sids: Vec<&str> = Vec::new();
        for statement in &self.policy.statement {
            if let Some(sid) = &statement.sid {
                let plain = !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric());
                if !plain || sids.contains(&sid.as_str()) {
                    return Err(format!("Sid {sid:?} is not plain, or stands twice"));
                }
                sids.push(sid);
            }
            statement.check()?;
        }
        Ok(())
    }
}

impl Statement {
    fn check(&self) -> Result<(), String> {
        let action = |text: &String| {
            let name = |c: char| c.is_ascii_alphanumeric() || "*?".contains(c);
            let service = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let parts = text.split_once(':');
            let whole =
                |part: &str, of: &dyn Fn(char) -> bool| !part.is_empty() && part.chars().all(of);
            text == "*" || parts.is_some_and(|(s, n)| whole(s, &service) && whole(n, &name))
        };
        let resource = |text: &String| {
            text == "*" || (text.starts_with("arn:") && text.splitn(6, ':').count() == 6)
        };
        let wrong = |texts: &OneOrMany, right: &dyn Fn(&String) -> bool| {
            let texts = texts.all();
            texts.is_empty() || !texts.iter().all(right)
        };
        if wrong(&self.action, &action) {
            return Err(format!("{:?} are not actions", self.action.all()));
        }
        if wrong(&self.resource, &resource) {
            return Err(format!("{:?} are not resources", self.resource.all()));
        }
        let keys = self.condition.values().flat_map(BTreeMap::iter);
        match keys.into_iter().find(|(key, values)| !key.contains(':') || values.all().is_empty()) {
            Some((key, _)) => Err(format!("condition key {key:?} has no prefix, or no values")),
            None => Ok(()),
        }
    }
}
