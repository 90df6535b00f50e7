//! What ECS services do, and when.

use super::*;
use crate::{plan::Rollout, sim::StageService};

/// Returns how many deployments the services of an account have so many minutes after the beginning, how far the newest is,
/// and its id.
fn newest(world: &mut World, account: &str, minute: i64) -> (usize, Option<Rollout>, String) {
    world.advance(start() + minutes(minute));
    let state = world.services(account).remove(0).state;
    assert_eq!((state.desired, state.running), (4, 4));
    let newest = &state.deployments[0];
    (state.deployments.len(), newest.rollout, newest.id.clone())
}

#[test]
fn a_service_is_steady_but_while_somebody_deploys_it_and_has_another_deployment_afterwards() {
    let service = |account: &str, side| StageService {
        account: account.to_owned(),
        side,
        cluster: "main".to_owned(),
        service: "api".to_owned(),
        tasks: 4,
    };
    let ecs = vec![service(NEW, Side::New), service(LEGACY, Side::Legacy)];
    let yaml = "faults:
  - { at: 5m, for: 10m, side: new, deployment: going_on }
  - { at: 20m, for: 5m, side: new, deployment: failed }";
    let mut world = world(Stage { ecs, ..pair(0, 100) }, yaml);
    use Rollout::{Completed, Failed, InProgress};
    let (_, _, before) = newest(&mut world, NEW, 0);
    let mut ids = Vec::new();
    for (minute, count, rollout) in [
        (4, 1, Completed),
        (5, 2, InProgress),
        (15, 1, Completed),
        (20, 2, Failed),
        (25, 1, Completed),
    ] {
        let (known, newest, id) = newest(&mut world, NEW, minute);
        assert_eq!((known, newest), (count, Some(rollout)), "{minute}");
        ids.push(id);
    }
    assert_eq!(ids[0], before);
    // The one that was going on is the one that stays, and the one that failed leaves none.
    assert_ne!(ids[1], before);
    assert_eq!((&ids[2], &ids[4]), (&ids[1], &ids[1]));
    assert_eq!(newest(&mut world, LEGACY, 26), (1, Some(Completed), before));
}
