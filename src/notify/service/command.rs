//! A program on this machine, which gets the event in its environment.

use std::path::PathBuf;

use serde_json::json;

use crate::{
    hook::{self, variable},
    notify::Message,
    unit::SignedDuration,
};

/// How long it may take.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(60);

/// Most bytes of a record that fit into a variable: Linux takes 128 KiB for each.
const RECORD: usize = 100_000;

/// One program.
#[derive(Debug)]
pub(in crate::notify) struct Local {
    /// Program and arguments.
    pub(in crate::notify) argv: Vec<String>,
    /// What its output is added to.
    pub(in crate::notify) output: PathBuf,
}

impl Local {
    pub(in crate::notify) fn command(&self, message: &Message) -> hook::Command {
        let step = message.step.map_or(String::new(), |step| step.to_string());
        let share = message.share.map_or(String::new(), |share| share.to_string());
        let dry_run = message.kind == Some("dry run");
        let variables = [
            (variable::RUN, message.run.to_string()),
            (variable::STEP, step),
            (variable::SHARE, share),
            (variable::EVENT, message.event.to_owned()),
            (variable::DRY_RUN, dry_run.to_string()),
            ("CUTOVER_MESSAGE", message.text()),
            ("CUTOVER_RECORD", record(message)),
        ];
        hook::Command {
            argv: self.argv.clone(),
            variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
            timeout: TIMEOUT,
            output: self.output.clone(),
        }
    }
}

/// Returns the record as JSON; without what the event says where that would be too long for a variable.
fn record(message: &Message) -> String {
    if message.record.len() <= RECORD {
        return message.record.clone();
    }
    let Message { seq, at, run, event, .. } = message;
    json!({ "seq": seq, "at": at, "run": run, "event": event, "shortened": true }).to_string()
}
