//! CloudTrail: every batch that was sent, with its caller. It tells of a call at once, which the real one does not.

use super::World;
use crate::{
    audit::{RecordChange, ZoneCall},
    cloud::{ChangeId, CloudError},
    plan::{Answer, Change, ChangeAction, Routing, ZoneId},
    unit::Timestamp,
};

/// Who sent a batch.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Sender<'a> {
    pub(in crate::sim) account: &'a str,
    pub(in crate::sim) arn: &'a str,
    pub(in crate::sim) agent: &'a str,
}

impl World {
    /// Submits a batch, and keeps who sent it.
    ///
    /// # Errors
    /// As [`World::change`].
    pub(in crate::sim) fn change_by(
        &mut self,
        sender: Sender<'_>,
        zone: &ZoneId,
        changes: &[Change],
        comment: &str,
    ) -> Result<ChangeId, CloudError> {
        let answer = self.change(sender.account, zone, changes, comment);
        let refused = answer.as_ref().err();
        let call = ZoneCall {
            id: format!("00000000-0000-4000-8000-{:012x}", self.trail.len()),
            at: Timestamp::from_second(self.now().as_second()).unwrap_or(self.now()),
            who: sender.arn.to_owned(),
            from: "127.0.0.1".to_owned(),
            agent: sender.agent.to_owned(),
            refused: refused.map(|error| error.code.clone().unwrap_or(error.message.clone())),
            zone: zone.clone(),
            comment: comment.to_owned(),
            change: answer.as_ref().ok().map(|change| change.0.clone()),
            changes: Some(changes.iter().map(told).collect()),
        };
        self.trail.push((sender.account.to_owned(), call));
        answer
    }

    /// Returns the batches that an account sent in this time, newest first, as CloudTrail lists them.
    pub fn trail(
        &self,
        account: &str,
        (from, until): (Timestamp, Timestamp),
    ) -> impl Iterator<Item = &ZoneCall> {
        let own = self.trail.iter().rev().filter(move |(whose, _)| whose == account);
        own.map(|(_, call)| call).filter(move |call| (from..=until).contains(&call.at))
    }
}

fn told(change: &Change) -> RecordChange {
    let record = &change.record;
    let action = match change.action {
        ChangeAction::Create => "CREATE",
        ChangeAction::Delete => "DELETE",
        ChangeAction::Upsert => "UPSERT",
    };
    let weight = match &record.routing {
        Routing::Weighted { weight, .. } => Some(u64::from(weight.0)),
        Routing::Simple | Routing::Other { .. } => None,
    };
    let answer = match &record.answer {
        Answer::Values { values, .. } => values.join(", "),
        Answer::Alias { dns_name, .. } => format!("alias {dns_name}"),
    };
    RecordChange {
        action: action.to_owned(),
        name: record.name.to_string(),
        kind: record.kind.to_string(),
        identifier: record.set_identifier().map(str::to_owned),
        weight,
        answer,
    }
}
