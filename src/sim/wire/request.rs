//! A request, read whole, and which operation of which service it asks for.

use hyper::{HeaderMap, Method};
use serde_json::Value;

use super::{
    call::Service,
    codec::{Malformed, decode_cbor, decode_json, decode_query},
    route53,
};
use crate::sim;

/// A request with its body.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    /// The query string, decoded.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// A protocol: how arguments are read and answers written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    RestXml,
    Query,
    /// The query protocol as EC2 speaks it: its answers have no result around them, and its errors are listed.
    Ec2,
    Json,
    /// JSON 1.1: the same with another content type.
    Json11,
    Cbor,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) service: Option<Service>,
    pub(super) protocol: Protocol,
    pub(super) operation: Operation,
}

/// An operation as the request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// One of Route 53's, with what it is done to.
    Route53(route53::Operation),
    /// One with arguments.
    Named(String),
    /// A method and path that mean nothing here.
    Unknown(String),
}

impl Operation {
    /// Returns the world's operation that takes as long as this one.
    pub(super) fn paced_as(&self) -> sim::Operation {
        match self {
            Self::Route53(operation) => operation.paced_as(),
            Self::Named(name) => match name.as_str() {
                "GetMetricData" | "GetMetricStatistics" => sim::Operation::GetMetricData,
                "DescribeTargetHealth" | "DescribeInstanceHealth" => {
                    sim::Operation::DescribeTargetHealth
                }
                "LookupEvents" => sim::Operation::LookupEvents,
                "DescribeAlarms" => sim::Operation::DescribeAlarms,
                "DescribeVpcPeeringConnections" => sim::Operation::DescribeVpcPeeringConnections,
                "DescribeRouteTables" => sim::Operation::DescribeRouteTables,
                "DescribeServices" => sim::Operation::DescribeServices,
                name if name.starts_with("Describe") => sim::Operation::DescribeLoadBalancers,
                _ => sim::Operation::GetCallerIdentity,
            },
            Self::Unknown(_) => sim::Operation::GetCallerIdentity,
        }
    }

    /// Returns its name, for logs and answers.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Route53(operation) => operation.name(),
            Self::Named(name) | Self::Unknown(name) => name,
        }
    }
}

/// What the paths of CloudWatch's rpc-v2-cbor begin with.
const CLOUDWATCH_PATH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// What CloudWatch's `X-Amz-Target` begins with.
const CLOUDWATCH_TARGET: &str = "GraniteServiceVersion20100801.";

/// What ECS's `X-Amz-Target` begins with.
const ECS_TARGET: &str = "AmazonEC2ContainerServiceV20141113.";
/// What CloudTrail's `X-Amz-Target` begins with.
const CLOUDTRAIL_TARGET: &str = "CloudTrail_20131101.";

impl Request {
    /// Returns a parameter of the query string.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns a header, if it is there and text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns what is asked for and, for the protocols that have them, the arguments.
    ///
    /// # Errors
    /// The body is not what the protocol says; the target is known all the same.
    pub(super) fn read(&self) -> (Target, Result<Value, Malformed>) {
        let named = |service, protocol, name: &str| Target {
            service: Some(service),
            protocol,
            operation: Operation::Named(name.to_owned()),
        };
        if let Some(name) = self.path.strip_prefix(CLOUDWATCH_PATH) {
            return (named(Service::CloudWatch, Protocol::Cbor, name), decode_cbor(&self.body));
        }
        let target = self.header("x-amz-target").unwrap_or_default();
        for (prefix, service, protocol) in [
            (CLOUDWATCH_TARGET, Service::CloudWatch, Protocol::Json),
            (ECS_TARGET, Service::Ecs, Protocol::Json11),
            (CLOUDTRAIL_TARGET, Service::CloudTrail, Protocol::Json11),
        ] {
            if let Some(name) = target.strip_prefix(prefix) {
                return (named(service, protocol, name), decode_json(&self.body));
            }
        }
        if self.path.starts_with("/2013-04-01/") {
            return (self.route53(), Ok(Value::Null));
        }
        self.form()
    }

    fn route53(&self) -> Target {
        let known = route53::Operation::of(&self.method, &self.path).map(Operation::Route53);
        let operation = known.unwrap_or_else(|| self.unknown());
        Target { service: Some(Service::Route53), protocol: Protocol::RestXml, operation }
    }

    /// Reads a request of the query protocol; its version tells services apart that share a signing name.
    fn form(&self) -> (Target, Result<Value, Malformed>) {
        let arguments = decode_query(&self.body);
        let text = |name: &str| arguments.as_ref().ok()?.get(name)?.as_str();
        let service = text("Version").and_then(|version| match version {
            "2012-06-01" => Some(Service::Elb),
            "2015-12-01" => Some(Service::ElbV2),
            "2011-06-15" => Some(Service::Sts),
            "2010-08-01" => Some(Service::CloudWatch),
            "2016-11-15" => Some(Service::Ec2),
            _ => None,
        });
        let name = text("Action").filter(|_| service.is_some());
        let operation = match name {
            Some(name) => Operation::Named(name.to_owned()),
            None => self.unknown(),
        };
        let protocol = if service == Some(Service::Ec2) { Protocol::Ec2 } else { Protocol::Query };
        (Target { service, protocol, operation }, arguments)
    }

    fn unknown(&self) -> Operation {
        Operation::Unknown(format!("{} {}", self.method, self.path))
    }
}
