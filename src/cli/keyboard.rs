//! The run's own terminal: what is typed there while the run goes on.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    thread,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::getpgrp,
    termios::tcgetpgrp,
};

use super::{operator::operator, printer::can_be_asked};
use crate::driver::{Ask, Asks};

/// How often it is looked whether somebody has typed something.
const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Takes a typed `yes` for an approval, for as long as the process lives. Where there is no terminal, nothing is listened to.
pub(super) fn listen(asks: &Asks) {
    if !can_be_asked() {
        return;
    }
    let asks = asks.sender();
    let listen = move || {
        while let Some(line) = next_line() {
            let ask = if is_yes(&line) {
                Ask::Approve { by: operator() }
            } else if line.trim().is_empty() {
                continue;
            } else {
                Ask::Notice(
                    "`yes` and Enter approve what is asked; nothing else is taken here".into(),
                )
            };
            if asks.send(ask).is_err() {
                return;
            }
        }
    };
    // A run that cannot be approved here can be from elsewhere.
    let _ = thread::Builder::new().name("keyboard".to_owned()).spawn(listen);
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Waits for a line; returns nothing once there is none to come.
///
/// A process in the background that reads from its terminal is stopped, and a run must not be: it is only read from when
/// there is something to read, and this process is the one that the terminal listens to.
fn next_line() -> Option<String> {
    loop {
        let stdin = io::stdin();
        let mut waits = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut waits, Some(&LOOK_EVERY)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return None,
        }
        if !waits[0].revents().contains(PollFlags::IN) || !stdin.is_terminal() {
            return None;
        }
        if tcgetpgrp(&stdin).is_ok_and(|ahead| ahead == getpgrp()) {
            let mut line = String::new();
            return (stdin.lock().read_line(&mut line).ok()? > 0).then_some(line);
        }
        thread::sleep(std::time::Duration::from_millis(250));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_approves() {
        for line in ["y\n", "yes\n", " YES \n"] {
            assert!(is_yes(line), "{line:?}");
        }
        for line in ["\n", "no\n", "yess\n", "approve\n"] {
            assert!(!is_yes(line), "{line:?}");
        }
    }
}
