//! Who is told of a run: what the channels need of the environment, and how they reach the operator.

use std::{
    env, fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc::UnboundedSender;

use super::run::jitter_seed;
use crate::{
    driver::{Ask, Clock},
    notify::{Notifier, Secret, Secrets, Surroundings, problem, secret_of},
    plan::Notify,
};

/// Folder in a run's folder that keeps what commands say.
const OUTPUTS: &str = "outputs";

/// Returns why somebody could not be told, each in a sentence with what to do. No secret is in any of them.
pub(super) fn problems(notify: &[Notify]) -> Vec<String> {
    let secrets = secrets(notify);
    notify.iter().filter_map(|one| problem(&one.channel, &secrets)).collect()
}

/// Reads what the variables of the channels hold.
fn secrets(notify: &[Notify]) -> Secrets {
    let read = |name: &str| {
        let value = env::var_os(name)?;
        Some((name.to_owned(), Secret::new(value.to_str()?)))
    };
    notify
        .iter()
        .filter_map(|one| secret_of(&one.channel))
        .filter_map(|(name, _)| read(name))
        .collect()
}

/// Opens the channels of the run that is kept in this folder; `again` says that another process may have told of it before.
pub(super) fn open(notify: &[Notify], folder: &Path, again: bool, notices: &Notices) -> Notifier {
    let notices = notices.clone();
    let around = Surroundings {
        secrets: secrets(notify),
        outputs: folder.join(OUTPUTS),
        now: Arc::new(|| Clock::Real.now()),
        tell: Arc::new(move |text| notices.say(text)),
        seed: jitter_seed(),
        again,
    };
    Notifier::open(notify, around)
}

/// What the operator is to know of the channels, from whichever thread, until somebody takes it.
#[derive(Clone, Default)]
pub(super) struct Notices(Arc<Mutex<Outlet>>);

#[derive(Default)]
struct Outlet {
    asks: Option<UnboundedSender<Ask>>,
    waiting: Vec<String>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}

impl Notices {
    /// Lets the run's loop show them, as the notices that they are, from now on.
    pub(super) fn go_to(&self, asks: UnboundedSender<Ask>) {
        let mut outlet = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for text in outlet.waiting.drain(..) {
            let _ = asks.send(Ask::Notice(text));
        }
        outlet.asks = Some(asks);
    }

    fn say(&self, text: String) {
        let mut outlet = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &outlet.asks {
            // Once the run is over, nobody takes it; what was not told is said then.
            Some(asks) => drop(asks.send(Ask::Notice(text))),
            None => outlet.waiting.push(text),
        }
    }
}
