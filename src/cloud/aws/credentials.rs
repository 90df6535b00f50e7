//! From a way of reaching an account to the SDK's configuration for it: region, credentials, role, retries of reads.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    environment::EnvironmentVariableRegionProvider,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    credential_feature::AwsCredentialFeature,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};

use super::{
    session::Shared,
    settings::{Access, session_name},
};
use crate::unit::Timestamp;

/// Credentials before any role is assumed.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// What the environment and the configuration files say.
    Configured,
    /// These.
    Keys(SharedCredentialsProvider),
}

impl Base {
    pub(super) fn keys(id: &str, secret: &str) -> Self {
        Self::Keys(SharedCredentialsProvider::new(Credentials::new(
            id,
            secret,
            None,
            None,
            "fixed keys",
        )))
    }
}

/// How long a role is assumed for at a time: what every role allows, and the most where the credentials that assume it are a
/// role's themselves.
const ROLE_SESSION: Duration = Duration::from_secs(3600);

const READ_ATTEMPTS: u32 = 4;

/// Route 53 is the same in every region of a partition; this one decides for the commercial partition.
const DEFAULT_REGION: Region = Region::from_static("us-east-1");

/// Returns the region that was chosen: by the runbook, the environment or the profile. The instance metadata service is
/// not asked, because on a machine without one that takes seconds.
pub(super) async fn region(access: &Access) -> Option<Region> {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &access.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(access.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .region()
        .await
}

pub(super) async fn configuration(
    shared: &Shared,
    access: &Access,
    region: Option<Region>,
) -> SdkConfig {
    let region = region.unwrap_or(DEFAULT_REGION);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(shared.timeouts.connect)
        .operation_attempt_timeout(shared.timeouts.read_attempt)
        .operation_timeout(shared.timeouts.read)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(READ_ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(200))
        .with_max_backoff(Duration::from_secs(5));
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(shared.http.clone())
        .identity_cache(shared.identities.clone())
        .timeout_config(timeouts)
        .retry_config(retries)
        .region(region.clone());
    if let Some(url) = &shared.settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(session) = shared.signed_in.of(access) {
        return loader.credentials_provider(session).load().await;
    }
    loader = match (&shared.base, &access.profile) {
        (Base::Keys(keys), _) => loader.credentials_provider(keys.clone()),
        // The SDK's default chain would prefer keys in the environment to the profile that somebody named.
        (Base::Configured, Some(profile)) => {
            let config = ProviderConfig::without_region()
                .with_region(Some(region))
                .with_http_client(shared.http.clone());
            loader.credentials_provider(OfProfile::new(profile, &config))
        }
        (Base::Configured, None) => loader,
    };
    loader.load().await
}

/// Credentials of a named profile. The SDK's own error for a profile that does not exist does not name it.
#[derive(Debug)]
struct OfProfile {
    name: String,
    inner: ProfileFileCredentialsProvider,
}

impl OfProfile {
    fn new(name: &str, config: &ProviderConfig) -> Self {
        let inner =
            ProfileFileCredentialsProvider::builder().configure(config).profile_name(name).build();
        Self { name: name.to_owned(), inner }
    }
}

impl ProvideCredentials for OfProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            match self.inner.provide_credentials().await {
                Err(CredentialsError::CredentialsNotLoaded(_)) => {
                    Err(CredentialsError::not_loaded(format!(
                        "the profile `{}` does not exist or has none",
                        self.name
                    )))
                }
                other => other,
            }
        })
    }
}

pub(super) async fn assume(
    role: &str,
    access: &Access,
    session: &str,
    base: SdkConfig,
) -> SdkConfig {
    let mut provider = AssumeRoleProvider::builder(role)
        .session_name(session_name(session))
        .session_length(ROLE_SESSION)
        .configure(&base);
    if let Some(id) = &access.external_id {
        provider = provider.external_id(id);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    base.into_builder().credentials_provider(provider).build()
}

/// Returns what `aws configure export-credentials --format env` says of when the keys beside it end.
#[expect(
    clippy::disallowed_methods,
    reason = "the keys are read here, by the SDK, which leaves it out"
)]
pub(super) fn exported_end() -> Option<String> {
    std::env::var("AWS_CREDENTIAL_EXPIRATION").ok()
}

/// Returns when credentials end for want of a human. Those of an instance, a container or a web identity, and the
/// sessions of a role that a profile names, are renewed before they do. `said` is what [`exported_end`] returns.
pub(super) fn end(credentials: &Credentials, said: Option<&str>) -> Option<Timestamp> {
    let from = credentials.get_property::<Vec<AwsCredentialFeature>>();
    let from = from.map(Vec::as_slice).unwrap_or_default();
    let renewed = [
        AwsCredentialFeature::CredentialsHttp,
        AwsCredentialFeature::CredentialsImds,
        AwsCredentialFeature::CredentialsProfileStsWebIdToken,
        AwsCredentialFeature::CredentialsEnvVarsStsWebIdToken,
        AwsCredentialFeature::CredentialsStsAssumeRole,
    ];
    if from.iter().any(|feature| renewed.contains(feature)) {
        return None;
    }
    let end = credentials.expiry().and_then(|at| Timestamp::try_from(at).ok());
    let of_environment = from.contains(&AwsCredentialFeature::CredentialsEnvVars);
    end.or_else(|| said.filter(|_| of_environment)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(from: AwsCredentialFeature, end: Option<Timestamp>) -> Credentials {
        let end = end.map(Into::into);
        let mut credentials = Credentials::new("a", "b", None, end, "test");
        credentials.set_property(vec![from]);
        credentials
    }

    #[test]
    fn l66_credentials_that_nobody_renews_end_when_they_say() {
        let ends: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
        for from in [AwsCredentialFeature::CredentialsSso, AwsCredentialFeature::CredentialsProcess]
        {
            assert_eq!(end(&credentials(from, Some(ends)), None), Some(ends));
        }
        for from in
            [AwsCredentialFeature::CredentialsImds, AwsCredentialFeature::CredentialsStsAssumeRole]
        {
            assert_eq!(end(&credentials(from, Some(ends)), None), None);
        }
    }

    #[test]
    fn l66_keys_in_the_environment_end_when_the_environment_says() {
        let ends: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
        let exported = credentials(AwsCredentialFeature::CredentialsEnvVars, None);
        assert_eq!(end(&exported, Some("2026-11-23T05:00:00+00:00")), Some(ends));
        assert_eq!(end(&exported, Some("soon")), None);
        assert_eq!(end(&exported, None), None);
        let profile = credentials(AwsCredentialFeature::CredentialsProfile, None);
        assert_eq!(end(&profile, Some("2026-11-23T05:00:00+00:00")), None, "they are others");
    }
}
