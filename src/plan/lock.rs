//! The lock of a zone: one TXT record that every write of a run swaps, so that Route 53 itself refuses the writes of
//! whoever has lost it (section 8 of the laws).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Answer, Cost, RecordSet, Routing};
use crate::unit::{RecordName, RecordType, RunId, Timestamp, Ttl};

/// First label of the lock's name; the zone's apex follows.
const LABEL: &str = "_cutover-lock";
/// TTL of the lock. Nobody but writers asks for it, and they ask Route 53's API, not resolvers.
const TTL: Ttl = Ttl(60);

/// Most that the swap of a lock weighs in a batch: it goes and it comes, one quoted string each.
pub const LOCK_ROOM: Cost = Cost { elements: 2, characters: 2 * 257 };

/// What a zone's lock says. It is public, so it names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The run that holds it.
    pub run: RunId,
    /// Grows with every write to the zone.
    pub epoch: u64,
    /// Tells one process of the run from another.
    pub owner: String,
    /// When the holder will have written again, or is not alive. Nothing follows from it by itself.
    pub until: Timestamp,
}

/// Returns the name of the lock of the zone with this apex; nothing where the apex is too long for one.
pub fn lock_name(apex: &RecordName) -> Option<RecordName> {
    apex.child(LABEL).ok()
}

impl Lock {
    /// Returns the lock as the record set at this name.
    pub fn record(&self, name: &RecordName) -> RecordSet {
        RecordSet {
            name: name.clone(),
            kind: RecordType::Txt,
            routing: Routing::Simple,
            answer: Answer::Values { ttl: TTL, values: vec![format!("\"{}\"", self.text())] },
            health_check: None,
        }
    }

    /// Reads a lock from its record set; nothing where it is not one that cutover wrote.
    pub fn read(record: &RecordSet) -> Option<Self> {
        let Answer::Values { values, .. } = &record.answer else { return None };
        let [value] = &values[..] else { return None };
        let mut words = value.trim_matches('"').split(' ');
        if words.next() != Some("v=1") {
            return None;
        }
        let mut word = |key: &str| words.next()?.strip_prefix(key)?.strip_prefix('=');
        Some(Self {
            run: word("run")?.parse().ok()?,
            epoch: word("epoch")?.parse().ok()?,
            owner: word("owner")?.to_owned(),
            until: word("until")?.parse().ok()?,
        })
    }

    fn text(&self) -> String {
        let until = self.until.strftime("%Y-%m-%dT%H:%M:%SZ");
        format!("v=1 run={} epoch={} owner={} until={until}", self.run, self.epoch, self.owner)
    }
}

/// In words that follow "the lock is held by".
impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {}", self.run)?;
        if let Some(began) = self.run.began() {
            write!(f, ", since {}", began.strftime("%Y-%m-%d %H:%M:%S UTC"))?;
        }
        write!(f, " (write {} to the zone)", self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        Lock {
            run: "api-20261123T021400Z-9f3a".parse().unwrap(),
            epoch: 7,
            owner: "5c1e9a70".to_owned(),
            until: "2026-11-23T05:00:00Z".parse().unwrap(),
        }
    }

    fn name() -> RecordName {
        lock_name(&"example.com".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_lock_reads_back_as_it_was_written() {
        let record = lock().record(&name());
        assert_eq!(Lock::read(&record), Some(lock()));
        let Answer::Values { values, .. } = &record.answer else { panic!("{record:?}") };
        assert_eq!(
            values[0],
            "\"v=1 run=api-20261123T021400Z-9f3a epoch=7 owner=5c1e9a70 until=2026-11-23T05:00:00Z\""
        );
    }

    #[test]
    fn a_lock_fits_one_string_of_a_txt_record() {
        let mut longest = lock();
        longest.run = RunId::new(&"a".repeat(40), longest.until, 0xffff);
        longest.epoch = u64::MAX;
        assert!(longest.text().len() < 255);
        let record = longest.record(&name());
        let swap = Cost::of(&record).plus(Cost::of(&record));
        assert!(swap.elements <= LOCK_ROOM.elements && swap.characters <= LOCK_ROOM.characters);
    }

    #[test]
    fn what_cutover_did_not_write_is_no_lock() {
        let mut record = lock().record(&name());
        for text in ["\"\"", "\"v=2 run=x\"", "\"v=1 run=x epoch=1 owner=a until=now\"", "hello"] {
            record.answer = Answer::Values { ttl: TTL, values: vec![text.to_owned()] };
            assert_eq!(Lock::read(&record), None, "{text}");
        }
    }

    #[test]
    fn a_lock_says_who_holds_it_and_since_when() {
        assert_eq!(
            lock().to_string(),
            "run api-20261123T021400Z-9f3a, since 2026-11-23 02:14:00 UTC (write 7 to the zone)"
        );
    }
}
