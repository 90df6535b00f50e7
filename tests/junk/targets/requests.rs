//! What other processes leave in a run's folder: requests and answers.

use std::{cell::OnceCell, collections::BTreeMap, fs};

use cutover::{
    engine::Tune,
    journal::{Answer, Demand, Request, RequestId, Requests},
    runbook::{Change, Choice, Source, tuned},
};
use tempfile::TempDir;

use super::{RUNBOOK, assert_ours};

thread_local! {
    static RUN: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Reads a file as a request and as an answer.
pub(crate) fn target(bytes: &[u8]) {
    RUN.with(|run| {
        let run = run.get_or_init(|| {
            let run = tempfile::tempdir().expect("a folder");
            fs::create_dir(run.path().join("requests")).expect("a folder");
            run
        });
        let write = |name: &str| fs::write(run.path().join("requests").join(name), bytes);
        let id: RequestId = "asked".parse().expect("a name");
        let requests = Requests::of(run.path());
        write("asked.json").expect("it can be written");
        for taken in requests.take().expect("the folder can be read") {
            match taken.content {
                Ok(request) => obey(request),
                Err(why) => assert_ours(&why),
            }
        }
        write("asked.answer.json").expect("it can be written");
        if let Err(error) = requests.answered(&id) {
            assert_ours(&error.to_string());
        }
        for name in ["asked.taken.json", "asked.answer.json"] {
            fs::remove_file(run.path().join("requests").join(name)).expect("it is there");
        }
    });
}

fn obey(request: Request) {
    let Demand::Tune(Tune { limits, .. }) = request.demand else { return };
    let source = Source { path: "runbook.yaml".to_owned(), text: RUNBOOK.into() };
    let changes: Vec<Change> = limits.into_iter().map(|(limit, to)| Change { limit, to }).collect();
    if let Err(error) =
        tuned(&source, &Choice { environment: None, vars: BTreeMap::new() }, 0, &changes)
    {
        assert_ours(&error.to_string());
    }
}

/// Returns requests and answers.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let limits =
        [("noise", "high"), ("errors.critical.times_legacy", "3"), ("errors.warn.points", "0.5%")];
    let limits = limits.map(|(limit, to)| (limit.to_owned(), to.to_owned())).into();
    let request = Request {
        at: "2026-11-23T02:14:00Z".parse().expect("a moment"),
        by: "alice@laptop".to_owned(),
        why: "a \u{1b}[2J backup runs".parse().ok(),
        demand: Demand::Tune(Tune { limits, force: false }),
    };
    let answers = [Answer::Done, Answer::Unreadable("no".to_owned())];
    let answers = answers.iter().map(|answer| serde_json::to_vec(answer).expect("it has a form"));
    let request = serde_json::to_vec(&request).expect("it has a form");
    answers.chain([request]).collect()
}
