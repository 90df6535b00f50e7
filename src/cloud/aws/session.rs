//! The clients of one account, their timeouts and their retries.

use std::{sync::OnceLock, time::Duration};

use aws_config::{SdkConfig, identity::IdentityCache, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError,
};
use aws_sdk_cloudtrail as cloudtrail;
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_ecs as ecs;
use aws_sdk_elasticloadbalancing as elb;
use aws_sdk_elasticloadbalancingv2 as elbv2;
use aws_sdk_route53::{self as route53, config::retry::RetryPartition};
use aws_sdk_sts::{
    self as sts,
    config::{SharedHttpClient, SharedIdentityCache},
};

use super::{
    credentials::{self, Base},
    ec2,
    error::{Asked, plain},
    mfa::SignedIn,
    origin::{self, Origin},
    settings::{Access, Settings, is_endpoint},
};
use crate::{
    cloud::{CloudError, Identity, Lifetime},
    unit::Account,
};

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For a connection.
    pub(super) connect: Duration,
    /// For one attempt of a read; the SDK makes more where that helps.
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

/// Credentials are renewed this long before they end, so that no step begins with ones that are about to.
const RENEWAL_MARGIN: Duration = Duration::from_secs(300);

/// How long assuming a role may take, the SDK's retries included.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(20);

/// What all sessions have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) base: Base,
    pub(super) timeouts: Timeouts,
    pub(super) http: SharedHttpClient,
    pub(super) identities: SharedIdentityCache,
    /// Who has signed in with an MFA device.
    pub(super) signed_in: SignedIn,
    retries: Retries,
}

/// Who shares a budget of retries. The SDK has one for the whole process, and an outage of CloudWatch would use up the
/// retries that reading the zone needs.
#[derive(Debug, Clone)]
struct Retries {
    zones: RetryPartition,
    watching: RetryPartition,
    writes: RetryPartition,
}

impl Shared {
    pub(super) fn new(
        settings: Settings,
        base: Base,
        timeouts: Timeouts,
        http: SharedHttpClient,
    ) -> Result<Self, CloudError> {
        if let Some(url) = &settings.endpoint_url
            && !is_endpoint(url)
        {
            return Err(Asked::new(
                "configuration",
                format!("endpoint {}", plain(&format!("`{url}`"))),
            )
            .refused(
                "it is not an http:// or https:// URL of a host, or has a user in it".to_owned(),
            ));
        }
        Ok(Self {
            settings,
            base,
            timeouts,
            http,
            identities: IdentityCache::lazy()
                .load_timeout(RENEWAL_TIMEOUT)
                .buffer_time(RENEWAL_MARGIN)
                .build(),
            signed_in: SignedIn::default(),
            retries: Retries {
                zones: RetryPartition::custom("cutover zones").build(),
                watching: RetryPartition::custom("cutover watching").build(),
                writes: RetryPartition::custom("cutover writes").build(),
            },
        })
    }
}

/// One set of credentials in one region, and the clients that use it, each made when it is first needed.
#[derive(Debug)]
pub(super) struct Session {
    config: SdkConfig,
    /// Credentials that the role, if there is one, is assumed with.
    base: Option<SharedCredentialsProvider>,
    region_was_named: bool,
    write_timeout: Duration,
    retries: Retries,
    route53: OnceLock<route53::Client>,
    route53_writer: OnceLock<route53::Client>,
    elb: OnceLock<elb::Client>,
    elbv2: OnceLock<elbv2::Client>,
    cloudwatch: OnceLock<cloudwatch::Client>,
    ecs: OnceLock<ecs::Client>,
    cloudtrail: OnceLock<cloudtrail::Client>,
}

impl Session {
    pub(super) async fn open(shared: &Shared, access: &Access) -> Self {
        let region = credentials::region(access).await;
        let base_config = credentials::configuration(shared, access, region.clone()).await;
        let base = base_config.credentials_provider();
        let config = match &access.role {
            None => base_config,
            Some(role) => {
                credentials::assume(role, access, &shared.settings.session_name, base_config).await
            }
        };
        Self {
            config,
            base,
            region_was_named: region.is_some(),
            write_timeout: shared.timeouts.write,
            retries: shared.retries.clone(),
            route53: OnceLock::new(),
            route53_writer: OnceLock::new(),
            elb: OnceLock::new(),
            elbv2: OnceLock::new(),
            cloudwatch: OnceLock::new(),
            ecs: OnceLock::new(),
            cloudtrail: OnceLock::new(),
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
        let (account, arn) = self.caller(&self.sts(), &asked).await?;
        let expires = self.lifetime().await.map(|lifetime| lifetime.ends);
        Ok(Identity { account, arn, expires })
    }

    /// Returns how long what was configured lasts, as whoever gives it says now.
    pub(super) async fn lifetime(&self) -> Option<Lifetime> {
        let base = self.base.as_ref()?.provide_credentials();
        // Who takes longer keeps a step waiting that nothing else speaks against.
        let base = tokio::time::timeout(RENEWAL_TIMEOUT, base).await.ok()?.ok()?;
        let ends = credentials::end(&base, credentials::exported_end().as_deref())?;
        Some(Lifetime { ends, renewable: credentials::is_renewable(&base) })
    }

    fn sts(&self) -> sts::config::Builder {
        sts::config::Builder::from(&self.config).retry_partition(self.retries.watching.clone())
    }

    /// Asks STS for the account and the ARN of whoever asks.
    async fn caller(
        &self,
        config: &sts::config::Builder,
        asked: &Asked,
    ) -> Result<(String, String), CloudError> {
        let client = sts::Client::from_conf(config.clone().build());
        let answer = client.get_caller_identity().send().await;
        let answer = answer.map_err(|error| asked.failed(error))?;
        let account = answer.account.ok_or_else(|| asked.nonsense("no account id"))?;
        Ok((account, answer.arn.ok_or_else(|| asked.nonsense("no ARN"))?))
    }

    /// Says where the credentials come from; `role` is the one that is assumed.
    pub(super) async fn origin(
        &self,
        account: Account,
        role: Option<String>,
    ) -> Result<Origin, CloudError> {
        let who = format!("whoever assumes the {account} account's role");
        let asked = Asked::new("GetCallerIdentity", who);
        let base = self.base.clone();
        let base = base
            .ok_or_else(|| asked.without_credentials(&CredentialsError::not_loaded_no_source()))?;
        let credentials = base.provide_credentials().await;
        let credentials = credentials.map_err(|error| asked.without_credentials(&error))?;
        let assumed_by = match role {
            None => None,
            Some(_) => Some(self.caller(&self.sts().credentials_provider(base), &asked).await?.1),
        };
        let region = self.config.region().filter(|_| self.region_was_named);
        let region = region.map(ToString::to_string);
        Ok(Origin { source: origin::source(&credentials), assumed_by, role, region })
    }

    pub(super) fn route53(&self) -> &route53::Client {
        self.route53.get_or_init(|| {
            route53::Client::from_conf(
                route53::config::Builder::from(&self.config)
                    .retry_partition(self.retries.zones.clone())
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
                    .retry_partition(self.retries.writes.clone())
                    .timeout_config(timeouts)
                    .build(),
            )
        })
    }

    pub(super) fn elb(&self) -> &elb::Client {
        self.elb.get_or_init(|| {
            elb::Client::from_conf(
                elb::config::Builder::from(&self.config)
                    .retry_partition(self.retries.watching.clone())
                    .build(),
            )
        })
    }

    pub(super) fn elbv2(&self) -> &elbv2::Client {
        self.elbv2.get_or_init(|| {
            elbv2::Client::from_conf(
                elbv2::config::Builder::from(&self.config)
                    .retry_partition(self.retries.watching.clone())
                    .build(),
            )
        })
    }

    /// Returns the client of the CloudTrail that has Route 53's events: a global service's are in one region.
    pub(super) fn cloudtrail(&self) -> &cloudtrail::Client {
        self.cloudtrail.get_or_init(|| {
            let region = self.config.region().map_or("", |region| region.as_ref());
            let region = match region.split('-').next() {
                Some("cn") => "cn-northwest-1",
                Some("us") if region.starts_with("us-gov-") => "us-gov-west-1",
                Some(_) | None => "us-east-1",
            };
            cloudtrail::Client::from_conf(
                cloudtrail::config::Builder::from(&self.config)
                    .region(cloudtrail::config::Region::from_static(region))
                    .retry_partition(self.retries.watching.clone())
                    .build(),
            )
        })
    }

    pub(super) fn cloudwatch(&self) -> &cloudwatch::Client {
        self.cloudwatch.get_or_init(|| {
            cloudwatch::Client::from_conf(
                cloudwatch::config::Builder::from(&self.config)
                    .retry_partition(self.retries.watching.clone())
                    .build(),
            )
        })
    }

    pub(super) fn ec2(&self) -> ec2::Client<'_> {
        ec2::Client { config: &self.config, retries: self.retries.watching.clone() }
    }

    pub(super) fn ecs(&self) -> &ecs::Client {
        self.ecs.get_or_init(|| {
            ecs::Client::from_conf(
                ecs::config::Builder::from(&self.config)
                    .retry_partition(self.retries.watching.clone())
                    .build(),
            )
        })
    }
}
