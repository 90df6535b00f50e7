//! The edge to AWS, in our words: what cutover asks of a cloud, and how a cloud can fail.
//!
//! This room knows nothing of runbooks, steps or gates. The simulator implements [`Cloud`] too, so that a rehearsal
//! runs the same engine, driver and journal as the night itself.

pub mod aws;
mod dry;
mod error;

pub use crate::plan::{Balancer, ChangeId, Reservation, Tail, TargetHealth};
pub use dry::DryRun;
pub use error::{CloudError, CloudErrorKind};

use serde::{Deserialize, Serialize};

use crate::{
    audit::Trail,
    plan::{
        AlarmReading, Batch, MetricQuery, Peering, RecordSet, Series, ServiceState, Zone,
        ZoneDetails, ZoneId,
    },
    unit::{Account, BalancerName, Minute, RecordName, RecordType, Side, Timestamp},
};

/// Who is asking, as STS sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Twelve-digit AWS account id.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
    /// When the credentials end, if they do.
    pub expires: Option<Timestamp>,
}

/// How long credentials last that somebody has to give anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// When they end.
    pub ends: Timestamp,
    /// Whether what gave them may give others when it is asked again, as SSO and a `credential_process` do.
    pub renewable: bool,
}

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStatus {
    /// Not all of Route 53's servers have it.
    Pending,
    /// All of them have it.
    InSync,
    /// Route 53 does not know it: it was lost in a fail-over and must be sent again.
    Lost,
}

/// What cutover asks of a cloud. Every call is safe to repeat; reads are retried inside, writes are not (law L27).
#[expect(async_fn_in_trait, reason = "one thread runs everything, so no future has to be Send")]
pub trait Cloud {
    /// Returns who is asking in this account.
    async fn identity(&self, account: Account) -> Result<Identity, CloudError>;

    /// Returns how long the credentials of this account last; nothing where they have no end, or are renewed without a
    /// person before it. Who gave them is asked, and AWS is not.
    async fn lifetime(&self, account: Account) -> Option<Lifetime> {
        let _ = account;
        None
    }

    /// Returns the hosted zones with this apex, public and private.
    async fn zones_named(&self, name: &RecordName) -> Result<Vec<Zone>, CloudError>;

    /// Returns the hosted zone with this id.
    async fn zone(&self, id: &ZoneId) -> Result<Zone, CloudError>;

    /// Returns what is known of a zone beyond its name. What this Route 53 does not tell is left out.
    async fn zone_details(&self, id: &ZoneId) -> Result<ZoneDetails, CloudError>;

    /// Removes the protections of these names and types, so that they can be changed (law L16); all or none of each
    /// hundred.
    async fn unprotect(
        &self,
        zone: &ZoneId,
        records: &[(RecordName, RecordType)],
    ) -> Result<(), CloudError>;

    /// Returns all record sets at these names, of every type, PENDING changes included (law L30).
    async fn records_at(
        &self,
        zone: &ZoneId,
        names: &[RecordName],
    ) -> Result<Vec<RecordSet>, CloudError>;

    /// Submits a batch, once; `comment` tells people what it is for, 256 characters at most.
    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError>;

    /// Returns how far a change has come.
    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError>;

    /// Returns the load balancer with this name.
    async fn balancer(&self, side: Side, name: &BalancerName) -> Result<Balancer, CloudError>;

    /// Returns all load balancers of a side's account and region.
    async fn balancers(&self, side: Side) -> Result<Vec<Balancer>, CloudError>;

    /// Returns the targets behind a load balancer.
    async fn target_health(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<TargetHealth, CloudError>;

    /// Returns how long connections to a load balancer last, by its attributes. What the caller may not read is left out.
    async fn tail(&self, side: Side, balancer: &Balancer) -> Result<Tail, CloudError>;

    /// Returns what is reserved for an application or network load balancer.
    async fn reservation(&self, side: Side, balancer: &Balancer)
    -> Result<Reservation, CloudError>;

    /// Reserves this many capacity units for an application or network load balancer, in place of those that are; or
    /// none. It is asked once; what is reserved costs money from when it is provisioned.
    async fn reserve(
        &self,
        side: Side,
        balancer: &Balancer,
        units: Option<u32>,
    ) -> Result<Reservation, CloudError>;

    /// Returns one series for each query, in the order of the queries, for the minutes from `from` up to but without
    /// `until`. At most 500 queries go into one call to CloudWatch.
    async fn metrics(
        &self,
        account: Account,
        queries: &[MetricQuery],
        from: Minute,
        until: Minute,
    ) -> Result<Vec<Series>, CloudError>;

    /// Returns what each of these CloudWatch alarms says, metric and composite ones alike, in the order of the names;
    /// nothing where there is no alarm of exactly this name. At most 100 names go into one call to CloudWatch.
    async fn alarms(
        &self,
        account: Account,
        names: &[String],
    ) -> Result<Vec<Option<AlarmReading>>, CloudError>;

    /// Returns what each of these services of an ECS cluster does, in the order of the names; nothing where there is no
    /// such service, or no such cluster. At most 10 names go into one call to ECS.
    async fn services(
        &self,
        side: Side,
        cluster: &str,
        names: &[String],
    ) -> Result<Vec<Option<ServiceState>>, CloudError>;

    /// Returns the VPC peering connection with this id as a side's account and region see it, with the routes there that lead
    /// through it; nothing where there is none.
    async fn peering(&self, side: Side, id: &str) -> Result<Option<Peering>, CloudError>;

    /// Returns the calls that changed records, or tried to, in the dns account from `from` until `until`, as CloudTrail
    /// has them, oldest first. It tells of a call up to 15 minutes late, and keeps 90 days.
    async fn trail(&self, from: Timestamp, until: Timestamp) -> Result<Trail, CloudError>;
}
