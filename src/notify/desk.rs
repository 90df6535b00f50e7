//! The thread that tells one channel, and what it shares with the run's.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    Message,
    courier::Courier,
    http::{Answer, Verdict},
    notifier::{Pace, Surroundings},
    queue::Queue,
    service::{Result as Came, Service},
};
use crate::unit::clean;

/// What the two threads share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// How a channel stands.
#[derive(Debug)]
pub(super) struct State {
    pub(super) queue: Queue,
    /// A message is being told.
    pub(super) busy: bool,
    /// Nothing more will come, and somebody waits for the rest.
    closing: bool,
    /// Messages that were given up since the channel worked last, and those of the whole run.
    failed: usize,
    pub(super) lost: usize,
    /// Why the newest attempt failed; nothing once one has not.
    pub(super) trouble: Option<String>,
}

impl Shared {
    pub(super) fn new(most: usize) -> Arc<Self> {
        let state = State {
            queue: Queue::new(most),
            busy: false,
            closing: false,
            failed: 0,
            lost: 0,
            trouble: None,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Returns the state. A thread that died left it whole: every change is one assignment.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, message: Arc<Message>) {
        self.state().queue.push(message);
        self.changed.notify_all();
    }

    pub(super) fn close(&self) {
        self.state().closing = true;
        self.changed.notify_all();
    }

    /// Waits for the next message; there is none once the run is over and everything is told.
    fn next(&self) -> Option<Arc<Message>> {
        let mut state = self.state();
        loop {
            state.busy = false;
            if let Some(message) = state.queue.pop() {
                state.busy = true;
                return Some(message);
            }
            if state.closing {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits this long, or until the run is over; returns whether it is.
    fn rest(&self, time: Duration) -> bool {
        let state = self.state();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, time, |state| !state.closing)
            .unwrap_or_else(PoisonError::into_inner);
        state.closing
    }
}

/// Tells one channel, message after message.
pub(super) struct Desk {
    pub(super) name: String,
    pub(super) service: Service,
    pub(super) shared: Arc<Shared>,
    pub(super) around: Surroundings,
    pub(super) pace: Pace,
}

/// What came of a message.
enum End {
    Told,
    GivenUp,
}

impl Desk {
    /// Works until the run is over and everything is told.
    pub(super) fn work(mut self) {
        let courier = Courier::new(self.pace.attempt);
        let mut jitter = ChaCha8Rng::seed_from_u64(self.around.seed);
        while let Some(message) = self.shared.next() {
            let mut part = 0;
            while let Some(end) = self.tell(&message, part, &courier, &mut jitter) {
                match end {
                    End::Told => part += 1,
                    End::GivenUp => {
                        let mut state = self.shared.state();
                        (state.failed, state.lost) = (state.failed + 1, state.lost + 1);
                        break;
                    }
                }
            }
        }
    }

    /// Tries one part of a message until it is told or given up; nothing where there is no such part.
    fn tell(
        &mut self,
        message: &Message,
        part: usize,
        courier: &Courier,
        jitter: &mut ChaCha8Rng,
    ) -> Option<End> {
        let give_up = message.at.saturating_add(self.pace.patience).unwrap_or(message.at);
        let mut tries = 0;
        loop {
            let now = (self.around.now)();
            let errand = self.service.errand(message, part, now)?;
            let verdict = match courier.perform(errand, now) {
                // Before anything is cut off: half of a secret is not recognised any more.
                Ok(Came::Answered(answer)) => {
                    let body = self.service.masked(&answer.body);
                    self.service.judge(message, &Came::Answered(Answer { body, ..answer }))
                }
                Ok(ended @ Came::Ended(_)) => self.service.judge(message, &ended),
                Err(why) => Verdict::Later { after: None, why },
            };
            let (after, why) = match verdict {
                Verdict::Delivered => {
                    self.works();
                    return Some(End::Told);
                }
                Verdict::Never { why } => {
                    self.fails(&why, "the run goes on without");
                    return Some(End::GivenUp);
                }
                Verdict::Later { after, why } => (after, why),
            };
            self.fails(&why, "it is tried again, and the run goes on");
            // A server that is in no need of rest, and fails all the same, is not asked without a pause.
            let wait = self.pace.backoff(tries, jitter.random()).max(after.unwrap_or_default());
            tries += 1;
            let then = (self.around.now)().saturating_add(wait).ok();
            if then.is_none_or(|then| then > give_up) || !self.can_wait(wait) {
                return Some(End::GivenUp);
            }
        }
    }

    /// Waits; at the end of the run only for as long as somebody else would. Returns whether to go on.
    fn can_wait(&self, time: Duration) -> bool {
        if !self.shared.rest(time) {
            return true;
        }
        if time > self.pace.last {
            return false;
        }
        std::thread::sleep(time);
        true
    }

    /// Says that the channel works again, where it did not.
    fn works(&self) {
        let mut state = self.shared.state();
        if state.trouble.take().is_none() {
            return;
        }
        let dropped = state.queue.take_dropped();
        let lost = std::mem::take(&mut state.failed) + dropped;
        state.lost += dropped;
        drop(state);
        let lost = match lost {
            0 => String::new(),
            1 => "; 1 message was lost".to_owned(),
            several => format!("; {several} messages were lost"),
        };
        (self.around.tell)(format!("{} can be told again{lost}", self.name));
    }

    /// Says that the channel does not work, once until it does.
    fn fails(&self, why: &str, then: &str) {
        let why = clean(&self.service.masked(why)).into_owned();
        let known = self.shared.state().trouble.replace(why.clone()).is_some();
        if !known {
            (self.around.tell)(format!("{} cannot be told: {why}; {then}", self.name));
        }
    }
}
