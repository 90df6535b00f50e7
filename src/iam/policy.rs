//! A policy as IAM reads it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// Most characters of a managed policy; IAM does not count white space.
pub const MOST_CHARACTERS: usize = 6144;

/// An identity-based policy. Its JSON is the policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

/// What is allowed. Nothing here denies: what no statement allows is denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    sid: String,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Condition::is_empty")]
    condition: Condition,
}

/// What a call has to be like, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Condition {
    /// Lists that the lists of a call must lie within, by the key of the call's list.
    pub(super) lists: BTreeMap<&'static str, Vec<String>>,
    /// Whether the caller must have shown a second factor.
    pub(super) with_mfa: bool,
}

impl Condition {
    fn is_empty(&self) -> bool {
        self.lists.is_empty() && !self.with_mfa
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.lists.is_empty() {
            map.serialize_entry("ForAllValues:StringEquals", &self.lists)?;
        }
        if self.with_mfa {
            let present = BTreeMap::from([("aws:MultiFactorAuthPresent", "true")]);
            map.serialize_entry("Bool", &present)?;
        }
        map.end()
    }
}

impl Statement {
    /// Returns a statement that allows these actions on these resources.
    pub(super) fn allow(sid: &str, action: Vec<&'static str>, resource: Vec<String>) -> Self {
        let (sid, condition) = (sid.to_owned(), Condition::default());
        Self { sid, effect: "Allow", action, resource, condition }
    }

    /// Returns the statement for calls that are like this.
    #[must_use]
    pub(super) fn within(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// Returns the actions that it allows, such as `route53:GetChange`.
    pub fn actions(&self) -> &[&'static str] {
        &self.action
    }
}

impl Policy {
    /// Packs statements into as few policies as hold them in this order, each within [`MOST_CHARACTERS`]. A statement that is
    /// longer by itself gets a policy of its own.
    pub(super) fn pack(statements: Vec<Statement>) -> Vec<Self> {
        let mut policies: Vec<Self> = Vec::new();
        for statement in statements {
            if let Some(last) = policies.last_mut() {
                last.statement.push(statement.clone());
                if last.characters() <= MOST_CHARACTERS {
                    continue;
                }
                last.statement.pop();
            }
            policies.push(Self::of(vec![statement]));
        }
        policies
    }

    pub(super) fn of(statement: Vec<Statement>) -> Self {
        Self { version: "2012-10-17", statement }
    }

    /// Returns its statements.
    pub fn statements(&self) -> &[Statement] {
        &self.statement
    }

    /// Returns its length as IAM counts it.
    pub fn characters(&self) -> usize {
        // Nothing in a policy has a blank in it, so that its shortest form has none.
        let shortest =
            serde_json::to_string(self).expect("a policy's maps have text as their keys");
        shortest.chars().count()
    }
}
