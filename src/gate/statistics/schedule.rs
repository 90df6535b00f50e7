//! How likely, before anything is seen, a fault is to begin in each planned minute.

/// Part of the belief that is on the very first minute: most faults are there from the start.
const FIRST: f64 = 0.4;
/// Part that the first minutes of the later steps share: more traffic brings out new faults.
const STEPS: f64 = 0.3;
/// Part that all other planned minutes share.
const OTHERS: f64 = 0.3;

/// The start weights a_t of gates.md: 0.4 for the first minute of the run, 0.3 shared by the first minutes of later
/// steps, 0.3 shared by every other planned minute, 0 beyond the plan. What has no minute to go to goes to the first,
/// so that they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gate) struct Schedule {
    first: f64,
    later_step: f64,
    other: f64,
}

impl Schedule {
    /// Lays out the weights for a run whose shift steps plan so many minutes each.
    pub(in crate::gate) fn new(planned: &[u32]) -> Self {
        let steps = planned.len().max(1) as f64;
        let minutes: f64 = planned.iter().map(|minutes| f64::from((*minutes).max(1))).sum();
        let share = |part: f64, among: f64| if among > 0.0 { part / among } else { 0.0 };
        let later_step = share(STEPS, steps - 1.0);
        let other = share(OTHERS, minutes - steps);
        let first = FIRST
            + if steps > 1.0 { 0.0 } else { STEPS }
            + if minutes > steps { 0.0 } else { OTHERS };
        Self { first, later_step, other }
    }

    /// Returns the weight of a minute: the step's place in the run and the minute's place in the step from 0 on,
    /// and how many minutes the step plans.
    pub(in crate::gate) fn start_weight(self, step: usize, minute: i64, planned: u32) -> f64 {
        match (step, minute) {
            (0, 0) => self.first,
            (_, 0) => self.later_step,
            (_, minute) if minute < i64::from(planned) => self.other,
            (_, _) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_all_planned_minutes_sum_to_one() {
        for planned in [&[10, 10, 60][..], &[10], &[1], &[1, 1, 1], &[1, 30], &[43_200]] {
            let schedule = Schedule::new(planned);
            let sum: f64 = planned
                .iter()
                .enumerate()
                .flat_map(|(step, minutes)| {
                    (0..i64::from(*minutes)).map(move |m| schedule.start_weight(step, m, *minutes))
                })
                .sum();
            assert!((sum - 1.0).abs() < 1e-9, "{planned:?}: {sum}");
        }
    }

    #[test]
    fn minutes_beyond_the_plan_weigh_nothing() {
        let schedule = Schedule::new(&[10, 10]);
        assert_eq!(schedule.start_weight(1, 10, 10), 0.0);
        assert_eq!(schedule.start_weight(0, 10, 10), 0.0);
    }
}
