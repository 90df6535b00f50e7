//! Real programs that behave and misbehave.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use super::*;

/// A folder with a script, and the command that runs it.
struct Bench {
    folder: TempDir,
    command: Command,
}

impl Bench {
    fn new(script: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("script.sh");
        fs::write(&path, script).unwrap();
        let command = Command {
            argv: vec!["sh".to_owned(), path.display().to_string()],
            variables: BTreeMap::from([
                ("HERE".to_owned(), folder.path().display().to_string()),
                (variable::SHARE.to_owned(), "5%".to_owned()),
            ]),
            timeout: SignedDuration::from_mins(5),
            output: folder.path().join("outputs/script.log"),
        };
        Self { folder, command }
    }

    fn run(&self) -> Outcome {
        runtime().block_on(run(&self.command))
    }

    /// Runs it with a timeout that is over once the script has made the file `up`.
    fn run_over_time(&self, grace: Duration) -> Outcome {
        runtime().block_on(run_until(&self.command, self.up(), grace))
    }

    async fn up(&self) {
        while !self.path("up").exists() {
            tokio::task::yield_now().await;
        }
    }

    fn output(&self) -> String {
        fs::read_to_string(&self.command.output).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns true while the process whose id is in this file is there and no zombie.
fn lives(file: &Path) -> bool {
    let id: i32 = fs::read_to_string(file).unwrap().trim().parse().unwrap();
    let zombie = || {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.contains(") Z ") || stat.is_empty()
    };
    test_kill_process(Pid::from_raw(id).unwrap()).is_ok() && !zombie()
}

/// Waits for something that another process does.
fn until(done: impl Fn() -> bool) {
    while !done() {
        std::thread::yield_now();
    }
}

#[test]
fn a_command_has_its_variables_no_input_and_both_of_its_outputs_kept() {
    let bench = Bench::new("echo \"share $CUTOVER_SHARE\"; cat; echo oops >&2; echo done");
    assert_eq!(bench.run(), Outcome::Succeeded);
    assert_eq!(bench.output(), "share 5%\noops\ndone\n");
    let mode = fs::metadata(&bench.command.output).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_run_adds_to_what_the_first_one_said() {
    let bench = Bench::new("echo said");
    assert_eq!((bench.run(), bench.run()), (Outcome::Succeeded, Outcome::Succeeded));
    assert_eq!(bench.output(), "said\nsaid\n");
}

#[test]
fn nothing_goes_through_a_shell() {
    let mut bench = Bench::new("echo \"$1\"");
    bench.command.argv.push("$(touch x); `id` * | true".to_owned());
    assert_eq!(bench.run(), Outcome::Succeeded);
    assert_eq!(bench.output(), "$(touch x); `id` * | true\n");
}

#[test]
fn how_it_ended_is_told() {
    assert_eq!(Bench::new("exit 3").run(), Outcome::Failed { status: 3 });
    assert_eq!(Bench::new("kill -9 $$").run(), Outcome::Killed { signal: 9 });
}

#[test]
fn a_program_that_does_not_exist_is_not_started() {
    for (argv, why) in [
        (
            vec!["/no/such/program"],
            "`/no/such/program` cannot be started: No such file or directory (os error 2)",
        ),
        (vec!["a\0b"], "`a\0b` cannot be started: nul byte found in provided data"),
        (vec![], "it names no program"),
    ] {
        let mut bench = Bench::new("");
        bench.command.argv = argv.into_iter().map(str::to_owned).collect();
        assert_eq!(bench.run(), Outcome::NotStarted { why: why.to_owned() });
    }
}

#[test]
fn an_output_that_cannot_be_kept_starts_nothing() {
    let mut bench = Bench::new("touch $HERE/started");
    bench.command.output = bench.path("script.sh").join("x/y.log");
    let outcome = bench.run();
    assert!(matches!(&outcome, Outcome::NotStarted { why } if why.contains("y.log")), "{outcome}");
    assert!(!bench.path("started").exists());
}

#[test]
fn much_output_is_drained_and_its_beginning_kept() {
    let bench = Bench::new("head -c 10000000 /dev/zero | tr '\\0' x; touch $HERE/ended");
    assert_eq!(bench.run(), Outcome::Succeeded);
    let output = bench.output();
    let (kept, note) = output.split_at(output::KEPT);
    assert!(kept.bytes().all(|byte| byte == b'x'));
    assert_eq!(note, "\n[cutover: only the first 1000000 bytes of the output are kept]\n");
    assert!(bench.path("ended").exists());
}

#[test]
fn a_full_disk_does_not_keep_a_command_from_its_end() {
    let mut bench = Bench::new("head -c 1000000 /dev/zero; exit 4");
    bench.command.output = PathBuf::from("/dev/full");
    assert_eq!(bench.run(), Outcome::Failed { status: 4 });
}

#[test]
fn a_command_that_takes_too_long_is_asked_to_end_and_may_clean_up() {
    let bench = Bench::new(
        "trap 'echo cleaned; exit 0' TERM; echo began; sleep 600 & touch $HERE/up; wait",
    );
    assert_eq!(bench.run_over_time(GRACE), Outcome::TimedOut);
    // Between the two the shell may tell what became of its child.
    let output = bench.output();
    assert!(output.starts_with("began\n") && output.ends_with("cleaned\n"), "{output}");
}

#[test]
fn the_timeout_of_a_command_counts() {
    let mut bench = Bench::new("sleep 600");
    bench.command.timeout = SignedDuration::from_millis(1);
    assert_eq!(bench.run(), Outcome::TimedOut);
}

#[test]
fn who_ignores_sigterm_is_killed_with_all_that_it_started() {
    let bench = Bench::new(
        "trap '' TERM; sleep 600 & echo $! > $HERE/child; echo $$ > $HERE/leader; \
         touch $HERE/up; while true; do sleep 600; done",
    );
    assert_eq!(bench.run_over_time(Duration::ZERO), Outcome::TimedOut);
    until(|| !lives(&bench.path("child")) && !lives(&bench.path("leader")));
}

#[test]
fn a_child_that_ignores_sigterm_is_killed_although_its_leader_has_ended() {
    let bench = Bench::new(
        "(trap '' TERM; touch $HERE/deaf; while true; do sleep 600; done) & \
         echo $! > $HERE/child; until [ -e $HERE/deaf ]; do :; done; touch $HERE/up; sleep 600",
    );
    assert_eq!(bench.run_over_time(Duration::ZERO), Outcome::TimedOut);
    until(|| !lives(&bench.path("child")));
}

#[test]
fn a_grandchild_that_keeps_the_output_open_is_not_waited_for_and_goes_on() {
    let bench = Bench::new("sleep 600 & echo $! > $HERE/child; echo said");
    assert_eq!(bench.run(), Outcome::Succeeded);
    assert_eq!(bench.output(), "said\n");
    assert!(lives(&bench.path("child")));
    let id = fs::read_to_string(bench.path("child")).unwrap().trim().parse().unwrap();
    rustix::process::kill_process(Pid::from_raw(id).unwrap(), rustix::process::Signal::KILL)
        .unwrap();
}

#[test]
fn a_grandchild_that_writes_for_ever_does_not_keep_anybody_waiting() {
    let bench = Bench::new("yes & echo said");
    assert_eq!(bench.run(), Outcome::Succeeded);
}

#[test]
fn dropping_it_kills_it_at_once() {
    let bench = Bench::new("trap '' TERM; sleep 600 & echo $! > $HERE/child; touch $HERE/up; wait");
    runtime().block_on(async {
        tokio::select! {
            outcome = run(&bench.command) => panic!("{outcome}"),
            () = bench.up() => {}
        }
    });
    until(|| !lives(&bench.path("child")));
}

#[test]
fn outcomes_are_words_and_read_back_from_json() {
    for (outcome, words, json) in [
        (Outcome::Succeeded, "succeeded", r#"{"outcome":"succeeded"}"#),
        (
            Outcome::Failed { status: 3 },
            "failed with exit status 3",
            r#"{"outcome":"failed","status":3}"#,
        ),
        (
            Outcome::Killed { signal: 9 },
            "was killed by signal 9 (SIGKILL)",
            r#"{"outcome":"killed","signal":9}"#,
        ),
        (
            Outcome::TimedOut,
            "took longer than its timeout and was ended",
            r#"{"outcome":"timed_out"}"#,
        ),
        (
            Outcome::NotStarted { why: "it names no program".to_owned() },
            "was not started: it names no program",
            r#"{"outcome":"not_started","why":"it names no program"}"#,
        ),
    ] {
        assert_eq!(outcome.to_string(), words);
        assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
        assert_eq!(serde_json::from_str::<Outcome>(json).unwrap(), outcome);
    }
}
