//! A yes-or-no question on the terminal.

use std::io::{self, BufRead, Write};

use super::{
    ExitStatus, Fault,
    printer::{can_be_asked, stderr},
};
use crate::report::clean_lines;

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yes {
    /// Go ahead.
    Yes,
    /// Do not: also for an empty answer and for the end of the input.
    No,
}

/// Returns whether a question can be asked at all, before anything is done that would have to be asked about.
///
/// # Errors
/// There is no terminal to ask on.
pub fn can_ask(question: &str) -> Result<(), Fault> {
    if can_be_asked() { Ok(()) } else { Err(no_terminal(question)) }
}

/// Asks on stderr and reads the answer from stdin, until it is one.
///
/// # Errors
/// There is no terminal to ask on, or it cannot be read.
pub fn confirm(question: &str) -> Result<Yes, Fault> {
    can_ask(question)?;
    ask(question, &mut io::stdin().lock(), &mut stderr().lock()).map_err(|error| {
        Fault::new(ExitStatus::Usage, "the answer cannot be read from the terminal")
            .caused_by(error.to_string())
            .hinted("pass `--yes` to go ahead without a question")
    })
}

fn no_terminal(question: &str) -> Fault {
    Fault::new(ExitStatus::Usage, format!("there is no terminal to ask on: {question}"))
        .hinted("pass `--yes` to go ahead without a question")
}

fn ask(question: &str, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<Yes> {
    loop {
        write!(output, "{} [y/N] ", clean_lines(question))?;
        output.flush()?;
        let mut answer = String::new();
        if input.read_line(&mut answer)? == 0 {
            writeln!(output)?;
            return Ok(Yes::No);
        }
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(Yes::Yes),
            "" | "n" | "no" => return Ok(Yes::No),
            _ => writeln!(output, "please answer y or n")?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(mut typed: &[u8]) -> (Yes, String) {
        let mut shown = Vec::new();
        let yes = ask("move traffic?", &mut typed, &mut shown).unwrap();
        (yes, String::from_utf8(shown).unwrap())
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        assert_eq!(answer(b"y\n").0, Yes::Yes);
        assert_eq!(answer(b" YES \n").0, Yes::Yes);
        for typed in ["\n", "n\n", "no\n", ""] {
            assert_eq!(answer(typed.as_bytes()).0, Yes::No, "{typed:?}");
        }
    }

    #[test]
    fn an_unclear_answer_is_asked_for_again() {
        let (yes, shown) = answer(b"yse\nyes\n");
        assert_eq!(yes, Yes::Yes);
        assert_eq!(shown.matches("move traffic? [y/N]").count(), 2);
    }

    #[test]
    fn without_a_terminal_the_refusal_names_the_way_on() {
        let fault = no_terminal("move traffic?");
        assert_eq!(fault.status(), ExitStatus::Usage);
        assert!(fault.render(crate::report::Paint::new(false)).contains("--yes"));
    }
}
