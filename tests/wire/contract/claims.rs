//! The claims. Each begins in a land that no other has touched.

use std::{fmt::Debug, pin::Pin, slice::from_ref};

use cutover::{
    cloud::{ChangeId, ChangeStatus, Cloud, CloudError, CloudErrorKind, Reservation, Tail},
    plan::{
        AlarmState, Answer, Batch, Change, ChangeAction, MetricQuery, RecordSet, SeriesStatus,
        ZoneId,
    },
    unit::{Account, BalancerKind, BalancerName, RecordType, Side, SignedDuration, Ttl, Weight},
};

use super::land::{GUARDED, Land, RECOVERY};
use crate::{Fallible, alias, batch, simple, sorted, weighted};

type Claim<C> = for<'a> fn(&'a Land<C>) -> Pin<Box<dyn Future<Output = Fallible> + 'a>>;

macro_rules! named {
    ($($claim:ident),+ $(,)?) => {
        vec![$((stringify!($claim), (|land| Box::pin($claim(land))) as Claim<C>)),+]
    };
}

/// Returns all claims with their names.
pub(super) fn claims<C: Cloud>() -> Vec<(&'static str, Claim<C>)> {
    named![
        a_zone_is_found_by_its_name_and_by_its_id,
        l18_a_zone_tells_how_many_records_it_has,
        l18_a_zone_tells_how_many_records_it_may_have,
        a_zone_that_never_was_has_no_details,
        a_zone_tells_how_far_its_recovery_is,
        l16_a_protected_name_and_type_is_listed_and_not_written_until_it_is_free,
        l16_what_is_not_protected_cannot_be_freed,
        records_of_all_shapes_come_back_as_they_were_written,
        only_the_names_that_were_asked_for_are_listed,
        many_names_are_read_at_once,
        records_of_a_zone_that_never_was_are_not_found,
        l05_an_exact_deletion_removes_the_record,
        l05_a_deletion_of_another_weight_is_refused,
        l05_a_deletion_of_another_ttl_is_refused,
        l05_a_deletion_of_another_value_is_refused,
        l06_a_deletion_of_what_is_not_there_is_refused,
        l07_a_creation_of_what_is_there_is_refused,
        l09_a_swap_works_from_what_is_live,
        l01_a_batch_with_one_bad_change_changes_nothing,
        l03_overwriting_replaces_what_is_there_and_makes_what_is_not,
        l15_every_bad_change_of_a_batch_is_told,
        the_longest_comment_is_taken,
        l11_a_simple_record_does_not_stand_beside_weighted_ones,
        l12_members_of_a_group_have_one_ttl,
        l13_a_cname_stands_alone,
        l30_a_change_is_listed_at_once_and_is_in_sync_in_the_end,
        a_change_that_never_was_is_lost,
        a_batch_for_a_zone_that_never_was_finds_nothing,
        a_classic_load_balancer_is_found,
        an_application_load_balancer_is_found,
        a_load_balancer_that_never_was_is_not_found,
        healthy_targets_are_counted,
        connections_to_a_classic_load_balancer_end_when_they_are_idle,
        connections_to_an_application_load_balancer_end_when_they_are_old,
        capacity_is_reserved_told_of_and_given_back,
        metrics_have_their_minutes_and_the_last_is_not_included,
        a_metric_that_never_was_is_empty_and_complete,
        more_metrics_can_be_asked_for_than_one_call_takes,
        alarms_of_both_kinds_say_what_they_say_in_the_order_of_their_names,
        more_alarms_can_be_asked_for_than_one_call_takes,
        services_are_told_in_the_order_of_their_names,
        a_cluster_that_never_was_has_no_service,
        a_peering_connection_is_seen_with_its_ends_and_the_routes_through_it,
        a_peering_connection_that_never_was_is_none,
        every_account_says_who_is_asking,
    ]
}

fn same<T: PartialEq + Debug>(found: T, wanted: T) -> Fallible {
    if found == wanted { Ok(()) } else { Err(format!("{found:?}, not {wanted:?}").into()) }
}

/// Makes records and nothing else.
async fn create<C: Cloud>(land: &Land<C>, records: &[RecordSet]) -> Fallible {
    land.cloud.change(&batch(&land.zone.id, &[], records), "create").await?;
    Ok(())
}

async fn listed<C: Cloud>(
    land: &Land<C>,
    record: &RecordSet,
) -> Result<Vec<RecordSet>, CloudError> {
    Ok(sorted(land.cloud.records_at(&land.zone.id, from_ref(&record.name)).await?))
}

/// Sends a batch that has to be refused, and that must leave the records of its first change's name as they were.
async fn refused<C: Cloud>(
    land: &Land<C>,
    deleted: &[RecordSet],
    created: &[RecordSet],
) -> Fallible {
    let name = deleted.first().or(created.first()).ok_or("an empty batch")?;
    let before = listed(land, name).await?;
    let answer = land.cloud.change(&batch(&land.zone.id, deleted, created), "refused").await;
    same(listed(land, name).await?, before)?;
    let Err(error) = answer else { return Err("it was accepted".into()) };
    if let CloudErrorKind::InvalidBatch(messages) = &error.kind
        && !messages.is_empty()
    {
        return Ok(());
    }
    Err(format!("{:?}: {error}", error.kind).into())
}

/// Returns a weighted pair, 100 to 0.
fn pair<C>(land: &Land<C>, label: &str) -> Result<[RecordSet; 2], Box<dyn std::error::Error>> {
    let name = land.name(label)?;
    // Some servers know a member by its identifier alone.
    let member = |side| weighted(&name, &format!("cutover:{label}:{side}"), 0);
    Ok([member("legacy").with_weight(Weight(100)), member("new")])
}

fn with_ttl(record: &RecordSet, ttl: u32) -> RecordSet {
    let Answer::Values { values, .. } = &record.answer else { return record.clone() };
    RecordSet { answer: Answer::Values { ttl: Ttl(ttl), values: values.clone() }, ..record.clone() }
}

async fn a_zone_is_found_by_its_name_and_by_its_id<C: Cloud>(land: &Land<C>) -> Fallible {
    let named = land.cloud.zones_named(&land.zone.name).await?;
    same(named.contains(&land.zone), true)?;
    same(land.cloud.zone(&land.zone.id).await?, land.zone.clone())?;
    same(land.cloud.zones_named(&land.name("none")?).await?, vec![])?;
    match land.cloud.zone(&ZoneId("Z0NOWHERE".to_owned())).await {
        Err(error) => same(error.kind, CloudErrorKind::NotFound),
        Ok(zone) => Err(format!("{zone:?} was found").into()),
    }
}

async fn l18_a_zone_tells_how_many_records_it_has<C: Cloud>(land: &Land<C>) -> Fallible {
    let before = land.cloud.zone_details(&land.zone.id).await?.records.ok_or("it does not")?;
    create(land, &pair(land, "api")?).await?;
    same(land.cloud.zone_details(&land.zone.id).await?.records, Some(before + 2))
}

async fn l18_a_zone_tells_how_many_records_it_may_have<C: Cloud>(land: &Land<C>) -> Fallible {
    same(land.cloud.zone_details(&land.zone.id).await?.most_records, Some(10_000))
}

async fn a_zone_that_never_was_has_no_details<C: Cloud>(land: &Land<C>) -> Fallible {
    match land.cloud.zone_details(&ZoneId("Z0NOWHERE".to_owned())).await {
        Err(error) => same(error.kind, CloudErrorKind::NotFound),
        Ok(details) => Err(format!("{details:?} was told").into()),
    }
}

async fn a_zone_tells_how_far_its_recovery_is<C: Cloud>(land: &Land<C>) -> Fallible {
    let details = land.cloud.zone_details(&land.zone.id).await?;
    same((details.recovery.as_deref(), details.linked_service), (Some(RECOVERY), None))
}

async fn l16_a_protected_name_and_type_is_listed_and_not_written_until_it_is_free<C: Cloud>(
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

async fn l16_what_is_not_protected_cannot_be_freed<C: Cloud>(land: &Land<C>) -> Fallible {
    let free = (land.name("free")?, RecordType::A);
    match land.cloud.unprotect(&land.zone.id, &[free]).await {
        Err(error) => same(error.passes_by_itself(), false),
        Ok(()) => Err("it was".into()),
    }
}

async fn records_of_all_shapes_come_back_as_they_were_written<C: Cloud>(
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

async fn only_the_names_that_were_asked_for_are_listed<C: Cloud>(land: &Land<C>) -> Fallible {
    let make = |label| Ok::<_, Box<dyn std::error::Error>>(pair(land, label)?[0].clone());
    let records = [make("m")?, make("x.m")?, make("ma")?, make("l")?];
    create(land, &records).await?;
    same(listed(land, &records[0]).await?, vec![records[0].clone()])?;
    same(listed(land, &make("k")?).await?, vec![])
}

async fn many_names_are_read_at_once<C: Cloud>(land: &Land<C>) -> Fallible {
    let pairs = (0..120).map(|number| pair(land, &format!("many{number:03}")));
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    create(land, pairs.as_flattened()).await?;
    let mut names: Vec<_> = pairs.iter().map(|[legacy, _]| legacy.name.clone()).collect();
    names.insert(60, land.name("nobody")?);
    let found = land.cloud.records_at(&land.zone.id, &names).await?;
    same(sorted(found), sorted(pairs.concat()))
}

async fn records_of_a_zone_that_never_was_are_not_found<C: Cloud>(land: &Land<C>) -> Fallible {
    match land.cloud.records_at(&ZoneId("Z0NOWHERE".to_owned()), &[land.name("api")?]).await {
        Err(error) => same(error.kind, CloudErrorKind::NotFound),
        Ok(records) => Err(format!("{records:?} was found").into()),
    }
}

async fn l05_an_exact_deletion_removes_the_record<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new.clone()]).await?;
    land.cloud.change(&batch(&land.zone.id, from_ref(&new), &[]), "delete").await?;
    same(listed(land, &legacy).await?, vec![legacy])
}

async fn l05_a_deletion_of_another_weight_is_refused<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new]).await?;
    let other = legacy.with_weight(Weight(99));
    refused(land, &[other], &[legacy.with_weight(Weight(50))]).await
}

async fn l05_a_deletion_of_another_ttl_is_refused<C: Cloud>(land: &Land<C>) -> Fallible {
    let api = simple(&land.name("api")?, RecordType::A, "192.0.2.1");
    create(land, from_ref(&api)).await?;
    refused(land, &[with_ttl(&api, 60)], &[]).await
}

async fn l05_a_deletion_of_another_value_is_refused<C: Cloud>(land: &Land<C>) -> Fallible {
    let name = land.name("api")?;
    create(land, &[simple(&name, RecordType::A, "192.0.2.1")]).await?;
    refused(land, &[simple(&name, RecordType::A, "192.0.2.2")], &[]).await
}

async fn l06_a_deletion_of_what_is_not_there_is_refused<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy]).await?;
    refused(land, &[new], &[]).await
}

async fn l07_a_creation_of_what_is_there_is_refused<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new]).await?;
    refused(land, &[], &[legacy]).await
}

async fn l09_a_swap_works_from_what_is_live<C: Cloud>(land: &Land<C>) -> Fallible {
    let before = pair(land, "api")?;
    create(land, &before).await?;
    let after = [75, 25].map(Weight);
    let after = [before[0].with_weight(after[0]), before[1].with_weight(after[1])];
    land.cloud.change(&batch(&land.zone.id, &before, &after), "step").await?;
    same(listed(land, &before[0]).await?, after.to_vec())?;
    refused(land, &before, &after).await
}

async fn l01_a_batch_with_one_bad_change_changes_nothing<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, &[legacy.clone(), new.clone()]).await?;
    let good = simple(&land.name("good")?, RecordType::A, "192.0.2.1");
    let stale = new.with_weight(Weight(7));
    refused(land, &[legacy.clone(), stale], &[legacy, good.clone()]).await?;
    same(listed(land, &good).await?, vec![])
}

async fn l03_overwriting_replaces_what_is_there_and_makes_what_is_not<C: Cloud>(
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

async fn l15_every_bad_change_of_a_batch_is_told<C: Cloud>(land: &Land<C>) -> Fallible {
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

async fn the_longest_comment_is_taken<C: Cloud>(land: &Land<C>) -> Fallible {
    let members = pair(land, "api")?;
    let comment = "c".repeat(256);
    land.cloud.change(&batch(&land.zone.id, &[], &members), &comment).await?;
    same(listed(land, &members[0]).await?, members.to_vec())
}

async fn l11_a_simple_record_does_not_stand_beside_weighted_ones<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let members = pair(land, "api")?;
    create(land, &members).await?;
    refused(land, &[], &[simple(&members[0].name, RecordType::A, "192.0.2.9")]).await
}

async fn l12_members_of_a_group_have_one_ttl<C: Cloud>(land: &Land<C>) -> Fallible {
    let [legacy, new] = pair(land, "api")?;
    create(land, from_ref(&legacy)).await?;
    refused(land, &[], &[with_ttl(&new, 300)]).await
}

async fn l13_a_cname_stands_alone<C: Cloud>(land: &Land<C>) -> Fallible {
    let name = land.name("api")?;
    create(land, &[simple(&name, RecordType::A, "192.0.2.1")]).await?;
    refused(land, &[], &[simple(&name, RecordType::Cname, "x.example.net.")]).await
}

async fn l30_a_change_is_listed_at_once_and_is_in_sync_in_the_end<C: Cloud>(
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

async fn a_change_that_never_was_is_lost<C: Cloud>(land: &Land<C>) -> Fallible {
    let status = land.cloud.change_status(&ChangeId("C0NOWHERE".to_owned())).await?;
    same(status, ChangeStatus::Lost)
}

async fn a_batch_for_a_zone_that_never_was_finds_nothing<C: Cloud>(land: &Land<C>) -> Fallible {
    let nowhere = batch(&ZoneId("Z0NOWHERE".to_owned()), &[], &pair(land, "api")?);
    match land.cloud.change(&nowhere, "nowhere").await {
        Err(error) => same(error.kind, CloudErrorKind::NotFound),
        Ok(_) => Err("it was accepted".into()),
    }
}

async fn a_classic_load_balancer_is_found<C: Cloud>(land: &Land<C>) -> Fallible {
    let found = land.cloud.balancer(Side::Legacy, &land.old).await?;
    same((&found.name, found.dimension.as_str()), (&land.old, "old"))?;
    same((found.arn.is_none(), found.zone_id.is_empty()), (true, false))
}

async fn an_application_load_balancer_is_found<C: Cloud>(land: &Land<C>) -> Fallible {
    let found = land.cloud.balancer(Side::New, &land.new).await?;
    same((&found.name, found.dimension.starts_with("app/new/")), (&land.new, true))?;
    let arn = found.arn.as_deref().unwrap_or_default();
    same((arn.ends_with(&found.dimension), found.zone_id.is_empty()), (true, false))
}

async fn a_load_balancer_that_never_was_is_not_found<C: Cloud>(land: &Land<C>) -> Fallible {
    for kind in [BalancerKind::Classic, BalancerKind::Application, BalancerKind::Network] {
        let name = BalancerName { kind, name: "nowhere".to_owned() };
        match land.cloud.balancer(Side::New, &name).await {
            Err(error) => same(error.kind, CloudErrorKind::NotFound)?,
            Ok(balancer) => return Err(format!("{balancer:?} was found").into()),
        }
    }
    // Of this name there is one, of another kind.
    let other = BalancerName { kind: BalancerKind::Network, name: land.new.name.clone() };
    let error = land.cloud.balancer(Side::New, &other).await.err().ok_or("it was found")?;
    same(error.kind, CloudErrorKind::NotFound)
}

async fn healthy_targets_are_counted<C: Cloud>(land: &Land<C>) -> Fallible {
    for (side, name) in [(Side::Legacy, &land.old), (Side::New, &land.new)] {
        let balancer = land.cloud.balancer(side, name).await?;
        let health = land.cloud.target_health(side, &balancer).await?;
        same((health.healthy, health.registered), (land.targets, land.targets))?;
    }
    Ok(())
}

async fn connections_to_a_classic_load_balancer_end_when_they_are_idle<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let old = land.cloud.balancer(Side::Legacy, &land.old).await?;
    let tail = land.cloud.tail(Side::Legacy, &old).await?;
    same((tail.keep_alive, tail.idle), (None, Some(SignedDuration::from_secs(60))))
}

async fn connections_to_an_application_load_balancer_end_when_they_are_old<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let new = land.cloud.balancer(Side::New, &land.new).await?;
    let tail = land.cloud.tail(Side::New, &new).await?;
    let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
    let defaults = Tail { keep_alive: seconds(3600), idle: seconds(60), draining: seconds(300) };
    same(tail, defaults)
}

async fn capacity_is_reserved_told_of_and_given_back<C: Cloud>(land: &Land<C>) -> Fallible {
    let new = land.cloud.balancer(Side::New, &land.new).await?;
    let told = async || land.cloud.reservation(Side::New, &new).await;
    same(told().await?, Reservation::default())?;
    let asked = land.cloud.reserve(Side::New, &new, Some(100)).await?;
    same((asked.units, asked.is_under_way(), asked.ready()), (Some(100), true, None))?;
    let again = land.cloud.reserve(Side::New, &new, Some(200)).await;
    let code = again.err().and_then(|error| error.code);
    same(code.as_deref(), Some("CapacityReservationPending"))?;
    for _ in 0..30 {
        land.wait().await;
    }
    same(told().await?.ready(), Some(100))?;
    land.cloud.reserve(Side::New, &new, None).await?;
    same(told().await?.units, None)?;
    let old = land.cloud.balancer(Side::Legacy, &land.old).await?;
    same(land.cloud.reserve(Side::Legacy, &old, Some(100)).await.is_err(), true)
}

async fn metrics_have_their_minutes_and_the_last_is_not_included<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let (queries, first) = (from_ref(&land.metric), land.first);
    let series = land.cloud.metrics(Account::Legacy, queries, first, first.offset(2)).await?;
    same(series.len(), 1)?;
    same(series[0].status, SeriesStatus::Complete)?;
    same(series[0].points.keys().copied().collect(), vec![first, first.offset(1)])?;
    same(series[0].points.values().all(|value| *value >= 1.0), true)
}

async fn a_metric_that_never_was_is_empty_and_complete<C: Cloud>(land: &Land<C>) -> Fallible {
    let mut nothing = land.metric.clone();
    nothing.metric = "Nothing".to_owned();
    let queries = [nothing, land.metric.clone()];
    let until = land.first.offset(2);
    let series = land.cloud.metrics(Account::Legacy, &queries, land.first, until).await?;
    same(series.iter().map(|one| one.points.len()).collect(), vec![0, 2])?;
    same(series.iter().all(|one| one.status == SeriesStatus::Complete), true)
}

async fn more_metrics_can_be_asked_for_than_one_call_takes<C: Cloud>(land: &Land<C>) -> Fallible {
    let nothing =
        |number| MetricQuery { metric: format!("Nothing{number}"), ..land.metric.clone() };
    let mut queries: Vec<MetricQuery> = (0..600).map(nothing).collect();
    queries.insert(550, land.metric.clone());
    let until = land.first.offset(2);
    let series = land.cloud.metrics(Account::Legacy, &queries, land.first, until).await?;
    let heard = series.iter().position(|one| !one.points.is_empty());
    same((series.len(), heard), (601, Some(550)))
}

async fn alarms_of_both_kinds_say_what_they_say_in_the_order_of_their_names<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let names = ["quiet", "nowhere", "all", "loud", "QUIET", "qui"].map(str::to_owned);
    let says = land.cloud.alarms(Account::New, &names).await?;
    let states = says.iter().map(|says| says.as_ref().map(|reading| reading.state)).collect();
    let wanted = [Some(AlarmState::Ok), None, Some(AlarmState::Alarm), Some(AlarmState::Alarm)];
    same(states, [&wanted[..], &[None, None]].concat())?;
    // Of a metric alarm ministack does not tell since when.
    let all = says[2].as_ref().ok_or("it is gone")?;
    same((all.reason.is_empty(), all.since.is_some()), (false, true))
}

async fn more_alarms_can_be_asked_for_than_one_call_takes<C: Cloud>(land: &Land<C>) -> Fallible {
    let mut names: Vec<String> = (0..250).map(|number| format!("nowhere-{number}")).collect();
    names.push("quiet".to_owned());
    let says = land.cloud.alarms(Account::New, &names).await?;
    let found = says.iter().flatten().map(|reading| reading.state).collect();
    same((says.len(), found), (251, vec![AlarmState::Ok]))
}

async fn services_are_told_in_the_order_of_their_names<C: Cloud>(land: &Land<C>) -> Fallible {
    let names = ["nowhere", "api"].map(str::to_owned);
    let told = land.cloud.services(Side::New, "main", &names).await?;
    let [None, Some(api)] = &told[..] else { return Err(format!("{told:?}").into()) };
    let deployments: Vec<_> = api.deployments.iter().map(|d| d.status.as_str()).collect();
    same((api.status.as_str(), api.desired, deployments), ("ACTIVE", 3, vec!["PRIMARY"]))
}

async fn a_cluster_that_never_was_has_no_service<C: Cloud>(land: &Land<C>) -> Fallible {
    same(land.cloud.services(Side::New, "nowhere", &["api".to_owned()]).await?, vec![None])
}

async fn a_peering_connection_is_seen_with_its_ends_and_the_routes_through_it<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let peering = land.cloud.peering(Side::New, &land.peering).await?.ok_or("there is none")?;
    let ranges = [&peering.requester, &peering.accepter].map(|end| end.ranges.clone());
    let wanted = ["10.1.0.0/16", "10.2.0.0/16"].map(|range| vec![range.to_owned()]);
    same((peering.status.as_str(), ranges), ("active", wanted))?;
    let routes = peering.routes.ok_or("they may not be read")?;
    let there = routes.iter().find(|route| route.vpc == peering.requester.vpc);
    let there = there.map(|route| (route.destination.as_str(), route.active));
    same(there, Some(("10.2.0.0/16", true)))
}

async fn a_peering_connection_that_never_was_is_none<C: Cloud>(land: &Land<C>) -> Fallible {
    same(land.cloud.peering(Side::New, "pcx-00000000000000000").await?, None)
}

async fn every_account_says_who_is_asking<C: Cloud>(land: &Land<C>) -> Fallible {
    for account in Account::ALL {
        let identity = land.cloud.identity(account).await?;
        let digits = identity.account.chars().filter(char::is_ascii_digit).count();
        same((digits, identity.account.len()), (12, 12))?;
        same(identity.arn.contains(&identity.account), true)?;
    }
    Ok(())
}
