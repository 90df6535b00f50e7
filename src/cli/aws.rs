//! The way to AWS: what the runbook, the command line and the environment say about credentials and endpoints.

use super::{ExitStatus, Fault, Globals};
use crate::{
    cloud::{
        CloudError, CloudErrorKind,
        aws::{Access, AwsCloud, Settings},
    },
    runbook::model::Environment,
    unit::{Account, RunId},
};

/// What to do about a call that AWS does not allow.
pub(super) const WHAT_ROLES_NEED: &str =
    "`cutover iam RUNBOOK --env E` prints the policies that the roles need";

/// Connects to the accounts of an environment. CloudTrail shows `session` as who made each call.
///
/// # Errors
/// The settings cannot be used.
pub(super) async fn connect(
    environment: &Environment,
    globals: &Globals,
    session: &str,
) -> Result<AwsCloud, Fault> {
    let access = |account: Account| {
        let access = environment.access(account);
        let plain = Access {
            profile: access.profile.clone(),
            role: access.role.clone(),
            external_id: access.external_id.clone(),
            region: access.region.clone(),
        };
        (account, plain)
    };
    let settings = Settings {
        accesses: Account::ALL.into_iter().map(access).collect(),
        session_name: session.to_owned(),
        endpoint_url: globals.endpoint_url.clone(),
        profile: globals.profile.clone(),
        region: globals.region.clone(),
    };
    AwsCloud::connect(&settings).await.map_err(|error| refused(&error))
}

/// Returns the name that CloudTrail shows for a run's calls.
pub(super) fn session_of(run: &RunId) -> String {
    format!("cutover-{run}")
}

/// Returns the fault of a call that AWS refused before anything was changed.
pub(super) fn refused(error: &CloudError) -> Fault {
    let fault = Fault::new(ExitStatus::Refused, error.to_string());
    match error.kind {
        CloudErrorKind::Credentials => fault
            .hinted("sign in, or name a profile with `--profile`; `aws sts get-caller-identity` shows who you are"),
        CloudErrorKind::Denied => fault.hinted(WHAT_ROLES_NEED),
        CloudErrorKind::Unclear => fault.hinted("is the endpoint reachable from here? nothing was changed"),
        CloudErrorKind::Throttled
        | CloudErrorKind::Busy
        | CloudErrorKind::InvalidBatch(_)
        | CloudErrorKind::NotFound
        | CloudErrorKind::Rejected => fault,
    }
}
