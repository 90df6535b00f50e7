//! What Route 53 says of a batch that it refuses (section 1.2 of the laws), to the letter and through everything that
//! lies between it and cutover.

use cutover::{
    cloud::{Cloud, CloudErrorKind},
    plan::{Answer, Batch, Change, ChangeAction, RecordSet, Routing, ZoneId},
    unit::{RecordType, Ttl, Weight},
};

use super::{
    by_cutover::connect,
    face::{Face, TestResult, ZONE, stage},
};

fn simple(name: &str, kind: &str, value: &str) -> RecordSet {
    RecordSet {
        name: name.parse().expect("a name"),
        kind: RecordType::from(kind),
        routing: Routing::Simple,
        answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn a(name: &str) -> RecordSet {
    simple(name, "A", "192.0.2.1")
}

fn cname(name: &str) -> RecordSet {
    simple(name, "CNAME", "x.example.net")
}

fn member(record: RecordSet, id: &str) -> RecordSet {
    let set_identifier = id.to_owned();
    RecordSet { routing: Routing::Weighted { set_identifier, weight: Weight(1) }, ..record }
}

fn with_ttl(record: RecordSet, ttl: u32) -> RecordSet {
    let Answer::Values { values, .. } = record.answer else { return record };
    RecordSet { answer: Answer::Values { ttl: Ttl(ttl), values }, ..record }
}

fn create(record: RecordSet) -> Change {
    Change { action: ChangeAction::Create, record }
}

fn delete(record: RecordSet) -> Change {
    Change { action: ChangeAction::Delete, record }
}

/// Sends a batch to a zone in which this stands, which has to refuse it with these words and stay as it was.
async fn says(standing: Vec<RecordSet>, changes: Vec<Change>, words: &[&str]) -> TestResult {
    let names: Vec<_> = standing.iter().map(|record| record.name.clone()).collect();
    let mut ground = stage();
    ground.zones[0].records = standing;
    let face = Face::with(ground).await?;
    let cloud = connect(&face).await?;
    let zone = ZoneId(ZONE.to_owned());
    let before = cloud.records_at(&zone, &names).await?;
    let batch = Batch { zone: zone.clone(), changes };
    let error = cloud.change(&batch, "a test").await.expect_err("it has to be refused");
    let words = words.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(error.kind, CloudErrorKind::InvalidBatch(words));
    assert_eq!(cloud.records_at(&zone, &names).await?, before);
    Ok(())
}

#[tokio::test]
async fn l03_more_than_1000_elements_are_too_many_over_the_wire() -> TestResult {
    let changes = (0..1001).map(|n| create(a(&format!("n{n}.example.com")))).collect();
    says(vec![], changes, &["Number of records limit of 1000 exceeded."]).await
}

#[tokio::test]
async fn l04_more_than_32000_characters_are_too_many_over_the_wire() -> TestResult {
    let text = format!("\"{}\"", "x".repeat(253));
    let txt = |n| create(simple(&format!("n{n}.example.com"), "TXT", &text));
    let words = ["RDATA character limit of 32000 exceeded."];
    says(vec![], (0..126).map(txt).collect(), &words).await
}

#[tokio::test]
async fn l05_a_deletion_of_other_values_says_so_over_the_wire() -> TestResult {
    let stored = a("api.example.com");
    let words = "Tried to delete resource record set [name='api.example.com.', type='A'] but the values provided do not \
                 match the current values";
    let wrong = with_ttl(stored.clone(), 61);
    says(vec![stored], vec![delete(wrong)], &[words]).await?;
    let words = "Tried to delete resource record set [name='\\052.example.com.', type='CNAME', \
                 set-identifier='cutover:new'] but the values provided do not match the current values";
    let stored = member(cname("*.example.com"), "cutover:new");
    let wrong = stored.with_weight(Weight(2));
    says(vec![stored], vec![delete(wrong)], &[words]).await
}

#[tokio::test]
async fn l06_a_deletion_of_nothing_says_so_over_the_wire() -> TestResult {
    let words = "Tried to delete resource record set [name='api.example.com.', type='A'] but it was not found";
    says(vec![], vec![delete(a("api.example.com"))], &[words]).await
}

#[tokio::test]
async fn l07_a_creation_of_what_is_there_says_so_over_the_wire() -> TestResult {
    let stored = a("api.example.com");
    let words = "Tried to create resource record set [name='api.example.com.', type='A'] but it already exists";
    says(vec![stored.clone()], vec![create(stored)], &[words]).await
}

#[tokio::test]
async fn l08_one_record_twice_in_a_batch_says_so_over_the_wire() -> TestResult {
    let stored = a("api.example.com");
    let words = "The request contains an invalid set of changes for a resource record set 'A api.example.com.'";
    says(vec![stored.clone()], vec![delete(stored.clone()), delete(stored)], &[words]).await
}

#[tokio::test]
async fn l11_a_weighted_record_beside_a_simple_one_says_so_over_the_wire() -> TestResult {
    let stored = a("api.example.com");
    let words = "RRSet with DNS name api.example.com., type A, SetIdentifier cutover:new cannot be created as a \
                 non-weighted set exists with the same name and type.";
    says(vec![stored.clone()], vec![create(member(stored, "cutover:new"))], &[words]).await
}

#[tokio::test]
async fn l11_a_simple_record_beside_a_weighted_one_says_so_over_the_wire() -> TestResult {
    let wanted = cname("api.example.com");
    let words = "RRSet with DNS name api.example.com., type CNAME cannot be created as other RRSets exist with the same \
                 name and type.";
    says(vec![member(wanted.clone(), "a")], vec![create(wanted)], &[words]).await
}

#[tokio::test]
async fn l12_a_member_of_another_ttl_says_so_over_the_wire() -> TestResult {
    let stored = member(a("api.example.com"), "a");
    let words = "RRSet with DNS name api.example.com. and type A, SetIdentifier b cannot be created as weighted sets must \
                 contain the same TTL.";
    let wanted = member(with_ttl(a("api.example.com"), 300), "b");
    says(vec![stored], vec![create(wanted)], &[words]).await
}

#[tokio::test]
async fn l13_a_record_beside_a_cname_says_so_over_the_wire() -> TestResult {
    let words = "RRSet of type A with DNS name api.example.com. is not permitted because a conflicting RRSet of type CNAME \
                 with the same DNS name already exists in zone example.com.";
    says(vec![cname("api.example.com")], vec![create(a("api.example.com"))], &[words]).await
}

#[tokio::test]
async fn l15_every_refusal_arrives_in_the_order_of_the_changes() -> TestResult {
    let words = [
        "Tried to create resource record set [name='api.example.com.', type='A', set-identifier='a, b'] but it already exists",
        "Tried to delete resource record set [name='x.example.com.', type='A'] but it was not found",
        "RRSet with DNS name w.example.com., type A cannot be created as other RRSets exist with the same name and type.",
    ];
    let stored = member(a("api.example.com"), "a, b");
    let changes =
        vec![create(stored.clone()), delete(a("x.example.com")), create(a("w.example.com"))];
    says(vec![stored, member(a("w.example.com"), "w")], changes, &words).await
}
