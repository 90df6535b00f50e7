//! What stands against writing to a zone.

use super::*;
use crate::plan::lock_name;

const NO_LOCK: &str = "prepare: { lock: false }\n";

/// Makes the plan of one alias in a zone of which this is known, beside these records.
fn made_in(
    details: Option<ZoneDetails>,
    beside: Vec<RecordSet>,
    rest: &str,
) -> Result<Made, Vec<String>> {
    let records = std::iter::once(alias(LEGACY, Routing::Simple)).chain(beside).collect();
    let mut snapshot = snapshot(records);
    snapshot.details =
        details.map(|details| (ZoneId("Z1".to_owned()), details)).into_iter().collect();
    make(&runbook(ALIAS, &format!("{STEPS}{rest}")), &snapshot, Standing::Refuse)
}

fn refused(details: ZoneDetails, rest: &str) -> Vec<String> {
    made_in(Some(details), Vec::new(), rest).err().unwrap_or_default()
}

/// Returns what is said about the zone, of all that is worth a second thought.
fn hazards_in(details: ZoneDetails, beside: Vec<RecordSet>, rest: &str) -> Vec<String> {
    let hazards = |details, beside| made_in(Some(details), beside, rest).unwrap().hazards;
    let usual = hazards(ZoneDetails::default(), Vec::new());
    let mut found = hazards(details, beside);
    found.retain(|hazard| !usual.contains(hazard));
    found
}

fn recovery(status: &str) -> ZoneDetails {
    ZoneDetails { recovery: Some(status.to_owned()), ..ZoneDetails::default() }
}

fn filled(records: u64, most: u64) -> ZoneDetails {
    ZoneDetails { records: Some(records), most_records: Some(most), ..ZoneDetails::default() }
}

fn only(found: &[String]) -> &str {
    assert_eq!(found.len(), 1, "{found:?}");
    &found[0]
}

#[test]
fn l16_a_protection_of_a_name_of_ours_stops_it_and_says_how_to_remove_it() {
    let name: crate::unit::RecordName = "api.example.com".parse().unwrap();
    let other = "other.example.com".parse().unwrap();
    let protect = |protected| ZoneDetails { protected: Some(protected), ..ZoneDetails::default() };
    let found = refused(protect(vec![(other, RecordType::A), (name.clone(), RecordType::A)]), "");
    assert_eq!(
        only(&found),
        "api.example.com A in zone Z1 is protected: Route 53 would refuse every change of it, a rollback's too; remove the \
         protection with `aws route53 delete-resource-record-set-protections --hosted-zone-id Z1 --protections \
         RecordName=api.example.com,RecordType=A`"
    );
    assert_eq!(refused(protect(vec![(name, RecordType::Aaaa)]), ""), Vec::<String>::new());
}

#[test]
fn l16_a_protection_of_the_lock_s_name_stops_a_run_that_takes_it() {
    let lock = lock_name(&"example.com".parse().unwrap()).unwrap();
    let protected = Some(vec![(lock, RecordType::Txt)]);
    let details = ZoneDetails { protected, ..ZoneDetails::default() };
    let found = refused(details.clone(), "");
    assert!(only(&found).starts_with("_cutover-lock.example.com TXT in zone Z1 is protected"));
    assert_eq!(refused(details, NO_LOCK), Vec::<String>::new());
}

#[test]
fn a_zone_of_an_aws_service_stops_it() {
    let service = Some("servicediscovery.amazonaws.com".to_owned());
    let found = refused(ZoneDetails { linked_service: service, ..ZoneDetails::default() }, "");
    assert!(only(&found).contains("was made by servicediscovery.amazonaws.com"), "{found:?}");
}

#[test]
fn a_zone_that_takes_no_changes_for_now_stops_it() {
    for status in ["ENABLING_HOSTED_ZONE_LOCKED", "DISABLING_HOSTED_ZONE_LOCKED"] {
        let found = refused(recovery(status), "");
        assert!(only(&found).contains(&format!("is switched ({status}); wait")), "{found:?}");
    }
}

#[test]
fn a_zone_that_may_soon_take_no_changes_is_worth_a_thought() {
    for status in ["ENABLING", "DISABLING", "FAILING_OVER"] {
        let found = hazards_in(recovery(status), Vec::new(), "");
        assert!(only(&found).contains(status), "{found:?}");
    }
    for status in ["ENABLED", "DISABLED", "ENABLE_FAILED", "DISABLE_FAILED"] {
        assert_eq!(hazards_in(recovery(status), Vec::new(), ""), Vec::<String>::new());
    }
}

#[test]
fn l18_a_zone_without_room_for_what_preparing_adds_stops_it() {
    // A simple record becomes two, and the lock is one more.
    let found = refused(filled(9_999, 10_000), "");
    assert!(only(&found).contains("9999 records of the 10000"), "{found:?}");
    assert!(only(&found).contains("preparing adds 2;"), "{found:?}");
    assert_eq!(refused(filled(9_998, 10_000), ""), Vec::<String>::new());
    assert_eq!(refused(filled(9_999, 10_000), NO_LOCK), Vec::<String>::new());
}

#[test]
fn l18_a_zone_with_little_room_is_worth_a_thought() {
    let found = hazards_in(filled(9_950, 10_000), Vec::new(), "");
    assert!(only(&found).contains("may leave no room"), "{found:?}");
    assert_eq!(hazards_in(filled(9_000, 10_000), Vec::new(), ""), Vec::<String>::new());
}

#[test]
fn a_wildcard_above_the_lock_is_worth_a_thought() {
    let mut wildcard = alias(LEGACY, Routing::Simple);
    wildcard.name = "*.example.com".parse().unwrap();
    let beside = || vec![wildcard.clone()];
    let found = hazards_in(ZoneDetails::default(), beside(), "");
    assert!(
        only(&found)
            .starts_with("*.example.com in zone Z1 answers for _cutover-lock.example.com now"),
        "{found:?}"
    );
    assert_eq!(hazards_in(ZoneDetails::default(), beside(), NO_LOCK), Vec::<String>::new());
}

#[test]
fn a_zone_that_may_not_be_asked_about_is_said() {
    let hazards = made_in(None, Vec::new(), "").unwrap().hazards;
    assert!(hazards.iter().any(|h| h.contains("nobody has looked for protections")), "{hazards:?}");
}

#[test]
fn an_internal_load_balancer_behind_a_public_name_stops_it() {
    for side in Side::BOTH {
        let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
        for ((of, _), (balancer, _)) in &mut snapshot.balancers {
            balancer.internal = *of == side;
        }
        let runbook = runbook(ALIAS, STEPS);
        let found = make(&runbook, &snapshot, Standing::Refuse).unwrap_err();
        assert!(only(&found).contains("is internal, but the zone is public"), "{found:?}");
        for zone in snapshot.zones.values_mut().flatten() {
            zone.private = true;
        }
        assert!(make(&runbook, &snapshot, Standing::Refuse).is_ok(), "{side}");
    }
}

#[test]
fn what_nobody_told_of_the_zone_is_told_with_the_permission_that_may_be_missing() {
    let untold = ZoneDetails { most_records: None, protected: None, ..roomy() };
    let told = made_in(Some(untold), Vec::new(), "").unwrap().hazards;
    let usual = made_in(Some(roomy()), Vec::new(), "").unwrap().hazards;
    let told: Vec<&String> = told.iter().filter(|hazard| !usual.contains(hazard)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with("allow `route53:GetHostedZoneLimit`"), "{told:?}");
    assert!(told[1].ends_with("allow `route53:ListResourceRecordSetProtections`"), "{told:?}");
}

#[test]
fn l18_where_nothing_is_added_a_full_zone_is_no_matter() {
    let pair = [alias(LEGACY, weighted("blue", 100)), alias(NEW, weighted("green", 0))];
    for records in [9_999, 10_000, 10_001] {
        let mut snapshot = snapshot(pair.to_vec());
        snapshot.details.insert(ZoneId("Z1".to_owned()), filled(records, 10_000));
        let rest = format!("{STEPS}{NO_LOCK}");
        let made = make(&runbook(ALIAS, &rest), &snapshot, Standing::Refuse).unwrap();
        assert!(!made.hazards.iter().any(|h| h.contains("10000")), "{:?}", made.hazards);
    }
}

#[test]
fn l18_there_is_little_room_where_less_than_a_hundredth_is_left() {
    // Two are added: a member, and the lock.
    assert_eq!(hazards_in(filled(9_898, 10_000), Vec::new(), ""), Vec::<String>::new());
    let found = hazards_in(filled(9_899, 10_000), Vec::new(), "");
    assert!(only(&found).starts_with("zone Z1 (example.com) has 9899 records of the 10000"));
}
