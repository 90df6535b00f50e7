//! A cloud around another one: most calls go through, and a meddler decides about the rest.

use cutover::{
    audit::Trail,
    cloud::{
        Balancer, ChangeId, ChangeStatus, Cloud, CloudError, Identity, Reservation, Tail,
        TargetHealth,
    },
    plan::{
        AlarmReading, Batch, MetricQuery, Peering, RecordSet, Series, ServiceState, Zone,
        ZoneDetails, ZoneId,
    },
    unit::{Account, BalancerName, Minute, RecordName, RecordType, Side, Timestamp},
};

/// Whoever stands between a caller and a cloud.
pub(crate) trait Meddler {
    /// The cloud that works.
    type Inner: Cloud;

    fn inner(&self) -> &Self::Inner;

    /// Lets a read go through, or fails it.
    fn reads(&self, _operation: &str) -> Result<(), CloudError> {
        Ok(())
    }

    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError>;

    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        self.inner().change_status(change).await
    }
}

/// A cloud with a meddler in between.
#[derive(Clone)]
pub(crate) struct Through<M>(pub(crate) M);

impl<M: Meddler> Cloud for Through<M> {
    async fn identity(&self, account: Account) -> Result<Identity, CloudError> {
        self.0.inner().identity(account).await
    }

    async fn zones_named(&self, name: &RecordName) -> Result<Vec<Zone>, CloudError> {
        self.0.inner().zones_named(name).await
    }

    async fn zone(&self, id: &ZoneId) -> Result<Zone, CloudError> {
        self.0.inner().zone(id).await
    }

    async fn zone_details(&self, id: &ZoneId) -> Result<ZoneDetails, CloudError> {
        self.0.inner().zone_details(id).await
    }

    async fn unprotect(
        &self,
        zone: &ZoneId,
        records: &[(RecordName, RecordType)],
    ) -> Result<(), CloudError> {
        self.0.inner().unprotect(zone, records).await
    }

    async fn records_at(
        &self,
        zone: &ZoneId,
        names: &[RecordName],
    ) -> Result<Vec<RecordSet>, CloudError> {
        self.0.reads("ListResourceRecordSets")?;
        self.0.inner().records_at(zone, names).await
    }

    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError> {
        self.0.change(batch, comment).await
    }

    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        self.0.change_status(change).await
    }

    async fn balancer(&self, side: Side, name: &BalancerName) -> Result<Balancer, CloudError> {
        self.0.inner().balancer(side, name).await
    }

    async fn balancers(&self, side: Side) -> Result<Vec<Balancer>, CloudError> {
        self.0.inner().balancers(side).await
    }

    async fn target_health(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<TargetHealth, CloudError> {
        self.0.reads("DescribeTargetHealth")?;
        self.0.inner().target_health(side, balancer).await
    }

    async fn tail(&self, side: Side, balancer: &Balancer) -> Result<Tail, CloudError> {
        self.0.inner().tail(side, balancer).await
    }

    async fn reservation(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<Reservation, CloudError> {
        self.0.inner().reservation(side, balancer).await
    }

    async fn reserve(
        &self,
        side: Side,
        balancer: &Balancer,
        units: Option<u32>,
    ) -> Result<Reservation, CloudError> {
        self.0.inner().reserve(side, balancer, units).await
    }

    async fn metrics(
        &self,
        account: Account,
        queries: &[MetricQuery],
        from: Minute,
        until: Minute,
    ) -> Result<Vec<Series>, CloudError> {
        self.0.reads("GetMetricData")?;
        self.0.inner().metrics(account, queries, from, until).await
    }

    async fn alarms(
        &self,
        account: Account,
        names: &[String],
    ) -> Result<Vec<Option<AlarmReading>>, CloudError> {
        self.0.reads("DescribeAlarms")?;
        self.0.inner().alarms(account, names).await
    }

    async fn services(
        &self,
        side: Side,
        cluster: &str,
        names: &[String],
    ) -> Result<Vec<Option<ServiceState>>, CloudError> {
        self.0.reads("DescribeServices")?;
        self.0.inner().services(side, cluster, names).await
    }

    async fn peering(&self, side: Side, id: &str) -> Result<Option<Peering>, CloudError> {
        self.0.inner().peering(side, id).await
    }

    async fn trail(&self, from: Timestamp, until: Timestamp) -> Result<Trail, CloudError> {
        self.0.inner().trail(from, until).await
    }
}
