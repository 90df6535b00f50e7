//! Whether whatever goes on comes to an end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// Every move that was made, and every state in which nothing is left to happen. States are known by their prints.
#[derive(Debug, Default)]
pub(crate) struct Ways(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    moves: BTreeSet<(u64, u64)>,
    ends: BTreeSet<u64>,
}

impl Ways {
    pub(crate) fn leads(&self, from: u64, to: u64) {
        self.made(|made| made.moves.insert((from, to)));
    }

    pub(crate) fn ends(&self, at: u64) {
        self.made(|made| made.ends.insert(at));
    }

    fn made<T>(&self, change: impl FnOnce(&mut Made) -> T) -> T {
        change(&mut self.0.lock().expect("nobody panics while holding it"))
    }

    /// Returns how many states there are from which no end can be reached, and how many that lie on a circle or behind
    /// one: as long as nobody walks in circles, and there are finitely many states, every way has an end.
    pub(crate) fn endless(&self) -> (usize, usize) {
        self.made(|made| {
            let mut back: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
            let mut onward: BTreeMap<u64, usize> = BTreeMap::new();
            for (from, to) in &made.moves {
                back.entry(*to).or_default().push(*from);
                *onward.entry(*from).or_default() += 1;
                onward.entry(*to).or_default();
            }
            let nothing = Vec::new();
            let before = |state: &u64| back.get(state).unwrap_or(&nothing);
            let mut seen: BTreeSet<u64> = made.ends.clone();
            let mut open: Vec<u64> = made.ends.iter().copied().collect();
            while let Some(state) = open.pop() {
                open.extend(before(&state).iter().filter(|from| seen.insert(**from)));
            }
            let without_end = onward.keys().filter(|state| !seen.contains(state)).count();
            // Whatever leads only to what is over is over.
            let mut over: Vec<u64> =
                onward.iter().filter(|(_, moves)| **moves == 0).map(|(state, _)| *state).collect();
            let mut done = 0;
            while let Some(state) = over.pop() {
                done += 1;
                for from in before(&state) {
                    let left = onward.entry(*from).or_default();
                    *left -= 1;
                    if *left == 0 {
                        over.push(*from);
                    }
                }
            }
            (without_end, onward.len() - done)
        })
    }
}

#[test]
fn what_has_no_end_is_found() {
    let ways = Ways::default();
    for (from, to) in [(1, 2), (2, 3), (1, 4), (4, 4)] {
        ways.leads(from, to);
    }
    ways.ends(3);
    assert_eq!(
        ways.endless(),
        (1, 2),
        "4 has no end; 4 and what leads there is on a circle or before one"
    );
}

#[test]
fn a_circle_that_can_be_left_is_found() {
    let ways = Ways::default();
    for (from, to) in [(1, 2), (2, 1), (2, 3)] {
        ways.leads(from, to);
    }
    ways.ends(3);
    assert_eq!(ways.endless(), (0, 2));
}
