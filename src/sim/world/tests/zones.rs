//! Hosted zones as such: what is told of them, and who may change them.

use super::*;
use crate::{
    plan::ZoneDetails,
    unit::{RecordName, RecordType},
};

fn api() -> (RecordName, RecordType) {
    ("api.example.com".parse().unwrap(), RecordType::A)
}

fn with(edit: impl FnOnce(&mut StageZone)) -> World {
    let mut stage = pair(100, 0);
    edit(&mut stage.zones[0]);
    world(stage, "")
}

fn unprotect(
    world: &mut World,
    records: &[(RecordName, RecordType)],
) -> Result<(), CloudErrorKind> {
    let later = world.now() + seconds(2);
    world.advance(later);
    world.unprotect(DNS, &zone_id(), records).map_err(|error| error.kind)
}

#[test]
fn l18_a_zone_tells_what_it_has_and_may_have_and_who_made_it() {
    let mut world = with(|zone| {
        zone.linked_service = Some("servicediscovery.amazonaws.com".to_owned());
        zone.recovery = Some("ENABLED".to_owned());
    });
    let (zone, details) = world.hosted_zone(DNS, &zone_id()).unwrap();
    assert_eq!((zone.id, details.records), (zone_id(), Some(2)));
    let service = details.linked_service.as_deref();
    assert_eq!(service, Some("servicediscovery.amazonaws.com"));
    assert_eq!(details.recovery.as_deref(), Some("ENABLED"));
    assert_eq!(world.most_records(DNS, &zone_id()), Ok((10_000, 2)));
    let plain = self::world(pair(100, 0), "").hosted_zone(DNS, &zone_id()).unwrap().1;
    assert_eq!(plain, ZoneDetails { records: Some(2), ..ZoneDetails::default() });
}

#[test]
fn l16_a_protection_keeps_every_change_out_until_it_is_removed() {
    let mut world = with(|zone| zone.protected.push(api()));
    assert_eq!(world.protections(DNS, &zone_id()), Ok(vec![api()]));
    let txt = values("api.example.com", "TXT", 60, &["\"x\""]);
    let new = weighted("new", 0);
    let swap = [delete(&new), create(&weighted("new", 5))];
    for changes in [&swap[..1], &swap, &[upsert(&new)], &[create(&txt), delete(&new)]] {
        let said = refusal(&mut world, changes);
        let protected =
            "RRSet with DNS name api.example.com. and type A is protected and cannot be changed";
        assert!(said.iter().all(|message| message == protected), "{said:?}");
    }
    assert_eq!(submit(&mut world, &[create(&txt)]), Ok(()), "another type is free");
    assert_eq!(unprotect(&mut world, &[api()]), Ok(()));
    assert_eq!(world.protections(DNS, &zone_id()), Ok(vec![]));
    assert_eq!(submit(&mut world, &swap), Ok(()));
}

#[test]
fn l16_protections_are_removed_all_or_none() {
    let mut world = with(|zone| zone.protected.push(api()));
    let other = ("other.example.com".parse().unwrap(), RecordType::A);
    assert_eq!(unprotect(&mut world, &[api(), other]), Err(CloudErrorKind::Rejected));
    assert_eq!(unprotect(&mut world, &[]), Err(CloudErrorKind::Rejected));
    let many: Vec<_> = (0..101).map(|_| api()).collect();
    assert_eq!(unprotect(&mut world, &many), Err(CloudErrorKind::Rejected));
    assert_eq!(world.protections(DNS, &zone_id()), Ok(vec![api()]));
}

#[test]
fn l24_a_busy_zone_keeps_its_protections() {
    let mut world = with(|zone| zone.protected.push(api()));
    submit(&mut world, &[create(&values("x.example.com", "A", 60, &["192.0.2.1"]))]).unwrap();
    let error = world.unprotect(DNS, &zone_id(), &[api()]).unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Busy);
    assert_eq!(unprotect(&mut world, &[api()]), Ok(()));
}

#[test]
fn a_zone_whose_recovery_is_being_switched_takes_no_change() {
    for (status, locked) in [
        ("ENABLING_HOSTED_ZONE_LOCKED", true),
        ("DISABLING_HOSTED_ZONE_LOCKED", true),
        ("ENABLING", false),
        ("ENABLED", false),
    ] {
        let mut world = with(|zone| zone.recovery = Some(status.to_owned()));
        let answer = submit(&mut world, &[delete(&weighted("new", 0))]);
        let wanted = if locked { Err(CloudErrorKind::Rejected) } else { Ok(()) };
        assert_eq!(answer, wanted, "{status}");
        assert_eq!(records(&world).len(), if locked { 2 } else { 1 });
    }
}

#[test]
fn a_zone_of_another_service_takes_no_change() {
    let mut world = with(|zone| {
        zone.protected.push(api());
        zone.linked_service = Some("servicediscovery.amazonaws.com".to_owned());
    });
    let answer = submit(&mut world, &[delete(&weighted("new", 0))]);
    assert_eq!(answer, Err(CloudErrorKind::Denied));
    assert_eq!(unprotect(&mut world, &[api()]), Err(CloudErrorKind::Denied));
}

#[test]
fn l20_each_call_about_a_zone_has_its_own_bucket_beside_the_one_of_all() {
    let mut world = world(pair(100, 0), "route53: { other_tools: 0 }");
    let answers: Vec<bool> = (0..18)
        .flat_map(|_| {
            [
                world.hosted_zone(DNS, &zone_id()).is_ok(),
                world.most_records(DNS, &zone_id()).is_ok(),
                world.protections(DNS, &zone_id()).is_ok(),
            ]
        })
        .collect();
    assert_eq!(answers.iter().filter(|answered| **answered).count(), 50);
    let error = world.unprotect(DNS, &zone_id(), &[api()]).unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Throttled);
}

#[test]
fn what_is_told_of_a_zone_is_told_to_its_account() {
    let mut world = world(pair(100, 0), "");
    let denied = [
        world.hosted_zone(NEW, &zone_id()).unwrap_err(),
        world.most_records(NEW, &zone_id()).unwrap_err(),
        world.protections(NEW, &zone_id()).unwrap_err(),
        world.unprotect(NEW, &zone_id(), &[api()]).unwrap_err(),
    ];
    assert!(denied.iter().all(|error| error.kind == CloudErrorKind::Denied), "{denied:?}");
    let missing = world.hosted_zone(DNS, &ZoneId("Z9".to_owned())).unwrap_err();
    assert_eq!(missing.kind, CloudErrorKind::NotFound);
}
