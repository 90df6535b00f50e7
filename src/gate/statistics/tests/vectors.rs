//! The vectors of gates.md, computed with 60 digits: the formulas by themselves.

use serde_json::Value;

use super::super::{Comparator, Counts, Mixture, Pair, Product, Schedule};

/// Returns the vectors.
pub(in crate::gate) fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/fixtures/gate-vectors.json")).unwrap()
}

/// Returns the members of a list, or none.
pub(in crate::gate) fn all<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Reads a number; `inf` stands for no limit.
pub(in crate::gate) fn number(value: &Value) -> f64 {
    if value == "inf" { f64::INFINITY } else { value.as_f64().unwrap() }
}

fn numbers(value: &Value, key: &str) -> Vec<f64> {
    all(value, key).iter().map(number).collect()
}

/// Holds a number to a billionth of what it should be.
pub(in crate::gate) fn assert_near(found: f64, expected: f64, what: &str) {
    // The vectors have 12 significant digits; values near zero are differences of larger ones.
    let allowed = 1e-9 * expected.abs() + 1e-11;
    assert!((found - expected).abs() <= allowed, "{what}: {found} is not {expected}");
}

fn pair(value: &Value) -> Pair {
    let side = |n: &Value, x: &Value| {
        let errors = x.as_f64().unwrap_or_default();
        Counts { requests: n.as_f64().unwrap_or_default().max(errors), errors }
    };
    Pair { new: side(&value[0], &value[1]), legacy: side(&value[2], &value[3]) }
}

/// Returns the minutes of a sequence; what it wants skipped is a minute without datapoints.
fn pairs(sequence: &Value) -> Vec<Pair> {
    let skips = sequence["config"]["on_invalid"] == "skip";
    let is_invalid = |flags: &Value| flags.as_array().is_some_and(|flags| !flags.is_empty());
    all(sequence, "rows")
        .iter()
        .zip(all(&sequence["expect"], "flags"))
        .map(|(row, flags)| {
            let pair = pair(row);
            let new = if skips && is_invalid(flags) { Counts::default() } else { pair.new };
            Pair { new, ..pair }
        })
        .collect()
}

/// Returns the planned minutes of each step.
pub(in crate::gate) fn plan(config: &Value) -> Vec<u32> {
    all(config, "plan").iter().map(|minutes| minutes.as_u64().unwrap() as u32).collect()
}

/// Returns the start weight of every minute, and whether it begins a step.
fn starts(plan: &[u32], minutes: usize) -> Vec<(f64, bool)> {
    let schedule = Schedule::new(plan);
    let planned = plan.iter().enumerate().flat_map(|(step, planned)| {
        (0..i64::from(*planned)).map(move |m| (schedule.start_weight(step, m, *planned), m == 0))
    });
    planned.chain(std::iter::repeat((0.0, false))).take(minutes).collect()
}

fn relative(config: &Value, pair: Pair) -> Option<Comparator> {
    let size = number(&config["k"]);
    Comparator::relative(pair, number(&config["rho"]), number(&config["delta"]), size)
}

fn absolute(config: &Value, pair: Pair) -> Option<Comparator> {
    let legacy = if config["skip_shared"] == true { pair.legacy } else { Counts::default() };
    let pair = Pair { legacy, ..pair };
    Comparator::absolute(pair, number(&config["p0"]), number(&config["k"]))
}

/// Holds the formulas to one sequence, for a grid of so many alternatives.
fn check_sequence<const R: usize>(sequence: &Value) {
    let (config, expect) = (&sequence["config"], &sequence["expect"]);
    let grid: [f64; R] = numbers(config, "grid").try_into().unwrap();
    let pass_grid: [f64; 4] = numbers(config, "grid_pass").try_into().unwrap();
    let cap = number(&config["cap"]);
    let pairs = pairs(sequence);
    let starts = starts(&plan(config), pairs.len());
    let gates = [
        ("ln_e_relative", config["relative"].is_object()),
        ("ln_e_absolute", config["absolute"].is_object()),
    ];
    let mut mixtures = [Mixture::<R>::NOTHING; 2];
    let mut products = [Product::<4>::NOTHING; 2];
    for (at, (pair, (weight, begins))) in pairs.iter().zip(starts).enumerate() {
        let mut pass = Vec::new();
        for (gate, (key, exists)) in gates.into_iter().enumerate().filter(|(_, g)| g.1) {
            let comparator = match gate {
                0 => relative(&config["relative"], *pair),
                _ => absolute(&config["absolute"], *pair),
            };
            let x = pair.new.errors;
            mixtures[gate].advance(weight, Comparator::ln_factors(comparator, x, &grid, cap));
            if begins {
                products[gate] = Product::NOTHING;
            }
            products[gate].advance(Comparator::ln_factors(comparator, x, &pass_grid, cap));
            let what = format!("{} {key} minute {at}", sequence["name"]);
            assert_near(mixtures[gate].ln_value(R), number(&expect[key][at]), &what);
            if gate == 1 || comparator.is_some() || !gates[1].1 {
                pass.push(products[gate].ln_value());
            }
            assert!(exists);
        }
        let pass = pass.into_iter().fold(f64::INFINITY, f64::min);
        let what = format!("{} ln_e_pass minute {at}", sequence["name"]);
        assert_near(pass, number(&expect["ln_e_pass"][at]), &what);
    }
}

#[test]
fn all_sequences_hold_to_a_billionth() {
    let vectors = vectors();
    assert_eq!(all(&vectors, "sequences").len(), 44);
    for sequence in all(&vectors, "sequences") {
        match all(&sequence["config"], "grid").len() {
            5 => check_sequence::<5>(sequence),
            6 => check_sequence::<6>(sequence),
            other => panic!("a grid of {other}"),
        }
    }
}

#[test]
fn all_single_factors_hold_to_a_billionth() {
    let vectors = vectors();
    assert_eq!(all(&vectors, "unit").len(), 36);
    for case in all(&vectors, "unit") {
        let pair = pair(&serde_json::json!([case["n"], case["x"], case["m"], case["y"]]));
        let comparator = match case["gate"].as_str().unwrap() {
            "relative" => Comparator::relative(pair, 2.0, 0.001, 5.0),
            "relative_k_inf" => Comparator::relative(pair, 2.0, 0.001, f64::INFINITY),
            "absolute" => {
                let pair = Pair { legacy: Counts::default(), ..pair };
                Comparator::absolute(pair, 0.003, 5.0)
            }
            other => panic!("{other}"),
        };
        let Some(comparator) = comparator else {
            assert!(case["shape"].is_null(), "{case}");
            continue;
        };
        let [s, h, rest] = [0, 1, 2].map(|at| number(&case["shape"][at]));
        assert_near(comparator.errors, s, &case.to_string());
        assert_near(comparator.fair, h, &case.to_string());
        assert_near(comparator.rest, rest, &case.to_string());
        let factor = comparator.ln_factor(pair.new.errors, number(&case["r"]));
        assert_near(factor, number(&case["ln_factor"]), &case.to_string());
    }
}
