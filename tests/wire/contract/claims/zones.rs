//! Zones: what they are, what may not be written there, and what stands in them.

use std::slice::from_ref;

use cutover::{
    cloud::Cloud,
    plan::{Answer, RecordSet, ZoneId},
    unit::{RecordType, Ttl},
};

use super::{create, listed, not_found, pair, refused, same};
use crate::{
    Fallible, alias,
    contract::land::{GUARDED, Land, RECOVERY},
    simple, sorted,
};

pub(super) async fn a_zone_is_found_by_its_name_and_by_its_id<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let named = land.cloud.zones_named(&land.zone.name).await?;
    same(named.contains(&land.zone), true)?;
    same(land.cloud.zone(&land.zone.id).await?, land.zone.clone())?;
    same(land.cloud.zones_named(&land.name("none")?).await?, vec![])?;
    not_found(land.cloud.zone(&ZoneId("Z0NOWHERE".to_owned())).await)
}

pub(super) async fn l18_a_zone_tells_how_many_records_it_has<C: Cloud>(land: &Land<C>) -> Fallible {
    let before = land.cloud.zone_details(&land.zone.id).await?.records.ok_or("it does not")?;
    create(land, &pair(land, "api")?).await?;
    same(land.cloud.zone_details(&land.zone.id).await?.records, Some(before + 2))
}

pub(super) async fn l18_a_zone_tells_how_many_records_it_may_have<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    same(land.cloud.zone_details(&land.zone.id).await?.most_records, Some(10_000))
}

pub(super) async fn a_zone_that_never_was_has_no_details<C: Cloud>(land: &Land<C>) -> Fallible {
    not_found(land.cloud.zone_details(&ZoneId("Z0NOWHERE".to_owned())).await)
}

pub(super) async fn a_zone_tells_how_far_its_recovery_is<C: Cloud>(land: &Land<C>) -> Fallible {
    let details = land.cloud.zone_details(&land.zone.id).await?;
    same((details.recovery.as_deref(), details.linked_service), (Some(RECOVERY), None))
}

pub(super) async fn l16_a_protected_name_and_type_is_listed_and_not_written_until_it_is_free<
    C: Cloud,
>(
    land: &Land<C>,
) -> Fallible {
    let guarded = (land.name(GUARDED.0)?, RecordType::from(GUARDED.1));
    let details = land.cloud.zone_details(&land.zone.id).await?;
    same(details.protected, Some(vec![guarded.clone()]))?;
    let record = simple(&guarded.0, guarded.1.clone(), "192.0.2.1");
    refused(land, &[], from_ref(&record)).await?;
    land.cloud.unprotect(&land.zone.id, &[guarded]).await?;
    create(land, from_ref(&record)).await?;
    same(listed(land, &record).await?, vec![record])?;
    same(land.cloud.zone_details(&land.zone.id).await?.protected, Some(vec![]))
}

pub(super) async fn l16_what_is_not_protected_cannot_be_freed<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let free = (land.name("free")?, RecordType::A);
    match land.cloud.unprotect(&land.zone.id, &[free]).await {
        Err(error) => same(error.passes_by_itself(), false),
        Ok(()) => Err("it was".into()),
    }
}

pub(super) async fn records_of_all_shapes_come_back_as_they_were_written<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let several = simple(&land.name("several")?, RecordType::A, "192.0.2.1");
    let written = [
        alias(&land.name("alias")?, "new-1.us-west-2.elb.amazonaws.com."),
        simple(&land.name("*.wild")?, RecordType::Cname, "events.example.net."),
        simple(&land.name("_lock")?, RecordType::Txt, "\"v=1 run=x\""),
        RecordSet {
            answer: Answer::Values {
                ttl: Ttl(86_400),
                values: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
            },
            ..several
        },
    ];
    create(land, &written).await?;
    let [legacy, new] = pair(land, "pair")?;
    create(land, &[legacy.clone(), new.clone()]).await?;
    let written: Vec<RecordSet> = written.into_iter().chain([legacy, new]).collect();
    let names: Vec<_> = written.iter().map(|record| record.name.clone()).collect();
    let found = land.cloud.records_at(&land.zone.id, &names[..5]).await?;
    same(sorted(found), sorted(written))
}

pub(super) async fn only_the_names_that_were_asked_for_are_listed<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let make = |label| Ok::<_, Box<dyn std::error::Error>>(pair(land, label)?[0].clone());
    let records = [make("m")?, make("x.m")?, make("ma")?, make("l")?];
    create(land, &records).await?;
    same(listed(land, &records[0]).await?, vec![records[0].clone()])?;
    same(listed(land, &make("k")?).await?, vec![])
}

pub(super) async fn many_names_are_read_at_once<C: Cloud>(land: &Land<C>) -> Fallible {
    let pairs = (0..120).map(|number| pair(land, &format!("many{number:03}")));
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    create(land, pairs.as_flattened()).await?;
    let mut names: Vec<_> = pairs.iter().map(|[legacy, _]| legacy.name.clone()).collect();
    names.insert(60, land.name("nobody")?);
    let found = land.cloud.records_at(&land.zone.id, &names).await?;
    same(sorted(found), sorted(pairs.concat()))
}

pub(super) async fn records_of_a_zone_that_never_was_are_not_found<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    not_found(land.cloud.records_at(&ZoneId("Z0NOWHERE".to_owned()), &[land.name("api")?]).await)
}
