//! Whether a call is allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Wanted, Who,
    grammar::{Document, Effect, InvalidPolicies, OneOrMany, Operator, Statement, read},
};

/// Identity-based policies of some callers. The default restricts nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policies {
    held: Vec<(Holder, Document)>,
}

/// Whose a policy is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    /// Whoever has assumed this role.
    Role { account: String, name: String },
    /// Whoever has assumed none.
    NoRole,
}

/// Why a call is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Denial {
    /// No statement allows it.
    Implicit,
    /// A statement denies it.
    Explicit,
}

impl Policies {
    /// Reads policies as `cutover iam --output json` prints them: one on each line, with the ARN of the `role` that has it.
    /// Without a role it is for every caller who has assumed none. Several for one caller are a union.
    ///
    /// # Errors
    /// The first line that is not a policy, or has something that the simulator does not know.
    pub fn parse(text: &str) -> Result<Self, InvalidPolicies> {
        let lines = read(text)?.into_iter();
        let held = lines.map(|line| (Holder::of(line.role.as_deref()), line.policy)).collect();
        Ok(Self { held })
    }

    /// Judges a call, as IAM does: what nothing allows is denied, and a denial wins.
    ///
    /// # Errors
    /// The call is not allowed.
    pub(in crate::sim) fn judge(&self, who: &Who, wanted: &Wanted) -> Result<(), Denial> {
        let own = || self.held.iter().filter(|(holder, _)| holder.is(who));
        // Nobody needs a permission to ask who they are, nor a user for a session of their own.
        let free = ["sts:GetCallerIdentity", "sts:GetSessionToken"];
        if own().next().is_none() || free.contains(&wanted.action.as_str()) {
            return Ok(());
        }
        let matching =
            own().flat_map(|(_, policy)| &policy.statement).filter(|s| s.is_about(who, wanted));
        let effects: Vec<Effect> = matching.map(|statement| statement.effect).collect();
        if effects.contains(&Effect::Deny) {
            return Err(Denial::Explicit);
        }
        if effects.is_empty() { Err(Denial::Implicit) } else { Ok(()) }
    }
}

impl Holder {
    fn of(role: Option<&str>) -> Self {
        let Some(role) = role else { return Self::NoRole };
        let account = role.split(':').nth(4).unwrap_or_default().to_owned();
        let name = role.rsplit('/').next().unwrap_or_default().to_owned();
        Self::Role { account, name }
    }

    fn is(&self, who: &Who) -> bool {
        match self {
            Self::Role { account, name } => {
                *account == who.account && who.role.as_ref() == Some(name)
            }
            Self::NoRole => who.role.is_none(),
        }
    }
}

impl Statement {
    /// Returns true when the statement is about this call as a whole.
    fn is_about(&self, who: &Who, wanted: &Wanted) -> bool {
        let action = wanted.action.to_ascii_lowercase();
        let mut actions = self.action.all().iter().map(|text| text.to_ascii_lowercase());
        let mut resources = self.resource.all().iter();
        actions.any(|pattern| matches(&pattern, &action))
            && resources.any(|pattern| matches(without_partition(pattern), &wanted.resource))
            && self.condition.iter().all(|(operator, keys)| holds(*operator, keys, who, wanted))
    }
}

/// The key that says whether a session was begun with a second factor.
const MFA_PRESENT: &str = "aws:multifactorauthpresent";

/// Returns whether a condition holds. Its keys are all asked for, and compared without regard to case; values are not.
fn holds(
    operator: Operator,
    keys: &BTreeMap<String, OneOrMany>,
    who: &Who,
    wanted: &Wanted,
) -> bool {
    let nothing = BTreeSet::new();
    // Keys that last have no such key, whatever it would say.
    let factor: BTreeSet<String> = who.with_mfa.then(|| "true".to_owned()).into_iter().collect();
    keys.iter().all(|(key, allowed)| {
        let key = key.to_ascii_lowercase();
        let values = wanted.context.iter().find(|(known, _)| *known == key);
        let values = match values {
            None if key == MFA_PRESENT => &factor,
            known => known.map_or(&nothing, |(_, values)| values),
        };
        let all_allowed = values.iter().all(|value| allowed.all().contains(value));
        match operator {
            Operator::AllEqual => all_allowed,
            Operator::StringEquals | Operator::Bool => values.len() == 1 && all_allowed,
        }
    })
}

/// Takes `arn:aws:` off: the invented AWS has one partition, whatever it is called.
fn without_partition(arn: &str) -> &str {
    let rest = arn.strip_prefix("arn:").and_then(|rest| rest.split_once(':'));
    rest.map_or(arn, |(_, rest)| rest)
}

/// Compares as IAM does: `*` is any text, `?` any character. What it takes grows with the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // The last star, and where the text goes on after what it stands for.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(seen) {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, seen));
                at += 1;
            }
            (Some(wanted), _) if wanted == byte || *wanted == b'?' => {
                (at, seen) = (at + 1, seen + 1);
            }
            (_, Some((after, from))) => {
                (at, seen) = (after + 1, from + 1);
                star = Some((after, from + 1));
            }
            (_, None) => return false,
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}
