//! How a cloud can fail, by what a caller has to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudError {
    /// The AWS operation, such as `ChangeResourceRecordSets`.
    pub operation: String,
    /// What it was done to, such as `zone Z0123456789` or `load balancer alb api`.
    pub object: String,
    /// What to do about it.
    pub kind: CloudErrorKind,
    /// The AWS error code, if AWS answered.
    pub code: Option<String>,
    /// What AWS, or the network, said.
    pub message: String,
}

/// What a failure means for the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloudErrorKind {
    /// Too many requests; nothing was done, try later (law L20).
    Throttled,
    /// The zone is still busy with another change; nothing was done, try later (law L24).
    Busy,
    /// The batch was refused and nothing was done; one message for each bad change (laws L01, L15).
    InvalidBatch(Vec<String>),
    /// The credentials do not allow it.
    Denied,
    /// There are no credentials, or they have expired.
    Credentials,
    /// What was asked for does not exist.
    NotFound,
    /// It may or may not have been done: a timeout, a broken connection or a server's fault (law L25).
    Unclear,
    /// The request itself is wrong; trying again does not help.
    Rejected,
}

impl CloudError {
    /// Returns true when the same call may succeed later without anybody doing anything.
    pub fn passes_by_itself(&self) -> bool {
        match self.kind {
            CloudErrorKind::Throttled | CloudErrorKind::Busy | CloudErrorKind::Unclear => true,
            CloudErrorKind::InvalidBatch(_)
            | CloudErrorKind::Denied
            | CloudErrorKind::Credentials
            | CloudErrorKind::NotFound
            | CloudErrorKind::Rejected => false,
        }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} failed: ", self.operation, self.object)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for CloudError {}
