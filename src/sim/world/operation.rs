//! The API operations that the invented AWS answers, and how long they take.

use crate::{sim::scenario::Route53Setting, unit::SignedDuration};

/// An API operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Route 53: the zones of an account, by whichever of its calls.
    ListHostedZones,
    /// Route 53: one zone.
    GetHostedZone,
    /// Route 53: how much a zone may hold.
    GetHostedZoneLimit,
    /// Route 53: the names and types of a zone that nobody may change.
    ListResourceRecordSetProtections,
    /// Route 53: lets names and types be changed again.
    DeleteResourceRecordSetProtections,
    /// Route 53: the record sets of a zone.
    ListResourceRecordSets,
    /// Route 53: a batch.
    ChangeResourceRecordSets,
    /// Route 53: how far a change has come.
    GetChange,
    /// Elastic Load Balancing: the load balancers of an account.
    DescribeLoadBalancers,
    /// Elastic Load Balancing: the targets behind one.
    DescribeTargetHealth,
    /// Elastic Load Balancing: how long connections to one last.
    DescribeLoadBalancerAttributes,
    /// Elastic Load Balancing: what is reserved for one.
    DescribeCapacityReservation,
    /// Elastic Load Balancing: reserves capacity.
    ModifyCapacityReservation,
    /// CloudWatch: datapoints.
    GetMetricData,
    /// CloudWatch: alarms and what they say.
    DescribeAlarms,
    /// ECS: what services do.
    DescribeServices,
    /// EC2: VPC peering connections.
    DescribeVpcPeeringConnections,
    /// EC2: route tables.
    DescribeRouteTables,
    /// CloudTrail: who called what.
    LookupEvents,
    /// STS: who is asking.
    GetCallerIdentity,
}

impl Operation {
    /// Returns the operation's name in AWS.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ListHostedZones => "ListHostedZones",
            Self::GetHostedZone => "GetHostedZone",
            Self::GetHostedZoneLimit => "GetHostedZoneLimit",
            Self::ListResourceRecordSetProtections => "ListResourceRecordSetProtections",
            Self::DeleteResourceRecordSetProtections => "DeleteResourceRecordSetProtections",
            Self::ListResourceRecordSets => "ListResourceRecordSets",
            Self::ChangeResourceRecordSets => "ChangeResourceRecordSets",
            Self::GetChange => "GetChange",
            Self::DescribeLoadBalancers => "DescribeLoadBalancers",
            Self::DescribeTargetHealth => "DescribeTargetHealth",
            Self::DescribeLoadBalancerAttributes => "DescribeLoadBalancerAttributes",
            Self::DescribeCapacityReservation => "DescribeCapacityReservation",
            Self::ModifyCapacityReservation => "ModifyCapacityReservation",
            Self::GetMetricData => "GetMetricData",
            Self::DescribeAlarms => "DescribeAlarms",
            Self::DescribeServices => "DescribeServices",
            Self::DescribeVpcPeeringConnections => "DescribeVpcPeeringConnections",
            Self::DescribeRouteTables => "DescribeRouteTables",
            Self::LookupEvents => "LookupEvents",
            Self::GetCallerIdentity => "GetCallerIdentity",
        }
    }

    /// Returns true for Route 53's API.
    pub(super) fn is_route53(self) -> bool {
        match self {
            Self::ListHostedZones
            | Self::GetHostedZone
            | Self::GetHostedZoneLimit
            | Self::ListResourceRecordSetProtections
            | Self::DeleteResourceRecordSetProtections
            | Self::ListResourceRecordSets
            | Self::ChangeResourceRecordSets
            | Self::GetChange => true,
            Self::DescribeLoadBalancers
            | Self::DescribeTargetHealth
            | Self::DescribeLoadBalancerAttributes
            | Self::DescribeCapacityReservation
            | Self::ModifyCapacityReservation
            | Self::GetMetricData
            | Self::DescribeAlarms
            | Self::DescribeServices
            | Self::DescribeVpcPeeringConnections
            | Self::DescribeRouteTables
            | Self::LookupEvents
            | Self::GetCallerIdentity => false,
        }
    }

    /// Shortest and longest time that a call takes, in milliseconds. AWS documents none.
    pub(super) fn latency_ms(self) -> (f64, f64) {
        match self {
            Self::ChangeResourceRecordSets => (150.0, 600.0),
            Self::ListHostedZones
            | Self::GetHostedZone
            | Self::GetHostedZoneLimit
            | Self::ListResourceRecordSetProtections
            | Self::DeleteResourceRecordSetProtections
            | Self::ListResourceRecordSets
            | Self::GetChange => (40.0, 200.0),
            Self::DescribeLoadBalancers | Self::DescribeTargetHealth => (60.0, 250.0),
            // Asked beside the targets, and no longer than those take.
            Self::DescribeLoadBalancerAttributes
            | Self::DescribeCapacityReservation
            | Self::ModifyCapacityReservation => (60.0, 60.0),
            Self::GetMetricData
            | Self::DescribeAlarms
            | Self::DescribeServices
            | Self::DescribeVpcPeeringConnections
            | Self::DescribeRouteTables
            | Self::LookupEvents => (80.0, 400.0),
            Self::GetCallerIdentity => (30.0, 120.0),
        }
    }
}

impl Route53Setting {
    /// Returns how long a call takes, where the scenario says so.
    pub(super) fn takes(&self, operation: Operation) -> Option<SignedDuration> {
        if operation == Operation::ChangeResourceRecordSets {
            self.change
        } else if operation.is_route53() {
            self.answer
        } else {
            None
        }
    }
}
