//! The simulator's face, spoken to by the Rust SDK, cutover itself, boto3 and the aws command line.

mod by_aws_cli;
mod by_boto3;
mod by_card;
pub(crate) mod by_cutover;
mod by_hand;
mod by_policy;
mod by_sdk;
pub(crate) mod face;
mod full_zone;
mod laws;
mod messages;
mod python;
