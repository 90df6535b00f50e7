//! What other processes ask of a run: from the files in its folder to the loop, and the answers back.
//!
//! The files are looked after by a thread of their own, so that no slow disk keeps a run waiting. It hands over one request
//! at a time: whoever leaves many waits for them, and nobody else does.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

use tokio::{sync::mpsc::UnboundedSender, task::AbortHandle};

use super::{Ask, Asks, Clock, perform::after};
use crate::{
    engine::Rebuild,
    journal::{Answer, Request, RequestId, Requests, Taken},
    unit::SignedDuration,
};

/// How often the folder is looked into: somebody is waiting.
const EVERY: SignedDuration = SignedDuration::from_millis(500);

/// A request on its way to the run and back.
pub struct Petition {
    /// Its name.
    pub id: RequestId,
    /// What it says.
    pub request: Request,
    /// Gives the gates of the run's runbook with other limits.
    pub rebuild: Arc<Rebuild>,
    /// Where the answer goes.
    pub answers: Sender<Message>,
}

impl std::fmt::Debug for Petition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Petition").field("id", &self.id).field("request", &self.request).finish()
    }
}

/// What the inbox is told.
#[derive(Debug)]
pub enum Message {
    /// It is time to look into the folder again.
    Look,
    /// What became of the request that it handed over last.
    Answered(Answer),
    /// Nobody takes requests any more.
    Closed,
}

/// Takes up the requests to one run for as long as it lives. What has no answer by then is left to the next one.
#[derive(Debug)]
pub struct Inbox {
    messages: Sender<Message>,
    ticks: AbortHandle,
    thread: Option<JoinHandle<()>>,
}

impl Inbox {
    /// Begins to hand over to these asks. Must be called in a runtime.
    ///
    /// # Errors
    /// There can be no thread.
    pub fn open(
        requests: Requests,
        rebuild: Arc<Rebuild>,
        asks: &Asks,
        clock: Clock,
    ) -> std::io::Result<Self> {
        let (messages, received) = channel();
        let clerk = Clerk { requests, rebuild, asks: asks.sender(), answers: messages.clone() };
        let named = thread::Builder::new().name("inbox".to_owned());
        let thread = named.spawn(move || clerk.serve(&received))?;
        let ticks = tokio::spawn(tick(messages.clone(), clock)).abort_handle();
        Ok(Self { messages, ticks, thread: Some(thread) })
    }
}

/// Says when it is time to look, until nobody looks any more.
async fn tick(messages: Sender<Message>, clock: Clock) {
    while messages.send(Message::Look).is_ok() {
        clock.sleep_until(after(clock.now(), EVERY)).await;
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.ticks.abort();
        // A thread that has ended hears nothing, and needs to hear nothing.
        let _ = self.messages.send(Message::Closed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Clerk {
    requests: Requests,
    rebuild: Arc<Rebuild>,
    asks: UnboundedSender<Ask>,
    answers: Sender<Message>,
}

impl Clerk {
    /// Looks after the folder until nobody takes requests any more.
    fn serve(&self, messages: &Receiver<Message>) {
        while let Ok(Message::Look) = messages.recv() {
            let all = match self.requests.take() {
                Ok(all) => all,
                Err(error) => {
                    self.notice(format!("requests to this run cannot be read: {error}"));
                    continue;
                }
            };
            for taken in all {
                if self.handle(taken, messages).is_none() {
                    return;
                }
            }
        }
    }

    /// Sees to one request; returns nothing once nobody takes requests any more.
    fn handle(&self, Taken { id, content }: Taken, messages: &Receiver<Message>) -> Option<()> {
        let answer = match content {
            Ok(request) => self.ask(id.clone(), request, messages)?,
            Err(why) => {
                self.notice(format!("request {id} cannot be read and is not done: {why}"));
                Answer::Unreadable(why)
            }
        };
        if let Err(error) = self.requests.answer(&id, &answer) {
            self.notice(format!("request {id} cannot be answered: {error}"));
        }
        Some(())
    }

    fn ask(&self, id: RequestId, request: Request, messages: &Receiver<Message>) -> Option<Answer> {
        let (rebuild, answers) = (Arc::clone(&self.rebuild), self.answers.clone());
        let petition = Petition { id, request, rebuild, answers };
        self.asks.send(Ask::Request(Box::new(petition))).ok()?;
        loop {
            match messages.recv() {
                Ok(Message::Answered(answer)) => return Some(answer),
                Ok(Message::Look) => {}
                Ok(Message::Closed) | Err(_) => return None,
            }
        }
    }

    fn notice(&self, text: String) {
        // Where nobody listens any more there is nobody to tell.
        let _ = self.asks.send(Ask::Notice(text));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        engine::{Refusal, Tune},
        journal::Demand,
    };

    fn id(text: &str) -> RequestId {
        text.parse().unwrap()
    }

    fn leave(requests: &Requests, name: &str) {
        let demand = Demand::Tune(Tune { limits: Vec::new(), force: false });
        let (by, why) = ("alice@laptop".to_owned(), "because".parse().ok());
        let at = "2026-11-23T02:14:00Z".parse().unwrap();
        requests.leave(&id(name), &Request { at, by, why, demand }).unwrap();
    }

    fn open(folder: &Path, asks: &Asks) -> Inbox {
        let rebuild = |_: usize, _: &[(String, String)]| Err(vec!["nobody builds here".to_owned()]);
        Inbox::open(Requests::of(folder), Arc::new(rebuild), asks, Clock::Real).unwrap()
    }

    async fn petition(asks: &mut Asks) -> Petition {
        match asks.next().await {
            Ask::Request(petition) => *petition,
            other @ (Ask::Interrupt | Ask::Terminate | Ask::Approve { .. } | Ask::Notice(_)) => {
                panic!("{other:?}")
            }
        }
    }

    fn answer(petition: &Petition, answer: Answer) {
        petition.answers.send(Message::Answered(answer)).unwrap();
    }

    #[tokio::test]
    async fn requests_are_handed_over_one_by_one_and_answered_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let requests = Requests::of(folder.path());
        leave(&requests, "a");
        leave(&requests, "b");
        let (_nobody, mut asks) = Asks::channel();
        let inbox = open(folder.path(), &asks);
        let first = petition(&mut asks).await;
        assert_eq!(first.id, id("a"));
        let refused = Answer::Refused(Refusal::Unchanged);
        answer(&first, refused.clone());
        let second = petition(&mut asks).await;
        assert_eq!(second.id, id("b"));
        assert_eq!(requests.answered(&id("a")).unwrap(), Some(refused));
        answer(&second, Answer::Done);
        drop(inbox);
        assert_eq!(requests.answered(&id("b")).unwrap(), Some(Answer::Done));
    }

    #[tokio::test]
    async fn what_a_process_leaves_unanswered_is_the_next_one_s() {
        let folder = tempfile::tempdir().unwrap();
        let requests = Requests::of(folder.path());
        leave(&requests, "a");
        for _ in 0..2 {
            let (_nobody, mut asks) = Asks::channel();
            let inbox = open(folder.path(), &asks);
            assert_eq!(petition(&mut asks).await.id, id("a"));
            drop(inbox);
            assert_eq!(requests.answered(&id("a")).unwrap(), None);
        }
    }

    #[tokio::test]
    async fn what_is_no_request_is_noticed_and_answered_and_asks_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let requests = Requests::of(folder.path());
        leave(&requests, "b");
        std::fs::write(folder.path().join("requests/a.json"), "{\"ask\":").unwrap();
        let (_nobody, mut asks) = Asks::channel();
        let _inbox = open(folder.path(), &asks);
        let Ask::Notice(text) = asks.next().await else { panic!("it is not noticed") };
        assert!(text.starts_with("request a cannot be read and is not done: "), "{text}");
        assert_eq!(petition(&mut asks).await.id, id("b"));
        assert!(matches!(requests.answered(&id("a")).unwrap(), Some(Answer::Unreadable(_))));
    }
}
