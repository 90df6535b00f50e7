//! What a channel has still to be told.

use std::{collections::VecDeque, sync::Arc};

use super::Message;

/// Messages in the order in which they happened, and no more of them than fit.
#[derive(Debug)]
pub(super) struct Queue {
    messages: VecDeque<Arc<Message>>,
    most: usize,
    dropped: usize,
}

impl Queue {
    pub(super) fn new(most: usize) -> Self {
        Self { messages: VecDeque::new(), most, dropped: 0 }
    }

    /// Takes a message in. Where there is no room, the oldest of those that matter least goes, which may be this one.
    pub(super) fn push(&mut self, message: Arc<Message>) {
        self.messages.push_back(message);
        if self.messages.len() <= self.most {
            return;
        }
        let least = self.messages.iter().map(|message| message.rank).min();
        let oldest = self.messages.iter().position(|message| Some(message.rank) == least);
        if let Some(oldest) = oldest {
            self.messages.remove(oldest);
            self.dropped += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<Arc<Message>> {
        self.messages.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Returns how many messages had no room since this was asked last.
    pub(super) fn take_dropped(&mut self) -> usize {
        std::mem::take(&mut self.dropped)
    }
}
