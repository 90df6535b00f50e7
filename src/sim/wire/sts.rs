//! STS over the query protocol, version 2011-06-15.

use super::{
    auth::{Caller, Keys, Session, SessionKind},
    codec::{Args, Node, record},
    fault::Fault,
};
use crate::unit::{SignedDuration, Timestamp};

/// What every MFA device shows, at all times.
const RIGHT_CODE: &str = "123456";

/// Longest session, in seconds, of a role that is assumed from a role.
const CHAINED: i64 = 3600;

/// Performs an operation; nothing if STS has none of this name here.
pub(super) fn perform(
    caller: &Caller,
    now: Timestamp,
    operation: &str,
    args: Args<'_>,
) -> Option<Result<Node, Fault>> {
    match operation {
        "GetCallerIdentity" => Some(Ok(record([
            ("UserId", Node::from(caller.user_id.as_str())),
            ("Account", Node::from(caller.account.as_str())),
            ("Arn", Node::from(caller.arn.as_str())),
        ]))),
        "AssumeRole" => Some(assume_role(caller, now, args)),
        "GetSessionToken" => Some(session_token(caller, now, args)),
        _ => None,
    }
}

/// Gives out credentials of any role in any account.
fn assume_role(caller: &Caller, now: Timestamp, args: Args<'_>) -> Result<Node, Fault> {
    let arn = args.needed_text("RoleArn")?;
    let (account, role) =
        parts_of_role(arn).ok_or_else(|| Fault::invalid(format!("{arn} is invalid")))?;
    let name = args.needed_text("RoleSessionName")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(Fault::invalid(format!(
            "Value '{name}' at 'roleSessionName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
        )));
    }
    let seconds = args.whole("DurationSeconds")?.unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(Fault::invalid("DurationSeconds must be from 900 to 43200"));
    }
    if caller.session == Some(SessionKind::Role) && seconds > CHAINED {
        return Err(Fault::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let session = Session::assume(account, role, name, now);
    let credentials = credentials(session.keys, now, seconds)?;
    let user = record([
        ("AssumedRoleId", Node::from(format!("{}:{name}", session.role_id))),
        ("Arn", Node::from(session.arn)),
    ]);
    Ok(record([("Credentials", credentials), ("AssumedRoleUser", user)]))
}

/// Gives a user a session of their own. A role has none to give, and neither has another session.
fn session_token(caller: &Caller, now: Timestamp, args: Args<'_>) -> Result<Node, Fault> {
    let denied = |message: &str| Fault::answer(403, "AccessDenied", message);
    if caller.session.is_some() {
        return Err(denied("Cannot call GetSessionToken with session credentials"));
    }
    let seconds = args.whole("DurationSeconds")?.unwrap_or(43_200);
    if !(900..=129_600).contains(&seconds) {
        return Err(Fault::invalid("DurationSeconds must be from 900 to 129600"));
    }
    let (device, code) = (args.text("SerialNumber")?, args.text("TokenCode")?);
    let with_mfa = match (device, code) {
        (None, None) => false,
        (Some(_), Some(RIGHT_CODE)) => true,
        (Some(_), Some(_)) => {
            return Err(denied(
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            ));
        }
        (Some(_), None) | (None, Some(_)) => {
            return Err(Fault::invalid("SerialNumber and TokenCode go together"));
        }
    };
    let keys = Keys::of_user(&caller.account, with_mfa, now);
    Ok(record([("Credentials", credentials(keys, now, seconds)?)]))
}

fn credentials(keys: Keys, now: Timestamp, seconds: i64) -> Result<Node, Fault> {
    let expires = now.saturating_add(SignedDuration::from_secs(seconds));
    let expires = expires.map_err(|error| Fault::invalid(error.to_string()))?;
    Ok(record([
        ("AccessKeyId", Node::from(keys.access_key)),
        ("SecretAccessKey", Node::from(keys.secret_key)),
        ("SessionToken", Node::from(keys.token)),
        ("Expiration", Node::Time(expires)),
    ]))
}

/// Returns account and name of `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
fn parts_of_role(arn: &str) -> Option<(&str, &str)> {
    let (head, resource) = arn.split_once(":role/")?;
    let mut parts = head.split(':');
    let known = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("iam")
        && parts.next() == Some("");
    let account = parts.next().filter(|_| known)?;
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let name = resource.rsplit('/').next().filter(|name| !name.is_empty())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (digits && name.chars().all(plain)).then_some((account, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_of_a_role_says_account_and_name() {
        assert_eq!(
            parts_of_role("arn:aws:iam::222222222222:role/night/Cutover"),
            Some(("222222222222", "Cutover"))
        );
        assert_eq!(
            parts_of_role("arn:aws-us-gov:iam::222222222222:role/Cutover"),
            Some(("222222222222", "Cutover"))
        );
    }

    #[test]
    fn what_is_not_the_arn_of_a_role_is_refused() {
        for arn in [
            "",
            "Cutover",
            "arn:aws:iam::2222:role/x",
            "arn:aws:sts::222222222222:role/x",
            "arn:aws:iam::222222222222:role/",
            "arn:aws:iam::222222222222:user/x",
            "arn:aws:iam::222222222222:role/a b",
        ] {
            assert_eq!(parts_of_role(arn), None, "{arn}");
        }
    }
}
