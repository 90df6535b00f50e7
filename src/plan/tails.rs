//! How long connections outlast a change of DNS: clients that keep one open go on using it.

use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::unit::{BalancerKind, BalancerName, Side, SignedDuration, words};

/// What a load balancer's attributes say of connections. What its kind does not have, and what could not be read, is
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tail {
    /// Age at which it closes a client's connection, however busy that is (`client_keep_alive.seconds`). Only application
    /// load balancers have one.
    pub keep_alive: Option<SignedDuration>,
    /// How long a connection may be idle before it is closed.
    pub idle: Option<SignedDuration>,
    /// How long a target that is taken out goes on with the requests that it has: the longest of its target groups.
    pub draining: Option<SignedDuration>,
}

/// The tail of one load balancer of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancerTail {
    /// The environment that it belongs to.
    pub side: Side,
    /// The load balancer.
    pub balancer: BalancerName,
    /// What its attributes say.
    pub tail: Tail,
}

impl BalancerTail {
    /// Returns how long a client can stay after DNS has led it away; nothing where no limit is known.
    pub fn longest(&self) -> Option<SignedDuration> {
        self.tail.keep_alive.filter(|_| self.balancer.kind == BalancerKind::Application)
    }

    /// Returns what closes its connections, in words.
    pub fn in_words(&self) -> String {
        let idle = self.tail.idle.map(|idle| format!("idle ones after {}", words(idle)));
        match (self.balancer.kind, self.tail.keep_alive) {
            (BalancerKind::Application, Some(age)) => {
                let idle = idle.map_or(String::new(), |idle| format!(", {idle}"));
                format!("connections are closed when {} old{idle}", words(age))
            }
            (BalancerKind::Application, None) => {
                "not known when connections are closed; AWS's default is when they are 1h old"
                    .to_owned()
            }
            (BalancerKind::Classic, _) => {
                let idle =
                    idle.unwrap_or_else(|| "idle ones after a time that is not known".to_owned());
                format!("connections in use are never closed, {idle}")
            }
            (BalancerKind::Network, _) => {
                "connections in use are never closed, idle ones when its listeners say".to_owned()
            }
        }
    }
}

/// Returns the tails of all load balancers that were looked at.
pub(super) fn tails(snapshot: &Snapshot) -> Vec<BalancerTail> {
    let of = |((side, name), tail): (&(Side, BalancerName), &Tail)| BalancerTail {
        side: *side,
        balancer: name.clone(),
        tail: *tail,
    };
    snapshot.load.tails.iter().map(of).collect()
}
