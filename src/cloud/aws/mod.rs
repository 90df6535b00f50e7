//! The real AWS, behind the [`Cloud`] trait. Only this folder names the crates of the AWS SDK.
//!
//! It knows nothing of plans and steps: it translates one question or one batch at a time and says in our words what
//! AWS answered. Reads are retried by the SDK; a batch is sent once, whatever comes back (law L27). Start with
//! [`AwsCloud::connect`]; `credentials` says who asks, `session` how long it takes at most, `error` what a failure means.

mod alarms;
mod balancer;
mod credentials;
mod ec2;
mod ec2_xml;
mod ecs;
mod error;
mod http;
mod kept;
mod listing;
mod mask;
mod metrics;
mod mfa;
mod origin;
mod pages;
mod protection;
mod record;
mod reservation;
mod route53;
mod scripted;
mod search;
mod session;
mod settings;
mod tail;
#[cfg(test)]
mod tests;
mod trail;

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::OnceCell;

pub use mfa::{Ask, Mfa};
pub use origin::Origin;
pub use scripted::Reply;
pub use settings::{Access, Settings};

use self::{
    credentials::Base,
    error::Asked,
    session::{Session, Shared, Timeouts},
};
use crate::{
    audit::Trail,
    cloud::{
        Balancer, ChangeId, ChangeStatus, Cloud, CloudError, Identity, Lifetime, Reservation, Tail,
        TargetHealth,
    },
    plan::{
        AlarmReading, Batch, MetricQuery, Peering, RecordSet, Series, ServiceState, Zone,
        ZoneDetails, ZoneId,
    },
    unit::{Account, BalancerKind, BalancerName, Minute, RecordName, RecordType, Side, Timestamp},
};

/// Why nothing is asked of a classic load balancer's capacity.
const UNRESERVABLE: &str = "nothing can be reserved for a classic load balancer";

/// The three AWS accounts of a run. Places that are reached in the same way share one session.
#[derive(Debug)]
pub struct AwsCloud {
    shared: Shared,
    /// Opened when first asked for, so that a rollback never waits for credentials that it does not need.
    sessions: BTreeMap<Access, OnceCell<Session>>,
}

impl AwsCloud {
    /// Reads the AWS configuration of the account that holds the zones. Nothing is sent yet, unless somebody signs in with
    /// an MFA device: missing credentials show with the first call.
    ///
    /// # Errors
    /// The endpoint URL is not one, or nobody could sign in.
    pub async fn connect(settings: &Settings) -> Result<Self, CloudError> {
        Self::open(settings, Base::Configured, Timeouts::default(), http::client()).await
    }

    /// Like [`AwsCloud::connect`], with fixed keys in place of the configured credentials: for servers that only look
    /// like AWS. Roles are assumed all the same.
    ///
    /// # Errors
    /// The endpoint URL is not one, or nobody could sign in.
    pub async fn connect_with_keys(
        settings: &Settings,
        access_key_id: &str,
        secret_access_key: &str,
    ) -> Result<Self, CloudError> {
        let base = Base::keys(access_key_id, secret_access_key);
        Self::open(settings, base, Timeouts::default(), http::client()).await
    }

    /// Returns an AWS that is this function: it is given a request's path, with its query, and its body, and returns what
    /// the server answers. For tests of what answers mean; nothing is sent, and under a paused clock no retry takes time.
    ///
    /// # Errors
    /// None: the endpoint is one.
    pub async fn scripted(
        answer: impl Fn(&str, &[u8]) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, CloudError> {
        Self::scripted_in(None, answer).await
    }

    /// Returns the same, in which every account is reached by assuming this role, where one is given.
    ///
    /// # Errors
    /// As [`Self::scripted`].
    pub async fn scripted_in(
        role: Option<&str>,
        answer: impl Fn(&str, &[u8]) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, CloudError> {
        let endpoint_url = Some("http://scripted.invalid".to_owned());
        let access = || Access { role: role.map(str::to_owned), ..Access::default() };
        let accesses = Account::ALL.map(|account| (account, access())).into();
        let settings = Settings { accesses, endpoint_url, ..Settings::default() };
        let base = Base::keys("AKIDSCRIPTED", "scripted");
        Self::open(&settings, base, Timeouts::default(), scripted::client(answer)).await
    }

    async fn open(
        settings: &Settings,
        base: Base,
        timeouts: Timeouts,
        http: SharedHttpClient,
    ) -> Result<Self, CloudError> {
        let mut shared = Shared::new(settings.clone(), base, timeouts, http)?;
        shared.signed_in = mfa::sign_in(&shared, &settings.mfa).await?;
        let sessions = Account::ALL
            .into_iter()
            .map(|account| (shared.settings.access(account), OnceCell::new()))
            .collect();
        let cloud = Self { shared, sessions };
        cloud.session(Account::Dns).await?;
        Ok(cloud)
    }

    /// Returns where the credentials of an account come from.
    ///
    /// # Errors
    /// There are none, or STS does not answer.
    pub async fn origin(&self, account: Account) -> Result<Origin, CloudError> {
        let access = self.shared.settings.access(account);
        self.session(account).await?.origin(account, access.role).await
    }

    async fn session(&self, account: Account) -> Result<&Session, CloudError> {
        let access = self.shared.settings.access(account);
        let Some(cell) = self.sessions.get(&access) else {
            return Err(Asked::new("configuration", format!("the {account} account"))
                .refused("no access was set up for it".to_owned()));
        };
        Ok(cell.get_or_init(|| Session::open(&self.shared, &access)).await)
    }

    /// Returns the session of an account whose services are regional.
    async fn regional(&self, account: Account, asked: &Asked) -> Result<&Session, CloudError> {
        let session = self.session(account).await?;
        if session.knows_its_region() {
            return Ok(session);
        }
        Err(asked.refused(format!(
            "no region is set for the {account} account; set `region` in the runbook's environment, \
             AWS_REGION or --region"
        )))
    }
}

impl Cloud for AwsCloud {
    async fn identity(&self, account: Account) -> Result<Identity, CloudError> {
        self.session(account).await?.identity(account).await
    }

    async fn lifetime(&self, account: Account) -> Option<Lifetime> {
        self.session(account).await.ok()?.lifetime().await
    }

    async fn zones_named(&self, name: &RecordName) -> Result<Vec<Zone>, CloudError> {
        route53::zones_named(self.session(Account::Dns).await?.route53(), name).await
    }

    async fn zone(&self, id: &ZoneId) -> Result<Zone, CloudError> {
        route53::zone(self.session(Account::Dns).await?.route53(), id).await
    }

    async fn zone_details(&self, id: &ZoneId) -> Result<ZoneDetails, CloudError> {
        route53::zone_details(self.session(Account::Dns).await?.route53(), id).await
    }

    async fn unprotect(
        &self,
        zone: &ZoneId,
        records: &[(RecordName, RecordType)],
    ) -> Result<(), CloudError> {
        protection::remove(self.session(Account::Dns).await?.route53_writer(), zone, records).await
    }

    async fn records_at(
        &self,
        zone: &ZoneId,
        names: &[RecordName],
    ) -> Result<Vec<RecordSet>, CloudError> {
        listing::records_at(self.session(Account::Dns).await?.route53(), zone, names).await
    }

    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError> {
        route53::change(self.session(Account::Dns).await?.route53_writer(), batch, comment).await
    }

    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        route53::change_status(self.session(Account::Dns).await?.route53(), change).await
    }

    async fn balancer(&self, side: Side, name: &BalancerName) -> Result<Balancer, CloudError> {
        let asked = Asked::new("DescribeLoadBalancers", format!("load balancer {name}"));
        let session = self.regional(side.account(), &asked).await?;
        match name.kind {
            BalancerKind::Classic => balancer::classic(session.elb(), name, &asked).await,
            BalancerKind::Application | BalancerKind::Network => {
                balancer::newer(session.elbv2(), name, &asked).await
            }
        }
    }

    async fn balancers(&self, side: Side) -> Result<Vec<Balancer>, CloudError> {
        let asked = Asked::new("DescribeLoadBalancers", format!("the {side} account"));
        let session = self.regional(side.account(), &asked).await?;
        let mut found = balancer::all_classic(session.elb(), &asked).await?;
        found.extend(balancer::all_newer(session.elbv2(), &asked).await?);
        Ok(found)
    }

    async fn target_health(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<TargetHealth, CloudError> {
        let asked = Asked::new("DescribeTargetHealth", format!("load balancer {}", balancer.name));
        let session = self.regional(side.account(), &asked).await?;
        match &balancer.arn {
            None => balancer::classic_health(session.elb(), balancer).await,
            Some(arn) => balancer::newer_health(session.elbv2(), arn, &asked).await,
        }
    }

    async fn tail(&self, side: Side, balancer: &Balancer) -> Result<Tail, CloudError> {
        let object = format!("load balancer {}", balancer.name);
        let asked = Asked::new("DescribeLoadBalancerAttributes", object);
        let session = self.regional(side.account(), &asked).await?;
        match &balancer.arn {
            None => tail::classic(session.elb(), balancer).await,
            Some(arn) => tail::newer(session.elbv2(), arn, &asked).await,
        }
    }

    async fn reservation(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<Reservation, CloudError> {
        let object = format!("load balancer {}", balancer.name);
        let asked = Asked::new("DescribeCapacityReservation", object);
        let session = self.regional(side.account(), &asked).await?;
        let arn = balancer.arn.as_deref().ok_or_else(|| asked.refused(UNRESERVABLE.to_owned()))?;
        reservation::read(session.elbv2(), arn, &asked).await
    }

    async fn reserve(
        &self,
        side: Side,
        balancer: &Balancer,
        units: Option<u32>,
    ) -> Result<Reservation, CloudError> {
        let object = format!("load balancer {}", balancer.name);
        let asked = Asked::new("ModifyCapacityReservation", object);
        let session = self.regional(side.account(), &asked).await?;
        let arn = balancer.arn.as_deref().ok_or_else(|| asked.refused(UNRESERVABLE.to_owned()))?;
        reservation::write(session.elbv2(), arn, units, &asked).await
    }

    async fn metrics(
        &self,
        account: Account,
        queries: &[MetricQuery],
        from: Minute,
        until: Minute,
    ) -> Result<Vec<Series>, CloudError> {
        let asked = Asked::new("GetMetricData", format!("the {account} account's metrics"));
        let session = self.regional(account, &asked).await?;
        metrics::series(session.cloudwatch(), queries, from..until, &asked).await
    }

    async fn alarms(
        &self,
        account: Account,
        names: &[String],
    ) -> Result<Vec<Option<AlarmReading>>, CloudError> {
        let asked = Asked::new("DescribeAlarms", format!("the {account} account's alarms"));
        let session = self.regional(account, &asked).await?;
        alarms::readings(session.cloudwatch(), names, &asked).await
    }

    async fn services(
        &self,
        side: Side,
        cluster: &str,
        names: &[String],
    ) -> Result<Vec<Option<ServiceState>>, CloudError> {
        let asked = Asked::new("DescribeServices", format!("ECS cluster {cluster}"));
        let session = self.regional(side.account(), &asked).await?;
        ecs::services(session.ecs(), cluster, names, &asked).await
    }

    async fn peering(&self, side: Side, id: &str) -> Result<Option<Peering>, CloudError> {
        let asked = Asked::new("DescribeVpcPeeringConnections", format!("peering {id}"));
        let session = self.regional(side.account(), &asked).await?;
        ec2::peering(&session.ec2(), id, &asked).await
    }

    async fn trail(&self, from: Timestamp, until: Timestamp) -> Result<Trail, CloudError> {
        let asked = Asked::new("LookupEvents", "the dns account's CloudTrail".to_owned());
        let session = self.session(Account::Dns).await?;
        trail::calls(session.cloudtrail(), (from, until), &asked).await
    }
}
