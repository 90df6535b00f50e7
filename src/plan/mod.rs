//! What will be done, decided before anything is done.
//!
//! This room is pure: a runbook and a snapshot of what is live become a plan. It never asks AWS and never reads a clock.
//! Start with [`make()`], which turns [`Snapshot`] into [`Plan`]; [`Pair`] says where records can be, [`batches`] how
//! they get there, [`safe`] what is enough to have everybody back, and [`break_glass`] how to get there without cutover.

mod adopt;
mod balancer;
mod batch;
#[cfg(test)]
mod blank;
mod capacity;
mod card;
mod emergency;
mod expiry;
mod feed;
mod finish;
mod fold;
mod form;
mod gone;
mod hazard;
mod load;
mod lock;
mod make;
mod meant;
mod metric;
mod names;
mod owner;
mod pair;
mod peering;
#[expect(clippy::module_inception, reason = "the plan is what the room is named after")]
mod plan;
mod prewarm;
mod quota;
mod ready;
mod record;
mod red;
mod refusal;
mod reservation;
mod services;
mod sight;
mod standing;
mod survey;
mod tails;
mod task;
#[cfg(test)]
mod tests;
mod timeline;
mod traffic;
mod waits;
mod watched;
mod wave;
mod way_back;
mod zones;

pub use crate::gate::{
    AlarmReading, AlarmState, DatadogFault, DatadogReading, Deployment, MonitorState, Rollout,
    Service, ServiceReading, ServiceState, Unsteady,
};
pub use crate::runbook::model::{
    AlarmGate, Bound, Channel, DatadogAccess, DatadogGate, DatadogWatch, EcsCheck, ErrorLimit,
    ErrorsGate, Fallback, Gates, HookCommand, Hooks, LatencyGate, LatencyLimit, MetricGate, Noise,
    Notify, OnBreach, OnUnproven, OnWarning, PassRule, PeeringCheck, Policy, Threshold, Window,
    Windows, ZoneChoice,
};
pub use balancer::{Balancer, TargetHealth};
pub use batch::{
    Cost, Move, batch_of, batches, by_traffic, in_words, overwrite, overwrites, tokens,
};
pub use capacity::{Capacity, Demand, StepLoad, capacity, step_loads};
pub use card::{BREAK_GLASS, break_glass, card};
pub use emergency::{Emergency, emergency, names_to_read};
pub use expiry::{Needed, needed};
pub use feed::{Comparison, Feed, Meaning, busiest_minute, feeds, history, requests_per_minute};
pub use finish::{finish, moved};
pub use fold::fold;
pub use form::{is_back_already, ours, safe};
pub use gone::{Judgement, Remaining};
pub use load::{Basis, LoadFacts, LoadMetric, Peaks, Units, load_queries};
pub use lock::{LOCK_ROOM, Lock, lock_name};
pub use make::{Made, make, make_waves, share_live};
pub use metric::{MetricQuery, Series, SeriesStatus};
pub use pair::{LEGACY_IDENTIFIER, NEW_IDENTIFIER, Pair, same_records};
pub use peering::{Peering, PeeringEnd, PeeringRoute};
pub use plan::{Goal, Mode, Plan, Shift, USUAL_SYNC, comment};
pub use prewarm::{Deed, Wanted, Wish, wishes};
pub use quota::{Bucket, Governor, Quota};
pub use record::{Answer, Batch, Change, ChangeAction, ChangeId, RecordSet, Routing, Zone, ZoneId};
pub use refusal::{Offender, messages, offender, offenders};
pub use reservation::{LEAST_UNITS, Reservation, ReservationState, ReservedZone};
pub use sight::{Sight, sights};
pub use standing::Standing;
pub use survey::{Questions, Snapshot, ZoneDetails, own_names};
pub use tails::{BalancerTail, Tail};
pub use task::{Hook, Task, TaskKind};
pub use timeline::{Entry, READING_EVERY, Timeline, time_to_safe, timeline};
pub use traffic::{Arrivals, Below, Enough, InvalidBelow, Traffic, request_feeds};
pub use waits::{WindowWait, window_waits};
pub use wave::Wave;
