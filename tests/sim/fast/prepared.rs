//! What is the same in every night of a runbook, made once.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::{Arc, Mutex},
};

use cutover::{
    driver::{Clock, survey},
    plan::{Plan, Questions, RecordSet, Snapshot, Standing, ZoneId, make, own_names},
    rehearse::stage,
    runbook::Runbook,
    sim::{SimCloud, Stage, World},
    unit::{Account, RecordName, Timestamp},
};

use super::sky::Sky;
use crate::stage::{NERVOUS, SHORT, TWO_ZONES, calm, runbook};

/// When every night begins.
pub(super) const START: &str = "2026-03-03T09:00:00Z";

/// A runbook, what was found before it began, and its plan.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) runbook: Runbook,
    pub(super) text: &'static str,
    pub(super) snapshot: Snapshot,
    pub(super) plan: Rc<Plan>,
    pub(super) hazards: Vec<String>,
    /// Zones with their records, and nobody who asks for them.
    pub(super) stage: Stage,
    pub(super) account: String,
    names: BTreeMap<ZoneId, BTreeSet<RecordName>>,
}

/// The runbooks that are played; the short one most often.
pub(super) const TEXTS: [&str; 3] = [SHORT, TWO_ZONES, NERVOUS];

thread_local! {
    static ALL: Vec<Rc<Prepared>> =
        TEXTS.iter().map(|text| Rc::new(Prepared::of(text).expect("every runbook has a plan"))).collect();
}

/// Returns what was prepared for one of [`TEXTS`].
pub(super) fn prepared(index: usize) -> Rc<Prepared> {
    ALL.with(|all| Rc::clone(&all[index]))
}

pub(super) fn start() -> Timestamp {
    START.parse().expect("it is a time")
}

impl Prepared {
    fn of(text: &'static str) -> Result<Self, String> {
        let runbook = runbook(text);
        let mut stage = stage(std::slice::from_ref(&runbook));
        let snapshot = surveyed(&runbook, &stage)?;
        let made = make(&runbook, &snapshot, Standing::Refuse).map_err(|p| p.join("; "))?;
        stage.services.clear();
        stage.balancers.clear();
        let names = made.plan.zones.iter().map(|zone| {
            let of_zone = made.plan.pairs.iter().filter(|pair| pair.zone == zone.id);
            let names = of_zone.map(|pair| pair.name.clone()).chain(own_names(zone)).collect();
            (zone.id.clone(), names)
        });
        Ok(Self {
            text,
            names: names.collect(),
            account: stage.account(Account::Dns).to_owned(),
            snapshot,
            plan: Rc::new(made.plan),
            hazards: made.hazards,
            stage,
            runbook,
        })
    }

    /// Returns what somebody finds who looks now.
    pub(super) fn look(&self, sky: &Sky) -> Snapshot {
        Snapshot { at: sky.now(), records: self.records(sky), ..self.snapshot.clone() }
    }

    /// Returns what is live at the names of interest.
    pub(super) fn records(&self, sky: &Sky) -> BTreeMap<ZoneId, Vec<RecordSet>> {
        let of = |(zone, names): (&ZoneId, &BTreeSet<RecordName>)| {
            let live = sky.standing(zone).filter(|record| names.contains(&record.name));
            (zone.clone(), live.cloned().collect())
        };
        self.names.iter().map(of).collect()
    }
}

fn surveyed(runbook: &Runbook, stage: &Stage) -> Result<Snapshot, String> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let clock = Clock::beginning(start());
        let world = Arc::new(Mutex::new(World::new(stage.clone(), calm(), 1, start())));
        let cloud = SimCloud::new(world, move || clock.now());
        Ok(survey(&cloud, &Questions::of(runbook), &runbook.gates, start()).await)
    })
}
