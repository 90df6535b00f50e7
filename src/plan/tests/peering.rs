//! What is said before a run of the VPC peering connections that it relies on.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    plan::{Peering, PeeringEnd, PeeringRoute},
    unit::Account,
};

const CHECK: &str = "
steps:
  - { weight: 5%, hold: 30m }
preflight: { vpc_peering: [ { side: new, id: pcx-0123456789abcdef0 } ] }
";
const OURS: &str = "333333333333";
const THEIRS: &str = "222222222222";
const NOBODYS: &str = "999999999999";

fn end(account: &str, vpc: &str, ranges: &[&str]) -> PeeringEnd {
    let ranges = ranges.iter().map(|range| (*range).to_owned()).collect();
    PeeringEnd { account: account.to_owned(), vpc: vpc.to_owned(), region: None, ranges }
}

fn route(vpc: &str, destination: &str) -> PeeringRoute {
    PeeringRoute {
        table: format!("rtb-{vpc}"),
        vpc: vpc.to_owned(),
        destination: destination.to_owned(),
        active: true,
    }
}

/// The connection of `vpc-new` and `vpc-old` with these routes.
fn active(owner_of_old: &str, routes: Vec<PeeringRoute>) -> Peering {
    Peering {
        status: "active".to_owned(),
        message: String::new(),
        requester: end(OURS, "vpc-new", &["10.1.0.0/16"]),
        accepter: end(owner_of_old, "vpc-old", &["10.2.0.0/16", "10.3.0.0/16"]),
        routes: Some(routes),
    }
}

/// Both sides of it, each with a route to all of the other.
fn both() -> [(Side, Peering); 2] {
    let there = vec![route("vpc-new", "10.2.0.0/15")];
    let back = vec![route("vpc-old", "10.1.0.0/16")];
    [(Side::New, active(THEIRS, there)), (Side::Legacy, active(THEIRS, back))]
}

/// What is found when the sides see this.
fn planned(seen: &[(Side, Peering)]) -> Result<Vec<String>, Vec<String>> {
    let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    snapshot.accounts = [(Account::New, OURS), (Account::Legacy, THEIRS)]
        .map(|(account, id)| (account, id.to_owned()))
        .into();
    if !seen.is_empty() {
        let seen = seen.iter().cloned().collect();
        snapshot.peerings = [("pcx-0123456789abcdef0".to_owned(), seen)].into();
    }
    make(&runbook(ALIAS, CHECK), &snapshot, Standing::Refuse).map(|made| made.hazards)
}

#[test]
fn an_active_connection_with_routes_both_ways_gives_nothing_to_think_about() {
    assert_eq!(planned(&both()), Ok(Vec::new()));
}

#[test]
fn what_is_not_there_or_not_active_is_told_with_what_to_do() {
    let mut told = planned(&[]).unwrap_err();
    for (status, message) in [("pending-acceptance", "Pending Acceptance by 2"), ("expired", "")] {
        let [(side, peering), _] = both();
        let (status, message) = (status.to_owned(), message.to_owned());
        told.extend(planned(&[(side, Peering { status, message, ..peering })]).unwrap_err());
    }
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
peering pcx-0123456789abcdef0: there is no such VPC peering connection in the new account's region; look for it with `aws ec2 describe-vpc-peering-connections`, or take it out of `preflight.vpc_peering`
peering pcx-0123456789abcdef0: it is pending-acceptance, not active (Pending Acceptance by 2); accept it in the account 222222222222
peering pcx-0123456789abcdef0: it is expired, not active; only an active one carries traffic; see in the VPC console of both accounts
"#]]
    );
}

#[test]
fn a_way_without_a_route_or_with_a_dead_one_is_none() {
    let [(new, mut there), (legacy, mut back)] = both();
    there.routes = Some(vec![route("vpc-new", "10.9.0.0/16"), route("vpc-other", "10.2.0.0/15")]);
    back.routes.iter_mut().flatten().for_each(|route| route.active = false);
    let problems = planned(&[(new, there), (legacy, back)]).unwrap_err();
    assert_data_eq!(
        problems.join("\n"),
        str![[r#"
peering pcx-0123456789abcdef0: no route table of vpc-new has a route to 10.2.0.0/16, 10.3.0.0/16 through it; add one where the load balancers and targets are
peering pcx-0123456789abcdef0: no route table of vpc-old has a route to 10.1.0.0/16 through it; add one where the load balancers and targets are
peering pcx-0123456789abcdef0: the route to 10.1.0.0/16 in rtb-vpc-old of vpc-old is a blackhole; mend it or take it out
"#]]
    );
}

#[test]
fn a_part_of_the_other_side_without_a_route_is_worth_a_thought() {
    let [(new, mut there), back] = both();
    there.routes = Some(vec![route("vpc-new", "10.2.0.0/16")]);
    let hazards = planned(&[(new, there), back]).unwrap();
    assert_data_eq!(
        hazards.join("\n"),
        str![
            "peering pcx-0123456789abcdef0: no route of vpc-new leads to 10.3.0.0/16 through it, though one does to the rest of vpc-old; see whether anything there is needed"
        ]
    );
}

#[test]
fn a_way_that_nobody_could_see_is_told_and_is_not_taken_for_one() {
    let [(new, there), (legacy, back)] = both();
    let mut told = planned(&[(new, there.clone())]).unwrap();
    let foreign = active(NOBODYS, vec![route("vpc-new", "10.2.0.0/15")]);
    told.extend(planned(&[(new, foreign)]).unwrap());
    let denied = Peering { routes: None, ..back };
    told.extend(planned(&[(new, there), (legacy, denied)]).unwrap());
    // Two regions of one account: which of them was looked into is not told.
    let mut own = active(OURS, vec![route("vpc-new", "10.2.0.0/15")]);
    own.accepter.region = Some("eu-west-1".to_owned());
    told.extend(planned(&[(new, own)]).unwrap());
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
peering pcx-0123456789abcdef0: whether vpc-old of the account 222222222222 has a route to 10.1.0.0/16 was not seen; look at its route tables there
peering pcx-0123456789abcdef0: whether vpc-old of the account 999999999999 has a route to 10.1.0.0/16 was not seen; look at its route tables there
peering pcx-0123456789abcdef0: whether vpc-old of the account 222222222222 has a route to 10.1.0.0/16 was not seen; look at its route tables there
peering pcx-0123456789abcdef0: whether vpc-old of the account 333333333333 has a route to 10.1.0.0/16 was not seen; look at its route tables there
"#]]
    );
}
