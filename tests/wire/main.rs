//! The AWS adapter against servers that other people wrote: what crosses the wire is what AWS's own clients understand.
//! And the simulator against clients that other people wrote, one contract for all clouds, and the program itself end to end.
//!
//! moto has the classic load balancers, ministack compares a DELETE exactly and speaks CloudWatch's protocol. Neither
//! shows that a write is safe: they are laxer than AWS.

mod aws_on_ministack;
mod aws_on_moto;
mod bench;
mod contract;
mod errors;
mod hostile;
mod night;
mod servers;
mod simulator;

use cutover::{
    cloud::aws::{AwsCloud, Settings},
    plan::{Answer, Batch, Change, ChangeAction, RecordSet, Routing, ZoneId},
    unit::{RecordName, RecordType, Ttl, Weight},
};

type Fallible = Result<(), Box<dyn std::error::Error>>;

fn settings(server: &servers::Server) -> Settings {
    Settings {
        endpoint_url: Some(server.url().to_owned()),
        session_name: "cutover-api-20261123T021400Z-9f3a".to_owned(),
        region: Some("us-east-1".to_owned()),
        ..Settings::default()
    }
}

async fn connect(settings: &Settings) -> Result<AwsCloud, Box<dyn std::error::Error>> {
    Ok(AwsCloud::connect_with_keys(settings, "testing", "testing").await?)
}

fn weighted(name: &RecordName, set_identifier: &str, weight: u8) -> RecordSet {
    RecordSet {
        name: name.clone(),
        kind: RecordType::A,
        routing: Routing::Weighted {
            set_identifier: set_identifier.to_owned(),
            weight: Weight(weight),
        },
        answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
        health_check: None,
    }
}

fn simple(name: &RecordName, kind: RecordType, value: &str) -> RecordSet {
    RecordSet {
        name: name.clone(),
        kind,
        routing: Routing::Simple,
        answer: Answer::Values { ttl: Ttl(300), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn alias(name: &RecordName, dns_name: &str) -> RecordSet {
    RecordSet {
        answer: Answer::Alias {
            dns_name: dns_name.to_owned(),
            zone_id: "Z35SXDOTRQ7X7K".to_owned(),
            evaluate_target_health: true,
        },
        ..simple(name, RecordType::A, "")
    }
}

fn batch(zone: &ZoneId, deleted: &[RecordSet], created: &[RecordSet]) -> Batch {
    let change = |action, record: &RecordSet| Change { action, record: record.clone() };
    let deletions = deleted.iter().map(|record| change(ChangeAction::Delete, record));
    let creations = created.iter().map(|record| change(ChangeAction::Create, record));
    Batch { zone: zone.clone(), changes: deletions.chain(creations).collect() }
}

fn sorted(mut records: Vec<RecordSet>) -> Vec<RecordSet> {
    records.sort_by(|a, b| {
        (&a.name, &a.kind, a.set_identifier()).cmp(&(&b.name, &b.kind, b.set_identifier()))
    });
    records
}
