//! What each step lets the errors gate see, as people read it before saying yes.

use crate::{
    gate::words::count,
    plan::{Plan, Sight, sights},
    unit::{Rate, SignedDuration, words},
};

use super::plan::Headings;

/// Returns one line for every step that sends traffic to new.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let mut headings = Headings::of(plan);
    let wave = |sight: &Sight| {
        plan.shifts.iter().find(|shift| shift.step == sight.step).map_or(0, |shift| shift.wave)
    };
    let lines = sights(plan);
    lines
        .iter()
        .flat_map(|sight| headings.before(wave(sight)).into_iter().chain([line(sight)]))
        .collect()
}

fn line(sight: &Sight) -> String {
    let hold = minutes(sight.hold);
    let sees = match sight.smallest_visible_rate {
        Some(rate) => format!("sees errors above {} in {hold}", percent(rate)),
        None => format!("would not even see a total failure in {hold}"),
    };
    let requests = if sight.requests_per_minute < 10.0 {
        format!("{:.1}", sight.requests_per_minute)
    } else {
        count(sight.requests_per_minute)
    };
    format!("{}: {requests} req/min on new; {sees}", sight.share)
}

fn minutes(hold: SignedDuration) -> String {
    let seconds = hold.as_secs();
    if seconds % 60 == 0 { format!("{} min", seconds / 60) } else { words(hold) }
}

/// Returns a rate with two digits that count, rounded up: what is promised must be seen.
fn percent(rate: f64) -> String {
    let unit = 10_f64.powf(rate.log10().floor() - 1.0);
    let rounded = ((rate / unit - 1e-9).ceil() * unit).min(1.0);
    Rate::from_fraction(rounded).map_or_else(String::new, |rate| rate.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(requests_per_minute: f64, smallest_visible_rate: Option<f64>) -> Sight {
        Sight {
            step: 2,
            share: "5%".parse().unwrap(),
            hold: SignedDuration::from_mins(10),
            requests_per_minute,
            limit_rate: 0.003,
            smallest_visible_rate,
            minutes_to_see_5_percent: Some(1.0),
        }
    }

    #[test]
    fn a_step_says_its_traffic_and_the_smallest_fault_that_it_shows() {
        assert_eq!(
            line(&sight(3_000.0, Some(0.008_61))),
            "5%: 3,000 req/min on new; sees errors above 0.87% in 10 min"
        );
        assert_eq!(
            line(&sight(0.5, None)),
            "5%: 0.5 req/min on new; would not even see a total failure in 10 min"
        );
    }

    #[test]
    fn a_rate_is_rounded_up_to_two_digits_and_never_beyond_everything() {
        let rates = [0.000_123_4, 0.009, 0.0101, 0.251, 0.999, 1.0].map(percent);
        assert_eq!(rates.join(" "), "0.013% 0.9% 1.1% 26% 100% 100%");
    }
}
