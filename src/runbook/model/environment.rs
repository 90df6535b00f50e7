//! Where a runbook runs: how to reach each of the three places.

use serde::{Deserialize, Serialize};

use crate::unit::Account;

/// Credentials of the three places; the default ones everywhere when the runbook has no environments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Environment {
    /// Its name in the runbook, if it has one.
    pub name: Option<String>,
    /// How to reach the hosted zones.
    pub dns: Access,
    /// How to reach the legacy side.
    pub legacy: Access,
    /// How to reach the new side.
    pub new: Access,
}

impl Environment {
    /// Returns how to reach one account.
    pub fn access(&self, account: Account) -> &Access {
        match account {
            Account::Dns => &self.dns,
            Account::Legacy => &self.legacy,
            Account::New => &self.new,
        }
    }
}

/// How to get credentials for one place, and its region. What is unset is left to the SDK's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// Profile of the shared AWS configuration files to begin with.
    pub profile: Option<String>,
    /// ARN of the role to assume.
    pub role: Option<String>,
    /// External id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// ARN or serial number of the MFA device that the role's trust policy asks for.
    pub mfa_serial: Option<String>,
    /// Region of the load balancers and metrics.
    pub region: Option<String>,
}
