//! ECS services: what is known of one, and whether somebody is deploying it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::runbook::model::EcsCheck;

/// An ECS service that is read beside the metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Which one.
    pub check: EcsCheck,
    /// The id of its deployment before the run, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
}

/// What one reading of a service brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceReading {
    /// What ECS told of it.
    Told(ServiceState),
    /// There is no such service, or no such cluster.
    Missing,
    /// It could not be read, and why.
    Unread(String),
}

/// A service as ECS describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// Its status, such as `ACTIVE` or `DRAINING`.
    pub status: String,
    /// Tasks that it is meant to run.
    pub desired: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that are being started.
    pub pending: u32,
    /// Its deployments, or its task sets where something else than ECS deploys it; the newest first.
    pub deployments: Vec<Deployment>,
}

/// One deployment of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// Its status, such as `PRIMARY` or `ACTIVE`.
    pub status: String,
    /// How far it is, where ECS tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// Why it is there, in ECS's words, where it failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rollout {
    /// It is done.
    Completed,
    /// It goes on.
    InProgress,
    /// It was given up.
    Failed,
}

/// Why a service is not steady.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsteady {
    /// Somebody is deploying it.
    Deploying,
    /// It does not run what it should, in words.
    Broken(String),
    /// It runs what it should, and something more comes or goes, in words.
    Moving(String),
}

impl ServiceState {
    /// Returns why the service is not steady, if it is not; `known` is the id of its deployment before.
    pub fn unsteady(&self, known: Option<&str>) -> Option<Unsteady> {
        if self.status != "ACTIVE" {
            return Some(Unsteady::Broken(format!("its status is {}, not ACTIVE", self.status)));
        }
        if let Some(failed) = self.deployments.iter().find(|d| d.rollout == Some(Rollout::Failed)) {
            let reason = failed.reason.trim().trim_end_matches('.');
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            return Some(Unsteady::Broken(format!("its deployment {} failed{reason}", failed.id)));
        }
        if self.is_deploying(known) {
            return Some(Unsteady::Deploying);
        }
        if self.desired == 0 {
            return Some(Unsteady::Broken("it is meant to run no task at all".to_owned()));
        }
        if self.running < self.desired {
            return Some(Unsteady::Broken(format!("only {self}")));
        }
        (self.running > self.desired || self.pending > 0)
            .then(|| Unsteady::Moving(self.to_string()))
    }

    /// Returns true for a service that nothing answers for: no task runs, or it is being deleted.
    pub fn is_down(&self) -> bool {
        self.running == 0 || self.desired == 0 || self.status != "ACTIVE"
    }

    fn is_deploying(&self, known: Option<&str>) -> bool {
        let going_on = |d: &Deployment| d.rollout == Some(Rollout::InProgress);
        match self.deployments.as_slice() {
            [] => false,
            [only] => {
                // Where nobody tells how far it is, a new one is not done before all of its tasks run.
                let untold = only.rollout.is_none() && known.is_some_and(|id| id != only.id);
                going_on(only)
                    || only.status != "PRIMARY"
                    || (untold && (self.running != self.desired || self.pending > 0))
            }
            _ => true,
        }
    }

    /// Returns the id of the deployment that the service runs.
    pub fn deployment(&self) -> Option<&str> {
        let primary = self.deployments.iter().find(|deployment| deployment.status == "PRIMARY");
        primary.or(self.deployments.first()).map(|deployment| deployment.id.as_str())
    }
}

/// How many tasks run, in words that follow a name.
impl fmt::Display for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} tasks run", self.running, self.desired)?;
        match self.pending {
            0 => Ok(()),
            1 => f.write_str(", 1 is being started"),
            pending => write!(f, ", {pending} are being started"),
        }
    }
}
