//! Changes: what a batch does, what refuses it, and how it gets to all servers.

use std::slice::from_ref;

use cutover::{
    cloud::{ChangeId, ChangeStatus, Cloud, CloudErrorKind},
    plan::{Answer, Batch, Change, ChangeAction, RecordSet, ZoneId},
    unit::{RecordType, Ttl, Weight},
};

use super::{create, listed, not_found, pair, refused, same};
use crate::{Fallible, batch, contract::land::Land, simple};

fn with_ttl(record: &RecordSet, ttl: u32) -> RecordSet {
    let Answer::Values { values, .. } = &record.answer else { return record.clone() };
    RecordSet { answer: Answer::Values { ttl: Ttl(ttl), values: values.clone() }, ..record.clone() }
}

pub(super) async fn l05_an_exact_deletion_removes_the_record<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new.clone()]).await?;
    land.cloud.change(&batch(&land.zone.id, from_ref(&new), &[]), "delete").await?;
    same(listed(land, &legacy).await?, vec![legacy])
}

pub(super) async fn l05_a_deletion_of_another_weight_is_refused<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new]).await?;
    let other = legacy.with_weight(Weight(99));
    refused(land, &[other], &[legacy.with_weight(Weight(50))]).await
}

pub(super) async fn l05_a_deletion_of_another_ttl_is_refused<C: Cloud>(land: &Land<C>) -> Fallible {
    let api = simple(&land.name("api")?, RecordType::A, "192.0.2.1");
    create(land, from_ref(&api)).await?;
    refused(land, &[with_ttl(&api, 60)], &[]).await
}

pub(super) async fn l05_a_deletion_of_another_value_is_refused<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let name = land.name("api")?;
    create(land, &[simple(&name, RecordType::A, "192.0.2.1")]).await?;
    refused(land, &[simple(&name, RecordType::A, "192.0.2.2")], &[]).await
}

pub(super) async fn l06_a_deletion_of_what_is_not_there_is_refused<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy]).await?;
    refused(land, &[new], &[]).await
}

pub(super) async fn l07_a_creation_of_what_is_there_is_refused<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new]).await?;
    refused(land, &[], &[legacy]).await
}

pub(super) async fn l09_a_swap_works_from_what_is_live<C: Cloud>(land: &Land<C>) -> Fallible {
    let before = pair(land, "api")?;
    create(land, &before).await?;
    let after = [75, 25].map(Weight);
    let after = [before[0].with_weight(after[0]), before[1].with_weight(after[1])];
    land.cloud.change(&batch(&land.zone.id, &before, &after), "step").await?;
    same(listed(land, &before[0]).await?, after.to_vec())?;
    refused(land, &before, &after).await
}

pub(super) async fn l01_a_batch_with_one_bad_change_changes_nothing<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new.clone()]).await?;
    let good = simple(&land.name("good")?, RecordType::A, "192.0.2.1");
    let stale = new.with_weight(Weight(7));
    refused(land, &[legacy.clone(), stale], &[legacy, good.clone()]).await?;
    same(listed(land, &good).await?, vec![])
}

pub(super) async fn l03_overwriting_replaces_what_is_there_and_makes_what_is_not<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, from_ref(&legacy)).await?;
    let after = [legacy.with_weight(Weight(50)), new.with_weight(Weight(50))];
    let overwrite =
        |record: &RecordSet| Change { action: ChangeAction::Upsert, record: record.clone() };
    let changes = after.iter().map(overwrite).collect();
    land.cloud.change(&Batch { zone: land.zone.id.clone(), changes }, "overwrite").await?;
    same(listed(land, &legacy).await?, after.to_vec())
}

pub(super) async fn l15_every_bad_change_of_a_batch_is_told<C: Cloud>(land: &Land<C>) -> Fallible {
    let missing = [pair(land, "one")?[0].clone(), pair(land, "two")?[0].clone()];
    let good = simple(&land.name("good")?, RecordType::A, "192.0.2.1");
    let bad = batch(&land.zone.id, &missing, from_ref(&good));
    let Err(error) = land.cloud.change(&bad, "refused").await else {
        return Err("it was accepted".into());
    };
    let CloudErrorKind::InvalidBatch(messages) = &error.kind else {
        return Err(format!("{:?}: {error}", error.kind).into());
    };
    let told =
        |record: &RecordSet| messages.iter().any(|message| message.contains(record.name.as_str()));
    same((missing.iter().all(told), told(&good)), (true, false))
}

pub(super) async fn the_longest_comment_is_taken<C: Cloud>(land: &Land<C>) -> Fallible {
    let members = pair(land, "api")?;
    let comment = "c".repeat(256);
    land.cloud.change(&batch(&land.zone.id, &[], &members), &comment).await?;
    same(listed(land, &members[0]).await?, members.to_vec())
}

pub(super) async fn l11_a_simple_record_does_not_stand_beside_weighted_ones<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let members = pair(land, "api")?;
    create(land, &members).await?;
    refused(land, &[], &[simple(&members[0].name, RecordType::A, "192.0.2.9")]).await
}

pub(super) async fn l12_members_of_a_group_have_one_ttl<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, from_ref(&legacy)).await?;
    refused(land, &[], &[with_ttl(&new, 300)]).await
}

pub(super) async fn l13_a_cname_stands_alone<C: Cloud>(land: &Land<C>) -> Fallible {
    let name = land.name("api")?;
    create(land, &[simple(&name, RecordType::A, "192.0.2.1")]).await?;
    refused(land, &[], &[simple(&name, RecordType::Cname, "x.example.net.")]).await
}

pub(super) async fn l30_a_change_is_listed_at_once_and_is_in_sync_in_the_end<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let members = pair(land, "api")?;
    let change = land.cloud.change(&batch(&land.zone.id, &[], &members), "create").await?;
    same(listed(land, &members[0]).await?, members.to_vec())?;
    for _ in 0..600 {
        match land.cloud.change_status(&change).await? {
            ChangeStatus::InSync => return Ok(()),
            ChangeStatus::Pending => land.wait().await,
            ChangeStatus::Lost => return Err("the change was lost".into()),
        }
    }
    Err("the change is still pending".into())
}

pub(super) async fn a_change_that_never_was_is_lost<C: Cloud>(land: &Land<C>) -> Fallible {
    let status = land.cloud.change_status(&ChangeId("C0NOWHERE".to_owned())).await?;
    same(status, ChangeStatus::Lost)
}

pub(super) async fn a_batch_for_a_zone_that_never_was_finds_nothing<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let nowhere = batch(&ZoneId("Z0NOWHERE".to_owned()), &[], &pair(land, "api")?);
    not_found(land.cloud.change(&nowhere, "nowhere").await)
}
