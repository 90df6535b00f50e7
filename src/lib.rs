//! cutover moves production traffic between two AWS environments.

pub mod cli;
pub mod cloud;
pub mod driver;
pub mod engine;
pub mod gate;
pub mod journal;
pub mod plan;
pub mod rehearse;
pub mod report;
pub mod runbook;
pub mod sim;
pub mod unit;
pub mod yaml;
