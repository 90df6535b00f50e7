//! One reading of the ECS services.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cloud::Cloud,
    plan::{EcsCheck, ServiceReading, ServiceState},
};

/// Reads these services, one cluster after the other, and returns what each does by what it is called beside the gates.
pub(super) async fn services<C: Cloud>(
    cloud: &C,
    checks: &[EcsCheck],
) -> BTreeMap<String, ServiceReading> {
    let clusters: BTreeSet<_> =
        checks.iter().map(|check| (check.side, check.cluster.as_str())).collect();
    let mut readings = BTreeMap::new();
    for (side, cluster) in clusters {
        let of_cluster: Vec<&EcsCheck> =
            checks.iter().filter(|c| c.side == side && c.cluster == cluster).collect();
        let names: Vec<String> = of_cluster.iter().map(|check| check.service.clone()).collect();
        let told: Vec<ServiceReading> = match cloud.services(side, cluster, &names).await {
            Ok(states) => states.into_iter().map(reading).collect(),
            Err(error) => vec![ServiceReading::Unread(error.to_string()); names.len()],
        };
        readings.extend(of_cluster.into_iter().map(EcsCheck::gate_name).zip(told));
    }
    readings
}

fn reading(state: Option<ServiceState>) -> ServiceReading {
    state.map_or(ServiceReading::Missing, ServiceReading::Told)
}
