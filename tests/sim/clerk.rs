//! A cloud that writes down what Route 53 took, and that may deliver a batch long after its sender gave it up (law L25).

use std::{cell::RefCell, rc::Rc};

use cutover::{
    cloud::{ChangeId, Cloud as _, CloudError, CloudErrorKind},
    driver::Clock,
    plan::Batch,
    sim::SimCloud,
    unit::{SignedDuration, Timestamp},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::{
    arena::{Book, Late},
    saboteur::later,
    through::Meddler,
};

/// How long a sender waits for an answer before it gives up.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// One operator's way to Route 53.
#[derive(Clone)]
pub(crate) struct Clerk {
    who: &'static str,
    inner: Rc<SimCloud>,
    clock: Clock,
    book: Rc<RefCell<Book>>,
    late: Late,
    rng: Rc<RefCell<ChaCha8Rng>>,
}

impl Clerk {
    pub(crate) fn new(
        who: &'static str,
        inner: SimCloud,
        clock: Clock,
        (book, late, seed): (Rc<RefCell<Book>>, Late, u64),
    ) -> Self {
        let rng = Rc::new(RefCell::new(ChaCha8Rng::seed_from_u64(seed ^ 0x001a_7e00)));
        Self { who, inner: Rc::new(inner), clock, book, late, rng }
    }

    fn is_late(&self, back: bool) -> bool {
        !back && self.late.part > 0.0 && self.rng.borrow_mut().random::<f64>() < self.late.part
    }

    /// Hands a batch over, and writes down that it was taken in the moment in which it was.
    async fn hand_over(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError> {
        let change = self.inner.change(batch, comment).await?;
        let back = is_back(comment);
        // What the saboteur undoes is nobody's.
        self.book.borrow_mut().take(self.clock.now(), self.who, batch, back);
        Ok(change)
    }

    /// Hands a batch over that its sender has given up; it may have to wait for its turn.
    async fn deliver(self, at: Timestamp, batch: Batch, comment: String) {
        self.clock.sleep_until(at).await;
        loop {
            match self.hand_over(&batch, &comment).await {
                Err(error) if error.passes_by_itself() => {
                    let soon = later(self.clock.now(), SignedDuration::from_millis(300));
                    self.clock.sleep_until(soon).await;
                }
                Ok(_) => return,
                Err(_) => {
                    self.book.borrow_mut().too_late += 1;
                    return;
                }
            }
        }
    }
}

/// The comment of a batch says what it is for.
fn is_back(comment: &str) -> bool {
    comment.ends_with(" rollback")
}

impl Meddler for Clerk {
    type Inner = SimCloud;

    fn inner(&self) -> &SimCloud {
        &self.inner
    }

    async fn change(&self, batch: &Batch, comment: &str) -> Result<ChangeId, CloudError> {
        if !self.is_late(is_back(comment)) {
            return self.hand_over(batch, comment).await;
        }
        let most = self.late.by.as_millis() as i64;
        let by = SignedDuration::from_millis(self.rng.borrow_mut().random_range(most / 2..=most));
        let at = later(self.clock.now(), by);
        tokio::task::spawn_local(self.clone().deliver(at, batch.clone(), comment.to_owned()));
        self.clock.sleep_until(later(self.clock.now(), PATIENCE)).await;
        Err(CloudError {
            operation: "ChangeResourceRecordSets".to_owned(),
            object: format!("zone {}", batch.zone),
            kind: CloudErrorKind::Unclear,
            code: None,
            message: "no answer came".to_owned(),
        })
    }
}
