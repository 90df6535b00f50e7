//! What the loop does about what people ask of it.

use super::{Ask, DriveError, Driver, Message, Observer, Petition, perform};
use crate::{
    cloud::Cloud,
    engine::{Event, Origin, Rebuild},
    journal::{Answer, Demand, Request, RequestId, Store},
    unit::{SignedDuration, Timestamp},
};

/// How long after a first Ctrl-C a second one still asks for a rollback.
const GRACE: SignedDuration = SignedDuration::from_secs(3);

/// A stop, or a rollback, that was asked for and waits for the call in flight.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stopping {
    Stop { by: &'static str, at: Timestamp },
    Rollback,
}

impl<C: Cloud, S: Store, O: Observer> Driver<'_, C, S, O> {
    pub(super) fn asked(&mut self, ask: Ask) -> Result<(), DriveError> {
        match ask {
            Ask::Terminate => {
                self.stopping = Some(Stopping::Stop { by: "SIGTERM", at: self.clock.now() });
            }
            Ask::Interrupt => self.interrupted(),
            Ask::Request(petition) => self.requested(*petition)?,
            Ask::Approve { by } => self.approved(by)?,
            Ask::Notice(text) => self.observer.notice(&text),
        }
        Ok(())
    }

    fn interrupted(&mut self) {
        let now = self.clock.now();
        let going_back = self.engine.is_rolling_back();
        match self.stopping {
            Some(_) if !going_back => {
                self.observer.notice("rolling back as soon as no call is in flight");
                self.stopping = Some(Stopping::Rollback);
            }
            Some(_) => {
                self.stopping = Some(Stopping::Stop { by: "Ctrl-C", at: now });
            }
            None if going_back => {
                self.observer.notice(
                    "a rollback is under way; press Ctrl-C again to stop in the middle of it",
                );
                self.stopping = Some(Stopping::Stop { by: "Ctrl-C", at: Timestamp::MAX });
            }
            None => {
                self.observer
                    .notice("stopping after the call in flight; press Ctrl-C again within 3 s to roll back instead");
                self.stopping =
                    Some(Stopping::Stop { by: "Ctrl-C", at: perform::after(now, GRACE) });
            }
        }
    }

    pub(super) fn stop_if_asked(&mut self) -> Result<(), DriveError> {
        if self.engine.is_writing() || self.engine.outcome().is_some() {
            return Ok(());
        }
        match self.stopping {
            Some(Stopping::Rollback) => {
                self.stopping = None;
                let reason = "asked for with a second Ctrl-C".to_owned();
                self.commit(Event::RollbackStarted { reason, breached_at: None, asked: None })
            }
            Some(Stopping::Stop { by, at }) if self.clock.now() >= at => {
                self.stopping = None;
                self.commit(Event::Stopped { reason: format!("asked for with {by}") })
            }
            Some(Stopping::Stop { .. }) | None => Ok(()),
        }
    }

    fn approved(&mut self, by: String) -> Result<(), DriveError> {
        match self.engine.approve(&Origin { by, why: None, request: None }) {
            Ok(event) => self.commit(event),
            Err(refusal) => {
                self.observer.notice(&format!("nothing is approved: {refusal}"));
                Ok(())
            }
        }
    }

    /// Does what a request asks for, unless that was done before, and answers.
    fn requested(&mut self, petition: Petition) -> Result<(), DriveError> {
        let Petition { id, request, rebuild, answers } = petition;
        let answer = if self.engine.has_done(id.as_str()) {
            Answer::Done
        } else {
            self.do_what_is_asked(&id, request, &*rebuild)?
        };
        // Whoever asked may have gone; the journal has it.
        let _ = answers.send(Message::Answered(answer));
        Ok(())
    }

    fn do_what_is_asked(
        &mut self,
        id: &RequestId,
        Request { by, why, demand, .. }: Request,
        rebuild: &Rebuild,
    ) -> Result<Answer, DriveError> {
        let origin = Origin { by, why: why.map(Into::into), request: Some(id.to_string()) };
        let event = match demand {
            Demand::Tune(tune) => self.engine.tune(&tune, &origin, rebuild),
            Demand::Pause => self.engine.pause(&origin),
            Demand::Unpause => self.engine.unpause(&origin),
            Demand::Approve => self.engine.approve(&origin),
            Demand::Skip => self.engine.skip(&origin),
            Demand::Abort => self.engine.abort(&origin),
        };
        match event {
            Ok(event) => self.commit(event).map(|()| Answer::Done),
            Err(refusal) => Ok(Answer::Refused(refusal)),
        }
    }
}
