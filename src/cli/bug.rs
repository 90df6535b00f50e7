//! What happens when cutover itself is wrong: it says so, says what to do, and ends with its own exit code.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use super::{ExitStatus, Fault, args::wanted_format};
use crate::report::Paint;

/// Makes panics speak to the person at the terminal instead of to a programmer.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|panic| {
        bug(&text(panic)).print(wanted_format(std::env::args_os()), Paint::new(false));
    }));
}

/// Runs the program; a panic in it, which its hook has told of, becomes an exit status.
pub(super) fn guarded(program: impl FnOnce() -> ExitStatus) -> ExitStatus {
    // Nothing is looked at after a panic, so it does not matter what state it was left in.
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or(ExitStatus::Bug)
}

fn text(panic: &PanicHookInfo<'_>) -> String {
    let what = panic.payload_as_str().unwrap_or("no message");
    match panic.location() {
        Some(place) => format!("{what} ({}:{})", place.file(), place.line()),
        None => what.to_owned(),
    }
}

fn bug(what: &str) -> Fault {
    Fault::new(ExitStatus::Bug, format!("this is a bug in cutover: {what}"))
        .hinted(
            "this process changes nothing more; what is live stays live until somebody changes it",
        )
        .hinted(
            "`cutover resume` goes on with a run, `cutover rollback` takes it back to its baseline",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_with_its_own_exit_code() {
        assert_eq!(guarded(|| panic!("a test of the guard")), ExitStatus::Bug);
        assert_eq!(guarded(|| ExitStatus::Stopped), ExitStatus::Stopped);
    }

    #[test]
    fn a_bug_says_that_it_is_one_and_how_to_get_to_safety() {
        let text = bug("step 7 of 5 (src/plan/step.rs:12)").render(Paint::new(false));
        assert!(
            text.starts_with("error: this is a bug in cutover: step 7 of 5 (src/plan/"),
            "{text}"
        );
        assert!(text.contains("cutover rollback"), "{text}");
    }
}
