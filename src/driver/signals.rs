//! What people ask of a running process: Ctrl-C and SIGTERM.

use tokio::sync::mpsc;

/// Something that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Ctrl-C: stop, resumable; a second time: roll back.
    Interrupt,
    /// SIGTERM: stop, resumable.
    Terminate,
}

/// Where asks arrive.
#[derive(Debug)]
pub struct Asks {
    receiver: mpsc::UnboundedReceiver<Ask>,
}

impl Asks {
    /// Returns a channel of one's own, for tests and rehearsals.
    pub fn channel() -> (mpsc::UnboundedSender<Ask>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self { receiver })
    }

    /// Listens to the process's signals for the rest of its life.
    ///
    /// # Errors
    /// The operating system refuses to tell.
    pub fn from_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (sender, asks) = Self::channel();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            loop {
                let ask = tokio::select! {
                    Some(()) = interrupt.recv() => Ask::Interrupt,
                    Some(()) = terminate.recv() => Ask::Terminate,
                    else => return,
                };
                if sender.send(ask).is_err() {
                    return;
                }
            }
        });
        Ok(asks)
    }

    /// Waits for the next ask; for ever when there is nobody left to ask.
    pub(super) async fn next(&mut self) -> Ask {
        match self.receiver.recv().await {
            Some(ask) => ask,
            None => std::future::pending().await,
        }
    }
}
