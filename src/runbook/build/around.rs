//! What is looked at beside the load balancers before a run, and during it.

use std::collections::BTreeSet;

use super::Rules;
use crate::{
    runbook::{
        model::{EcsCheck, PeeringCheck},
        read::Fields,
    },
    unit::Side,
};

/// Returns the ECS services that must be steady. One that stands there twice would be judged twice.
pub(super) fn ecs(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<Vec<EcsCheck>> {
    let mut seen = BTreeSet::new();
    let mut checks = Vec::new();
    // All are built before the first gap ends it, so that each can report what it breaks.
    for node in fields.items("ecs") {
        let check = service(Fields::of(node), rules);
        if let Some(check) = &check
            && !seen.insert(check.gate_name())
        {
            let message = format!("the service `{}` stands here twice", check.service);
            rules.broken(node, message, Some("name each service once"));
        }
        checks.push(check);
    }
    checks.into_iter().collect()
}

fn service(fields: Fields<'_>, rules: &mut Rules<'_>) -> Option<EcsCheck> {
    let (cluster, service) = (fields.text("cluster"), fields.text("service"));
    let at_least = fields.whole("at_least").optional();
    let fewer = fields.flag("fewer").or(false);
    let side = fields.word("side").needed()?;
    let (at_least, fewer) = (at_least?, fewer?);
    if side == Side::Legacy {
        let message = "legacy is what new is compared with";
        rules.broken_key(fields, "fewer", message, Some("say `fewer: true` at the service of new"));
    } else if fewer && at_least.is_some() {
        let message = "`at_least` says already how few tasks are enough";
        rules.broken_key(fields, "fewer", message, Some("take one of the two out"));
    }
    Some(EcsCheck { side, cluster: cluster.needed()?, service: service.needed()?, at_least, fewer })
}

/// Returns the VPC peering connections that must be active.
pub(super) fn peerings(fields: Fields<'_>) -> Option<Vec<PeeringCheck>> {
    let checks = fields.items("vpc_peering").iter().map(|node| {
        let check = Fields::of(node);
        Some(PeeringCheck { side: check.word("side").needed()?, id: check.text("id").needed()? })
    });
    checks.collect()
}
