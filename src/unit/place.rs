//! Where something is: which environment, and whose AWS account.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two environments that traffic moves between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where traffic comes from, and where a rollback returns it to.
    Legacy,
    /// Where traffic goes.
    New,
}

impl Side {
    /// Both sides, legacy first.
    pub const BOTH: [Self; 2] = [Self::Legacy, Self::New];

    /// Returns the side that this one is not.
    pub fn other(self) -> Self {
        match self {
            Self::Legacy => Self::New,
            Self::New => Self::Legacy,
        }
    }

    /// Returns the account that holds this side's load balancers and metrics.
    pub fn account(self) -> Account {
        match self {
            Self::Legacy => Account::Legacy,
            Self::New => Account::New,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legacy => "legacy",
            Self::New => "new",
        })
    }
}

/// One of the three places that credentials are for. They may be the same AWS account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Holds the hosted zones.
    Dns,
    /// Holds the legacy side's load balancers and metrics.
    Legacy,
    /// Holds the new side's load balancers and metrics.
    New,
}

impl Account {
    /// All accounts, in the order in which people read them.
    pub const ALL: [Self; 3] = [Self::Dns, Self::Legacy, Self::New];
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "dns",
            Self::Legacy => "legacy",
            Self::New => "new",
        })
    }
}
