//! Where the credentials of an account come from, for people who look for why they are not the right ones.

use aws_credential_types::{Credentials, credential_feature::AwsCredentialFeature};

/// Where the credentials of an account come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What they are before any role is assumed, such as `keys in the environment`.
    pub source: &'static str,
    /// ARN of whoever assumes the role; nothing where none is assumed.
    pub assumed_by: Option<String>,
    /// ARN of the role that is assumed.
    pub role: Option<String>,
    /// Region of the load balancers and metrics, where one was chosen.
    pub region: Option<String>,
}

impl Origin {
    /// Returns true where a role is assumed from a role: its sessions last an hour at most, whatever the role allows.
    pub fn is_chained(&self) -> bool {
        self.assumed_by.as_deref().is_some_and(|arn| arn.contains(":assumed-role/"))
    }
}

/// Returns what credentials are, in words. The SDK notes every stage that they came through.
pub(super) fn source(credentials: &Credentials) -> &'static str {
    let stages = credentials.get_property::<Vec<AwsCredentialFeature>>();
    let stages = stages.map(Vec::as_slice).unwrap_or_default();
    let known = WORDS.iter().find(|(stage, _)| stages.contains(stage));
    known.map_or("credentials", |(_, words)| words)
}

/// The stages that tell most stand first.
const WORDS: &[(AwsCredentialFeature, &str)] = &[
    (AwsCredentialFeature::CredentialsStsSessionToken, "a session begun with an MFA code"),
    (AwsCredentialFeature::CredentialsStsAssumeRole, "a profile's role"),
    (AwsCredentialFeature::CredentialsProfileStsWebIdToken, "a profile's web identity"),
    (AwsCredentialFeature::CredentialsEnvVarsStsWebIdToken, "a web identity"),
    (AwsCredentialFeature::CredentialsSso, "an SSO profile"),
    (AwsCredentialFeature::CredentialsProfileSso, "an SSO profile"),
    (AwsCredentialFeature::CredentialsProcess, "a profile's credential_process"),
    (AwsCredentialFeature::CredentialsProfileProcess, "a profile's credential_process"),
    (AwsCredentialFeature::CredentialsHttp, "the container"),
    (AwsCredentialFeature::CredentialsImds, "the instance"),
    (AwsCredentialFeature::CredentialsEnvVars, "keys in the environment"),
    (AwsCredentialFeature::CredentialsProfile, "a profile's keys"),
    (AwsCredentialFeature::CredentialsCode, "fixed keys"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_that_tells_most_is_told() {
        let mut credentials = Credentials::new("a", "b", None, None, "test");
        assert_eq!(source(&credentials), "credentials");
        credentials.set_property(vec![
            AwsCredentialFeature::CredentialsProfile,
            AwsCredentialFeature::CredentialsStsAssumeRole,
        ]);
        assert_eq!(source(&credentials), "a profile's role");
    }
}
