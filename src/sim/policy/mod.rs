//! Who may do what in the invented AWS: identity-based policies, judged as IAM judges them.
//!
//! A stage may have policies for some of its callers, as `cutover iam --output json` prints them; every other caller may do
//! anything. Both faces ask [`Policies::judge`] before they perform a call. What the grammar here does not know
//! is refused when it is read, so that no condition is passed over.

mod grammar;
mod judge;
#[cfg(test)]
mod tests;

pub use grammar::InvalidPolicies;
use judge::Denial;
pub use judge::Policies;

use std::collections::BTreeSet;

use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::{Change, ChangeAction, ZoneId},
    sim::Stage,
    unit::Account,
};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Who {
    /// Twelve-digit account id.
    pub(in crate::sim) account: String,
    /// Name of the role that was assumed; nothing for whoever calls with keys of their own.
    pub(in crate::sim) role: Option<String>,
    /// ARN, for messages.
    pub(in crate::sim) arn: String,
    /// Whether the session was begun with a second factor.
    pub(in crate::sim) with_mfa: bool,
}

/// A call, as IAM sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Wanted {
    /// Such as `route53:GetChange`.
    action: String,
    /// ARN of what it is done to without its partition, such as `route53:::change/C1`; `*` where it is nothing in particular.
    resource: String,
    /// Values of the keys that conditions may name.
    context: Vec<(&'static str, BTreeSet<String>)>,
}

impl Who {
    /// Returns who calls for one of a stage's places.
    pub(in crate::sim) fn of(stage: &Stage, place: Account) -> Self {
        let account = stage.account(place).to_owned();
        let role = stage.roles.get(&place).and_then(|arn| arn.rsplit('/').next());
        let arn = match role {
            Some(role) => format!("arn:aws:sts::{account}:assumed-role/{role}/rehearsal"),
            None => format!("arn:aws:iam::{account}:user/rehearsal"),
        };
        Self { role: role.map(str::to_owned), account, arn, with_mfa: false }
    }
}

impl Wanted {
    pub(in crate::sim) fn to(action: impl Into<String>) -> Self {
        Self { action: action.into(), resource: "*".to_owned(), context: Vec::new() }
    }

    /// Returns the call when it is done to this, an ARN without its partition.
    pub(in crate::sim) fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = resource.into();
        self
    }

    /// Returns the call when it is done to a hosted zone.
    pub(in crate::sim) fn on_zone(self, zone: &ZoneId) -> Self {
        self.on(format!("route53:::hostedzone/{zone}"))
    }

    /// Returns the call that makes these changes.
    pub(in crate::sim) fn changing(mut self, changes: &[Change]) -> Self {
        let action = |change: &Change| match change.action {
            ChangeAction::Create => "CREATE",
            ChangeAction::Delete => "DELETE",
            ChangeAction::Upsert => "UPSERT",
        };
        let name = |change: &Change| {
            let escaped = change.record.name.escaped();
            escaped.strip_suffix('.').unwrap_or(&escaped).to_owned()
        };
        self.context = vec![
            (
                "route53:changeresourcerecordsetsnormalizedrecordnames",
                changes.iter().map(name).collect(),
            ),
            (
                "route53:changeresourcerecordsetsrecordtypes",
                changes.iter().map(|change| change.record.kind.as_str().to_owned()).collect(),
            ),
            (
                "route53:changeresourcerecordsetsactions",
                changes.iter().map(|change| action(change).to_owned()).collect(),
            ),
        ];
        self
    }

    /// Returns the error that a caller gets who may not make the call.
    pub(in crate::sim) fn denied(&self, who: &Who, why: Denial) -> CloudError {
        let reason = match why {
            Denial::Implicit => {
                format!("because no identity-based policy allows the {} action", self.action)
            }
            Denial::Explicit => "with an explicit deny in an identity-based policy".to_owned(),
        };
        let on = match self.resource.as_str() {
            "*" => String::new(),
            resource => format!(" on resource: arn:aws:{resource}"),
        };
        let (_, operation) = self.action.split_once(':').unwrap_or_default();
        CloudError {
            operation: operation.to_owned(),
            object: self.resource.clone(),
            kind: CloudErrorKind::Denied,
            code: Some("AccessDenied".to_owned()),
            message: format!(
                "User: {} is not authorized to perform: {}{on} {reason}",
                who.arn, self.action
            ),
        }
    }
}
