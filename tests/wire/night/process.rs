//! A `cutover` that goes on, and what it prints while it does.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::journal::Line;

pub(super) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Longest real time between two lines, or from the last to the end. Virtually it is two hours.
const PATIENCE: Duration = Duration::from_secs(120);

/// A signal that a process can be sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    Interrupt,
    Kill,
    Terminate,
}

/// A running `cutover`. It is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    lines: Receiver<String>,
    stderr: Option<thread::JoinHandle<String>>,
    /// What it has printed so far, as far as anybody has waited for it.
    printed: Vec<String>,
}

/// What a process left.
#[derive(Debug)]
pub(super) struct Left {
    /// Nothing when it was killed.
    pub(super) code: Option<i32>,
    /// All lines of stdout.
    pub(super) printed: Vec<String>,
    /// stderr.
    pub(super) said: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = stdout.into_iter().flat_map(|out| BufReader::new(out).lines());
            for line in lines.map_while(std::result::Result::ok) {
                // Nobody waits for lines any more once the test has failed.
                let _ = sender.send(line);
            }
        });
        let stderr = thread::spawn(move || {
            let mut said = String::new();
            if let Some(mut stderr) = stderr {
                let _ = stderr.read_to_string(&mut said);
            }
            said
        });
        Ok(Self { child, lines, stderr: Some(stderr), printed: Vec::new() })
    }

    /// Waits until it has printed an event of this name, this many times from now on; returns the last.
    pub(super) fn until(&mut self, event: &str, times: usize) -> Result<Line> {
        let mut seen = 0;
        loop {
            let line = Line::parse(self.next(event)?)?;
            seen += usize::from(line.event == event);
            if seen == times {
                return Ok(line);
            }
        }
    }

    /// Waits until it has printed a line that contains this.
    pub(super) fn said(&mut self, part: &str) -> Result<()> {
        while !self.next(part)?.contains(part) {}
        Ok(())
    }

    fn next(&mut self, wanted: &str) -> Result<&str> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.printed.push(line);
                Ok(self.printed.last().map_or("", String::as_str))
            }
            Err(_) => {
                let last: Vec<_> = self.printed.iter().rev().take(3).collect();
                Err(format!("no `{wanted}` came; the last lines are {last:?}").into())
            }
        }
    }

    /// Returns the id that the operating system knows it by.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&mut self, signal: Signal) -> Result<()> {
        let name = match signal {
            Signal::Interrupt => "-INT",
            Signal::Kill => "-KILL",
            Signal::Terminate => "-TERM",
        };
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status()?;
        if sent.success() { Ok(()) } else { Err("the process has ended already".into()) }
    }

    /// Waits until it ends by itself, or by a signal that it was sent.
    pub(super) fn end(mut self) -> Result<Left> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.printed.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let last: Vec<_> = self.printed.iter().rev().take(3).collect();
                    return Err(format!("it does not end; the last lines are {last:?}").into());
                }
            }
        }
        let code = self.child.wait()?.code();
        let said = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Ok(Left { code, printed: std::mem::take(&mut self.printed), said })
    }

    /// Kills it, and returns what it left.
    pub(super) fn kill(mut self) -> Result<Left> {
        self.signal(Signal::Kill)?;
        self.end()
    }
}

/// Returns the seconds since 1970 on the wall.
#[expect(
    clippy::disallowed_methods,
    reason = "two processes have to agree on when the night began"
)]
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
