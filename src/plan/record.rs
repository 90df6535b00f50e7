//! Resource record sets and changes to them, in our words. What was listed is echoed back to the letter when it
//! is deleted, because Route 53 compares every field (law L05).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::unit::{RecordName, RecordType, Ttl, Weight};

/// Id of a hosted zone, without the `/hostedzone/` in front.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneId(pub String);

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A hosted zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Its apex.
    pub name: RecordName,
    /// Whether only associated VPCs can ask it.
    pub private: bool,
}

/// A resource record set as Route 53 lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// Its name.
    pub name: RecordName,
    /// Its type.
    pub kind: RecordType,
    /// How it shares its name and type with others.
    pub routing: Routing,
    /// What it answers.
    pub answer: Answer,
    /// Health check that decides whether it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<String>,
}

/// How a record set shares its name and type with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// It is alone.
    Simple,
    /// It is one of a weighted group.
    Weighted {
        /// Tells it from the others, 1 to 128 characters.
        set_identifier: String,
        /// Its part of the answers is this over the sum of the group's (law L44).
        weight: Weight,
    },
    /// Any other policy: never written by cutover, kept to be shown.
    Other {
        /// Tells it from the others.
        set_identifier: Option<String>,
        /// The policy in words, such as `latency us-west-2`.
        policy: String,
    },
}

/// What a record set answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What another AWS resource answers; it has that resource's TTL.
    Alias {
        /// DNS name of the resource, as listed.
        dns_name: String,
        /// Hosted zone id of the resource.
        zone_id: String,
        /// Whether it stops answering while the resource is unhealthy.
        evaluate_target_health: bool,
    },
    /// Plain values.
    Values {
        /// How long resolvers keep them.
        ttl: Ttl,
        /// The values, as listed; their order means nothing.
        values: Vec<String>,
    },
}

impl RecordSet {
    /// Returns the identifier within the group, for a record that has one.
    pub fn set_identifier(&self) -> Option<&str> {
        match &self.routing {
            Routing::Simple => None,
            Routing::Weighted { set_identifier, .. } => Some(set_identifier),
            Routing::Other { set_identifier, .. } => set_identifier.as_deref(),
        }
    }

    /// Returns the weight, for a weighted record.
    pub fn weight(&self) -> Option<Weight> {
        match self.routing {
            Routing::Weighted { weight, .. } => Some(weight),
            Routing::Simple | Routing::Other { .. } => None,
        }
    }

    /// Returns the same record with another weight; a record that is not weighted stays as it is.
    #[must_use]
    pub fn with_weight(&self, new: Weight) -> Self {
        let mut record = self.clone();
        if let Routing::Weighted { weight, .. } = &mut record.routing {
            *weight = new;
        }
        record
    }

    /// Returns how long resolvers keep its answer.
    pub fn ttl(&self) -> Ttl {
        match self.answer {
            Answer::Alias { .. } => Ttl::OF_LOAD_BALANCER,
            Answer::Values { ttl, .. } => ttl,
        }
    }
}

/// Id of a submitted change, without the `/change/` in front.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub String);

/// What is done to one record set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChangeAction {
    /// Fails when it exists (law L07).
    Create,
    /// Fails unless every field is as given (laws L05, L06).
    Delete,
    /// Overwrites whatever is there. Only other people's tools send it; cutover does not.
    Upsert,
}

/// One change to one record set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What is done.
    pub action: ChangeAction,
    /// To what.
    pub record: RecordSet,
}

/// Changes to one zone that happen all together or not at all (law L01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The zone.
    pub zone: ZoneId,
    /// The changes, deletions first (law L10).
    pub changes: Vec<Change>,
}

impl Batch {
    /// Returns the change tokens that it takes: one for each CREATE and DELETE, two for each UPSERT (law L21).
    pub fn tokens(&self) -> usize {
        let cost = |change: &Change| match change.action {
            ChangeAction::Create | ChangeAction::Delete => 1,
            ChangeAction::Upsert => 2,
        };
        self.changes.iter().map(cost).sum()
    }
}
