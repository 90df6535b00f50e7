//! A policy as IAM reads it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

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

/// Lists that the lists of a call must lie within, by the key of the call's list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Condition(pub(super) BTreeMap<&'static str, Vec<String>>);

impl Condition {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("ForAllValues:StringEquals", &self.0)])
    }
}

impl Statement {
    /// Returns a statement that allows these actions on these resources.
    pub(super) fn allow(sid: &str, action: Vec<&'static str>, resource: Vec<String>) -> Self {
        let (sid, condition) = (sid.to_owned(), Condition::default());
        Self { sid, effect: "Allow", action, resource, condition }
    }

    /// Returns the statement for calls whose lists lie within these.
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
