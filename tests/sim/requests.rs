//! Requests to a run that goes on: the production driver takes them up under its paused clock.

use std::sync::{
    Arc, Mutex,
    mpsc::{Receiver, Sender, channel},
};

use cutover::{
    driver::{Ask, Asks, Clock, Driver, Message, Observer, Petition, survey},
    engine::{Ending, Engine, Outcome, Rebuild, Refusal, Tune, View, beginning},
    journal::{Answer, Demand, Journal, MemoryStore, Record, Request},
    plan::{Gates, Plan, Questions, Standing, make},
    rehearse::stage,
    runbook::{Change, Choice, Source, tuned},
    sim::{Scenario, SimCloud, World},
    unit::RunId,
};
use tokio::sync::mpsc::UnboundedSender;

use crate::stage::{TWO_ZONES, breaching, calm, runbook, scenario};

type Anything = Box<dyn std::error::Error>;

/// A run that has begun, in a world of its own.
struct Night {
    cloud: SimCloud,
    clock: Clock,
    plan: Plan,
    run: RunId,
    store: MemoryStore,
}

impl Night {
    async fn of(scenario: Scenario) -> Result<Self, Anything> {
        let clock = Clock::beginning("2026-03-03T09:00:00Z".parse()?);
        let runbook = runbook(TWO_ZONES);
        let stage = stage(std::slice::from_ref(&runbook));
        let world = Arc::new(Mutex::new(World::new(stage, scenario, 7, clock.now())));
        let cloud = SimCloud::new(world, move || clock.now());
        let questions = Questions::of(&runbook);
        let snapshot = survey(&cloud, &questions, &runbook.gates, clock.now()).await;
        let made = make(&runbook, &snapshot, Standing::Refuse).map_err(|p| p.join("; "))?;
        let run = RunId::new(&made.plan.runbook, clock.now(), 7);
        Ok(Self { cloud, clock, plan: made.plan, run, store: MemoryStore::default() })
    }

    /// Drives it on; each request is made when this event first happens.
    async fn drive(&self, requests: &[(&'static str, Asking)]) -> Result<Outcome, Anything> {
        let engine = Engine::new(self.plan.clone(), self.run.clone());
        let (journal, _) = Journal::open(self.store.clone(), self.run.clone())?;
        let (sender, mut asks) = Asks::channel();
        let due = requests.iter().map(|(event, asking)| (*event, asking.petition())).collect();
        let operator = Operator { due, sender };
        let mut driver = Driver::new(&self.cloud, engine, journal, operator, self.clock, 7);
        for event in beginning(&self.plan, "me", &[]) {
            driver.commit(event)?;
        }
        let night = std::time::Duration::from_secs(24 * 3600);
        Ok(tokio::time::timeout(night, driver.drive(&mut asks)).await??)
    }

    /// Returns the names of what happened, without the readings.
    fn told(&self) -> Result<Vec<&'static str>, Anything> {
        let names = self.records()?.iter().map(|record| record.event.name()).collect::<Vec<_>>();
        Ok(names.into_iter().filter(|name| *name != "metrics_read").collect())
    }

    fn records(&self) -> Result<Vec<Record>, Anything> {
        Ok(Journal::open(self.store.clone(), self.run.clone())?.1)
    }
}

/// Asks when something happens.
struct Operator {
    due: Vec<(&'static str, Petition)>,
    sender: UnboundedSender<Ask>,
}

impl Observer for Operator {
    fn record(&mut self, record: &Record) {
        let event = record.event.name();
        for (_, petition) in self.due.extract_if(.., |(when, _)| *when == event) {
            let _ = self.sender.send(Ask::Request(Box::new(petition)));
        }
    }

    fn shows_views(&self) -> bool {
        false
    }

    fn view(&mut self, _: &View) {}

    fn notice(&mut self, _: &str) {}
}

fn play<F: Future<Output = Result<(), Anything>>>(play: F) -> Result<(), Anything> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build()?.block_on(play)
}

/// A request, and where its answer comes.
struct Asking {
    id: &'static str,
    tune: Tune,
    answers: Sender<Message>,
    answered: Receiver<Message>,
}

fn asking(id: &'static str, limits: &[(&str, &str)], force: bool) -> Asking {
    let (answers, answered) = channel();
    let limits = limits.iter().map(|(limit, to)| ((*limit).to_owned(), (*to).to_owned())).collect();
    let tune = Tune { limits, force };
    Asking { id, tune, answers, answered }
}

impl Asking {
    fn petition(&self) -> Petition {
        Petition {
            id: self.id.parse().expect("a name"),
            request: Request {
                at: "2026-03-03T09:00:00Z".parse().expect("a time"),
                by: "alice@laptop".to_owned(),
                why: "because".parse().ok(),
                demand: Demand::Tune(self.tune.clone()),
            },
            rebuild: Arc::new(rebuilt) as Arc<Rebuild>,
            answers: self.answers.clone(),
        }
    }

    fn answer(&self) -> Answer {
        match self.answered.try_recv() {
            Ok(Message::Answered(answer)) => answer,
            other => panic!("request {}: {other:?}", self.id),
        }
    }
}

fn rebuilt(wave: usize, limits: &[(String, String)]) -> Result<Gates, Vec<String>> {
    let source = Source { path: "night.yaml".to_owned(), text: TWO_ZONES.into() };
    let change = |(limit, to): &(String, String)| Change { limit: limit.clone(), to: to.clone() };
    let changes: Vec<Change> = limits.iter().map(change).collect();
    tuned(&source, &Choice::default(), wave, &changes).map_err(|error| vec![error.to_string()])
}

#[test]
fn a_run_is_tuned_while_it_goes_on_and_a_request_is_done_once() -> Result<(), Anything> {
    play(async {
        let night = Night::of(calm()).await?;
        let requests = [
            ("settled", asking("r1", &[("errors.critical.times_legacy", "3")], false)),
            ("settled", asking("r2", &[("errors.critical.times_legacy", "3")], true)),
            ("settled", asking("r2", &[("errors.critical.times_legacy", "3")], true)),
            ("step_passed", asking("r3", &[("pass.min_requests", "x")], false)),
        ];
        assert_eq!(night.drive(&requests).await?, Outcome::Ended(Ending::Completed));
        let answers: Vec<Answer> = requests.iter().map(|(_, asking)| asking.answer()).collect();
        assert!(matches!(answers[0], Answer::Refused(Refusal::Looser(_))), "{answers:?}");
        assert_eq!(answers[1..3], [Answer::Done, Answer::Done]);
        assert!(matches!(answers[3], Answer::Refused(Refusal::Wrong(_))), "{answers:?}");
        let told = night.told()?;
        let at = told.iter().position(|name| *name == "tuned").ok_or("it is not tuned")?;
        assert_eq!(told[at - 1..=at + 1], ["settled", "tuned", "minute_judged"]);
        assert_eq!(told.iter().filter(|name| **name == "tuned").count(), 1, "{told:?}");
        Ok(())
    })
}

#[test]
fn loosened_limits_let_a_fault_pass_and_tightened_ones_end_the_run_at_once() -> Result<(), Anything>
{
    play(async {
        let faults = "faults: [ { from_share: 5%, side: new, errors: 4% } ]";
        let night = Night::of(scenario(faults)).await?;
        let loose = [
            ("errors.critical.at_most", "off"),
            ("errors.critical.history", "off"),
            ("errors.critical.plus", "30%"),
            ("errors.warning.plus", "30%"),
        ];
        let tight = [("errors.critical.plus", "0.1%"), ("errors.warning.plus", "0%")];
        let requests = [
            ("preflight_passed", asking("r1", &loose, true)),
            ("step_passed", asking("r2", &tight, false)),
        ];
        assert_eq!(night.drive(&requests).await?, Outcome::Ended(Ending::RolledBack));
        assert!(requests.iter().all(|(_, asking)| asking.answer() == Answer::Done));
        let told = night.told()?;
        assert_eq!(told.iter().filter(|name| **name == "step_passed").count(), 1, "{told:?}");
        let at = told.iter().rposition(|name| *name == "tuned").ok_or("it is not tuned")?;
        let after: Vec<_> =
            told[at..].iter().filter(|name| !name.starts_with("write_")).take(4).collect();
        assert_eq!(after, [&"tuned", &"minute_judged", &"breached", &"rollback_started"]);
        Ok(())
    })
}

#[test]
fn a_rollback_is_not_tuned() -> Result<(), Anything> {
    play(async {
        let night = Night::of(breaching()).await?;
        let requests = [("rollback_started", asking("r1", &[("noise", "low")], false))];
        assert_eq!(night.drive(&requests).await?, Outcome::Ended(Ending::RolledBack));
        let Answer::Refused(Refusal::NoUse(why)) = requests[0].1.answer() else {
            return Err("it is tuned".into());
        };
        assert_eq!(why, "the run goes back, and a rollback needs no limits");
        assert!(!night.told()?.contains(&"tuned"));
        Ok(())
    })
}
