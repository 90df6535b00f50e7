//! The way to AWS: what the runbook, the command line and the environment say about credentials and endpoints.

use std::{env, path::PathBuf};

use super::{ExitStatus, Fault, Globals, prompt};
use crate::{
    cloud::{
        CloudError, CloudErrorKind,
        aws::{Access, Ask, AwsCloud, Mfa, Settings},
    },
    driver::Clock,
    runbook::model::Environment,
    unit::{Account, RunId, SignedDuration},
};

/// What to do about a call that AWS does not allow.
pub(super) const WHAT_ROLES_NEED: &str =
    "`cutover iam RUNBOOK --env E` prints the policies that the roles need";

/// What signing in with an MFA device asks of STS.
const SIGN_IN: &str = "GetSessionToken";

/// How long a kept session has to last for whoever may work with it for a while.
const A_WHILE: SignedDuration = SignedDuration::from_hours(1);

/// How long one has to last that only goes back.
const WAY_BACK: SignedDuration = SignedDuration::from_mins(5);

/// Connects to the accounts of an environment. CloudTrail shows `session` as who made each call.
///
/// # Errors
/// The settings cannot be used, or nobody could sign in.
pub(super) async fn connect(
    environment: &Environment,
    globals: &Globals,
    session: &str,
) -> Result<AwsCloud, Fault> {
    let mfa = mfa(globals, &Account::ALL, A_WHILE);
    let settings = settings(environment, globals, session, mfa);
    AwsCloud::connect(&settings).await.map_err(|error| refused(&error))
}

/// Connects for a rollback, which asks nothing but the zones: whoever would have to sign in for the sides need not.
///
/// # Errors
/// As [`connect`].
pub(super) async fn connect_to_go_back(
    environment: &Environment,
    globals: &Globals,
    session: &str,
) -> Result<AwsCloud, Fault> {
    let mfa = mfa(globals, &[Account::Dns], WAY_BACK);
    let settings = settings(environment, globals, session, mfa);
    AwsCloud::connect(&settings).await.map_err(|error| refused(&error))
}

fn mfa(globals: &Globals, accounts: &[Account], least: SignedDuration) -> Mfa {
    Mfa {
        accounts: accounts.iter().copied().collect(),
        code: globals.mfa_code.clone(),
        ask: Some(Ask::new(prompt::mfa_code)),
        kept_in: cache_folder(),
        now: Clock::Real.now(),
        least,
    }
}

/// Returns the folder for what can be lost at any time, by the rules of the XDG base directories.
fn cache_folder() -> Option<PathBuf> {
    let said = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = said("XDG_CACHE_HOME").or_else(|| Some(said("HOME")?.join(".cache")))?;
    Some(base.join("cutover"))
}

fn settings(environment: &Environment, globals: &Globals, session: &str, mfa: Mfa) -> Settings {
    let access = |account: Account| {
        let access = environment.access(account);
        let plain = Access {
            profile: access.profile.clone(),
            role: access.role.clone(),
            external_id: access.external_id.clone(),
            mfa_serial: access.mfa_serial.clone(),
            region: access.region.clone(),
        };
        (account, plain)
    };
    Settings {
        accesses: Account::ALL.into_iter().map(access).collect(),
        session_name: session.to_owned(),
        endpoint_url: globals.endpoint_url.clone(),
        profile: globals.profile.clone(),
        region: globals.region.clone(),
        mfa,
    }
}

/// Returns the name that CloudTrail shows for a run's calls.
pub(super) fn session_of(run: &RunId) -> String {
    format!("cutover-{run}")
}

/// Returns the fault of a call that AWS refused before anything was changed.
pub(super) fn refused(error: &CloudError) -> Fault {
    let fault = Fault::new(ExitStatus::Refused, error.to_string());
    match error.kind {
        CloudErrorKind::Credentials if error.operation == SIGN_IN => fault
            .hinted("codes work once, and for half a minute: wait for the next one and try again, or pass it with `--mfa-code CODE`")
            .hinted("where nobody can be asked, name a profile with a `credential_process`, and no `mfa_serial`"),
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
