//! The end of a migration: the production driver reads what still arrives, plans, and writes.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex},
};

use cutover::{
    cloud::Cloud as _,
    driver::{Asks, Clock, Driver, survey, survey_waves, traffic},
    engine::{Ending, Engine, Event, Outcome, beginning},
    journal::{Journal, MemoryStore, Record},
    plan::{
        Enough, Goal, Judgement, Made, Plan, Questions, RecordSet, Routing, Standing, finish,
        make_waves, moved,
    },
    rehearse::{Silent, stage},
    runbook::Runbook,
    sim::{Policies, SimCloud, Stage, World},
    unit::{RunId, SignedDuration, Timestamp},
};

use crate::stage::{SHORT, calm, runbook};

type Anything = Box<dyn std::error::Error>;

/// A world through which time passes as fast as its processes let it.
pub(crate) struct Days {
    pub(crate) runbook: Runbook,
    cloud: SimCloud,
    clock: Clock,
}

/// Plays something in a calm world.
fn days<F: Future<Output = Result<(), Anything>>>(
    play: impl FnOnce(Days) -> F,
) -> Result<(), Anything> {
    days_under(runbook(SHORT), Policies::default(), play)
}

/// Plays something in a calm world in which these policies hold.
pub(crate) fn days_under<F: Future<Output = Result<(), Anything>>>(
    runbook: Runbook,
    policies: Policies,
    play: impl FnOnce(Days) -> F,
) -> Result<(), Anything> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let clock = Clock::beginning("2026-03-03T09:00:00Z".parse()?);
        let stage = Stage { policies, ..stage(std::slice::from_ref(&runbook)) };
        let world = Arc::new(Mutex::new(World::new(stage, calm(), 7, clock.now())));
        let cloud = SimCloud::new(world, move || clock.now());
        play(Days { runbook, cloud, clock }).await
    })
}

impl Days {
    /// Moves everybody to new, and returns the plan that did it.
    pub(crate) async fn move_everybody(&self) -> Result<Plan, Anything> {
        let plan = self.made().await?.plan;
        self.play(&plan).await?;
        Ok(plan)
    }

    /// Makes the plan of the runbook.
    pub(crate) async fn made(&self) -> Result<Made, Anything> {
        let waves = Questions::by_wave(&self.runbook);
        let found = survey_waves(&self.cloud, &waves, self.clock.now()).await;
        let made = make_waves(&self.runbook, &found, Standing::Refuse);
        let mut made = made.map_err(|problems| problems.join("; "))?;
        // There is nobody here who could say yes, and no Datadog.
        made.plan.tasks.clear();
        made.plan.gates.datadog.clear();
        Ok(made)
    }

    /// Plays a run to its end.
    pub(crate) async fn play(&self, plan: &Plan) -> Result<Vec<Record>, Anything> {
        let run = RunId::new(&plan.runbook, self.clock.now(), 7);
        let (store, engine) = (MemoryStore::default(), Engine::new(plan.clone(), run.clone()));
        let (journal, _) = Journal::open(store.clone(), run.clone())?;
        let mut driver = Driver::new(&self.cloud, engine, journal, Silent, self.clock, 7);
        for event in beginning(plan, "5c1e9a70", &[]) {
            driver.commit(event)?;
        }
        let (_nobody, mut asks) = Asks::channel();
        let outcome = tokio::time::timeout(
            std::time::Duration::from_secs(24 * 3600),
            driver.drive(&mut asks),
        );
        assert_eq!(outcome.await??, Outcome::Ended(Ending::Completed), "{}", plan.runbook);
        Ok(Journal::open(store, run)?.1)
    }

    async fn pass(&self, time: SignedDuration) -> Result<(), Anything> {
        self.clock.sleep_until(self.clock.now().checked_add(time)?).await;
        Ok(())
    }

    /// Judges the traffic as `cutover finish` does.
    async fn judged(&self, plan: &Plan, below: &str, minutes: i64) -> Result<Judgement, Anything> {
        let enough = Enough {
            below: below.parse()?,
            time: SignedDuration::from_mins(minutes),
            metric_lag: plan.policy.metric_lag,
        };
        let now = self.clock.now();
        Ok(traffic(&self.cloud, &plan.all_feeds(), &enough, now).await.judge(&enough, now))
    }

    /// Plans the end, from what stands now.
    pub(crate) async fn finishing(&self, from: &Plan, goal: Goal) -> Result<Plan, Anything> {
        let snapshot =
            survey(&self.cloud, &Questions::of_plan(from), &from.gates, self.clock.now()).await;
        Ok(finish(from, goal, &snapshot, Standing::Refuse)
            .map_err(|problems| problems.join("; "))?
            .plan)
    }

    /// Returns what stands at the names of a plan and at the locks of its zones.
    async fn standing(&self, plan: &Plan) -> Result<Vec<RecordSet>, Anything> {
        let mut records = Vec::new();
        for zone in &plan.zones {
            let of_zone = plan.pairs.iter().filter(|pair| pair.zone == zone.id);
            let names: Vec<_> = of_zone
                .map(|pair| pair.name.clone())
                .chain(cutover::plan::lock_name(&zone.name))
                .collect();
            records.extend(self.cloud.records_at(&zone.id, &names).await?);
        }
        Ok(records)
    }
}

/// Returns the places that records name first to last, each once.
fn batches_by_zone(records: &[Record]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in records {
        if let Event::WriteStarted { zone, pairs, .. } = &record.event
            && !pairs.is_empty()
        {
            *counts.entry(zone.0.clone()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn legacy_is_given_up_only_when_its_traffic_has_gone() -> Result<(), Anything> {
    days(|days| async move {
        let plan = days.move_everybody().await?;
        let busy = days.judged(&plan, "1%", 24 * 60).await?;
        assert_eq!(busy.problems.len(), 1, "{:?}", busy.problems);
        assert_eq!(busy.legacy.len(), 2, "each load balancer is told of: {:?}", busy.legacy);
        assert!(busy.legacy.iter().all(|left| left.requests > 1000.0 && left.newest.is_some()));
        let again: Timestamp = busy.again_at.ok_or("it does not say when to try again")?;

        days.pass(again.duration_since(days.clock.now())).await?;
        let quiet = days.judged(&plan, "1%", 24 * 60).await?;
        assert_eq!((quiet.problems, quiet.again_at), (Vec::new(), None));
        Ok(())
    })
}

#[test]
fn a_finish_leaves_simple_records_that_answer_with_new() -> Result<(), Anything> {
    days(|days| async move {
        let run = days.move_everybody().await?;
        let plan = days.finishing(&run, Goal::Simple).await?;
        let records = days.play(&plan).await?;
        let after = days.standing(&plan).await?;
        assert_eq!(after.len(), plan.pairs.len(), "no member and no lock is left: {after:?}");
        for pair in &plan.pairs {
            let simple = RecordSet { routing: Routing::Simple, ..pair.new.clone() };
            assert!(after.contains(&simple), "{after:?}");
        }
        // One batch of each zone does it (laws L11, L62).
        assert!(batches_by_zone(&records).values().all(|count| *count == 1), "{records:?}");
        assert_eq!(batches_by_zone(&records).len(), 2);
        // Doing it again finds nothing to do.
        assert!(days.finishing(&run, Goal::Simple).await?.pairs.is_empty());
        Ok(())
    })
}

#[test]
fn a_finish_may_leave_new_weighted_and_alone() -> Result<(), Anything> {
    days(|days| async move {
        days.move_everybody().await?;
        let questions = Questions::of(&days.runbook);
        let snapshot = survey(&days.cloud, &questions, &days.runbook.gates, days.clock.now()).await;
        let known = moved(&days.runbook, &snapshot).map_err(|problems| problems.join("; "))?;
        let plan = days.finishing(&known, Goal::WithoutLegacy).await?;
        days.play(&plan).await?;
        let after = days.standing(&plan).await?;
        let new: Vec<RecordSet> = plan.pairs.iter().map(|pair| pair.new.clone()).collect();
        assert_eq!(after, new);
        // A pair without legacy can still become a simple record.
        let simple = days.finishing(&known, Goal::Simple).await?;
        days.play(&simple).await?;
        assert!(days.standing(&plan).await?.iter().all(|r| r.routing == Routing::Simple));
        Ok(())
    })
}
