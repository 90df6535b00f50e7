//! STS over the query protocol, version 2011-06-15.

use super::{
    auth::{Caller, Session},
    codec::{Args, Node, record},
    fault::Fault,
};
use crate::unit::{SignedDuration, Timestamp};

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
        "AssumeRole" => Some(assume_role(now, args)),
        _ => None,
    }
}

/// Gives out credentials of any role in any account.
fn assume_role(now: Timestamp, args: Args<'_>) -> Result<Node, Fault> {
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
    let expires = now.saturating_add(SignedDuration::from_secs(seconds));
    let expires = expires.map_err(|error| Fault::invalid(error.to_string()))?;
    let session = Session::assume(account, role, name, now);
    let credentials = record([
        ("AccessKeyId", Node::from(session.access_key)),
        ("SecretAccessKey", Node::from(session.secret_key)),
        ("SessionToken", Node::from(session.token)),
        ("Expiration", Node::Time(expires)),
    ]);
    let user = record([
        ("AssumedRoleId", Node::from(format!("{}:{name}", session.role_id))),
        ("Arn", Node::from(session.arn)),
    ]);
    Ok(record([("Credentials", credentials), ("AssumedRoleUser", user)]))
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
