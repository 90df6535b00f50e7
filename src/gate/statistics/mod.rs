//! The statistics of the gates: what the counts of each minute are worth as evidence.
//!
//! This room names nothing else of the crate and does no IO: numbers in, numbers out. What is done with them is for the
//! gates to say. Start here, then read `comparator`, then `mixture`.
//!
//! # What is asked
//!
//! After every minute: *if new were within its limit, how surprising would everything seen so far be?* The answer is one
//! number E, the **evidence**, which begins at 1. It is the purse of somebody who bets a little, minute by minute, that
//! new is beyond its limit, at odds that are fair, or worse than fair, while new is within it. Such a gambler does not get
//! rich: the purse is expected to be at most 1 at any time, and (**Ville's inequality**)
//!
//! ```text
//! P(E ever reaches N, in the whole cutover) <= 1 / N        while new is within its limit
//! ```
//!
//! So `E >= 100` says: a side within its limit would come to look this bad in at most 1 of 100 cutovers. As it holds for
//! "ever", looking after every minute does not add false alarms, which is what ruins an ordinary test that is repeated. A
//! gate acts when `ln E >= ln(1 / alpha)` ([`ln_bar`]), with the runbook's `false_alarm` as alpha.
//!
//! Everything is kept as natural logs, and needs only `ln`, `ln_1p` and `exp`. The closed form with gamma functions would
//! need a constant split of the traffic, which every step changes, and would lose digits where counts are large.
//!
//! # Errors: one minute (`comparator`)
//!
//! `n, x` are requests and failed requests of new in one minute, `m, y` the same of legacy, `rho` is the runbook's
//! `times_legacy`, `delta` its `plus`, `p0` a fixed limit, `k` how much a minute's rate is taken to vary by itself.
//!
//! | | relative: `rho * legacy's rate + delta` | absolute: `p0` |
//! |---|---|---|
//! | s, failures to compare with | `c ye`, with `ye = y + m delta / rho`, `c = k / (k + ye)` | `k` |
//! | h, new's largest fair part of all failures | `rho n / (rho n + c m)` | `n p0 / (n p0 + k)` |
//! | says nothing when | n = 0, m = 0, or m < 2 % of n + m | n = 0, or legacy breaks p0 too |
//!
//! With x failures on new against s beside it, "new fails r times as often as it may" is more likely than "as often as it
//! may" by the factor e(r), capped at C because no single minute is to be enough:
//!
//! ```text
//! ln e(r) = min(C, x ln r - (x + s) ln(1 + (r - 1) h))      r in 1.5, 2.5, 5, 15, 50
//! ```
//!
//! **Why it is a fair bet.** With k and C infinite, x and y Poisson with means `n (rho q + delta)` and `m q`:
//! `u = r / (1 + (r - 1) h)` and `v = 1 / (1 + (r - 1) h)` satisfy `m (1 - v) = n rho (u - 1)`, so that q cancels in
//! `E[u^x v^ye] <= 1`. Legacy's rate may be anything, and another one in every minute: a shared incident moves nothing.
//! For `delta = 0` this is Lindon and Malek's test, one-sided and with an allowed ratio. The absolute form is the
//! likelihood ratio of two negative binomials of size k: fair for counts that vary so much, better than fair for Poisson
//! ones. The smaller of a fair bet and a constant is no better than fair.
//!
//! **What k and C cost.** A finite k lets one minute of legacy count for at most k failures, so that its own bad luck does
//! not accuse new. With `k = C = 5` a minute exactly at the limit is a bet of at most 1.03 in place of 1, and at most 1
//! below 90 % of the limit (gates.md, "Overdispersion"); where one side's rate varies by itself, only simulation can tell.
//!
//! # From minutes to a run (`mixture`, `schedule`)
//!
//! Nobody knows how bad a fault is, or when it begins. So the purse is divided beforehand: evenly among the five r, and by
//! the weights `a_t` among the minutes in which a fault may begin. What is put on a minute waits untouched until then:
//!
//! ```text
//! M_t(r) = (M_{t-1}(r) + a_t) e_t(r)        M_0 = 0
//! E_t    = (1/5) sum_r M_t(r) + 1 - (a_1 + .. + a_t)
//! a_t    = 0.4 in the first minute of the run, 0.3 shared by the first minutes of the later steps,
//!          0.3 shared by all other planned minutes, 0 beyond the plan
//! ```
//!
//! A mean of fair bets is a fair bet. With one beginning only, a long healthy time would bury a late fault.
//!
//! # Passing a step (`product`)
//!
//! The same factors with r in 0.1, 0.25, 0.5, 0.75 bet on "new is better than its limit"; E is their mean, multiplied up
//! from the first minute of the step. A side that fails at the limit or above would look this good in at most 1 of E
//! such steps.
//!
//! # Latency (`bernoulli`)
//!
//! A minute is bad or it is not, and at most a part eta of them may be bad, whatever the past:
//! `e(g) = g / eta` in a bad minute, `(1 - g) / (1 - eta)` in another, for g in 0.3, 0.5, 0.8, 0.95 above eta. The mixture
//! over beginnings is the same.
//!
//! # What could have been seen (`power`), and what chance does (`noise`)
//!
//! A failure rate p against a limit L is found in nine runs of ten after about `20 / (p ln(p / L) - p + L)` requests.
//!
//! Where a part p of n requests is meant for new, chance alone brings a part a, or one further off, at most
//! `exp(-n kl(a, p))` of the time (Chernoff), with `kl(a, p) = a ln(a/p) + (1 - a) ln((1 - a) / (1 - p))`.
//!
//! # Sources
//!
//! `gates.md`, sections 1, 2 and 4, with the simulations in section 3. Lindon and Malek, *Anytime-Valid Inference for
//! Multinomial Count Data* (arXiv 2011.03567). Ville, *Étude critique de la notion de collectif* (1939). Shin, Ramdas and
//! Rinaldo, *E-detectors* (arXiv 2203.03532), for mixing over beginnings.

mod bernoulli;
mod comparator;
mod counts;
mod log;
mod mixture;
mod noise;
mod onset;
mod power;
mod product;
mod schedule;

pub use power::{PLAIN_FAULT, minutes_needed, smallest_visible_rate};

pub(super) use self::{
    bernoulli::BadMinutes,
    comparator::{Comparator, FAULTS, PASSES},
    counts::{Counts, Pair},
    mixture::Mixture,
    noise::{share_range, unevenness},
    onset::likeliest_onset,
    product::Product,
    schedule::Schedule,
};

/// Returns the bar that ln E has to reach for a chance of being wrong of at most alpha, a fraction: `ln(1 / alpha)`.
pub(super) fn ln_bar(alpha: f64) -> f64 {
    -alpha.ln()
}

#[cfg(test)]
pub(super) mod tests;
