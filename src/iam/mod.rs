//! Least privilege: from a runbook to the IAM policies that allow what it needs, and nothing else.
//!
//! This room is pure and knows nothing of AWS beyond names: it never looks a zone up, so that policies can be written before
//! anybody may ask AWS anything. Start with [`grants`]. What each call of the adapter needs is in `needs`, who needs it in
//! `grant`, and what may be written to which records in `records`.
//!
//! # Why one statement holds all names of a zone
//!
//! IAM looks at a call as a whole: it is allowed when one statement matches all of it. A batch of cutover holds the swap of
//! the zone's lock, which is a TXT record, together with the records that move, because only then does Route 53 refuse the
//! records when the lock is somebody else's. IAM sees three lists of such a call, the names, the types and the actions, and
//! `ForAllValues` asks for each list by itself whether all of it is allowed. So a statement for the lock and another for the
//! records would allow neither the batch nor any half of it, and nothing can say that TXT is for the lock alone: names
//! times types times actions are allowed, which lets the role write a TXT record at the names that move as well.
//!
//! For the same reason the names of one zone cannot be spread over several policies. A batch is of one zone, so each zone has
//! a statement of its own, and these can.

mod grant;
mod needs;
mod policy;
mod records;

pub use grant::{Grant, Place, grants};
pub use policy::{MOST_CHARACTERS, Policy, Statement};
pub use records::TooManyNames;

#[cfg(test)]
mod tests;
