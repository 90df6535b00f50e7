//! How many changes Route 53 takes, and a reckoning of how many it would take now (laws L20 to L23, L28).

use serde::{Deserialize, Serialize};

use crate::unit::{SignedDuration, Timestamp};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quota {
    /// Accounts of the `aws` partition since July 30, 2026.
    #[default]
    Default,
    /// GovCloud: fewer requests, and changes are not counted.
    GovCloud,
}

/// One of Route 53's token buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Most tokens in it.
    pub capacity: f64,
    /// Tokens that flow into it, per second.
    pub refill: f64,
}

impl Quota {
    /// Returns the quota of a partition, as it stands in an ARN: `aws`, `aws-us-gov`.
    pub fn of_partition(partition: &str) -> Self {
        if partition == "aws-us-gov" { Self::GovCloud } else { Self::Default }
    }

    /// Returns the quota that goes with a region.
    pub fn of_region(region: &str) -> Self {
        if region.starts_with("us-gov-") { Self::GovCloud } else { Self::Default }
    }

    /// Returns the bucket of requests of one kind (law L20).
    pub fn requests(self) -> Bucket {
        match self {
            Self::Default => Bucket { capacity: 50.0, refill: 10.0 },
            Self::GovCloud => Bucket { capacity: 40.0, refill: 5.0 },
        }
    }

    /// Returns the bucket of changes, where changes are counted (laws L21, L23).
    pub fn changes(self) -> Option<Bucket> {
        match self {
            Self::Default => Some(Bucket { capacity: 1500.0, refill: 100.0 }),
            Self::GovCloud => None,
        }
    }
}

/// A reckoning of the change tokens that are left in the dns account. Other tools drain the same bucket (law L22), so it
/// is an upper bound, which a refusal corrects.
#[derive(Debug, Clone)]
pub struct Governor {
    bucket: Option<Bucket>,
    tokens: f64,
    at: Option<Timestamp>,
}

impl Governor {
    /// Begins with a full bucket.
    pub fn new(quota: Quota) -> Self {
        let bucket = quota.changes();
        Self { bucket, tokens: bucket.map_or(f64::INFINITY, |bucket| bucket.capacity), at: None }
    }

    /// Returns the change tokens that are there at this moment.
    pub fn tokens(&self, now: Timestamp) -> f64 {
        let Some(bucket) = self.bucket else { return f64::INFINITY };
        let seconds = self.at.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
        (self.tokens + seconds * bucket.refill).min(bucket.capacity)
    }

    /// Takes the tokens of a batch that is sent now.
    pub fn spend(&mut self, now: Timestamp, tokens: usize) {
        self.tokens = (self.tokens(now) - tokens as f64).max(0.0);
        self.at = Some(now);
    }

    /// Learns that a batch was answered. Route 53 took its tokens at some moment before, so what would have flowed in since
    /// it was sent is not counted.
    pub fn answered(&mut self, now: Timestamp) {
        self.at = self.at.map(|at| at.max(now));
    }

    /// Learns that a batch of so many tokens, which were spent, was turned away: fewer were there. What was spent is not
    /// given back: nobody knows whether a batch that is turned away has taken its tokens, and one as large at once would
    /// only be turned away again.
    pub fn throttled(&mut self, now: Timestamp, tokens: usize) {
        self.tokens = self.tokens(now).min((tokens as f64 - 1.0).max(0.0));
        self.at = Some(now);
    }

    /// Returns when so many tokens will be there; now, where more are wanted than the bucket ever holds.
    pub fn ready_at(&self, now: Timestamp, tokens: usize) -> Timestamp {
        let Some(bucket) = self.bucket else { return now };
        let missing = (tokens as f64).min(bucket.capacity) - self.tokens(now);
        if missing <= 0.0 {
            return now;
        }
        // A millisecond more, so that what has been waited for is there.
        let wait =
            SignedDuration::from_millis((missing / bucket.refill * 1000.0).ceil() as i64 + 1);
        now.saturating_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Returns how long batches of so many tokens wait for them, each sent as soon as it can be after the one before.
    pub fn wait(mut self, now: Timestamp, batches: impl Iterator<Item = usize>) -> SignedDuration {
        let mut at = now;
        for tokens in batches {
            at = self.ready_at(at, tokens);
            self.spend(at, tokens);
        }
        at.duration_since(now)
    }

    /// Returns the tokens that a forward batch of this cost must leave for the way back (law L28): all that it needs,
    /// as far as the bucket holds both.
    pub fn reserve(&self, batch: usize, way_back: usize) -> usize {
        let capacity = self.bucket.map_or(usize::MAX, |bucket| bucket.capacity as usize);
        way_back.min(capacity.saturating_sub(batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    #[test]
    fn l21_a_full_bucket_takes_1500_changes_at_once_and_100_a_second_after_that() {
        let mut governor = Governor::new(Quota::Default);
        governor.spend(at(0), 1000);
        assert_eq!(governor.ready_at(at(0), 500), at(0));
        let wait = governor.ready_at(at(0), 1000).duration_since(at(0)).as_secs_f64();
        assert!((5.0..5.01).contains(&wait), "{wait}");
        governor.spend(at(5), 1000);
        assert_eq!(governor.tokens(at(15)), 1000.0);
        assert_eq!(governor.tokens(at(1000)), 1500.0);
    }

    #[test]
    fn l21_nothing_flows_in_while_a_batch_is_under_way() {
        let mut governor = Governor::new(Quota::Default);
        governor.spend(at(0), 1500);
        governor.answered(at(2));
        assert_eq!(governor.tokens(at(2)), 0.0);
        assert_eq!(governor.tokens(at(3)), 100.0);
    }

    #[test]
    fn l23_govcloud_does_not_count_changes() {
        let mut governor = Governor::new(Quota::GovCloud);
        governor.spend(at(0), 1_000_000);
        assert_eq!(governor.ready_at(at(0), 1000), at(0));
    }

    #[test]
    fn l22_a_refusal_says_that_fewer_tokens_are_left_than_reckoned() {
        let mut governor = Governor::new(Quota::Default);
        governor.spend(at(0), 1000);
        // 500 should be left, but not even 300 were.
        governor.throttled(at(0), 300);
        assert_eq!(governor.tokens(at(0)), 299.0);
        assert!(governor.ready_at(at(0), 300) > at(0));
    }

    #[test]
    fn l21_what_was_turned_away_is_not_sent_again_a_little_smaller_at_once() {
        let mut governor = Governor::new(Quota::Default);
        governor.spend(at(0), 1000);
        governor.spend(at(0), 500);
        governor.throttled(at(0), 500);
        assert_eq!(governor.tokens(at(0)), 0.0);
        assert_eq!(governor.tokens(at(3)), 300.0);
    }

    #[test]
    fn l23_a_partition_and_a_region_tell_the_quota() {
        let of = |partition, region| (Quota::of_partition(partition), Quota::of_region(region));
        assert_eq!(of("aws", "us-west-2"), (Quota::Default, Quota::Default));
        assert_eq!(of("aws-us-gov", "us-gov-west-1"), (Quota::GovCloud, Quota::GovCloud));
    }

    #[test]
    fn what_has_been_waited_for_is_there() {
        for (spent, wanted, passed) in [(1500, 7, 1), (1499, 333, 77), (1234, 999, 501)] {
            let mut governor = Governor::new(Quota::Default);
            governor.spend(at(0) + SignedDuration::from_micros(passed), spent);
            let ready = governor.ready_at(at(0) + SignedDuration::from_micros(3 * passed), wanted);
            assert!(governor.tokens(ready) >= wanted as f64, "{spent} {wanted}");
        }
    }

    #[test]
    fn l28_the_way_back_keeps_its_tokens_as_far_as_the_bucket_holds_both() {
        let governor = Governor::new(Quota::Default);
        assert_eq!(governor.reserve(4, 4), 4);
        assert_eq!(governor.reserve(1000, 4000), 500);
        assert_eq!(Governor::new(Quota::GovCloud).reserve(1000, 4000), 4000);
    }
}
