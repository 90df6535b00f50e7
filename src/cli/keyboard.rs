//! What is typed while a screen is drawn: it is not shown, unless somebody is asked for an answer.

use std::io::{self, IsTerminal as _};

use rustix::{
    process::getpgrp,
    termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcsetattr},
};

/// A terminal that shows nothing of what is typed, for as long as this lives. Ctrl-C and all else work as ever.
///
/// What is typed would stand in the middle of a screen that is drawn anew every second, and Enter would move it.
#[derive(Debug)]
pub(super) struct Keyboard {
    shows: bool,
}

impl Keyboard {
    /// Returns one that shows what is typed, as terminals do.
    pub(super) fn new() -> Self {
        Self { shows: true }
    }

    /// Shows what is typed from now on, or no longer.
    pub(super) fn show(&mut self, shows: bool) {
        if self.shows != shows && set(shows).is_ok() {
            self.shows = shows;
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.show(true);
    }
}

/// Tells the terminal behind stdin, where there is one.
fn set(shows: bool) -> io::Result<()> {
    let stdin = io::stdin();
    // A process in the background would be suspended for trying.
    if !stdin.is_terminal() || tcgetpgrp(&stdin)? != getpgrp() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    let mut modes = tcgetattr(&stdin)?;
    modes.local_modes.set(LocalModes::ECHO, shows);
    Ok(tcsetattr(&stdin, OptionalActions::Now, &modes)?)
}
