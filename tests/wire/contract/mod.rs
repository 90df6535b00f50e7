//! What `Cloud` promises, asked of everything that is one: the simulator in process, the AWS adapter against the simulator on
//! the wire, and the AWS adapter against moto and ministack as far as those are like AWS.
//!
//! What a server is known not to do stands in a table with the reason, and is asserted to be still so: a server that
//! has learned it belongs out of the table.

mod claims;
mod land;

use cutover::cloud::Cloud;

use crate::{Fallible, servers::Server};
use claims::claims;
use land::Land;

/// Asks a cloud for every claim, each in a land of its own.
async fn keeps<C: Cloud>(
    mut land: impl AsyncFnMut(usize) -> Result<Land<C>, Box<dyn std::error::Error>>,
    lacking: &[(&str, &str)],
) -> Fallible {
    let all = claims::<C>();
    let unknown: Vec<_> =
        lacking.iter().filter(|(name, _)| all.iter().all(|(claim, _)| claim != name)).collect();
    assert!(unknown.is_empty(), "there are no such claims: {unknown:?}");
    let mut wrong = Vec::new();
    for (number, (name, claim)) in all.iter().enumerate() {
        let result = claim(&land(number).await?).await;
        match (result, lacking.iter().find(|(lacked, _)| lacked == name)) {
            (Err(error), None) => wrong.push(format!("{name}: {error}")),
            (Ok(()), Some((_, why))) => wrong.push(format!("{name} is kept now, although {why}")),
            (Ok(()), None) | (Err(_), Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {} claims:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_simulator_in_process_keeps_the_contract() -> Fallible {
    keeps(async |_| Ok(Land::simulated()), &[]).await
}

#[tokio::test]
async fn the_adapter_and_the_simulator_on_the_wire_keep_the_contract() -> Fallible {
    keeps(async |_| Land::served().await, &[]).await
}

/// What ministack lacks.
const MINISTACK: &[(&str, &str)] = &[
    ("l18_a_zone_tells_how_many_records_it_may_have", NO_DETAILS),
    ("a_zone_tells_how_far_its_recovery_is", NO_DETAILS),
    ("l16_a_protected_name_and_type_is_listed_and_not_written_until_it_is_free", NO_DETAILS),
    ("l11_a_simple_record_does_not_stand_beside_weighted_ones", COEXIST),
    ("l12_members_of_a_group_have_one_ttl", COEXIST),
    ("l13_a_cname_stands_alone", COEXIST),
    ("l15_every_bad_change_of_a_batch_is_told", "it tells of the first one, without its name"),
    ("a_classic_load_balancer_is_found", "it has no classic load balancers"),
    ("an_application_load_balancer_is_found", "none was made in it: moto shows the load balancers"),
    ("healthy_targets_are_counted", "none was made in it: moto shows the load balancers"),
    (
        "connections_to_a_classic_load_balancer_end_when_they_are_idle",
        "it has no classic load balancers",
    ),
    ("connections_to_an_application_load_balancer_end_when_they_are_old", "none was made in it"),
    ("capacity_is_reserved_told_of_and_given_back", "none was made in it"),
    (
        "a_peering_connection_is_seen_with_its_ends_and_the_routes_through_it",
        "it does not tell the address ranges of the ends",
    ),
];

/// What neither of the two knows; the adapter says so and goes on.
const NO_DETAILS: &str = "it knows neither limits nor recovery nor protections";

/// What neither of the two looks at.
const COEXIST: &str = "it compares a change with nothing but the record of the same identifier";

#[tokio::test]
async fn the_adapter_keeps_the_contract_on_ministack() -> Fallible {
    let server = Server::ministack()?;
    let first = land::metrics_on(&server)?;
    land::alarms_on(&server)?;
    land::services_on(&server)?;
    let peering = land::peering_on(&server)?;
    let foreign = async |number| {
        let mut land = Land::foreign(&server, number, first).await?;
        land.peering.clone_from(&peering);
        Ok(land)
    };
    keeps(foreign, MINISTACK).await
}

/// What moto lacks.
const MOTO: &[(&str, &str)] = &[
    ("l18_a_zone_tells_how_many_records_it_may_have", NO_DETAILS),
    ("a_zone_tells_how_far_its_recovery_is", NO_DETAILS),
    ("l16_a_protected_name_and_type_is_listed_and_not_written_until_it_is_free", NO_DETAILS),
    ("l05_a_deletion_of_another_weight_is_refused", "it deletes by the identifier alone"),
    ("l05_a_deletion_of_another_ttl_is_refused", "it refuses with InvalidInput, as AWS never does"),
    (
        "l05_a_deletion_of_another_value_is_refused",
        "it refuses with InvalidInput, as AWS never does",
    ),
    ("l06_a_deletion_of_what_is_not_there_is_refused", "it deletes by the identifier alone"),
    ("l15_every_bad_change_of_a_batch_is_told", "it refuses with InvalidInput, as AWS never does"),
    ("l11_a_simple_record_does_not_stand_beside_weighted_ones", COEXIST),
    ("l12_members_of_a_group_have_one_ttl", COEXIST),
    ("l13_a_cname_stands_alone", COEXIST),
    ("a_change_that_never_was_is_lost", "it calls every change INSYNC"),
    ("metrics_have_their_minutes_and_the_last_is_not_included", NO_CBOR),
    ("a_metric_that_never_was_is_empty_and_complete", NO_CBOR),
    ("more_metrics_can_be_asked_for_than_one_call_takes", NO_CBOR),
    ("alarms_of_both_kinds_say_what_they_say_in_the_order_of_their_names", NO_CBOR),
    ("more_alarms_can_be_asked_for_than_one_call_takes", NO_CBOR),
    ("capacity_is_reserved_told_of_and_given_back", "it knows no reservations"),
];

const NO_CBOR: &str = "it does not speak the protocol of CloudWatch's client, smithy rpc-v2-cbor";

#[tokio::test]
async fn the_adapter_keeps_the_contract_on_moto() -> Fallible {
    let server = Server::moto()?;
    land::balancers_on(&server)?;
    land::services_on(&server)?;
    let peering = land::peering_on(&server)?;
    let foreign = async |number| {
        let mut land = Land::foreign(&server, number, land::nowhen()).await?;
        land.peering.clone_from(&peering);
        Ok(land)
    };
    keeps(foreign, MOTO).await
}
