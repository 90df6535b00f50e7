//! What load balancers have to carry, and whether they are ready for it.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    plan::{
        Basis, Deed, Demand, LoadMetric, Peaks, Reservation, ReservationState, ReservedZone,
        Series, SeriesStatus, Tail, Wanted, capacity, step_loads, wishes,
    },
    unit::{Minute, Share, SignedDuration},
};

/// Both sides have a load balancer that can be reserved for.
const BOTH: &str = "
  - name: api.example.com
    zone: example.com
    legacy: { alb: api-old }
    new: { alb: api }
";
const STEEP: &str = "
steps:
  - { weight: 1%, hold: 5m }
  - { weight: 50%, hold: 30m }
  - { weight: 100%, hold: 1h }
";
const SLOW: &str = "
steps:
  - { weight: 1%, hold: 50m }
  - { weight: 50%, hold: 30m }
  - { weight: 100%, hold: 1h }
";

fn name(kind: BalancerKind, name: &str) -> BalancerName {
    BalancerName { kind, name: name.to_owned() }
}

/// A world in which legacy's load balancer of this kind gets so many requests a second at most.
fn busy(kind: BalancerKind, requests_per_second: f64) -> Snapshot {
    let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    let health = TargetHealth { healthy: 4, registered: 4 };
    let old = balancer(kind, "api-old", LEGACY);
    snapshot.balancers.retain(|(side, _), _| *side == Side::New);
    snapshot.balancers.insert((Side::Legacy, old.name.clone()), (old.clone(), health));
    let peaks = Peaks { requests: Some(requests_per_second * 60.0), ..Peaks::default() };
    snapshot.load.peaks.insert(old.name, peaks);
    snapshot
}

fn reserved(units: u32, state: ReservationState) -> Reservation {
    let zone = |letter: char| ReservedZone {
        zone: format!("us-west-2{letter}"),
        state: if letter == 'a' { ReservationState::Provisioned } else { state },
        reason: String::new(),
    };
    Reservation { units: Some(units), zones: vec![zone('a'), zone('b')] }
}

fn reserve(snapshot: &mut Snapshot, side: Side, found: Result<Reservation, String>) {
    let name = if side == Side::New { "api" } else { "api-old" };
    let key = (side, self::name(BalancerKind::Application, name));
    snapshot.load.reservations.insert(key, found);
}

fn checked(
    records: &str,
    steps: &str,
    sides: &str,
    snapshot: &Snapshot,
) -> Result<Vec<String>, Vec<String>> {
    let rest = format!("{steps}preflight: {{ capacity: {{ {sides} }} }}\n");
    let made = make(&runbook(records, &rest), snapshot, Standing::Refuse)?;
    let told = made.hazards.into_iter();
    Ok(told.filter(|hazard| hazard.contains("reserve") || hazard.contains("pre-warm")).collect())
}

#[test]
fn l67_a_steep_ramp_without_a_reservation_stops_the_preflight_and_says_what_helps() {
    let mut snapshot = busy(BalancerKind::Classic, 5000.0);
    reserve(&mut snapshot, Side::New, Ok(Reservation::default()));
    assert_data_eq!(
        checked(ALIAS, STEEP, "new: reserved", &snapshot).unwrap_err().join("\n"),
        str![
            "new alb api: step 2 takes it from 1% (50 requests/s) to 50% (2,500 requests/s), 50.0x after 9m30s, and a load balancer follows 1.5x in 5 minutes, beginning with about 100 requests/s; reserved for it: nothing; reserve 200 LCU with `cutover prewarm RUNBOOK --side new`, or add a step before it, at 4.7% or less"
        ]
    );
    reserve(&mut snapshot, Side::New, Ok(reserved(200, ReservationState::Provisioned)));
    assert_eq!(checked(ALIAS, STEEP, "new: reserved", &snapshot).map(|told| told.len()), Ok(1));
}

#[test]
fn a_reservation_counts_when_it_is_large_enough_and_provisioned_in_every_zone() {
    let mut snapshot = busy(BalancerKind::Classic, 5000.0);
    let mut told = Vec::new();
    for found in [
        Ok(reserved(199, ReservationState::Provisioned)),
        Ok(reserved(200, ReservationState::Pending)),
        Ok(reserved(200, ReservationState::Failed)),
        Ok(reserved(200, ReservationState::Rebalancing)),
        Ok(Reservation { units: Some(200), zones: Vec::new() }),
        Err("AccessDenied".to_owned()),
    ] {
        reserve(&mut snapshot, Side::New, found);
        let problems = checked(ALIAS, STEEP, "new: reserved", &snapshot).unwrap_err();
        assert_eq!(problems.len(), 1);
        let why = problems[0].split("; ").nth(1).unwrap();
        told.push(why.to_owned());
    }
    assert_data_eq!(
        told.join("\n"),
        str![[r#"
reserved for it: 199 LCU, provisioned, and it needs 200
reserved for it: 200 LCU: us-west-2a provisioned, us-west-2b pending
reserved for it: 200 LCU: us-west-2a provisioned, us-west-2b failed
reserved for it: 200 LCU: us-west-2a provisioned, us-west-2b rebalancing
reserved for it: 200 LCU, of which AWS does not say how far it is
what is reserved for it could not be read (AccessDenied)
"#]]
    );
}

#[test]
fn l67_a_slow_ramp_needs_no_reservation() {
    let mut snapshot = busy(BalancerKind::Classic, 5000.0);
    reserve(&mut snapshot, Side::New, Ok(Reservation::default()));
    let told = checked(ALIAS, SLOW, "new: reserved", &snapshot).unwrap();
    assert!(told.iter().all(|hazard| hazard.starts_with("legacy ")), "{told:?}");
}

#[test]
fn a_first_step_from_nothing_counts_against_what_an_idle_load_balancer_carries_or_what_it_has() {
    let first = |requests: f64, carried: f64| {
        let mut snapshot = busy(BalancerKind::Classic, requests);
        snapshot.load.carried.insert(name(BalancerKind::Application, "api"), carried * 60.0);
        reserve(&mut snapshot, Side::New, Ok(Reservation::default()));
        checked(ALIAS, SLOW, "new: reserved", &snapshot).map_err(|problems| problems.join("\n"))
    };
    assert!(first(16_000.0, 0.0).is_ok());
    assert_data_eq!(
        first(20_000.0, 0.0).unwrap_err(),
        str![
            "new alb api: step 1 takes it from 0% (0 requests/s) to 1% (200 requests/s) at once, and a load balancer follows 1.5x in 5 minutes, beginning with about 100 requests/s; reserved for it: nothing; reserve 800 LCU with `cutover prewarm RUNBOOK --side new`, or add a step before it, at 0.8% or less"
        ]
    );
    assert!(first(20_000.0, 200.0).is_ok());
}

#[test]
fn where_traffic_is_not_known_only_the_shares_are_compared() {
    let mut snapshot = busy(BalancerKind::Classic, 1.0);
    snapshot.load.peaks.clear();
    reserve(&mut snapshot, Side::New, Ok(Reservation::default()));
    let problems = checked(ALIAS, STEEP, "new: reserved", &snapshot).unwrap_err();
    assert!(
        matches!(&problems[..], [only] if only.contains("from 1% to 50%, 50.0x")),
        "{problems:?}"
    );
    assert_eq!(checked(ALIAS, SLOW, "new: reserved", &snapshot), Ok(Vec::new()));
    // What is reserved is taken to be enough.
    reserve(&mut snapshot, Side::New, Ok(reserved(100, ReservationState::Provisioned)));
    assert_eq!(checked(ALIAS, STEEP, "new: reserved", &snapshot), Ok(Vec::new()));
}

#[test]
fn a_small_service_is_carried_by_any_load_balancer() {
    let mut snapshot = busy(BalancerKind::Application, 100.0);
    reserve(&mut snapshot, Side::New, Ok(Reservation::default()));
    reserve(&mut snapshot, Side::Legacy, Ok(Reservation::default()));
    let both = "new: reserved, legacy: reserved";
    assert_eq!(checked(BOTH, STEEP, both, &snapshot), Ok(Vec::new()));
}

#[test]
fn a_rollback_is_a_spike_on_legacy_and_its_reservation_is_looked_at_too() {
    let mut snapshot = busy(BalancerKind::Application, 5000.0);
    for side in Side::BOTH {
        reserve(&mut snapshot, side, Ok(reserved(200, ReservationState::Provisioned)));
    }
    assert_eq!(checked(BOTH, STEEP, "new: reserved", &snapshot), Ok(Vec::new()));
    reserve(&mut snapshot, Side::Legacy, Ok(Reservation::default()));
    let hazards = checked(BOTH, STEEP, "new: reserved", &snapshot).unwrap();
    assert_data_eq!(
        hazards.join("\n"),
        str![
            "legacy alb api-old: a rollback from 50% takes it from 2,500 to 5,000 requests/s at once, and a load balancer that has grown smaller meanwhile follows 1.5x in 5 minutes; reserved for it: nothing; reserve 200 LCU with `cutover prewarm RUNBOOK --side legacy`"
        ]
    );
    let problems = checked(BOTH, STEEP, "legacy: reserved", &snapshot).unwrap_err();
    assert_eq!(problems, hazards);
}

#[test]
fn for_a_classic_load_balancer_the_plan_says_what_to_ask_aws_for() {
    let mut snapshot = busy(BalancerKind::Classic, 5000.0);
    for peaks in snapshot.load.peaks.values_mut() {
        peaks.bytes = Some(5000.0 * 60.0 * 12_345.0);
    }
    reserve(&mut snapshot, Side::New, Ok(reserved(10_000, ReservationState::Provisioned)));
    assert_data_eq!(
        checked(ALIAS, STEEP, "new: reserved", &snapshot).unwrap().join("\n"),
        str![
            "legacy elb api-old: a rollback from 50% takes it from 2,500 to 5,000 requests/s at once, and a load balancer that has grown smaller meanwhile follows 1.5x in 5 minutes; nothing can be reserved for a classic load balancer: ask AWS support to pre-warm api-old-123.us-west-2.elb.amazonaws.com, and tell them 5,000 requests/s at 100%, about 12,345 bytes for a request and its answer, how much of it is TLS, and from when until when (from the start of the run for 1h48m30s or more)"
        ]
    );
}

#[test]
fn without_the_check_nothing_is_asked_and_nothing_new_is_said() {
    let snapshot = busy(BalancerKind::Application, 5000.0);
    let made = make(&runbook(BOTH, STEEP), &snapshot, Standing::Refuse).unwrap();
    let told = made.hazards.iter().filter(|hazard| hazard.contains("reserve")).count();
    assert_eq!(told, 1, "the ramp, as ever: {:?}", made.hazards);
}

fn series(values: &[f64]) -> Series {
    let points = values.iter().enumerate().map(|(at, value)| (Minute(at as i64), *value));
    Series { status: SeriesStatus::Complete, message: None, points: points.collect() }
}

#[test]
fn a_load_balancer_of_legacy_that_had_nothing_to_do_adds_nothing_and_one_that_was_not_read_hides_the_sum()
 {
    let two = format!(
        "{BOTH}  - name: admin.example.com\n    zone: example.com\n    legacy: {{ alb: admin-old }}\n    new: {{ alb: api }}\n"
    );
    let runbook = runbook(&two, STEEP);
    let mut snapshot = busy(BalancerKind::Application, 5000.0);
    let needed = |snapshot: &Snapshot| {
        let known = capacity(&runbook, snapshot, Share::ZERO).demands;
        let of_new = known.into_iter().find(|demand| demand.side == Side::New);
        of_new.and_then(|demand| demand.requests_per_minute)
    };
    assert_eq!(needed(&snapshot), None, "nobody knows what comes from there");
    let idle = name(BalancerKind::Application, "admin-old");
    snapshot.load.peaks.insert(idle, Peaks::default());
    assert_eq!(needed(&snapshot), Some(300_000.0));
}

#[test]
fn the_busiest_minute_of_each_metric_counts() {
    let mut peaks = Peaks::default();
    peaks.add(LoadMetric::Requests, &series(&[60.0, 6000.0, 600.0]));
    peaks.add(LoadMetric::Bytes, &series(&[]));
    peaks.add(LoadMetric::Units, &series(&[0.0, 0.0]));
    assert_eq!(peaks, Peaks { requests: Some(6000.0), ..Peaks::default() });
}

#[test]
fn units_are_those_of_the_dimension_that_needs_most() {
    let units = |kind, peaks: Peaks| peaks.units_of(kind).map(|u| (u.count, u.basis));
    let application = |peaks| units(BalancerKind::Application, peaks);
    // 100 requests a second on as many connections, at most.
    let requests = Peaks { requests: Some(6000.0), ..Peaks::default() };
    assert_eq!(application(requests), Some((4.0, Basis::Requests)));
    let connections = Peaks { connections: Some(1500.0), ..requests };
    assert_eq!(application(connections), Some((1.0, Basis::Connections)));
    let active = Peaks { active: Some(6000.0), ..connections };
    assert_eq!(application(active), Some((2.0, Basis::Active)));
    let bytes = Peaks { bytes: Some(50e6), ..active };
    assert_eq!(application(bytes), Some((3.0, Basis::Bytes)));
    let rules = Peaks { rules: Some(600_000.0), ..bytes };
    assert_eq!(application(rules), Some((10.0, Basis::Rules)));
    // AWS knows better.
    let counted = Peaks { units: Some(7.0), ..rules };
    assert_eq!(application(counted), Some((7.0, Basis::PeakUnits)));
    let (count, basis) = units(BalancerKind::Network, counted).unwrap();
    assert!((count - 50e6 * 8.0 / 60.0 / 2.2e6).abs() < 1e-9 && basis == Basis::Throughput);
    assert_eq!(units(BalancerKind::Network, requests), None);
    assert_eq!(units(BalancerKind::Classic, counted), None);
    assert_eq!(application(Peaks::default()), None);
}

#[test]
fn each_step_says_what_new_carries_and_what_a_rollback_brings_back() {
    let snapshot = busy(BalancerKind::Application, 5000.0);
    let plan = make(&runbook(BOTH, STEEP), &snapshot, Standing::Refuse).unwrap().plan;
    let told = step_loads(&plan);
    let of = |side| {
        let of_side = told.iter().filter(move |load| load.side == side);
        of_side.map(|load| (load.step, load.requests_per_second, load.growth)).collect::<Vec<_>>()
    };
    assert_eq!(of(Side::New), [(1, 50.0, None), (2, 2500.0, Some(50.0)), (3, 5000.0, Some(2.0))]);
    let back = of(Side::Legacy);
    assert!(back.iter().all(|(_, requests, _)| *requests == 5000.0));
    assert_eq!(
        back.iter().map(|(_, _, growth)| growth.is_some()).collect::<Vec<_>>(),
        [true, true, false]
    );
    assert_eq!(back[1].2, Some(2.0));
}

#[test]
fn traffic_that_new_has_already_is_added_to_what_legacy_saw() {
    let runbook = runbook(BOTH, STEEP);
    let snapshot = busy(BalancerKind::Application, 5000.0);
    let half = Share::from_fraction(0.5);
    let demands = capacity(&runbook, &snapshot, half).demands;
    assert!(demands.iter().all(|demand| demand.per_second(1.0) == Some(10_000.0)), "{demands:?}");
    let all = capacity(&runbook, &snapshot, Share::FULL).demands;
    assert!(all.iter().all(|demand| demand.requests_per_minute.is_none()), "{all:?}");
}

#[test]
fn what_of_a_shared_load_balancer_comes_is_said_to_be_a_most() {
    let second = BOTH.replace("api.example", "b.example").replace("alb: api }", "alb: b }");
    let mut snapshot = busy(BalancerKind::Application, 5000.0);
    let b = balancer(BalancerKind::Application, "b", "b-1.us-west-2.elb.amazonaws.com.");
    let health = TargetHealth { healthy: 4, registered: 4 };
    snapshot.balancers.insert((Side::New, b.name.clone()), (b, health));
    let runbook = runbook(&format!("{BOTH}{second}"), STEEP);
    let demands = capacity(&runbook, &snapshot, Share::ZERO).demands;
    let told: Vec<_> = demands.iter().map(|d| (d.side, d.at_most, d.per_second(1.0))).collect();
    let most = Some(5000.0);
    let wanted = [(Side::New, true, most), (Side::New, true, most), (Side::Legacy, false, most)];
    assert_eq!(told, wanted);
}

fn demand(kind: BalancerKind, reservation: Reservation) -> Demand {
    let mut snapshot = busy(BalancerKind::Application, 5000.0);
    reserve(&mut snapshot, Side::New, Ok(reservation));
    let demands = capacity(&runbook(BOTH, STEEP), &snapshot, Share::ZERO).demands;
    let mut demand = demands[0].clone();
    demand.balancer.kind = kind;
    demand
}

#[test]
fn as_much_is_reserved_as_is_needed_and_never_less_than_there_is() {
    use ReservationState::{Failed, Pending, Provisioned};
    let deed = |reservation: Reservation, wanted: Wanted| {
        let demand = demand(BalancerKind::Application, reservation);
        wishes(&[demand], &[Side::New], wanted, |_| 1.0).remove(0).to
    };
    let nothing = Reservation::default;
    assert_eq!(deed(nothing(), Wanted::Enough), Deed::Reserve(200));
    assert_eq!(deed(nothing(), Wanted::Units(5)), Deed::Reserve(100));
    assert_eq!(deed(reserved(150, Provisioned), Wanted::Enough), Deed::Reserve(200));
    assert_eq!(deed(reserved(300, Failed), Wanted::Enough), Deed::Reserve(200));
    assert_eq!(deed(reserved(300, Provisioned), Wanted::Nothing), Deed::Remove);
    for (there, wanted) in [
        (reserved(300, Provisioned), Wanted::Enough),
        (reserved(100, Pending), Wanted::Enough),
        (reserved(100, Pending), Wanted::Nothing),
        (nothing(), Wanted::Nothing),
    ] {
        assert!(matches!(deed(there.clone(), wanted), Deed::Nothing(_)), "{there:?} {wanted:?}");
    }
    let classic = demand(BalancerKind::Classic, nothing());
    let asked = wishes(std::slice::from_ref(&classic), &[Side::New], Wanted::Enough, |_| 1.0);
    assert!(matches!(asked[0].to, Deed::Nothing(why) if why.contains("AWS support")));
    assert_eq!(wishes(&[classic], &[Side::Legacy], Wanted::Enough, |_| 1.0), []);
}

#[test]
fn connections_outlast_a_change_of_dns_and_the_plan_knows_how_long() {
    let mut snapshot = busy(BalancerKind::Classic, 5000.0);
    let new = (Side::New, name(BalancerKind::Application, "api"));
    let plan = |snapshot: &Snapshot| {
        make(&runbook(ALIAS, STEEP), snapshot, Standing::Refuse).unwrap().plan
    };
    assert_eq!(plan(&snapshot).capacity.tail_of_new(), None);
    let hour = Some(SignedDuration::from_hours(1));
    let tail = Tail { keep_alive: hour, idle: Some(SignedDuration::from_secs(60)), draining: None };
    snapshot.load.tails.insert(new.clone(), tail);
    let known = plan(&snapshot);
    assert_eq!(known.capacity.tail_of_new(), hour);
    let words = known.capacity.tails[0].in_words();
    assert_eq!(words, "connections are closed when 1h old, idle ones after 1m");
    snapshot.load.tails.insert(new, Tail::default());
    let unknown = plan(&snapshot);
    assert_eq!(unknown.capacity.tail_of_new(), None);
    assert!(unknown.capacity.tails[0].in_words().starts_with("not known"));
    let json = serde_json::to_string(&known).unwrap();
    let back: super::super::Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(back, known);
}
