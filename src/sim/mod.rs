//! An invented AWS with users, resolvers and faults, good enough to rehearse a cutover in.
//!
//! A [`Stage`] says what stands in it when it begins, a [`Scenario`] what happens to it, a seed makes every draw: the
//! same three give the same bytes. [`World`] is the whole of it, pure and synchronous: it is told what time it is and
//! answers what AWS would answer an account then. [`SimCloud`] wraps it as a [`crate::cloud::Cloud`], with the time that
//! calls take, and [`wire`] serves it over AWS's own protocols; to both [`Policies`] can say who may do what. It obeys the laws of `route53-laws.md`; the tests name them.
//!
//! This room knows nothing of runbooks, gates or engines. Start reading at [`World`].

mod cloud;
mod policy;
mod scenario;
mod stage;
pub mod wire;
mod world;

pub use cloud::SimCloud;
pub use policy::{InvalidPolicies, Policies};
pub use scenario::{
    BUILTIN, Blackout, Expect, Fault, FaultKind, InSyncDelays, InvalidScenario, Limits, MetricName,
    Noise, Outcome, Route53Setting, Scenario, ScriptedSeries, SideHealth, Sides, Traffic, Trigger,
};
pub use stage::{
    Service, Stage, StageAlarm, StageBalancer, StagePeering, StageSeries, StageService, StageZone,
};
pub use world::{Alarm, EcsService, Operation, Truth, TruthMinute, World};
