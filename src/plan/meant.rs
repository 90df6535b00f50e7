//! How many requests are meant for each of new's load balancers, as far as legacy's load balancers tell.

use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use crate::{
    runbook::Runbook,
    unit::{BalancerName, Side},
};

/// Returns the requests a minute that each of new's load balancers would get of all traffic: what those of legacy's got
/// whose records lead to it, and to no other. Empty where new has no more than one, for then there is nothing to tell apart.
pub(super) fn meant_for(runbook: &Runbook, snapshot: &Snapshot) -> BTreeMap<String, f64> {
    let mut before: BTreeMap<&BalancerName, BTreeSet<Option<&BalancerName>>> = BTreeMap::new();
    let mut after: BTreeMap<&BalancerName, BTreeSet<&BalancerName>> = BTreeMap::new();
    for record in &runbook.records {
        let Some(new) = record.new.metrics_balancer() else { continue };
        let legacy = record.legacy.metrics_balancer();
        before.entry(new).or_default().insert(legacy);
        if let Some(legacy) = legacy {
            after.entry(legacy).or_default().insert(new);
        }
    }
    if before.len() < 2 {
        return BTreeMap::new();
    }
    let rate = |legacy: &Option<&BalancerName>| {
        let legacy = (*legacy)?;
        let alone = after.get(legacy).is_some_and(|leads_to| leads_to.len() == 1);
        let busy = snapshot.busy.get(&(Side::Legacy, legacy.clone()))?;
        alone.then_some(*busy as f64)
    };
    let meant = |(new, before): (&&BalancerName, &BTreeSet<_>)| {
        let rates = before.iter().map(rate).collect::<Option<Vec<f64>>>()?;
        Some((new.to_string(), rates.iter().sum()))
    };
    before.iter().filter_map(meant).collect()
}
