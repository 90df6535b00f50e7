//! What Route 53's servers answer for a name, and when which of them learns of a change (laws L41, L44 to L48).

use crate::{
    plan::{Answer, RecordSet, Routing},
    unit::{Ttl, Weight},
};

/// Where an answer leads: the index of a load balancer, or nowhere.
pub(super) type Route = Option<usize>;

/// One member of the group at a name and type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// Its weight; records that are not weighted count as 1.
    pub(super) weight: u8,
    /// Where its values lead.
    pub(super) routes: Vec<Route>,
    /// Whether it stops answering while what it leads to is unhealthy: by evaluating it, or by a health check.
    pub(super) watched: bool,
}

impl Member {
    pub(super) fn of(record: &RecordSet, route: impl Fn(&str) -> Route) -> Self {
        let weight = match record.routing {
            Routing::Weighted { weight: Weight(weight), .. } => weight,
            Routing::Simple | Routing::Other { .. } => 1,
        };
        let (routes, evaluates) = match &record.answer {
            Answer::Alias { dns_name, evaluate_target_health, .. } => {
                (vec![route(dns_name)], *evaluate_target_health)
            }
            Answer::Values { values, .. } => (values.iter().map(|v| route(v)).collect(), false),
        };
        Self { weight, routes, watched: evaluates || record.health_check.is_some() }
    }
}

/// The group at a name and type, from the moment at which a change made it so.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Version {
    pub(super) accepted_ms: i64,
    /// When the last server has it.
    pub(super) in_sync_ms: i64,
    pub(super) ttl: Ttl,
    pub(super) members: Vec<Member>,
}

/// Whether Route 53 has reason to answer with what a route leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fitness {
    Healthy,
    /// Which matters to those who watch it.
    Unhealthy,
    /// It is left out whoever watches.
    LeftOut,
}

/// Servers take up a change within this, even where some of them are stuck.
const ORDINARY_MS: i64 = 60_000;

impl Version {
    /// Returns true when the server at this place among all servers, from 0 to 1, has the version (law L41).
    pub(super) fn reached(&self, server: f64, now_ms: i64) -> bool {
        let delay = self.in_sync_ms - self.accepted_ms;
        // Three servers of four keep to the ordinary even where the fourth is stuck.
        let (place, within) =
            if server < 0.75 { (server / 0.75, delay.min(ORDINARY_MS)) } else { (server, delay) };
        now_ms >= self.accepted_ms + (place * within as f64) as i64
    }

    /// Returns what part of the answers leads where; the parts sum to 1.
    pub(super) fn answers(&self, fitness: impl Fn(usize) -> Fitness) -> Vec<(Route, f64)> {
        let chances = chances(&self.members, fitness);
        let mut answers: Vec<(Route, f64)> = Vec::with_capacity(chances.len());
        for (member, chance) in self.members.iter().zip(chances) {
            for route in &member.routes {
                let part = chance / member.routes.len() as f64;
                match answers.iter_mut().find(|(known, _)| known == route) {
                    Some((_, sum)) => *sum += part,
                    None => answers.push((*route, part)),
                }
            }
        }
        if answers.is_empty() {
            answers.push((None, 1.0));
        }
        answers
    }
}

/// Returns how often each member answers (laws L44, L45).
fn chances(members: &[Member], fitness: impl Fn(usize) -> Fitness) -> Vec<f64> {
    let unfit = |member: &Member, route: &Route| match route.map_or(Fitness::Unhealthy, &fitness) {
        Fitness::Healthy => false,
        Fitness::Unhealthy => member.watched,
        Fitness::LeftOut => true,
    };
    let fit = |member: &Member| !member.routes.iter().all(|route| unfit(member, route));
    let tiers: [&dyn Fn(&Member) -> f64; 4] = [
        &|member| if fit(member) { f64::from(member.weight) } else { 0.0 },
        &|member| if fit(member) && member.weight == 0 { 1.0 } else { 0.0 },
        &|member| f64::from(member.weight),
        &|_| 1.0,
    ];
    for weight in tiers {
        let sum: f64 = members.iter().map(weight).sum();
        if sum > 0.0 {
            return members.iter().map(|member| weight(member) / sum).collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(weight: u8, to: usize, watched: bool) -> Member {
        Member { weight, routes: vec![Some(to)], watched }
    }

    fn parts(members: &[Member], healthy: &[usize]) -> Vec<f64> {
        let version =
            Version { accepted_ms: 0, in_sync_ms: 0, ttl: Ttl(60), members: members.to_vec() };
        let fitness = |route| match healthy.contains(&route) {
            true => Fitness::Healthy,
            false => Fitness::Unhealthy,
        };
        let answers = version.answers(fitness);
        let part =
            |to| answers.iter().filter(|(route, _)| *route == Some(to)).map(|(_, p)| p).sum();
        (0..members.len()).map(part).collect()
    }

    #[test]
    fn l44_a_share_is_the_weight_over_the_sum_of_all_members() {
        let group = [member(3, 0, false), member(1, 1, false), member(4, 2, false)];
        assert_eq!(parts(&group, &[]), [0.375, 0.125, 0.5]);
    }

    #[test]
    fn l45_zero_weights_answer_only_when_no_other_member_is_healthy() {
        let pair = [member(0, 0, true), member(255, 1, true)];
        assert_eq!(parts(&pair, &[0, 1]), [0.0, 1.0]);
        assert_eq!(parts(&pair, &[0]), [1.0, 0.0], "traffic goes back by itself");
        assert_eq!(parts(&pair, &[]), [0.0, 1.0], "none healthy: all count as healthy, by weight");
    }

    #[test]
    fn l45_all_zero_is_an_even_split_and_not_off() {
        assert_eq!(parts(&[member(0, 0, false), member(0, 1, false)], &[]), [0.5, 0.5]);
        assert_eq!(parts(&[member(0, 0, true), member(0, 1, true)], &[]), [0.5, 0.5]);
    }

    #[test]
    fn l46_without_evaluation_a_member_always_answers() {
        assert_eq!(parts(&[member(99, 0, false), member(1, 1, false)], &[0]), [0.99, 0.01]);
    }

    #[test]
    fn l47_new_with_unhealthy_targets_gets_nothing_although_its_weight_says_so() {
        assert_eq!(parts(&[member(50, 0, true), member(50, 1, true)], &[0]), [1.0, 0.0]);
    }

    #[test]
    fn a_side_that_is_left_out_gets_nothing_although_nobody_watches_it() {
        let pair = [member(95, 0, false), member(5, 1, false)];
        let version = |members: &[Member]| Version {
            accepted_ms: 0,
            in_sync_ms: 0,
            ttl: Ttl(60),
            members: members.to_vec(),
        };
        let fitness = |route| if route == 0 { Fitness::LeftOut } else { Fitness::Healthy };
        assert_eq!(version(&pair).answers(fitness), [(Some(0), 0.0), (Some(1), 1.0)]);
        let all = version(&pair).answers(|_| Fitness::LeftOut);
        assert_eq!(all, [(Some(0), 0.95), (Some(1), 0.05)], "none is left: all count, by weight");
    }

    #[test]
    fn l48_a_health_check_follows_what_the_member_leads_to() {
        let record = RecordSet {
            name: "api.example.com".parse().unwrap(),
            kind: "A".into(),
            routing: Routing::Simple,
            answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
            health_check: Some("hc".to_owned()),
        };
        let checked = Member::of(&record, |_| Some(1));
        assert!(checked.watched);
        assert_eq!(parts(&[member(1, 0, false), checked], &[0]), [1.0, 0.0]);
    }

    #[test]
    fn a_name_without_records_leads_nowhere() {
        let gone = Version { accepted_ms: 0, in_sync_ms: 0, ttl: Ttl(60), members: vec![] };
        assert_eq!(gone.answers(|_| Fitness::Healthy), [(None, 1.0)]);
    }

    #[test]
    fn l41_servers_switch_at_different_moments_and_all_have_by_insync() {
        let version =
            |in_sync_ms| Version { accepted_ms: 0, in_sync_ms, ttl: Ttl(60), members: vec![] };
        let part = |version: &Version, at_ms| {
            (0..100).filter(|n| version.reached(f64::from(*n) / 100.0, at_ms)).count()
        };
        let ordinary = version(30_000);
        assert!(part(&ordinary, -1) == 0 && part(&ordinary, 30_000) == 100);
        assert!((20..80).contains(&part(&ordinary, 15_000)));
        let stuck = version(7_200_000);
        assert_eq!(part(&stuck, 60_000), 75);
    }
}
