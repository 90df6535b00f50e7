//! A folder of files and the commands that are run in it.

use std::{
    fs, io,
    process::{Command, Output, Stdio},
};

/// A runbook up to its steps.
pub(crate) const UP_TO_STEPS: &str = "
version: 1
name: api
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-legacy }
    new: { alb: api }
steps:
";

/// A folder of its own for one test.
pub(crate) struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    /// Returns one with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        for (name, text) in files {
            fs::write(folder.path().join(name), text)?;
        }
        Ok(Self { folder })
    }

    /// Returns one with the runbook `api.yaml`: these steps, and what may follow them.
    pub(crate) fn of_runbook(steps: &str, more: &str) -> io::Result<Self> {
        Self::with(&[("api.yaml", &format!("{UP_TO_STEPS}{steps}{more}"))])
    }

    /// Returns the folder.
    pub(crate) fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Returns a command in the folder, with nothing in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs cutover and returns what came of it.
    pub(crate) fn run(&self, arguments: &[&str]) -> io::Result<Output> {
        self.command(arguments).output()
    }

    /// Runs cutover and returns all that it printed and its exit code, as one text to compare.
    pub(crate) fn transcript(&self, arguments: &[&str]) -> io::Result<String> {
        let output = self.run(arguments)?;
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Ok(format!("{stdout}-- stderr\n{stderr}-- exit {}\n", exit_code(&output)))
    }
}

/// Returns output as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the exit code, -1 where a signal ended the program.
pub(crate) fn exit_code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}
