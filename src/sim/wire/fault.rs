//! How a call fails, and what each protocol says then.

use crate::cloud::{CloudError, CloudErrorKind};

use super::codec::Malformed;

/// Why a call was not done, or seems not to have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// An error answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// AWS error code.
        code: String,
        /// What is said.
        message: String,
    },
    /// No answer at all: the connection closes (law L25).
    Dropped,
}

impl Fault {
    /// Returns a refusal that is the caller's own fault.
    pub(super) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::answer(400, code, message)
    }

    /// Returns an error answer.
    pub(super) fn answer(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::Answer { status, code: code.to_owned(), message: message.into() }
    }

    /// Returns the refusal of a value that breaks a rule of the service's model.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::refused("ValidationError", message)
    }
}

impl From<Malformed> for Fault {
    fn from(Malformed(why): Malformed) -> Self {
        Self::invalid(why)
    }
}

impl From<CloudError> for Fault {
    fn from(error: CloudError) -> Self {
        let CloudError { kind, code, message, .. } = error;
        // A failure without a code is one where AWS did not answer.
        if kind == CloudErrorKind::Unclear && code.is_none() {
            return Self::Dropped;
        }
        let (status, usual, message) = match kind {
            CloudErrorKind::Throttled => (400, "Throttling", message),
            CloudErrorKind::Busy => (400, "PriorRequestNotComplete", message),
            CloudErrorKind::InvalidBatch(messages) => {
                (400, "InvalidChangeBatch", format!("[{}]", messages.join(", ")))
            }
            CloudErrorKind::Denied => (403, "AccessDenied", message),
            CloudErrorKind::Credentials => (403, "ExpiredToken", message),
            CloudErrorKind::NotFound => (404, "NoSuchHostedZone", message),
            CloudErrorKind::Unclear => (500, "InternalFailure", message),
            CloudErrorKind::Rejected => (400, "InvalidInput", message),
        };
        let code = code.unwrap_or_else(|| usual.to_owned());
        // Only Route 53 says 404; the query services say 400 to what does not exist.
        let status = if status == 404 && !code.starts_with("NoSuch") { 400 } else { status };
        Self::Answer { status, code, message }
    }
}
