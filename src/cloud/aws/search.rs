//! Which pages of a zone have to be read for the records of many names. Pure: pages come in, and where the next ones begin
//! comes out.
//!
//! Names that stand together in a zone share a page, so one is asked for from the first of them on. Where it ends before the
//! last, it has shown how far apart the names are: the others are cut into stretches that should fit a page each, and
//! these can be read at the same time. The order of the zone only decides how many calls that takes: a name that was not
//! seen where it should be is [`missing`](Search::missing) until somebody asks for it alone.

use std::collections::BTreeSet;

use aws_sdk_route53::types::RrType;

use crate::unit::RecordName;

/// Names whose pairs fill a page.
const NAMES_ON_A_PAGE: usize = 150;

/// Most stretches that the rest of one is cut into, so that few names in a crowded part of the zone do not make for a call
/// for each of the others.
const MOST_CUTS: usize = 10;

/// Where a page begins. Leaving out the identifier repeats or skips members of a weighted group (law L31).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cursor {
    pub(super) name: Option<String>,
    pub(super) kind: Option<RrType>,
    pub(super) set_identifier: Option<String>,
}

impl Cursor {
    pub(super) fn at(name: &RecordName) -> Self {
        Self { name: Some(name.escaped()), ..Self::default() }
    }
}

/// Wanted names that follow one another in the zone, and where the page begins that may have all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: Cursor,
    /// In the zone's order, each with its place; never empty.
    names: Vec<(String, RecordName)>,
}

impl Stretch {
    fn of(names: &[(String, RecordName)]) -> Self {
        let start = names.first().map_or_else(Cursor::default, |(_, name)| Cursor::at(name));
        Self { start, names: names.to_vec() }
    }

    /// Returns true for names whose records are to be taken from this stretch's page and from no other.
    pub(super) fn has(&self, name: &RecordName) -> bool {
        let place = place(&name.escaped());
        self.names.binary_search_by(|(other, _)| other.cmp(&place)).is_ok()
    }
}

/// A search for the records of many names.
#[derive(Debug)]
pub(super) struct Search {
    waiting: Vec<Stretch>,
    missing: BTreeSet<RecordName>,
}

impl Search {
    pub(super) fn new(names: impl IntoIterator<Item = RecordName>) -> Self {
        let missing: BTreeSet<RecordName> = names.into_iter().collect();
        let mut names: Vec<_> =
            missing.iter().map(|name| (place(&name.escaped()), name.clone())).collect();
        names.sort();
        Self { waiting: names.chunks(NAMES_ON_A_PAGE).map(Stretch::of).collect(), missing }
    }

    /// Returns a stretch whose page is to be read next; nothing while none waits.
    pub(super) fn next(&mut self) -> Option<Stretch> {
        self.waiting.pop()
    }

    /// Learns what was on a stretch's page: the names of it that were seen, and where the zone goes on, if it does.
    pub(super) fn learn(&mut self, stretch: &Stretch, seen: &[RecordName], next: Option<Cursor>) {
        for name in seen {
            self.missing.remove(name);
        }
        // A page begins with its start, if that is there: asking for that name alone would tell the same.
        if stretch.start.kind.is_none()
            && let Some((_, first)) = stretch.names.first()
        {
            self.missing.remove(first);
        }
        let Some((next, goes_on)) = next.and_then(|next| Some((place(next.name.as_ref()?), next)))
        else {
            return;
        };
        let covered = stretch.names.partition_point(|(place, _)| *place < next);
        let rest = stretch.names.get(covered..).unwrap_or_default();
        // Whole pages, as far as the names go on like this.
        let on_a_page = covered.max(1);
        let length = rest.len().div_ceil(MOST_CUTS).div_ceil(on_a_page).max(1) * on_a_page;
        let mut stretches: Vec<_> = rest.chunks(length).map(Stretch::of).collect();
        // A name that the page broke off in goes on where it was broken off.
        if let Some(first) = stretches.first_mut()
            && first.names.first().is_some_and(|(place, _)| *place == next)
        {
            first.start = goes_on;
        }
        self.waiting.extend(stretches);
    }

    /// Returns the names that no page has shown, or has shown not to be there.
    pub(super) fn missing(&self) -> impl Iterator<Item = &RecordName> {
        self.missing.iter()
    }
}

/// Returns where a listed name stands: its labels from right to left, each with a dot behind it (law L31).
fn place(listed: &str) -> String {
    let mut text = String::with_capacity(listed.len() + 1);
    for label in listed.trim_end_matches('.').rsplit('.') {
        text.push_str(label);
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(number: usize) -> RecordName {
        format!("n{number:05}.example.com").parse().unwrap()
    }

    /// Reads as Route 53 does from a zone of weighted pairs; returns how many calls it took, and in how many rounds of at
    /// most ten at the same time.
    fn read(search: &mut Search, zone: &[RecordName]) -> (usize, usize) {
        let listed: Vec<(String, &str, &RecordName)> = zone
            .iter()
            .flat_map(|name| ["a", "b"].map(|member| (place(&name.escaped()), member, name)))
            .collect();
        let (mut calls, mut rounds, mut found) = (0, 0, Vec::new());
        loop {
            let round: Vec<_> = std::iter::from_fn(|| search.next()).take(10).collect();
            if round.is_empty() {
                let members: BTreeSet<_> = found.iter().collect();
                assert_eq!(members.len(), found.len(), "no member twice");
                return (calls, rounds);
            }
            rounds += 1;
            for stretch in round {
                calls += 1;
                let from = (
                    place(stretch.start.name.as_ref().unwrap()),
                    stretch.start.set_identifier.as_deref().unwrap_or(""),
                );
                let first =
                    listed.partition_point(|(at, id, _)| (at.as_str(), *id) < (&from.0, from.1));
                let page = &listed[first..listed.len().min(first + 300)];
                let mine: Vec<_> = page.iter().filter(|(_, _, name)| stretch.has(name)).collect();
                found.extend(mine.iter().map(|(_, id, name)| (*id, (*name).clone())));
                let seen: Vec<_> = mine.iter().map(|(_, _, name)| (*name).clone()).collect();
                let next = listed.get(first + 300).map(|(_, id, name)| Cursor {
                    kind: Some(RrType::A),
                    set_identifier: Some((*id).to_owned()),
                    ..Cursor::at(name)
                });
                search.learn(&stretch, &seen, next);
            }
        }
    }

    fn cost(wanted: impl Iterator<Item = usize>, zone: usize) -> (usize, usize) {
        let zone: Vec<_> = (0..zone).map(name).collect();
        let mut search = Search::new(wanted.map(name));
        let cost = read(&mut search, &zone);
        assert_eq!(search.missing().count(), 0);
        cost
    }

    #[test]
    fn names_that_stand_together_are_read_in_one_round() {
        assert_eq!(cost(0..100, 100), (1, 1));
        assert_eq!(cost(2000..2100, 5000), (1, 1));
        assert_eq!(cost(0..1000, 1000), (7, 1));
        assert_eq!(cost(0..1000, 5000), (7, 1));
    }

    #[test]
    fn names_all_over_a_large_zone_take_hardly_more_calls_than_all_of_its_pages() {
        // Ten thousand records are 34 pages, which one after another would be 34 rounds.
        let (calls, rounds) = cost((0..5000).step_by(50), 5000);
        assert!(calls <= 37 && rounds <= 6, "{calls} calls in {rounds} rounds");
        let (calls, rounds) = cost((0..5000).step_by(5), 5000);
        assert!(calls <= 42 && rounds <= 6, "{calls} calls in {rounds} rounds");
        let (calls, rounds) = cost((0..5000).step_by(500), 5000);
        assert!(calls <= 11 && rounds <= 3, "{calls} calls in {rounds} rounds");
    }

    #[test]
    fn what_is_not_there_is_missing_and_ends_the_search() {
        let zone: Vec<_> = (0..10).map(name).collect();
        let mut search = Search::new((5..20).map(name));
        assert_eq!(read(&mut search, &zone), (1, 1));
        assert_eq!(
            search.missing().cloned().collect::<Vec<_>>(),
            (10..20).map(name).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_name_that_a_page_begins_with_is_not_asked_for_again() {
        let zone: Vec<_> = (0..20).map(name).collect();
        let lock: RecordName = "_cutover-lock.example.com".parse().unwrap();
        let mut search = Search::new((0..20).map(name).chain([lock]));
        assert_eq!(read(&mut search, &zone), (1, 1));
        assert_eq!(search.missing().count(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_member_of_every_wanted_name_is_found_once(
            wanted in prop::collection::btree_set(0..3000_usize, 1..200),
            others in prop::collection::btree_set(0..3000_usize, 0..2000),
        ) {
            let zone: Vec<_> = wanted.union(&others).copied().map(name).collect();
            let mut search = Search::new(wanted.iter().copied().map(name));
            let (calls, _) = read(&mut search, &zone);
            prop_assert_eq!(search.missing().count(), 0);
            prop_assert!(calls <= wanted.len() + zone.len() / 150 + 1);
        }
    }
}
