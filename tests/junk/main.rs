//! Junk: whatever strangers leave where cutover reads, it says what is wrong in its own words and does not panic.
//!
//! Every target reads texts that were right before a few changes, the same ones each time. `JUNK_RUNS=100000 cargo test
//! --release --test junk` tries that many for each; `tests/fuzz` drives the same targets by coverage.

mod mutation;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use targets::{TARGETS, Target};

/// Changed texts for each target, unless the environment says how many.
const RUNS: u64 = 300;

#[test]
fn what_is_right_is_read() {
    for target in TARGETS {
        for text in (target.corpus)() {
            (target.read)(&text);
        }
    }
}

fn disturbed(name: &str) {
    let Target { read, corpus, .. } =
        TARGETS.into_iter().find(|target| target.name == name).expect("there is one");
    let corpus = corpus();
    let junk = |seed: u64| {
        let text = &corpus[seed as usize % corpus.len()];
        let other = &corpus[(seed / 7) as usize % corpus.len()];
        mutation::mutated(text, other, seed)
    };
    let fails = |seed: &u64| catch_unwind(AssertUnwindSafe(|| read(&junk(*seed)))).is_err();
    let failed: Vec<u64> = (0..runs()).filter(fails).collect();
    let first = failed.first().map(|seed| String::from_utf8_lossy(&junk(*seed)).into_owned());
    assert_eq!(first, None, "seeds {failed:?} of {name}; the first of these texts");
}

fn runs() -> u64 {
    let said = std::env::var_os("JUNK_RUNS");
    let said = said.map(|runs| runs.to_str().and_then(|runs| runs.parse().ok()));
    said.map_or(RUNS, |runs| runs.expect("JUNK_RUNS is a number"))
}

macro_rules! junk {
    ($($test:ident: $name:literal),+ $(,)?) => {
        $(#[test] fn $test() { disturbed($name); })+
    };
}

junk! {
    no_answer_of_aws_makes_the_adapter_panic: "answers",
    no_history_makes_a_backtest_panic: "history",
    no_folder_of_a_run_makes_its_readers_panic: "journal",
    no_request_makes_a_run_panic: "requests",
    no_runbook_makes_it_panic: "runbook",
    no_scenario_makes_the_world_panic: "scenario",
    no_request_makes_the_simulator_on_the_wire_panic: "wire",
}

/// Writes what the fuzzer begins with.
#[test]
#[ignore = "writes files: target/junk/NAME/*, for tests/fuzz"]
fn the_corpora_are_written() {
    for target in TARGETS {
        let folder = std::path::Path::new("target/junk").join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (number, text) in (target.corpus)().iter().enumerate() {
            std::fs::write(folder.join(format!("{number:03}")), text).expect("a file");
        }
    }
}
