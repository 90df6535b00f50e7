//! The claims. Each begins in a land that no other has touched.

mod changes;
mod sides;
mod zones;

use std::{fmt::Debug, pin::Pin, slice::from_ref};

use cutover::{
    cloud::{Cloud, CloudError, CloudErrorKind},
    plan::RecordSet,
    unit::Weight,
};

use super::land::Land;
use crate::{Fallible, batch, sorted, weighted};
use changes::*;
use sides::*;
use zones::*;

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

/// Something that never was has been asked for.
fn not_found<T: Debug>(answer: Result<T, CloudError>) -> Fallible {
    match answer {
        Err(error) => same(error.kind, CloudErrorKind::NotFound),
        Ok(found) => Err(format!("{found:?} was found").into()),
    }
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
