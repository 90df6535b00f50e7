//! All the channels of a run.

use std::{
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use super::{
    Message, Secrets,
    desk::{Desk, Shared},
    secret::problem,
    service::Service,
};
use crate::{
    plan::{Channel, Notify},
    unit::{SignedDuration, Timestamp},
};

/// What delivery needs of the world.
#[derive(Clone)]
pub struct Surroundings {
    /// What the runbook's variables hold.
    pub secrets: Secrets,
    /// The folder that keeps what commands say.
    pub outputs: PathBuf,
    /// Tells the time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Tells the operator something about delivery, in a sentence. It is called in any thread and must not wait.
    pub tell: Arc<dyn Fn(String) + Send + Sync>,
    /// Decides the jitter of waits.
    pub seed: u64,
    /// Whether another process has told of this run before.
    pub again: bool,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("outputs", &self.outputs).finish_non_exhaustive()
    }
}

/// How patient delivery is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How long an attempt may take.
    pub(super) attempt: Duration,
    /// The first wait between two attempts, and the longest.
    pub(super) waits: (Duration, Duration),
    /// How old a message gets before it is given up.
    pub(super) patience: SignedDuration,
    /// How long the end of the run waits for what is not told yet.
    pub(super) last: Duration,
    /// Messages that wait at most.
    pub(super) most: usize,
}

impl Pace {
    const USUAL: Self = Self {
        attempt: Duration::from_secs(10),
        waits: (Duration::from_secs(1), Duration::from_secs(30)),
        patience: SignedDuration::from_mins(10),
        last: Duration::from_secs(10),
        most: 100,
    };

    /// Returns how long to wait after so many failed attempts before this one; `random` is from 0 to 1.
    pub(super) fn backoff(&self, before: u32, random: f64) -> Duration {
        let (first, longest) = self.waits;
        let full = first.saturating_mul(2_u32.saturating_pow(before)).min(longest);
        full.mul_f64(0.5 + random / 2.0)
    }
}

/// Tells everybody whom a runbook names. Nothing of it waits, but [`Notifier::close`].
pub struct Notifier {
    channels: Vec<Open>,
    around: Surroundings,
    pace: Pace,
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.channels.iter().map(|open| &open.name)).finish()
    }
}

/// A channel that a thread tells.
struct Open {
    name: String,
    notify: Notify,
    shared: Arc<Shared>,
    /// Has no sender left once the thread has ended.
    ended: Receiver<()>,
}

impl Notifier {
    /// Opens the channels. One that cannot be opened is told of as a notice; the run goes on without.
    pub fn open(notify: &[Notify], around: Surroundings) -> Self {
        Self::with(notify, around, Pace::USUAL)
    }

    pub(super) fn with(notify: &[Notify], around: Surroundings, pace: Pace) -> Self {
        let mut notifier = Self { channels: Vec::new(), around, pace };
        for (index, one) in notify.iter().enumerate() {
            match notifier.start(index, one) {
                Ok(open) => notifier.channels.push(open),
                Err(why) => {
                    let name = &one.channel;
                    (notifier.around.tell)(format!("{name} is not told of this run: {why}"));
                }
            }
        }
        notifier
    }

    fn start(&self, index: usize, notify: &Notify) -> Result<Open, String> {
        let Surroundings { secrets, outputs, again, .. } = &self.around;
        let output = outputs.join(format!("notify-{}.log", index + 1));
        if let Some(problem) = problem(&notify.channel, secrets) {
            return Err(problem);
        }
        let service = Service::of(&notify.channel, secrets, *again, &output)
            .ok_or_else(|| "its secret is missing".to_owned())?;
        let (name, shared) = (notify.channel.to_string(), Shared::new(self.pace.most));
        let mut around = self.around.clone();
        around.seed = around.seed.wrapping_add(index as u64);
        let (shared_too, name_too, pace) = (Arc::clone(&shared), name.clone(), self.pace);
        let desk = Desk { name: name_too, service, shared: shared_too, around, pace };
        let (sender, ended) = channel();
        let work = move || {
            // It is dropped with the thread, however that ends.
            let _sender = sender;
            desk.work();
        };
        let thread = thread::Builder::new().name(format!("notify-{}", index + 1)).spawn(work);
        thread.map_err(|error: io::Error| format!("no thread: {error}"))?;
        Ok(Open { name, notify: notify.clone(), shared, ended })
    }

    /// Takes a message in, to be told to everybody who wants to hear of its event.
    pub fn tell(&self, message: &Arc<Message>) {
        for open in &self.channels {
            // An alert of PagerDuty's ends with the trouble that it was for, whichever events it is for.
            let ends = message.settles && matches!(open.notify.channel, Channel::PagerDuty { .. });
            if ends || open.notify.on.iter().any(|name| name == message.event) {
                open.shared.push(Arc::clone(message));
            }
        }
    }

    /// Waits for what is not told yet, for 10 seconds at most; calls `long` if it takes longer than a second. Returns what
    /// was not told, in sentences.
    pub fn close(self, long: impl FnOnce()) -> Vec<String> {
        for open in &self.channels {
            open.shared.close();
        }
        let soon = self.pace.last / 10;
        if !self.wait(soon) {
            long();
            self.wait(self.pace.last - soon);
        }
        self.channels.iter().filter_map(Open::untold).collect()
    }

    /// Waits for the threads to end; returns whether all of them have.
    fn wait(&self, time: Duration) -> bool {
        let until = (self.around.now)().saturating_add(time).unwrap_or(Timestamp::MAX);
        self.channels.iter().fold(true, |all, open| {
            let left = until.duration_since((self.around.now)());
            // Nothing is ever sent: there is no sender any more, or the time is over.
            let end = open.ended.recv_timeout(Duration::try_from(left).unwrap_or_default());
            all && end == Err(RecvTimeoutError::Disconnected)
        })
    }
}

impl Open {
    fn untold(&self) -> Option<String> {
        let mut state = self.shared.state();
        let rest = state.queue.len() + usize::from(state.busy);
        let lost = state.lost + state.queue.take_dropped();
        let messages = match rest + lost {
            0 => return None,
            1 => "1 message".to_owned(),
            several => format!("{several} messages"),
        };
        let why = state.trouble.as_ref().map_or(String::new(), |why| format!(": {why}"));
        Some(format!("{} was not told of everything; {messages} did not get there{why}", self.name))
    }
}
