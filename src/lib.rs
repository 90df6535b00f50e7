//! cutover moves production traffic from a legacy environment to a new one by stepping weighted Route 53 records, judging
//! every step on what the load balancers of both environments report, and going back by itself when the new side is worse.
//!
//! # The tour
//!
//! ```text
//!  runbook.yaml -> Runbook -+
//!                           +-> Plan -> Engine <---- Event <-----+
//!  Snapshot (read once) ----+             | pending(), due()     |
//!                                         v                      |
//!                                       Driver -- Action --> Cloud: AWS | Sim
//!                                         | append + fsync
//!                                         v
//!                                      Journal -- records --> report, notify
//!                                         +---- replay -----> Engine (resume, status, rollback)
//! ```
//!
//! Start with [`plan`] to see what a cutover is, then [`engine`] to see how it goes, then [`driver`] for the one loop that
//! does anything. Decisions are pure functions over plain data; time and randomness are arguments. IO lives in
//! [`cloud::aws`], [`journal`], [`hook`], [`driver`], [`notify`], [`datadog`] and [`cli`].
//!
//! | room | what it is for |
//! |---|---|
//! | [`mod@unit`] | leaf types: `Share`, `Weight`, `RecordName`, `Minute` ... |
//! | [`yaml`] | text to nodes that know their place, guarded against hostile files |
//! | [`runbook`] | YAML to a `Runbook` that cannot be wrong, or to every problem that it has |
//! | [`gate`] | minutes of metrics to verdicts; the statistics |
//! | [`plan`] | a runbook and what is live to pairs, shifts, batches, timeline and hazards |
//! | [`iam`] | a runbook to the IAM policies that allow what it needs |
//! | [`terraform`] | Terraform's state to a first runbook, to warnings, and to what makes its code match |
//! | [`audit`] | CloudTrail's events to who changed the records of a run |
//! | [`engine`] | facts in, wishes out: the state machine of a run |
//! | [`journal`] | what happened, durably; replay |
//! | [`cloud`] | the edge to AWS in our words, and AWS behind it |
//! | [`sim`] | an invented AWS with users and faults, in process and on the wire |
//! | [`hook`] | the commands of a runbook: started, heard, and ended in time |
//! | [`driver`] | the one loop; the only place that reads a clock or a signal |
//! | [`rehearse`] | whole cutovers in the invented AWS |
//! | [`backtest`] | what the gates would have made of traffic that there really was |
//! | [`datadog`] | what Datadog says of the gates on it, asked beside the loop |
//! | [`notify`] | events to Slack, PagerDuty, Datadog, webhooks and commands, in the background |
//! | [`report`] | events and views to lines, a live display and JSON |
//! | [`cli`] | what was typed to what is meant; errors to text and exit codes |
//!
//! Arrows between rooms point down only: `tests/architecture.rs` has the table.

pub mod audit;
pub mod backtest;
pub mod cli;
pub mod cloud;
pub mod datadog;
pub mod driver;
pub mod engine;
pub mod gate;
pub mod hook;
pub mod iam;
pub mod journal;
pub mod notify;
pub mod plan;
pub mod rehearse;
pub mod report;
pub mod runbook;
pub mod sim;
pub mod terraform;
pub mod unit;
pub mod yaml;
