//! Credentials, regions, timeouts and retries: what has to be settled before AWS can be asked anything.

use std::{collections::BTreeMap, sync::OnceLock, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    environment::EnvironmentVariableRegionProvider,
    identity::IdentityCache,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_elasticloadbalancing as elb;
use aws_sdk_elasticloadbalancingv2 as elbv2;
use aws_sdk_route53::{self as route53, config::retry::RetryPartition};
use aws_sdk_sts::{
    self as sts,
    config::{
        Credentials, ProvideCredentials, SharedCredentialsProvider, SharedHttpClient,
        SharedIdentityCache,
    },
};

use super::{error::Asked, http};
use crate::{
    cloud::{CloudError, Identity},
    unit::{Account, Timestamp},
};

/// How to reach the three accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For a connection.
    pub(super) connect: Duration,
    /// For one attempt of a read; the SDK makes up to [`READ_ATTEMPTS`].
    pub(super) read_attempt: Duration,
    /// For a read with all its attempts.
    pub(super) read: Duration,
    /// For a batch, which has one attempt.
    pub(super) write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            read_attempt: Duration::from_secs(10),
            read: Duration::from_secs(40),
            // A batch of 1000 changes may take seconds, and giving up early only makes its outcome unclear.
            write: Duration::from_secs(20),
        }
    }
}

const READ_ATTEMPTS: u32 = 4;

/// Credentials are renewed this long before they end, so that no step begins with ones that are about to.
const RENEWAL_MARGIN: Duration = Duration::from_secs(300);

/// How long assuming a role may take, the SDK's retries included.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(20);

/// Route 53 is the same in every region of a partition; this one decides for the commercial partition.
const DEFAULT_REGION: Region = Region::from_static("us-east-1");

/// What all sessions have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    base: Base,
    timeouts: Timeouts,
    http: SharedHttpClient,
    identities: SharedIdentityCache,
    reads: RetryPartition,
    writes: RetryPartition,
}

impl Shared {
    pub(super) fn new(
        settings: Settings,
        base: Base,
        timeouts: Timeouts,
    ) -> Result<Self, CloudError> {
        if let Some(url) = &settings.endpoint_url
            && !is_endpoint(url)
        {
            return Err(Asked::new("configuration", format!("endpoint `{}`", url.escape_debug()))
                .refused("it is not an http:// or https:// URL of a host".to_owned()));
        }
        Ok(Self {
            settings,
            base,
            timeouts,
            http: http::client(),
            identities: IdentityCache::lazy()
                .load_timeout(RENEWAL_TIMEOUT)
                .buffer_time(RENEWAL_MARGIN)
                .build(),
            // The SDK's retry budget is otherwise shared by the whole process: an outage of CloudWatch would use up
            // the retries that reading the zone needs.
            reads: RetryPartition::custom("cutover reads").build(),
            writes: RetryPartition::custom("cutover writes").build(),
        })
    }
}

fn is_endpoint(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && rest.bytes().all(|b| b.is_ascii_graphic())
    })
}

/// One set of credentials in one region, and the clients that use it, each made when it is first needed.
#[derive(Debug)]
pub(super) struct Session {
    config: SdkConfig,
    /// Credentials that the role, if there is one, is assumed with.
    base: Option<SharedCredentialsProvider>,
    region_was_named: bool,
    write_timeout: Duration,
    reads: RetryPartition,
    writes: RetryPartition,
    route53: OnceLock<route53::Client>,
    route53_writer: OnceLock<route53::Client>,
    elb: OnceLock<elb::Client>,
    elbv2: OnceLock<elbv2::Client>,
    cloudwatch: OnceLock<cloudwatch::Client>,
}

impl Session {
    pub(super) async fn open(shared: &Shared, access: &Access) -> Self {
        let region = region(access).await;
        let base_config = configuration(shared, access, region.clone()).await;
        let base = base_config.credentials_provider();
        let config = match &access.role {
            None => base_config,
            Some(role) => assume(role, access, &shared.settings.session_name, base_config).await,
        };
        Self {
            config,
            base,
            region_was_named: region.is_some(),
            write_timeout: shared.timeouts.write,
            reads: shared.reads.clone(),
            writes: shared.writes.clone(),
            route53: OnceLock::new(),
            route53_writer: OnceLock::new(),
            elb: OnceLock::new(),
            elbv2: OnceLock::new(),
            cloudwatch: OnceLock::new(),
        }
    }

    /// Returns false when a regional service would be asked in a region that nobody chose.
    pub(super) fn knows_its_region(&self) -> bool {
        self.region_was_named || self.config.endpoint_url().is_some()
    }

    /// Asks STS who this is. The credentials end when those that were configured end, for a role is assumed anew
    /// before its session is over.
    pub(super) async fn identity(&self, account: Account) -> Result<Identity, CloudError> {
        let asked = Asked::new("GetCallerIdentity", format!("the {account} account"));
        let config =
            sts::config::Builder::from(&self.config).retry_partition(self.reads.clone()).build();
        let answer = sts::Client::from_conf(config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| asked.failed(error))?;
        let base = match &self.base {
            Some(base) => base.provide_credentials().await.ok(),
            None => None,
        };
        Ok(Identity {
            account: answer.account.ok_or_else(|| asked.nonsense("no account id"))?,
            arn: answer.arn.ok_or_else(|| asked.nonsense("no ARN"))?,
            expires: base
                .and_then(|credentials| credentials.expiry())
                .and_then(|at| Timestamp::try_from(at).ok()),
        })
    }

    pub(super) fn route53(&self) -> &route53::Client {
        self.route53.get_or_init(|| {
            route53::Client::from_conf(
                route53::config::Builder::from(&self.config)
                    .retry_partition(self.reads.clone())
                    .build(),
            )
        })
    }

    /// Returns the client that batches go through: one attempt each, because a second DELETE of what the first one
    /// deleted fails and hides that the first one worked (law L26).
    pub(super) fn route53_writer(&self) -> &route53::Client {
        self.route53_writer.get_or_init(|| {
            let mut timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(self.write_timeout)
                .operation_timeout(self.write_timeout + RENEWAL_TIMEOUT)
                .build();
            if let Some(inherited) = self.config.timeout_config() {
                timeouts.take_defaults_from(inherited);
            }
            route53::Client::from_conf(
                route53::config::Builder::from(&self.config)
                    .retry_config(RetryConfig::disabled())
                    .retry_partition(self.writes.clone())
                    .timeout_config(timeouts)
                    .build(),
            )
        })
    }

    pub(super) fn elb(&self) -> &elb::Client {
        self.elb.get_or_init(|| {
            elb::Client::from_conf(
                elb::config::Builder::from(&self.config)
                    .retry_partition(self.reads.clone())
                    .build(),
            )
        })
    }

    pub(super) fn elbv2(&self) -> &elbv2::Client {
        self.elbv2.get_or_init(|| {
            elbv2::Client::from_conf(
                elbv2::config::Builder::from(&self.config)
                    .retry_partition(self.reads.clone())
                    .build(),
            )
        })
    }

    pub(super) fn cloudwatch(&self) -> &cloudwatch::Client {
        self.cloudwatch.get_or_init(|| {
            cloudwatch::Client::from_conf(
                cloudwatch::config::Builder::from(&self.config)
                    .retry_partition(self.reads.clone())
                    .build(),
            )
        })
    }
}

/// Returns the region that was chosen: by the runbook, the environment or the profile. The instance metadata service is
/// not asked, because on a machine without one that takes seconds.
async fn region(access: &Access) -> Option<Region> {
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

async fn configuration(shared: &Shared, access: &Access, region: Option<Region>) -> SdkConfig {
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

async fn assume(role: &str, access: &Access, session: &str, base: SdkConfig) -> SdkConfig {
    let mut provider =
        AssumeRoleProvider::builder(role).session_name(session_name(session)).configure(&base);
    if let Some(id) = &access.external_id {
        provider = provider.external_id(id);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    base.into_builder().credentials_provider(provider).build()
}

/// Longest session name that STS takes.
const LONGEST_SESSION_NAME: usize = 64;

/// Length of `-20261123T021400Z-9f3a`, which tells one run from all others and ends a run id.
const TAIL: usize = 22;

/// Makes a session name that STS takes: 2 to 64 of `[\w+=,.@-]`. One that is too long loses its middle, so that the time of
/// the run stays readable in CloudTrail.
fn session_name(wanted: &str) -> String {
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
        for bad in ["", "127.0.0.1:4566", "http://", "ftp://x", "http://a b", "http:///x"] {
            assert!(!is_endpoint(bad), "{bad}");
        }
    }
}
