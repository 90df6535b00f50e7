//! `cutover report`: a run as a file to keep, and what every run leaves of itself in its folder.

use std::{
    fs, io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
};

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateError, StateFolder, audit,
    saved::{Saved, private_file},
    source,
    taken_up::{is_open, look_through},
};
use crate::{
    audit::Audit,
    journal::FileStore,
    plan::Plan,
    report::{
        json,
        page::{Case, Story, html, markdown},
    },
};

/// The report that a run leaves in its folder.
const REPORT: &str = "report.html";
/// Where a file is named, this means stdout.
const STDOUT: &str = "-";

/// Tell a run in one file: for the change ticket, the pull request, the post-mortem
///
/// Reads the run's folder and asks nobody. Without options it writes `report.html` into that folder, as every run does
/// at its end, and prints where it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    /// Write the report as one HTML file that needs nothing else; `-` for stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write it in short as Markdown, for a pull request; without a file to stdout
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = STDOUT)]
    markdown: Option<PathBuf>,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let to_stdout = |file: &Option<PathBuf>| file.as_deref() == Some(Path::new(STDOUT));
    if to_stdout(&args.html) && to_stdout(&args.markdown) {
        return Err(Fault::new(ExitStatus::Usage, "only one report fits on stdout")
            .hinted("name a file for the other one"));
    }
    let state = StateFolder::new(&args.state.state);
    let folder = meant(args.run.as_deref(), &state)?;
    let kept = Kept::read(&folder)?;
    let mut written = Vec::new();
    let nothing_named = args.html.is_none() && args.markdown.is_none();
    let own = nothing_named.then(|| folder.path.join(REPORT));
    let wanted = [
        (args.html.clone().or(own), html as fn(&Case<'_>) -> String),
        (args.markdown.clone(), markdown),
    ];
    for (file, render) in wanted {
        let Some(file) = file else { continue };
        let text = render(&kept.case());
        if file == Path::new(STDOUT) {
            printer.page(&text)?;
        } else {
            write_whole(&file, text.as_bytes()).map_err(|error| unwritable(&file, &error))?;
            written.push(file);
        }
    }
    if printer.is_json() && !written.is_empty() {
        let line = serde_json::json!({ "run": folder.run, "reports": written });
        printer.data(&json(&line))?;
    } else {
        written.iter().try_for_each(|file| printer.data(&file.display().to_string()))?;
    }
    Ok(ExitStatus::Done)
}

/// Returns the run that is meant: the one that is not over, or the newest where all are.
pub(super) fn meant(wanted: Option<&str>, state: &StateFolder) -> Result<RunFolder, Fault> {
    match state.find(wanted, is_open) {
        Err(StateError::None { wanted: None, runs, .. }) if !runs.is_empty() => {
            Ok(state.of(&runs[0]))
        }
        found => Ok(found?),
    }
}

/// Leaves the report of a run in its folder. Whatever goes wrong with it is a note: what became of the traffic does not
/// depend on a file that can be written again.
pub(super) fn leave(folder: &RunFolder, printer: &mut Printer) {
    let path = folder.path.join(REPORT);
    // Not even a bug in the report may change how the run ends; nothing of it is used after a panic.
    let left = panic::catch_unwind(AssertUnwindSafe(|| {
        let kept = Kept::read(folder)?;
        write_whole(&path, html(&kept.case()).as_bytes()).map_err(|error| unwritable(&path, &error))
    }));
    match left {
        Ok(Ok(())) => printer.note(&format!("report: {}", path.display())),
        Ok(Err(fault)) => printer.note(&format!(
            "the run's report could not be written: {}; `cutover report {}` tries again",
            fault.message(),
            folder.run
        )),
        Err(_) => {
            printer.note("the run's report could not be written; the run itself ended as was said");
        }
    }
}

/// What a run's folder has for its report.
struct Kept {
    story: Story,
    plan: Option<Plan>,
    runbook: Option<Vec<u8>>,
    audit: Option<Audit>,
    alive: bool,
}

impl Kept {
    /// Reads a run's folder.
    ///
    /// # Errors
    /// Its journal or its plan cannot be read or believed.
    fn read(folder: &RunFolder) -> Result<Self, Fault> {
        let mut story = Story::default();
        let taken = look_through(folder, |record| story.take_in(record))?;
        let runbook = source::read(&Saved::runbook(&folder.path)).ok();
        Ok(Self {
            story,
            plan: Some(taken.saved.plan),
            runbook: runbook.map(|source| source.text),
            audit: audit::left(folder),
            alive: FileStore::is_held(&folder.path),
        })
    }

    fn case(&self) -> Case<'_> {
        let Self { story, plan, runbook, audit, alive } = self;
        Case {
            story,
            plan: plan.as_ref(),
            runbook: runbook.as_deref(),
            audit: audit.as_ref(),
            alive: *alive,
            anchor: "",
            alone: true,
        }
    }
}

/// Writes a file that only its owner can read: all of it, or nothing. It can be made again at any time, so nobody waits for
/// the disk.
///
/// # Errors
/// It cannot be written; what stood there before stands there still.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("that names no file"))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = private_file(&beside, content, 0o600).and_then(|_| fs::rename(&beside, path));
    if written.is_err() {
        // What cannot be removed either is a dot file beside what was wanted, and does no harm.
        let _ = fs::remove_file(&beside);
    }
    written
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault::new(ExitStatus::Refused, format!("report `{}` cannot be written", path.display()))
        .caused_by(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_report_is_there_as_a_whole_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(REPORT);
        fs::write(&path, "older, and longer than the one that replaces it").unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_cannot_be_written_leaves_what_was_there_and_nothing_half_done() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a folder");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("kept"), "").unwrap();
        assert!(write_whole(&path, b"new").is_err());
        assert!(path.join("kept").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
