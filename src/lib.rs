//! cutover moves production traffic between two AWS environments.

pub mod cloud;
pub mod engine;
pub mod gate;
pub mod journal;
pub mod plan;
pub mod runbook;
pub mod sim;
pub mod unit;
pub mod yaml;
