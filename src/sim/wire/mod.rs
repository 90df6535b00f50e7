//! The simulator's face over the real AWS protocols, so that the aws command line, boto3, Terraform and the SDKs can talk
//! to the invented AWS when they are given its address as their endpoint.
//!
//! A request is read whole (`request`), its caller is recognised (`auth`), one operation is performed on the
//! [`World`] (`route53`, `elb`, `elbv2`, `sts`, `cloudwatch`), and what it returns is written in the protocol that was
//! spoken (`codec`, `answer`). The operations never see a protocol. Signatures are not checked.
//!
//! What the services have that a cutover does not need is refused by name, never answered with nothing.

mod alarms;
mod answer;
mod auth;
mod call;
mod cloudwatch;
mod codec;
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
use super::World;

/// Performs what a request asks for.
fn perform(
    world: &mut World,
    caller: &Caller,
    request: &Request,
    target: &Target,
    arguments: Result<Value, Malformed>,
) -> Result<Node, Fault> {
    let arguments = arguments?;
    let name = match &target.operation {
        Operation::Route53(operation) => {
            return operation.perform(world, &caller.account, request);
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
        Some(Service::Route53) | None => None,
    };
    result.unwrap_or_else(|| Err(unknown(target, name)))
}

/// Refuses what the simulator does not have.
fn unknown(target: &Target, what: &str) -> Fault {
    let place = target.service.map_or("any service", Service::name);
    let message = format!("the simulator has no operation {what} in {place}");
    Fault::refused(target.protocol.code_of_unknown_operation(), message)
}
