//! Route 53 over rest-xml, version 2013-04-01.

mod change;
mod list;
mod protection;
mod record;
mod zones;

use hyper::Method;

use super::{auth::Caller, codec::Node, fault::Fault, request::Request};
use crate::{
    plan::ZoneId,
    sim::{self, World, policy::Wanted},
};

/// An operation and what it is done to, as method and path say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    ListHostedZones,
    ListHostedZonesByName,
    GetHostedZoneCount,
    GetHostedZone(ZoneId),
    GetHostedZoneLimit(ZoneId, String),
    ListResourceRecordSetProtections(ZoneId),
    DeleteResourceRecordSetProtections(ZoneId),
    ListResourceRecordSets(ZoneId),
    ChangeResourceRecordSets(ZoneId),
    GetChange(String),
    ListTagsForResource { kind: String, id: String },
}

impl Operation {
    /// Returns the operation that a path below `/2013-04-01/` asks for, if there is one.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let zone = |id: &str| ZoneId(id.to_owned());
        let get = *method == Method::GET;
        match parts.as_slice() {
            ["2013-04-01", "hostedzone"] if get => Some(Self::ListHostedZones),
            ["2013-04-01", "hostedzonesbyname"] if get => Some(Self::ListHostedZonesByName),
            ["2013-04-01", "hostedzonecount"] if get => Some(Self::GetHostedZoneCount),
            ["2013-04-01", "hostedzone", id] if get => Some(Self::GetHostedZone(zone(id))),
            ["2013-04-01", "hostedzonelimit", id, kind] if get => {
                Some(Self::GetHostedZoneLimit(zone(id), (*kind).to_owned()))
            }
            ["2013-04-01", "hostedzone", id, "rrsetprotection"] if get => {
                Some(Self::ListResourceRecordSetProtections(zone(id)))
            }
            ["2013-04-01", "hostedzone", id, "rrsetprotection", "delete"]
                if *method == Method::POST =>
            {
                Some(Self::DeleteResourceRecordSetProtections(zone(id)))
            }
            ["2013-04-01", "hostedzone", id, "rrset"] if get => {
                Some(Self::ListResourceRecordSets(zone(id)))
            }
            ["2013-04-01", "hostedzone", id, "rrset"] if *method == Method::POST => {
                Some(Self::ChangeResourceRecordSets(zone(id)))
            }
            ["2013-04-01", "change", id] if get => Some(Self::GetChange((*id).to_owned())),
            ["2013-04-01", "tags", kind, id] if get => {
                Some(Self::ListTagsForResource { kind: (*kind).to_owned(), id: (*id).to_owned() })
            }
            _ => None,
        }
    }

    /// Returns its name in AWS's model.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ListHostedZones => "ListHostedZones",
            Self::ListHostedZonesByName => "ListHostedZonesByName",
            Self::GetHostedZoneCount => "GetHostedZoneCount",
            Self::GetHostedZone(_) => "GetHostedZone",
            Self::GetHostedZoneLimit(..) => "GetHostedZoneLimit",
            Self::ListResourceRecordSetProtections(_) => "ListResourceRecordSetProtections",
            Self::DeleteResourceRecordSetProtections(_) => "DeleteResourceRecordSetProtections",
            Self::ListResourceRecordSets(_) => "ListResourceRecordSets",
            Self::ChangeResourceRecordSets(_) => "ChangeResourceRecordSets",
            Self::GetChange(_) => "GetChange",
            Self::ListTagsForResource { .. } => "ListTagsForResource",
        }
    }

    /// Returns the permission that it needs; what a batch changes is told by its body, and left to whoever refuses
    /// one that cannot be read.
    pub(super) fn wanted(&self, request: &Request) -> Wanted {
        let wanted = Wanted::to(format!("route53:{}", self.name()));
        match self {
            Self::GetHostedZone(zone)
            | Self::GetHostedZoneLimit(zone, _)
            | Self::ListResourceRecordSetProtections(zone)
            | Self::DeleteResourceRecordSetProtections(zone)
            | Self::ListResourceRecordSets(zone) => wanted.on_zone(zone),
            Self::ChangeResourceRecordSets(zone) => {
                let changes = change::decode(&request.body).map(|(changes, _)| changes);
                wanted.on_zone(zone).changing(&changes.unwrap_or_default())
            }
            Self::GetChange(id) => wanted.on(format!("route53:::change/{id}")),
            Self::ListTagsForResource { kind, id } => wanted.on(format!("route53:::{kind}/{id}")),
            Self::ListHostedZones | Self::ListHostedZonesByName | Self::GetHostedZoneCount => {
                wanted
            }
        }
    }

    /// Returns the world's operation that takes as long as this one.
    pub(super) fn paced_as(&self) -> sim::Operation {
        match self {
            Self::ListResourceRecordSets(_) => sim::Operation::ListResourceRecordSets,
            Self::ChangeResourceRecordSets(_) => sim::Operation::ChangeResourceRecordSets,
            Self::GetChange(_) => sim::Operation::GetChange,
            Self::GetHostedZone(_) => sim::Operation::GetHostedZone,
            Self::GetHostedZoneLimit(..) => sim::Operation::GetHostedZoneLimit,
            Self::ListResourceRecordSetProtections(_) => {
                sim::Operation::ListResourceRecordSetProtections
            }
            Self::DeleteResourceRecordSetProtections(_) => {
                sim::Operation::DeleteResourceRecordSetProtections
            }
            Self::ListHostedZones
            | Self::ListHostedZonesByName
            | Self::GetHostedZoneCount
            | Self::ListTagsForResource { .. } => sim::Operation::ListHostedZones,
        }
    }

    /// Performs it for this account.
    ///
    /// # Errors
    /// What the world says, and requests that Route 53 would not take.
    pub(super) fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &Request,
    ) -> Result<Node, Fault> {
        let account = caller.account.as_str();
        match self {
            Self::ListHostedZones => zones::list(world, account, request),
            Self::ListHostedZonesByName => zones::list_by_name(world, account, request),
            Self::GetHostedZoneCount => zones::count(world, account),
            Self::GetHostedZone(id) => zones::describe(world, account, id),
            Self::GetHostedZoneLimit(id, kind) => zones::limit(world, account, id, kind),
            Self::ListResourceRecordSetProtections(id) => {
                protection::list(world, account, id, request)
            }
            Self::DeleteResourceRecordSetProtections(id) => {
                protection::remove(world, account, id, request)
            }
            Self::ListResourceRecordSets(id) => list::list(world, account, id, request),
            Self::ChangeResourceRecordSets(id) => change::submit(world, caller, id, request),
            Self::GetChange(id) => change::status(world, account, id),
            Self::ListTagsForResource { kind, id } => Ok(zones::tags(kind, id)),
        }
    }
}

/// Reads `maxitems`, at most `most` and that without it.
fn max_items(request: &Request, most: usize) -> Result<usize, Fault> {
    page_size(request, "maxitems", most)
}

/// Reads how many items a page may have, at most `most` and that where nothing is said.
fn page_size(request: &Request, parameter: &str, most: usize) -> Result<usize, Fault> {
    let Some(text) = request.parameter(parameter) else { return Ok(most) };
    let count = text.parse::<usize>().ok().filter(|count| *count > 0);
    let why = || format!("{parameter} must be a whole number above 0, not '{text}'");
    Ok(count.ok_or_else(|| Fault::refused("InvalidInput", why()))?.min(most))
}

#[cfg(test)]
mod tests;
