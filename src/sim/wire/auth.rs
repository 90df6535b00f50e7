//! Who is calling. Signatures are not checked: an invented AWS has nothing to protect.
//!
//! An access key id says its account: `AKIA` or `ASIA` and the twelve digits of an account, then anything. Every other
//! key belongs to the account of the hosted zones.

use hyper::HeaderMap;

use crate::{sim::policy::Who, unit::Timestamp};

/// Who is calling, to which service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// Twelve-digit account id.
    pub(super) account: String,
    /// Name of the role that was assumed; nothing for a user.
    pub(super) role: Option<String>,
    /// ARN of the user or the assumed role.
    pub(super) arn: String,
    /// Unique id of the user or the assumed role.
    pub(super) user_id: String,
    /// Name of the service in the signature's scope; empty without a signature.
    pub(super) signed_for: String,
    /// What kind of session it has; nothing for keys that last.
    pub(super) session: Option<SessionKind>,
}

/// What a session was begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionKind {
    /// By assuming a role.
    Role,
    /// By a user, without a second factor.
    User,
    /// By a user, with one.
    Mfa,
}

/// Temporary credentials of an assumed role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) keys: Keys,
    /// ARN of the assumed role.
    pub(super) arn: String,
    /// Unique id of the assumed role.
    pub(super) role_id: String,
}

/// Temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// Says the account.
    pub(super) access_key: String,
    /// Never checked.
    pub(super) secret_key: String,
    /// Says what kind of session it is, and of a role its name and the session's, so that the simulator need not remember its
    /// sessions.
    pub(super) token: String,
}

/// What the token of a role's session begins with; role, session name and a number follow.
const TOKEN: &str = "cutover-sim";

/// What the token of a user's session begins with; a number follows.
const USER_TOKEN: &str = "cutover-sim-user";

/// What it begins with where the user has shown a second factor.
const MFA_TOKEN: &str = "cutover-sim-mfa";

impl Caller {
    /// Returns who sent a request with these headers; keys that do not say their account are of `default_account`.
    pub(super) fn of(headers: &HeaderMap, default_account: &str) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let credential = header("authorization")
            .split_once("Credential=")
            .map_or("", |(_, rest)| rest.split([',', ' ']).next().unwrap_or(""));
        let mut scope = credential.split('/');
        let key = scope.next().unwrap_or("");
        let signed_for = scope.nth(2).unwrap_or("").to_owned();
        let account = account_of(key).unwrap_or(default_account).to_owned();
        let token = header("x-amz-security-token");
        match session(token) {
            Some((role, name)) => Self {
                arn: assumed_role(&account, role, name),
                user_id: format!("{}:{name}", role_id(role)),
                role: Some(role.to_owned()),
                account,
                signed_for,
                session: Some(SessionKind::Role),
            },
            None => Self {
                session: of_user(token),
                arn: format!("arn:aws:iam::{account}:user/rehearsal"),
                user_id: "AIDASIMULATEDUSER0000".to_owned(),
                role: None,
                account,
                signed_for,
            },
        }
    }
}

impl Caller {
    /// Returns the caller as policies know them.
    pub(super) fn who(&self) -> Who {
        let Self { account, role, arn, session, .. } = self.clone();
        Who { account, role, arn, with_mfa: session == Some(SessionKind::Mfa) }
    }
}

impl Keys {
    /// Returns the credentials of a session in this account; `at` tells two sessions apart.
    fn of(account: &str, token: &str, at: Timestamp) -> Self {
        // Four of the 36 letters and digits make the key as long as a real one.
        let salt: String = base36(at.as_millisecond().unsigned_abs()).chars().take(4).collect();
        Self {
            access_key: format!("ASIA{account}{salt}"),
            secret_key: "simulated/secret/key/that/nobody/checks".to_owned(),
            token: format!("{token}/{salt}"),
        }
    }

    /// Returns the credentials of a user's session, which has shown a second factor or has not.
    pub(super) fn of_user(account: &str, with_mfa: bool, at: Timestamp) -> Self {
        Self::of(account, if with_mfa { MFA_TOKEN } else { USER_TOKEN }, at)
    }
}

impl Session {
    /// Returns the credentials of a role in this account; `at` tells two sessions of the same name apart.
    pub(super) fn assume(account: &str, role: &str, name: &str, at: Timestamp) -> Self {
        Self {
            keys: Keys::of(account, &format!("{TOKEN}/{role}/{name}"), at),
            arn: assumed_role(account, role, name),
            role_id: role_id(role),
        }
    }
}

fn account_of(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("AKIA").or_else(|| key.strip_prefix("ASIA"))?;
    rest.get(..12).filter(|account| account.bytes().all(|b| b.is_ascii_digit()))
}

fn session(token: &str) -> Option<(&str, &str)> {
    let mut parts = token.strip_prefix(TOKEN)?.strip_prefix('/')?.split('/');
    Some((parts.next()?, parts.next()?))
}

fn of_user(token: &str) -> Option<SessionKind> {
    match token.split('/').next() {
        Some(MFA_TOKEN) => Some(SessionKind::Mfa),
        Some(USER_TOKEN) => Some(SessionKind::User),
        Some(_) | None => None,
    }
}

fn assumed_role(account: &str, role: &str, name: &str) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{role}/{name}")
}

fn role_id(role: &str) -> String {
    let letters: String =
        role.to_ascii_uppercase().chars().filter(char::is_ascii_alphanumeric).take(17).collect();
    format!("AROA{letters:0<17}")
}

/// Writes a number, lowest digit first, so that neighbours differ early.
fn base36(mut number: u64) -> String {
    const DIGITS: [u8; 36] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = String::new();
    for _ in 0..13 {
        text.push(char::from(DIGITS[(number % 36) as usize]));
        number /= 36;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(key: &str, token: &str) -> Caller {
        let mut headers = HeaderMap::new();
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20261123/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0"
        );
        headers.insert("authorization", scope.parse().unwrap());
        headers.insert("x-amz-security-token", token.parse().unwrap());
        Caller::of(&headers, "111111111111")
    }

    #[test]
    fn a_key_says_its_account_and_any_other_is_of_the_default_one() {
        assert_eq!(caller("AKIA222222222222TEST", "").account, "222222222222");
        for key in ["test", "AKIAIOSFODNN7EXAMPLE", "ASIA2222", "", "AKIA22222222222\u{e9}"] {
            assert_eq!(caller(key, "").account, "111111111111", "{key}");
        }
        assert_eq!(caller("test", "").signed_for, "route53");
    }

    #[test]
    fn an_assumed_role_is_known_by_its_own_credentials() {
        let session = Session::assume("333333333333", "Cutover", "night", Timestamp::UNIX_EPOCH);
        let caller = caller(&session.keys.access_key, &session.keys.token);
        assert_eq!(caller.account, "333333333333");
        assert_eq!(caller.arn, "arn:aws:sts::333333333333:assumed-role/Cutover/night");
        assert_eq!(caller.arn, session.arn);
        assert_eq!((session.keys.access_key.len(), session.role_id.len()), (20, 21));
    }

    #[test]
    fn a_user_s_session_says_whether_it_has_a_second_factor() {
        for (with_mfa, kind) in [(true, SessionKind::Mfa), (false, SessionKind::User)] {
            let keys = Keys::of_user("333333333333", with_mfa, Timestamp::UNIX_EPOCH);
            let caller = caller(&keys.access_key, &keys.token);
            assert_eq!(caller.arn, "arn:aws:iam::333333333333:user/rehearsal");
            assert_eq!((caller.session, caller.who().with_mfa), (Some(kind), with_mfa));
        }
        assert_eq!(caller("test", "").session, None);
    }

    #[test]
    fn no_signature_is_a_caller_too() {
        let caller = Caller::of(&HeaderMap::new(), "111111111111");
        assert_eq!((caller.account.as_str(), caller.signed_for.as_str()), ("111111111111", ""));
    }
}
