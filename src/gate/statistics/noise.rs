//! How far counts stray without anything being wrong: by chance, and by their own unevenness.

/// ln(1000): what is called chance does not go further than this once in a thousand times, on either side.
const LN_ODDS: f64 = 6.907_755_278_982_137;
/// Halvings in the search for an end of a range: beyond the precision that anybody reads.
const HALVINGS: u32 = 40;

/// Returns the smallest and the largest part of so many requests that chance makes of this part of all users, 0 to 1.
///
/// By Chernoff's bound a part `a` or a more extreme one comes by with a chance of at most `exp(-n kl(a, p))`, where
/// `kl(a, p) = a ln(a/p) + (1-a) ln((1-a)/(1-p))`; the range ends where that is one in a thousand. It holds for every `n`,
/// also where hardly a request is expected.
pub(in crate::gate) fn share_range(share: f64, requests: f64) -> (f64, f64) {
    let share = share.clamp(0.0, 1.0);
    (lowest(share, requests), 1.0 - lowest(1.0 - share, requests))
}

fn lowest(share: f64, requests: f64) -> f64 {
    let is_chance = |part: f64| requests * divergence(part, share) <= LN_ODDS;
    if is_chance(0.0) {
        return 0.0;
    }
    let (mut below, mut within) = (0.0, share);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(below, within);
        if is_chance(middle) {
            within = middle;
        } else {
            below = middle;
        }
    }
    within
}

/// Returns the Kullback-Leibler divergence of two chances, in natural units.
fn divergence(part: f64, share: f64) -> f64 {
    let term = |a: f64, p: f64| if a > 0.0 { a * (a / p).ln() } else { 0.0 };
    term(part, share) + term(1.0 - part, 1.0 - share)
}

/// Returns the standard deviation of the sum of so many of these counts, which follow each other in time: from the second
/// differences of neighbouring sums, whose variance is six times theirs, so that a rise or fall over hours is no
/// unevenness, and bursts are. Nothing where there are fewer than three such sums.
pub(in crate::gate) fn unevenness(counts: &[f64], length: usize) -> Option<f64> {
    let length = length.max(1);
    let sums = sums(counts, length);
    let bends = sums.windows(2 * length + 1).map(|of| of[0] - 2.0 * of[length] + of[2 * length]);
    let (count, squares) = bends.fold((0, 0.0), |(n, sum), bend| (n + 1, sum + bend * bend));
    (count > 0).then(|| (squares / (6.0 * f64::from(count))).sqrt())
}

/// Returns the sum of every so many counts that follow each other.
fn sums(counts: &[f64], length: usize) -> Vec<f64> {
    let Some(first) = counts.get(..length) else { return Vec::new() };
    let first: f64 = first.iter().sum();
    let steps = counts.iter().zip(&counts[length..]);
    let later = steps.scan(first, |sum, (leaves, joins)| {
        *sum += joins - leaves;
        Some(*sum)
    });
    std::iter::once(first).chain(later).collect()
}
