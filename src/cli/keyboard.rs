//! What is typed while a run goes on: an answer where somebody is asked, and nothing that would disturb the screen.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::getpgrp,
    termios::{
        LocalModes, OptionalActions, QueueSelector, tcflush, tcgetattr, tcgetpgrp, tcsetattr,
    },
};

/// How often it is looked whether this is still the process that the terminal belongs to.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a line says that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    /// Yes.
    Yes,
    /// Something else, while an answer is waited for.
    Unclear,
}

/// The keyboard of the terminal behind stdin, where there is one. It shows nothing of what is typed but answers: everything
/// else would stand in the middle of a screen that is drawn anew every second, and Enter would move it. Ctrl-C and all else
/// work as ever, and once this is dropped everything is as it was.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// Whether it was told to show nothing.
    hides: bool,
    listens: bool,
    lines: Arc<Lines>,
}

/// What the thread that reads and the one that draws tell each other.
#[derive(Debug, Default)]
struct Lines {
    /// Somebody is asked for an answer.
    asked: AtomicBool,
    /// Lines that were typed and not yet accounted for.
    entered: AtomicUsize,
}

impl Keyboard {
    /// Shows what is typed from now on, or no longer.
    pub(super) fn show(&mut self, shows: bool) {
        if self.hides == shows && set(shows).is_ok() {
            self.hides = !shows;
        }
    }

    /// Says whether somebody is asked for an answer now.
    pub(super) fn ask(&self, asks: bool) {
        self.lines.asked.store(asks, Ordering::Relaxed);
    }

    /// Hands every line that is typed from now on to `answer`. What was typed before was no answer to anything.
    pub(super) fn listen(&mut self, answer: impl Fn(Typed) + Send + 'static) {
        if !io::stdin().is_terminal() {
            return;
        }
        if is_ours() {
            // Where that fails, what was typed before counts as well.
            let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        }
        if !self.listens {
            let lines = Arc::clone(&self.lines);
            let reader = thread::Builder::new().name("keyboard".to_owned());
            self.listens = reader.spawn(move || lines.read(&answer)).is_ok();
        }
    }

    /// Returns how many lines were typed since this was asked last: each has moved what is on the screen up by one.
    pub(super) fn entered(&self) -> usize {
        self.lines.entered.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.show(true);
    }
}

impl Lines {
    /// Reads lines until there are no more, or nobody can read them.
    fn read(&self, answer: &impl Fn(Typed)) {
        loop {
            // A process in the background would be suspended for reading.
            if !is_ours() {
                thread::sleep(LOOK_EVERY);
                continue;
            }
            let stdin = io::stdin();
            let wait = Timespec::try_from(LOOK_EVERY).ok();
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            if !matches!(poll(&mut ready, wait.as_ref()), Ok(1..)) {
                continue;
            }
            let mut line = String::new();
            if !matches!(stdin.lock().read_line(&mut line), Ok(1..)) {
                return;
            }
            self.entered.fetch_add(1, Ordering::Relaxed);
            if line.trim().eq_ignore_ascii_case("yes") {
                answer(Typed::Yes);
            } else if self.asked.load(Ordering::Relaxed) {
                answer(Typed::Unclear);
            }
        }
    }
}

/// Returns true while this process is the one that the terminal behind stdin belongs to.
fn is_ours() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|owner| owner == getpgrp())
}

/// Tells the terminal behind stdin, where there is one.
fn set(shows: bool) -> io::Result<()> {
    let stdin = io::stdin();
    // A process in the background would be suspended for trying.
    if !stdin.is_terminal() || !is_ours() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    let mut modes = tcgetattr(&stdin)?;
    modes.local_modes.set(LocalModes::ECHO, shows);
    Ok(tcsetattr(&stdin, OptionalActions::Now, &modes)?)
}
