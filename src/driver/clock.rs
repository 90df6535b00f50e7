//! The only clock there is.

use tokio::time::Instant;

use crate::unit::{SignedDuration, Timestamp};

/// Tells the time, and waits for it.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// Tokio's clock, counted from a moment of one's own choice; under tokio's paused clock waiting takes no time.
    Virtual {
        /// The moment at which it began.
        began: Timestamp,
        /// The same moment, as tokio has it.
        at: Instant,
    },
}

impl Clock {
    /// Begins virtual time at this moment.
    pub fn beginning(began: Timestamp) -> Self {
        Self::Virtual { began, at: Instant::now() }
    }

    /// Returns the time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Real => Timestamp::now(),
            Self::Virtual { began, at } => {
                let elapsed = SignedDuration::try_from(at.elapsed()).unwrap_or(SignedDuration::MAX);
                began.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Waits until this moment, which may have passed already.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that waits")]
    pub async fn sleep_until(&self, until: Timestamp) {
        loop {
            let left = until.duration_since(self.now());
            let Ok(left) = std::time::Duration::try_from(left) else { return };
            if left.is_zero() {
                return;
            }
            let piece = match self {
                // Cut into pieces, because the machine's clock may be set while somebody waits.
                Self::Real => left.min(std::time::Duration::from_secs(1)),
                Self::Virtual { .. } => left,
            };
            tokio::time::sleep(piece).await;
        }
    }

    /// Returns how often a view is worth refreshing: on the machine's clock somebody may be looking.
    pub(super) fn refresh(&self) -> SignedDuration {
        match self {
            Self::Real => SignedDuration::from_secs(1),
            Self::Virtual { .. } => SignedDuration::from_secs(60),
        }
    }
}
