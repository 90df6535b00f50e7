//! Route 53's quotas: token buckets of requests and of changes, for each account (laws L20 to L23).

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::{Operation, noise};
use crate::{
    plan::{Change, ChangeAction},
    sim::scenario::Limits,
};

/// One token bucket.
#[derive(Debug, Clone)]
struct Bucket {
    capacity: f64,
    per_second: f64,
    tokens: f64,
    filled_ms: i64,
}

impl Bucket {
    fn full(capacity: f64, per_second: f64, now_ms: i64) -> Self {
        Self { capacity, per_second, tokens: capacity, filled_ms: now_ms }
    }

    /// Fills up to now, less what others took meanwhile.
    fn refill(&mut self, now_ms: i64, taken_per_second: f64, rng: &mut ChaCha8Rng) {
        let seconds = (now_ms - self.filled_ms).max(0) as f64 / 1000.0;
        self.filled_ms = self.filled_ms.max(now_ms);
        // Whatever happened before a bucket could empty and fill up again makes no difference.
        let seconds = seconds.min(120.0);
        let taken = noise::poisson(rng, taken_per_second * seconds) as f64;
        self.tokens = (self.tokens + self.per_second * seconds - taken).clamp(0.0, self.capacity);
        if taken_per_second > self.per_second {
            // Others wait for every token: whoever comes first gets it.
            let chance = self.per_second / taken_per_second;
            self.tokens = if noise::between(rng, 0.0, 1.0) < chance { 1.0 } else { 0.0 };
        }
    }
}

/// The buckets of one account.
#[derive(Debug, Clone)]
struct AccountBuckets {
    all: Bucket,
    each: BTreeMap<Operation, Bucket>,
    changes: Option<Bucket>,
}

/// All accounts' quotas.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    limits: Limits,
    accounts: BTreeMap<String, AccountBuckets>,
    change_tokens: f64,
}

/// What a request costs and who competes with it.
pub(super) struct Request<'a> {
    pub(super) account: &'a str,
    pub(super) operation: Operation,
    /// Change tokens (law L21).
    pub(super) change_tokens: f64,
    /// Requests per second that other tools of the account send, each with one change (law L22).
    pub(super) others_per_second: f64,
}

impl Admission {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, accounts: BTreeMap::new(), change_tokens: 0.0 }
    }

    /// Returns the change tokens of all batches that were let through, counted where they are not limited, too.
    pub(super) fn change_tokens(&self) -> f64 {
        self.change_tokens
    }

    /// Takes the tokens of a request from all its buckets, or none of them; returns whether there were enough.
    pub(super) fn admit(
        &mut self,
        request: &Request<'_>,
        now_ms: i64,
        rng: &mut ChaCha8Rng,
    ) -> bool {
        let (capacity, per_second) = request_rate(self.limits);
        let limits = self.limits;
        let full = || Bucket::full(capacity, per_second, now_ms);
        let buckets = self.accounts.entry(request.account.to_owned()).or_insert_with(|| {
            let changes = change_rate(limits);
            AccountBuckets {
                all: full(),
                each: BTreeMap::new(),
                changes: changes.map(|(most, rate)| Bucket::full(most, rate, now_ms)),
            }
        });
        let others = request.others_per_second;
        let one = buckets.each.entry(request.operation).or_insert_with(full);
        buckets.all.refill(now_ms, others, rng);
        one.refill(now_ms, 0.0, rng);
        if let Some(changes) = &mut buckets.changes {
            changes.refill(now_ms, others.min(changes.per_second), rng);
        }
        let enough = buckets.all.tokens >= 1.0
            && one.tokens >= 1.0
            && buckets.changes.as_ref().is_none_or(|b| b.tokens >= request.change_tokens);
        if enough {
            buckets.all.tokens -= 1.0;
            one.tokens -= 1.0;
            self.change_tokens += request.change_tokens;
            if let Some(changes) = &mut buckets.changes {
                changes.tokens -= request.change_tokens;
            }
        }
        enough
    }
}

/// Returns the change tokens of a batch: one for each CREATE and DELETE, two for each UPSERT (law L21).
pub(super) fn change_tokens(changes: &[Change]) -> f64 {
    let cost = |change: &Change| match change.action {
        ChangeAction::Create | ChangeAction::Delete => 1.0,
        ChangeAction::Upsert => 2.0,
    };
    changes.iter().map(cost).sum()
}

/// Capacity and refill per second of a request bucket.
fn request_rate(limits: Limits) -> (f64, f64) {
    match limits {
        Limits::Standard => (50.0, 10.0),
        Limits::Gov => (40.0, 5.0),
        Limits::Legacy => (5.0, 5.0),
    }
}

/// Capacity and refill per second of the change bucket, where there is one.
fn change_rate(limits: Limits) -> Option<(f64, f64)> {
    match limits {
        Limits::Standard => Some((1500.0, 100.0)),
        Limits::Gov | Limits::Legacy => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::noise::{Purpose, stream};

    fn admitted(limits: Limits, at_ms: &[i64], change_tokens: f64, others: f64) -> Vec<bool> {
        let mut admission = Admission::new(limits);
        let mut rng = stream(1, Purpose::Calls, 0, 0);
        let request = Request {
            account: "111111111111",
            operation: Operation::ChangeResourceRecordSets,
            change_tokens,
            others_per_second: others,
        };
        at_ms.iter().map(|at| admission.admit(&request, *at, &mut rng)).collect()
    }

    fn count(answers: &[bool]) -> usize {
        answers.iter().filter(|admitted| **admitted).count()
    }

    #[test]
    fn l20_fifty_requests_at_once_and_ten_a_second_after_that() {
        assert_eq!(count(&admitted(Limits::Standard, &[0; 80], 0.0, 0.0)), 50);
        let mut times = vec![0; 50];
        times.extend([1000; 30]);
        assert_eq!(count(&admitted(Limits::Standard, &times, 0.0, 0.0)), 60);
    }

    #[test]
    fn l20_an_account_has_one_bucket_for_all_actions_together() {
        let mut admission = Admission::new(Limits::Standard);
        let mut rng = stream(1, Purpose::Calls, 0, 0);
        let mut ask = |account, operation| {
            let request =
                Request { account, operation, change_tokens: 0.0, others_per_second: 0.0 };
            admission.admit(&request, 0, &mut rng)
        };
        let first = (0..40).filter(|_| ask("1", Operation::GetChange)).count();
        let second = (0..40).filter(|_| ask("1", Operation::ListResourceRecordSets)).count();
        assert_eq!((first, second), (40, 10));
        assert!(ask("2", Operation::GetChange), "another account has its own");
    }

    #[test]
    fn l21_fifteen_hundred_changes_at_once_and_a_hundred_a_second_after_that() {
        assert_eq!(
            admitted(Limits::Standard, &[0, 0, 0, 4000, 10_000], 1000.0, 0.0),
            [true, false, false, false, true]
        );
    }

    #[test]
    fn l22_other_tools_drain_the_same_buckets() {
        let times: Vec<i64> = (0..400).map(|n| n * 1000).collect();
        let alone = count(&admitted(Limits::Standard, &times, 0.0, 0.5));
        let crowded = count(&admitted(Limits::Standard, &times, 0.0, 40.0));
        assert_eq!(alone, 400);
        assert!((60..140).contains(&crowded), "about a quarter gets through: {crowded}");
    }

    #[test]
    fn l23_older_quotas_are_smaller_and_do_not_count_changes() {
        assert_eq!(count(&admitted(Limits::Gov, &[0; 80], 1e6, 0.0)), 40);
        assert_eq!(count(&admitted(Limits::Legacy, &[0; 80], 1e6, 0.0)), 5);
    }
}
