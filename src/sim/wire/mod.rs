//! The simulator's face over the real AWS protocols, so that the aws command line, boto3, Terraform and the SDKs can talk
//! to the invented AWS when they are given its address as their endpoint.
//!
//! A request is read whole (`request`), its caller is recognised (`auth`) and asked for its permission, one operation is performed on the
//! [`World`] (`route53`, `elb`, `elbv2`, `sts`, `cloudwatch`, `cloudtrail`, `ecs`, `ec2`), and what it returns is written in the protocol that was
//! spoken (`codec`, `answer`). The operations never see a protocol. Signatures are not checked.
//!
//! What the services have that a cutover does not need is refused by name, never answered with nothing.

mod alarms;
mod answer;
mod auth;
mod call;
mod cloudtrail;
mod cloudwatch;
mod codec;
mod ec2;
mod ecs;
mod elb;
mod elbv2;
mod fault;
mod instance;
mod request;
mod route53;
mod server;
mod sts;

pub use call::{Call, Outcome, Service};
pub use server::serve;

use codec::{Args, Malformed, Node};
use serde_json::Value;

use self::{
    auth::Caller,
    fault::Fault,
    request::{Operation, Request, Target},
};
use super::{World, policy::Wanted};

/// Performs what a request asks for.
fn perform(
    world: &mut World,
    caller: &Caller,
    request: &Request,
    target: &Target,
    arguments: Result<Value, Malformed>,
) -> Result<Node, Fault> {
    let arguments = arguments?;
    if let Some(wanted) = wanted(request, target, &arguments) {
        world.permit(&caller.who(), &wanted)?;
    }
    let name = match &target.operation {
        Operation::Route53(operation) => {
            return operation.perform(world, caller, request);
        }
        Operation::Named(name) => name.as_str(),
        Operation::Unknown(what) => return Err(unknown(target, what)),
    };
    let (account, args) = (caller.account.as_str(), Args(&arguments));
    let result = match target.service {
        Some(Service::Elb) => elb::perform(world, account, name, args),
        Some(Service::ElbV2) => elbv2::perform(world, account, name, args),
        Some(Service::Sts) => sts::perform(caller, world.now(), name, args),
        Some(Service::CloudWatch) => cloudwatch::perform(world, account, name, args),
        Some(Service::Ec2) => ec2::perform(world, account, name, args),
        Some(Service::Ecs) => ecs::perform(world, account, name, args),
        Some(Service::CloudTrail) => cloudtrail::perform(world, account, name, args),
        Some(Service::Route53) | None => None,
    };
    result.unwrap_or_else(|| Err(unknown(target, name)))
}

/// Returns the permission that a call needs; nothing for a call that means nothing here.
fn wanted(request: &Request, target: &Target, arguments: &Value) -> Option<Wanted> {
    let service = match target.service? {
        Service::Route53 => "route53",
        Service::Elb | Service::ElbV2 => "elasticloadbalancing",
        Service::Sts => "sts",
        Service::CloudWatch => "cloudwatch",
        Service::Ec2 => "ec2",
        Service::Ecs => "ecs",
        Service::CloudTrail => "cloudtrail",
    };
    let name = match &target.operation {
        Operation::Route53(operation) => return Some(operation.wanted(request)),
        Operation::Named(name) => name,
        Operation::Unknown(_) => return None,
    };
    let wanted = Wanted::to(format!("{service}:{name}"));
    // Of all else only roles are asked for by their ARN.
    let role = arguments.get("RoleArn").and_then(Value::as_str);
    let role = role.and_then(|arn| arn.strip_prefix("arn:")?.split_once(':'));
    Some(match role {
        Some((_, resource)) if service == "sts" => wanted.on(resource),
        Some(_) | None => wanted,
    })
}

/// Refuses what the simulator does not have.
fn unknown(target: &Target, what: &str) -> Fault {
    let place = target.service.map_or("any service", Service::name);
    let message = format!("the simulator has no operation {what} in {place}");
    Fault::refused(target.protocol.code_of_unknown_operation(), message)
}
