//! Runbooks: any bytes are read or explained, and what was read can be planned.

use std::collections::BTreeMap;

use cutover::{
    rehearse::plan_offline,
    report::plan_lines,
    runbook::{Source, validate},
};

use super::{RUNBOOK, assert_ours};

/// Records of a runbook that is also planned; more take longer and show nothing else.
const MOST_RECORDS: usize = 10;

/// Reads a runbook.
pub(crate) fn target(bytes: &[u8]) {
    let source = Source { path: "runbook.yaml".to_owned(), text: bytes.to_vec() };
    match validate(&source, &BTreeMap::new()) {
        Ok(runbooks) => {
            let runbook = runbooks.first().expect("a runbook has at least one environment");
            if runbook.records.len() > MOST_RECORDS {
                return;
            }
            match plan_offline(runbook) {
                Ok(made) => assert!(!plan_lines(&made).is_empty()),
                Err(problems) => problems.iter().for_each(|problem| assert_ours(problem)),
            }
        }
        Err(problems) => assert_ours(&problems.to_string()),
    }
}

/// Returns runbooks.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    vec![
        RUNBOOK.into(),
        include_bytes!("../../fixtures/everything.yaml").to_vec(),
        include_bytes!("../../../runbooks/api.yaml").to_vec(),
    ]
}
