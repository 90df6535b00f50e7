//! ECS's services: those of the stage, steady unless the scenario lets somebody deploy them.

use super::{World, faults::ServiceWeather};
use crate::{
    plan::{Deployment, Rollout, ServiceState},
    sim::stage::StageService,
};

/// A service as ECS describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcsService {
    /// The cluster that it is in.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub state: ServiceState,
}

impl World {
    /// Returns the ECS services of an account, by cluster and name.
    pub fn services(&self, account: &str) -> Vec<EcsService> {
        let own = self.stage.ecs.iter().filter(|service| service.account == account);
        let described = |service: &StageService| EcsService {
            cluster: service.cluster.clone(),
            name: service.service.clone(),
            state: self.state(service),
        };
        let mut services: Vec<EcsService> = own.map(described).collect();
        services.sort_by(|a, b| (&a.cluster, &a.name).cmp(&(&b.cluster, &b.name)));
        services
    }

    fn state(&self, service: &StageService) -> ServiceState {
        let tasks = service.tasks;
        let deployment = |number: usize, status: &str, rollout| Deployment {
            // ECS numbers deployments in no order that anybody could tell.
            id: format!("ecs-svc/{:019}", 4_611_686_018_427_387_904 + number as u64 * 104_729),
            status: status.to_owned(),
            rollout: Some(rollout),
            reason: match rollout {
                Rollout::Failed => "tasks failed to start.".to_owned(),
                Rollout::Completed | Rollout::InProgress => String::new(),
            },
        };
        let ServiceWeather { ended, deploying, failed } =
            self.faults.service(service.side, self.now_ms());
        let before = deployment(ended, "ACTIVE", Rollout::Completed);
        let (running, pending, deployments) = match (deploying, failed) {
            (true, _) => {
                let next = deployment(ended + 1, "PRIMARY", Rollout::InProgress);
                (tasks, 1, vec![next, before])
            }
            (false, true) => {
                let next = deployment(ended + 1, "PRIMARY", Rollout::Failed);
                (tasks, 0, vec![next, before])
            }
            (false, false) => (tasks, 0, vec![deployment(ended, "PRIMARY", Rollout::Completed)]),
        };
        ServiceState { status: "ACTIVE".to_owned(), desired: tasks, running, pending, deployments }
    }
}
