//! EC2's VPC peering connections: those of the stage, with a route each way.

use super::World;
use crate::{
    plan::{Peering, PeeringEnd, PeeringRoute},
    sim::stage::StagePeering,
};

impl World {
    /// Returns a peering connection as one of the accounts that it belongs to sees it, without its routes.
    pub fn peering(&self, account: &str, id: &str) -> Option<Peering> {
        let owned = |peering: &&StagePeering| peering.ends.iter().any(|end| end.account == account);
        let found = self.stage.peerings.iter().filter(owned).find(|peering| peering.id == id)?;
        let [requester, accepter] = found.ends.clone();
        let status = found.status.clone();
        Some(Peering { status, message: String::new(), requester, accepter, routes: None })
    }

    /// Returns the routes of an account that lead through a peering connection: one in each VPC of the account, to all of
    /// the other one.
    pub(in crate::sim) fn peering_routes(&self, account: &str, id: &str) -> Vec<PeeringRoute> {
        let Some(Peering { requester, accepter, .. }) = self.peering(account, id) else {
            return Vec::new();
        };
        let ways = [(&requester, &accepter), (&accepter, &requester)];
        let own = ways.into_iter().filter(|(from, _)| from.account == account);
        own.flat_map(|(from, to)| to.ranges.iter().map(move |range| route(from, range))).collect()
    }
}

fn route(from: &PeeringEnd, destination: &str) -> PeeringRoute {
    PeeringRoute {
        table: from.vpc.replacen("vpc-", "rtb-", 1),
        vpc: from.vpc.clone(),
        destination: destination.to_owned(),
        active: true,
    }
}
