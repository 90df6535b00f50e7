//! How the accounts are reached, as the caller says it, in words that AWS takes.

use std::collections::BTreeMap;

use super::mfa::Mfa;
use crate::unit::Account;

/// How to reach the three accounts.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How to get credentials for each account; the default ones for an account that is not listed.
    pub accesses: BTreeMap<Account, Access>,
    /// Name of the assumed roles' sessions, by which CloudTrail tells who did what: `cutover-<run id>`. Characters that
    /// AWS does not allow become `-`, and a name that is too long loses its middle.
    pub session_name: String,
    /// Where every service is, in place of AWS, STS included. The AWS_ENDPOINT_URL variables count where it is unset.
    pub endpoint_url: Option<String>,
    /// Profile that replaces that of every account.
    pub profile: Option<String>,
    /// Region that replaces that of every account.
    pub region: Option<String>,
    /// The second factor of the accounts that have one.
    pub mfa: Mfa,
}

/// How to get credentials for one account, and its region. What is unset is left to the SDK's defaults.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Access {
    /// Profile of the shared AWS configuration files to begin with. It wins over credentials in the environment.
    pub profile: Option<String>,
    /// ARN of the role to assume.
    pub role: Option<String>,
    /// External id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// ARN or serial number of the MFA device with which a session is begun, from which the role is assumed.
    pub mfa_serial: Option<String>,
    /// Region of the load balancers and metrics.
    pub region: Option<String>,
}

impl Settings {
    /// Returns how to reach an account after the replacements.
    pub(super) fn access(&self, account: Account) -> Access {
        let mut access = self.accesses.get(&account).cloned().unwrap_or_default();
        access.profile = self.profile.clone().or(access.profile);
        access.region = self.region.clone().or(access.region);
        access
    }
}

/// Returns true for the URL of a host, without a user: AWS's protocols have no use for one, and URLs are printed.
pub(super) fn is_endpoint(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'@')
    })
}

/// Longest session name that STS takes.
const LONGEST_SESSION_NAME: usize = 64;

/// Length of `-20261123T021400Z-9f3a`, which tells one run from all others and ends a run id.
const TAIL: usize = 22;

/// Makes a session name that STS takes: 2 to 64 of `[\w+=,.@-]`. One that is too long loses its middle, so that the time of
/// the run stays readable in CloudTrail.
pub(super) fn session_name(wanted: &str) -> String {
    let clean: String = wanted
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) { c } else { '-' })
        .collect();
    match clean.len() {
        0 | 1 => format!("cutover{clean}"),
        2..=LONGEST_SESSION_NAME => clean,
        // All characters are ASCII by now, so every index is a boundary.
        long => format!("{}{}", &clean[..LONGEST_SESSION_NAME - TAIL], &clean[long - TAIL..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_that_fits_is_kept() {
        assert_eq!(
            session_name("cutover-api-20261123T021400Z-9f3a"),
            "cutover-api-20261123T021400Z-9f3a"
        );
    }

    #[test]
    fn a_session_name_that_is_too_long_keeps_the_run_s_time() {
        let name = format!("cutover-{}-20261123T021400Z-9f3a", "n".repeat(40));
        let cut = session_name(&name);
        assert_eq!(cut.len(), 64);
        assert!(
            cut.starts_with("cutover-nnn") && cut.ends_with("n-20261123T021400Z-9f3a"),
            "{cut}"
        );
    }

    #[test]
    fn a_session_name_holds_only_what_sts_allows() {
        assert_eq!(session_name("caf\u{e9} <night>/1"), "caf---night--1");
        assert_eq!(session_name(""), "cutover");
        assert_eq!(session_name("x"), "cutoverx");
    }

    #[test]
    fn what_was_typed_replaces_what_the_runbook_says() {
        let named =
            Access { profile: Some("a".into()), region: Some("b".into()), ..Access::default() };
        let mut settings =
            Settings { accesses: [(Account::New, named)].into(), ..Settings::default() };
        assert_eq!(settings.access(Account::New).profile.as_deref(), Some("a"));
        assert_eq!(settings.access(Account::Dns), Access::default());
        settings.profile = Some("c".into());
        settings.region = Some("d".into());
        let access = settings.access(Account::New);
        assert_eq!((access.profile.as_deref(), access.region.as_deref()), (Some("c"), Some("d")));
    }

    #[test]
    fn an_endpoint_is_a_url_of_a_host() {
        for good in ["http://127.0.0.1:4566", "https://x.example", "http://[::1]:80/"] {
            assert!(is_endpoint(good), "{good}");
        }
        for bad in
            ["", "127.0.0.1:4566", "http://", "ftp://x", "http://a b", "http:///x", "http://u:p@h"]
        {
            assert!(!is_endpoint(bad), "{bad}");
        }
    }
}
