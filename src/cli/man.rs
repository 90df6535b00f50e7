//! `cutover man`: manual pages.

use std::{fs, io, path::PathBuf};

use clap_mangen::Man;

use super::{ExitStatus, Fault, Printer, help};
use crate::report::json;

/// Print the manual page, or write one for every command into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  cutover man > cutover.1
  cutover man --dir ~/.local/share/man/man1
  cutover man | man -l -")]
pub(super) struct Args {
    /// Write the pages of all commands into this folder, such as cutover-run.1
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let Some(dir) = &args.dir else {
        let roff = page(&help::plain_command()).map_err(|error| unwritable("it", &error))?;
        if printer.is_json() {
            let object = serde_json::json!({ "name": "cutover.1", "roff": roff });
            printer.data(&json(&object))?;
        } else {
            printer.page(&roff)?;
        }
        return Ok(ExitStatus::Done);
    };
    let folder = dir.display().to_string();
    fs::create_dir_all(dir).map_err(|error| unwritable(&folder, &error))?;
    for command in pages() {
        let name = Man::new(command.clone()).get_filename();
        let file = dir.join(&name);
        let path = file.display().to_string();
        let written = page(&command).and_then(|roff| fs::write(&file, roff));
        written.map_err(|error| unwritable(&path, &error))?;
        if printer.is_json() {
            printer.data(&json(&serde_json::json!({ "name": name, "file": path })))?;
        } else {
            printer.data(&path)?;
        }
    }
    Ok(ExitStatus::Done)
}

/// Returns the program and its commands, each of which knows its page's name.
fn pages() -> Vec<clap::Command> {
    let mut program = help::plain_command();
    program.build();
    let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
    let mut pages: Vec<clap::Command> = commands.cloned().collect();
    pages.insert(0, program);
    pages
}

fn page(command: &clap::Command) -> io::Result<String> {
    let mut roff = Vec::new();
    Man::new(command.clone()).render(&mut roff)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

fn unwritable(what: &str, error: &io::Error) -> Fault {
    Fault::new(ExitStatus::Usage, format!("manual page `{what}` cannot be written"))
        .caused_by(error.to_string())
}
