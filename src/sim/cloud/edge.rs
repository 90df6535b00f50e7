//! What is asked of the invented AWS.

use std::collections::BTreeSet;

use super::{SimCloud, not_found};
use crate::{
    audit::Trail,
    cloud::{
        Balancer, ChangeId, ChangeStatus, Cloud, CloudError, CloudErrorKind, Identity, Reservation,
        Tail, TargetHealth,
    },
    plan::{
        AlarmReading, Batch, MetricQuery, Peering, RecordSet, Series, ServiceState, Zone,
        ZoneDetails, ZoneId,
    },
    sim::{
        policy::Wanted,
        world::{Operation, Sender, World},
    },
    unit::{Account, BalancerKind, BalancerName, Minute, RecordName, RecordType, Side, Timestamp},
};

/// Up to this many names are read one by one, all at the same time; for more the zone is paged through.
const NAMES_ONE_BY_ONE: usize = 8;
/// Most protections that one call removes.
const MOST_UNPROTECTED: usize = 100;
/// Queries in one call to CloudWatch.
const MOST_QUERIES: usize = 500;

impl Cloud for SimCloud {
    async fn identity(&self, account: Account) -> Result<Identity, CloudError> {
        let wanted = Wanted::to("sts:GetCallerIdentity");
        let ask = self.ask(account, Operation::GetCallerIdentity, wanted);
        self.read(&ask, |_| {
            let account = ask.who.account.clone();
            let arn = format!("arn:aws:sts::{account}:assumed-role/cutover/rehearsal");
            Ok(Identity { account, arn, expires: None })
        })
        .await
    }

    async fn zones_named(&self, name: &RecordName) -> Result<Vec<Zone>, CloudError> {
        let wanted = Wanted::to("route53:ListHostedZonesByName");
        let ask = self.ask(Account::Dns, Operation::ListHostedZones, wanted);
        let mut zones = self.read(&ask, |world| world.zones(&ask.who.account)).await?;
        zones.retain(|zone| zone.name == *name);
        Ok(zones)
    }

    async fn zone(&self, id: &ZoneId) -> Result<Zone, CloudError> {
        let wanted = Wanted::to("route53:GetHostedZone").on_zone(id);
        let ask = self.ask(Account::Dns, Operation::GetHostedZone, wanted);
        let found = self.read(&ask, |world| world.hosted_zone(&ask.who.account, id)).await;
        found.map(|(zone, _)| zone)
    }

    async fn zone_details(&self, id: &ZoneId) -> Result<ZoneDetails, CloudError> {
        let ask = |operation: Operation| {
            let wanted = Wanted::to(format!("route53:{}", operation.as_str())).on_zone(id);
            self.ask(Account::Dns, operation, wanted)
        };
        let zone = ask(Operation::GetHostedZone);
        let (_, details) =
            self.read(&zone, |world| world.hosted_zone(&zone.who.account, id)).await?;
        let limit = ask(Operation::GetHostedZoneLimit);
        let protections = ask(Operation::ListResourceRecordSetProtections);
        let (most_records, protected) = tokio::join!(
            self.read(&limit, |world| world.most_records(&limit.who.account, id)),
            self.read(&protections, |world| world.protections(&protections.who.account, id)),
        );
        let most_records = if_told(most_records)?.map(|(most_records, _)| most_records);
        Ok(ZoneDetails { most_records, protected: if_told(protected)?, ..details })
    }

    async fn unprotect(
        &self,
        zone: &ZoneId,
        records: &[(RecordName, RecordType)],
    ) -> Result<(), CloudError> {
        let wanted = Wanted::to("route53:DeleteResourceRecordSetProtections").on_zone(zone);
        let ask = self.ask(Account::Dns, Operation::DeleteResourceRecordSetProtections, wanted);
        for some in records.chunks(MOST_UNPROTECTED) {
            self.call(&ask, |world| world.unprotect(&ask.who.account, zone, some)).await?;
        }
        Ok(())
    }

    async fn records_at(
        &self,
        zone: &ZoneId,
        names: &[RecordName],
    ) -> Result<Vec<RecordSet>, CloudError> {
        let wanted = Wanted::to("route53:ListResourceRecordSets").on_zone(zone);
        let ask = self.ask(Account::Dns, Operation::ListResourceRecordSets, wanted);
        let account = &ask.who.account;
        if names.len() <= NAMES_ONE_BY_ONE {
            let one = |world: &mut World, at: usize| world.records_at(account, zone, &names[at]);
            return Ok(self.read_all(&ask, names.len(), one).await?.concat());
        }
        let pages = self.with(|world| world.pages(zone));
        let page = |world: &mut World, at: usize| world.records_page(account, zone, at);
        let mut all = self.read_all(&ask, pages, page).await?.concat();
        let names: BTreeSet<_> = names.iter().collect();
        all.retain(|record| names.contains(&record.name));
        Ok(all)
    }

    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError> {
        let wanted = Wanted::to("route53:ChangeResourceRecordSets").on_zone(&batch.zone);
        let wanted = wanted.changing(&batch.changes);
        let ask = self.ask(Account::Dns, Operation::ChangeResourceRecordSets, wanted);
        self.call(&ask, |world| {
            let (account, arn, agent) = (&ask.who.account, &ask.who.arn, "cutover");
            world.change_by(Sender { account, arn, agent }, &batch.zone, &batch.changes, comment)
        })
        .await
    }

    async fn change_status(&self, change: &ChangeId) -> Result<ChangeStatus, CloudError> {
        let wanted = Wanted::to("route53:GetChange").on(format!("route53:::change/{}", change.0));
        let ask = self.ask(Account::Dns, Operation::GetChange, wanted);
        self.read(&ask, |world| world.change_status(&ask.who.account, change)).await
    }

    async fn balancer(&self, side: Side, name: &BalancerName) -> Result<Balancer, CloudError> {
        let wanted = Wanted::to("elasticloadbalancing:DescribeLoadBalancers");
        let ask = self.ask(side.account(), Operation::DescribeLoadBalancers, wanted);
        let all = self.read(&ask, |world| world.balancers(&ask.who.account)).await?;
        let found = all.into_iter().find(|balancer| balancer.name == *name);
        found.ok_or_else(|| not_found(ask.operation, format!("load balancer {name}")))
    }

    async fn balancers(&self, side: Side) -> Result<Vec<Balancer>, CloudError> {
        let wanted = Wanted::to("elasticloadbalancing:DescribeLoadBalancers");
        let ask = self.ask(side.account(), Operation::DescribeLoadBalancers, wanted);
        self.read(&ask, |world| world.balancers(&ask.who.account)).await
    }

    async fn target_health(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<TargetHealth, CloudError> {
        let [first, wanted] = health_of(balancer.name.kind);
        let ask = self.ask(side.account(), Operation::DescribeTargetHealth, wanted);
        self.read(&ask, |world| {
            world.permit(&ask.who, &first)?;
            world.target_health(&ask.who.account, &balancer.name)
        })
        .await
    }

    async fn tail(&self, side: Side, balancer: &Balancer) -> Result<Tail, CloudError> {
        let wanted = Wanted::to("elasticloadbalancing:DescribeLoadBalancerAttributes");
        let ask = self.ask(side.account(), Operation::DescribeLoadBalancerAttributes, wanted);
        let newer = balancer.name.kind != BalancerKind::Classic;
        let groups = Wanted::to("elasticloadbalancing:DescribeTargetGroupAttributes");
        self.read(&ask, |world| {
            let mut tail = world.tail(&ask.who.account, &balancer.name)?;
            // Of the newer kinds each part is left out that may not be read.
            if newer && world.permit(&ask.who, &groups).is_err() {
                tail.draining = None;
            }
            Ok(tail)
        })
        .await
    }

    async fn reservation(
        &self,
        side: Side,
        balancer: &Balancer,
    ) -> Result<Reservation, CloudError> {
        let wanted = Wanted::to("elasticloadbalancing:DescribeCapacityReservation");
        let ask = self.ask(side.account(), Operation::DescribeCapacityReservation, wanted);
        self.read(&ask, |world| world.reservation(&ask.who.account, &balancer.name)).await
    }

    async fn reserve(
        &self,
        side: Side,
        balancer: &Balancer,
        units: Option<u32>,
    ) -> Result<Reservation, CloudError> {
        let wanted = Wanted::to("elasticloadbalancing:ModifyCapacityReservation");
        let ask = self.ask(side.account(), Operation::ModifyCapacityReservation, wanted);
        self.call(&ask, |world| world.reserve(&ask.who.account, &balancer.name, units)).await
    }

    async fn metrics(
        &self,
        account: Account,
        queries: &[MetricQuery],
        from: Minute,
        until: Minute,
    ) -> Result<Vec<Series>, CloudError> {
        let mut series = Vec::with_capacity(queries.len());
        for part in queries.chunks(MOST_QUERIES) {
            let wanted = Wanted::to("cloudwatch:GetMetricData");
            let ask = self.ask(account, Operation::GetMetricData, wanted);
            let read = |world: &mut World| world.metrics(&ask.who.account, part, from, until);
            series.extend(self.read(&ask, read).await?);
        }
        Ok(series)
    }

    async fn alarms(
        &self,
        account: Account,
        names: &[String],
    ) -> Result<Vec<Option<AlarmReading>>, CloudError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = Wanted::to("cloudwatch:DescribeAlarms");
        let ask = self.ask(account, Operation::DescribeAlarms, wanted);
        let all = self.read(&ask, |world| world.alarms(&ask.who.account)).await?;
        let says = |name: &String| all.iter().find(|alarm| alarm.name == *name);
        Ok(names.iter().map(|name| says(name).map(|alarm| alarm.reading.clone())).collect())
    }

    async fn services(
        &self,
        side: Side,
        cluster: &str,
        names: &[String],
    ) -> Result<Vec<Option<ServiceState>>, CloudError> {
        let wanted = Wanted::to("ecs:DescribeServices");
        let ask = self.ask(side.account(), Operation::DescribeServices, wanted);
        let all = self.read(&ask, |world| Ok(world.services(&ask.who.account))).await?;
        let of = |name: &String| all.iter().find(|s| s.cluster == cluster && s.name == *name);
        Ok(names.iter().map(|name| of(name).map(|service| service.state.clone())).collect())
    }

    async fn peering(&self, side: Side, id: &str) -> Result<Option<Peering>, CloudError> {
        let wanted = Wanted::to("ec2:DescribeVpcPeeringConnections");
        let ask = self.ask(side.account(), Operation::DescribeVpcPeeringConnections, wanted);
        let of_account = |world: &mut World| Ok(world.peering(&ask.who.account, id));
        let Some(peering) = self.read(&ask, of_account).await? else { return Ok(None) };
        let wanted = Wanted::to("ec2:DescribeRouteTables");
        let ask = self.ask(side.account(), Operation::DescribeRouteTables, wanted);
        let routes = self.read(&ask, |world| Ok(world.peering_routes(&ask.who.account, id))).await;
        Ok(Some(Peering { routes: if_told(routes)?, ..peering }))
    }

    async fn trail(&self, from: Timestamp, until: Timestamp) -> Result<Trail, CloudError> {
        let wanted = Wanted::to("cloudtrail:LookupEvents");
        let ask = self.ask(Account::Dns, Operation::LookupEvents, wanted);
        let read = |world: &mut World| {
            let calls = world.trail(&ask.who.account, (from, until)).cloned().collect();
            Ok(Trail { calls, unread: Vec::new() })
        };
        let mut trail = self.read(&ask, read).await?;
        trail.calls.reverse();
        Ok(trail)
    }
}

/// Returns the permissions that counting a load balancer's healthy targets needs.
fn health_of(kind: BalancerKind) -> [Wanted; 2] {
    let (first, second) = match kind {
        BalancerKind::Classic => ("DescribeInstanceHealth", "DescribeInstanceHealth"),
        BalancerKind::Application | BalancerKind::Network => {
            ("DescribeTargetGroups", "DescribeTargetHealth")
        }
    };
    [first, second].map(|action| Wanted::to(format!("elasticloadbalancing:{action}")))
}

/// Returns what a call told that a role need not be allowed.
fn if_told<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Err(error) if error.kind == CloudErrorKind::Denied => Ok(None),
        answer => answer.map(Some),
    }
}
