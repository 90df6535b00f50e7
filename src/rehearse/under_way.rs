//! The invented AWS in the middle of a cutover, to practise the way back.

use super::stage::{answer, stage, zone};
use crate::{
    plan::{Answer, LEGACY_IDENTIFIER, NEW_IDENTIFIER, RecordSet, Routing},
    runbook::{Runbook, model::Record},
    sim::Stage,
    unit::{Share, Side, Weights},
};

/// Like [`stage()`], in the middle of the cutover: every record is a weighted pair already, with this share on new, as
/// cutover itself leaves it.
pub fn stage_under_way(runbooks: &[Runbook], share: Share) -> Stage {
    let mut stage = stage(runbooks);
    for runbook in runbooks {
        for record in &runbook.records {
            pair_up(&mut stage, runbook, record, share);
        }
    }
    stage
}

/// Replaces a record's simple records by pairs.
fn pair_up(stage: &mut Stage, runbook: &Runbook, record: &Record, share: Share) {
    let weights = Weights::nearest(share);
    let (legacy, new) = (
        (Side::Legacy, LEGACY_IDENTIFIER, weights.legacy),
        (Side::New, NEW_IDENTIFIER, weights.new),
    );
    let mut members = Vec::new();
    for (side, set_identifier, weight) in [legacy, new] {
        let Some(answer) = answer(stage, runbook, record, side) else { return };
        let routing = Routing::Weighted { set_identifier: set_identifier.to_owned(), weight };
        members.push((routing, paired(answer, record, runbook)));
    }
    let id = zone(record).id;
    for zone in stage.zones.iter_mut().filter(|zone| zone.zone.id == id) {
        let is_it =
            |live: &RecordSet| live.name == record.name && record.types.contains(&live.kind);
        let (simple, mut records): (Vec<_>, Vec<_>) = zone.records.drain(..).partition(is_it);
        for live in simple {
            let member = |(routing, answer): &(Routing, Answer)| RecordSet {
                routing: routing.clone(),
                answer: answer.clone(),
                ..live.clone()
            };
            records.extend(members.iter().map(member));
        }
        zone.records = records;
    }
}

/// Returns what a member answers: values have a short TTL by then.
fn paired(answer: Answer, record: &Record, runbook: &Runbook) -> Answer {
    match answer {
        Answer::Values { values, .. } => {
            Answer::Values { ttl: record.ttl.unwrap_or(runbook.prepare.lower_ttl_to), values }
        }
        Answer::Alias { .. } => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runbook::{Choice, Source, parse},
        unit::{Ttl, Weight},
    };

    #[test]
    fn every_record_is_a_pair_with_its_share_on_new() {
        let text = "version: 1\nname: api\nrecords:\n  - name: api.example.com\n    zone: example.com\n    \
                    legacy: { elb: old }\n    new: { alb: new }\n  - name: www.example.com\n    zone: example.com\n    \
                    legacy: { value: old.example.net }\n    new: { value: new.example.net }\n\
                    steps: [{ weight: 5%, hold: 10m }]\n";
        let source = Source { path: "api.yaml".to_owned(), text: text.as_bytes().to_vec() };
        let runbook = parse(&source, &Choice::default()).unwrap();
        let stage = stage_under_way(&[runbook], "25%".parse().unwrap());
        let records = &stage.zones[0].records;
        let weights: Vec<_> = records.iter().map(|r| (r.set_identifier(), r.weight())).collect();
        let pair =
            [(Some(LEGACY_IDENTIFIER), Some(Weight(75))), (Some(NEW_IDENTIFIER), Some(Weight(25)))];
        assert_eq!(weights, [pair, pair].concat());
        assert_ne!(records[0].answer, records[1].answer);
        let new = Answer::Values { ttl: Ttl(60), values: vec!["new.example.net".to_owned()] };
        assert_eq!(records[3].answer, new);
    }
}
