//! The invented AWS behind the same edge as the real one: how its calls are made. What is asked is in `edge`.

mod edge;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    policy::{Wanted, Who},
    world::{Operation, World},
};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    unit::{Account, SignedDuration, Timestamp},
};

/// Reads are tried this often, as the AWS clients do (law L27).
const READ_ATTEMPTS: u32 = 4;
/// Wait before the second attempt; it doubles after that.
const READ_BACKOFF: SignedDuration = SignedDuration::from_millis(200);

/// A [`World`] as a [`Cloud`](crate::cloud::Cloud). Its calls take time: under tokio's paused clock none of it is real.
pub struct SimCloud {
    world: Arc<Mutex<World>>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl SimCloud {
    /// Returns a cloud whose time is what `now` says; it has to pass while tokio's clock does.
    pub fn new(
        world: Arc<Mutex<World>>,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self { world, now: Box::new(now) }
    }

    /// Makes one call: waits for as long as it takes, and answers as of then.
    async fn call<T>(
        &self,
        ask: &Ask,
        answer: impl Fn(&mut World) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let latency = self.with(|world| world.latency(ask.operation));
        pass(latency).await;
        self.with(|world| ask.permitted(world).and_then(|()| answer(world)))
    }

    /// Makes a call that changes nothing, and makes it again when its failure passes by itself.
    async fn read<T>(
        &self,
        ask: &Ask,
        answer: impl Fn(&mut World) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let mut answers = self.read_all(ask, 1, |world, _| answer(world)).await?;
        answers.pop().ok_or_else(|| not_found(ask.operation, "nothing".to_owned()))
    }

    /// Makes as many such calls at the same time, and returns all answers in their order.
    async fn read_all<T>(
        &self,
        ask: &Ask,
        calls: usize,
        answer: impl Fn(&mut World, usize) -> Result<T, CloudError>,
    ) -> Result<Vec<T>, CloudError> {
        let mut answers: Vec<Option<T>> = (0..calls).map(|_| None).collect();
        let (mut attempt, mut wait) = (1, READ_BACKOFF);
        loop {
            let latency = self.with(|world| world.latency(ask.operation));
            pass(latency).await;
            let mut failed = None;
            for (call, slot) in answers.iter_mut().enumerate().filter(|(_, slot)| slot.is_none()) {
                match self.with(|world| ask.permitted(world).and_then(|()| answer(world, call))) {
                    Ok(found) => *slot = Some(found),
                    Err(error) if error.passes_by_itself() => failed = Some(error),
                    Err(error) => return Err(error),
                }
            }
            match failed {
                None => return Ok(answers.into_iter().flatten().collect()),
                Some(error) if attempt == READ_ATTEMPTS => return Err(error),
                Some(_) => pass(wait).await,
            }
            (attempt, wait) = (attempt + 1, wait.saturating_mul(2));
        }
    }

    fn with<T>(&self, answer: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance((self.now)());
        answer(&mut world)
    }

    /// Returns a call for a place, of an operation that needs this permission.
    fn ask(&self, place: Account, operation: Operation, wanted: Wanted) -> Ask {
        let who = self.with(|world| Who::of(world.stage(), place));
        Ask { who, operation, wanted }
    }
}

/// A call: by whom, and what it needs.
struct Ask {
    who: Who,
    operation: Operation,
    wanted: Wanted,
}

impl Ask {
    fn permitted(&self, world: &World) -> Result<(), CloudError> {
        world.permit(&self.who, &self.wanted)
    }
}

/// Lets the time of a call pass.
#[expect(
    clippy::disallowed_methods,
    reason = "the time that a simulated call takes is the one wait outside the driver"
)]
async fn pass(duration: SignedDuration) {
    tokio::time::sleep(duration.unsigned_abs()).await;
}

fn not_found(operation: Operation, object: String) -> CloudError {
    CloudError {
        operation: operation.as_str().to_owned(),
        object,
        kind: CloudErrorKind::NotFound,
        code: None,
        message: "it does not exist".to_owned(),
    }
}
