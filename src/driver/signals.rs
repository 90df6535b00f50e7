//! What people ask of a running process: with Ctrl-C and SIGTERM, and from other processes.

use tokio::sync::mpsc;

use super::Petition;

/// Something that was asked for.
#[derive(Debug)]
pub enum Ask {
    /// Ctrl-C: stop, resumable; a second time: roll back.
    Interrupt,
    /// SIGTERM: stop, resumable.
    Terminate,
    /// Somebody at the terminal says yes to what the run asks.
    Approve {
        /// User and host.
        by: String,
    },
    /// A request that another process has left.
    Request(Box<Petition>),
    /// Nothing, but the operator should know this of a request.
    Notice(String),
}

/// Where asks arrive.
#[derive(Debug)]
pub struct Asks {
    sender: mpsc::UnboundedSender<Ask>,
    receiver: mpsc::UnboundedReceiver<Ask>,
}

impl Asks {
    /// Returns a channel of one's own, for tests and rehearsals.
    pub fn channel() -> (mpsc::UnboundedSender<Ask>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender.clone(), Self { sender, receiver })
    }

    /// Returns where others can ask.
    pub fn sender(&self) -> mpsc::UnboundedSender<Ask> {
        self.sender.clone()
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

    /// Waits for the next ask.
    pub async fn next(&mut self) -> Ask {
        match self.receiver.recv().await {
            Some(ask) => ask,
            None => std::future::pending().await,
        }
    }
}
