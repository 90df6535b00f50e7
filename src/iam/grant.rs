//! Who needs a policy: places that are reached with the same credentials share one.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use super::{
    needs::needs,
    policy::{Condition, Policy, Statement},
    records::TooManyNames,
};
use crate::{
    runbook::{
        Runbook,
        model::{Access, Environment},
    },
    unit::Account,
};

/// What somebody's credentials are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", into = "&'static str")]
pub enum Place {
    /// The calls to one place's account.
    Account(Account),
    /// Whoever starts cutover, and assumes the roles of the others.
    Caller,
}

impl From<Place> for &'static str {
    fn from(place: Place) -> Self {
        match place {
            Place::Account(Account::Dns) => "dns",
            Place::Account(Account::Legacy) => "legacy",
            Place::Account(Account::New) => "new",
            Place::Caller => "caller",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str((*self).into())
    }
}

/// What one owner of credentials has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What the credentials are for, at least one.
    pub places: Vec<Place>,
    /// ARN of the role, where they are a role's.
    pub role: Option<String>,
    /// Profile that they come from, where they are not a role's and the runbook names one.
    pub profile: Option<String>,
    /// The policies, all of which they need.
    pub policies: Vec<Policy>,
    /// What has to be known of these, each in one sentence.
    pub remarks: Vec<String>,
}

/// Whose credentials they are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Role(String),
    Profile(Option<String>),
}

impl Grant {
    /// Returns the twelve-digit id of the account, where the runbook tells it.
    pub fn account(&self) -> Option<&str> {
        self.role.as_deref()?.split(':').nth(4)
    }
}

/// Returns what each owner of credentials has to be allowed so that `plan`, `run`, `resume`, `rollback`, `finish` and
/// `backtest` of the runbook work. `profile` replaces those of the runbook.
///
/// With `break_glass` the zones' owner may also overwrite records (UPSERT) and lift their protection, for the last resort of a
/// rollback and for the break-glass card.
///
/// # Errors
/// A zone without an id has more names than a policy holds.
pub fn grants(
    runbook: &Runbook,
    profile: Option<&str>,
    break_glass: bool,
) -> Result<Vec<Grant>, TooManyNames> {
    let partition = partition(&runbook.environment);
    let mut grants = Vec::new();
    for (owner, accounts) in owners(&runbook.environment, profile) {
        let mut needs = needs(runbook, &accounts, &partition, break_glass)?;
        let mut places: Vec<Place> = accounts.into_iter().map(Place::Account).collect();
        let assuming = assuming(&owner, &runbook.environment, profile);
        if !assuming.is_empty() {
            places.push(Place::Caller);
            needs.statements.extend(assuming);
        }
        let (role, profile) = match owner {
            Owner::Role(role) => (Some(role), None),
            Owner::Profile(profile) => (None, profile),
        };
        let (policies, remarks) = (Policy::pack(needs.statements), needs.remarks);
        grants.push(Grant { places, role, profile, policies, remarks });
    }
    // A side without load balancers and gates is asked nothing.
    grants.retain(|grant| !grant.policies.is_empty());
    Ok(grants)
}

/// Returns who makes the calls to which places, and after them who only assumes roles.
fn owners(environment: &Environment, profile: Option<&str>) -> Vec<(Owner, BTreeSet<Account>)> {
    let mut owners: Vec<(Owner, BTreeSet<Account>)> = Vec::new();
    let mut add = |owner: Owner, account: Option<Account>| match owners
        .iter_mut()
        .find(|(other, _)| *other == owner)
    {
        Some((_, accounts)) => accounts.extend(account),
        None => owners.push((owner, account.into_iter().collect())),
    };
    for account in Account::ALL {
        let access = environment.access(account);
        let role = access.role.clone().map(Owner::Role);
        add(role.unwrap_or_else(|| base(access, profile)), Some(account));
    }
    for account in Account::ALL {
        add(base(environment.access(account), profile), None);
    }
    owners
}

/// Returns whose credentials come before any role.
fn base(access: &Access, profile: Option<&str>) -> Owner {
    Owner::Profile(profile.map(str::to_owned).or_else(|| access.profile.clone()))
}

/// Returns what somebody has to be allowed to assume roles; those behind an MFA device only with it.
fn assuming(owner: &Owner, environment: &Environment, profile: Option<&str>) -> Vec<Statement> {
    let roles = |with_mfa: bool| -> Vec<String> {
        let accesses = Account::ALL.into_iter().map(|account| environment.access(account));
        let own = accesses.filter(|access| base(access, profile) == *owner);
        let own = own.filter(|access| access.mfa_serial.is_some() == with_mfa);
        let roles: BTreeSet<String> = own.filter_map(|access| access.role.clone()).collect();
        roles.into_iter().collect()
    };
    let ways = [("AssumeRoles", false), ("AssumeRolesWithMfa", true)];
    let ways = ways.map(|(sid, with_mfa)| (sid, with_mfa, roles(with_mfa)));
    ways.into_iter()
        .filter(|(_, _, roles)| !roles.is_empty())
        .map(|(sid, with_mfa, roles)| {
            let condition = Condition { with_mfa, ..Condition::default() };
            Statement::allow(sid, vec!["sts:AssumeRole"], roles).within(condition)
        })
        .collect()
}

/// Returns the partition that the accounts are in, as ARNs have it: that of a role, or of a region.
fn partition(environment: &Environment) -> String {
    let accesses = || Account::ALL.into_iter().map(|account| environment.access(account));
    let of_role = |access: &Access| Some(access.role.as_deref()?.split(':').nth(1)?.to_owned());
    let of_region = |access: &Access| match access.region.as_deref()? {
        region if region.starts_with("us-gov-") => Some("aws-us-gov".to_owned()),
        region if region.starts_with("cn-") => Some("aws-cn".to_owned()),
        _ => None,
    };
    let known = accesses().find_map(of_role).or_else(|| accesses().find_map(of_region));
    known.unwrap_or_else(|| "aws".to_owned())
}
