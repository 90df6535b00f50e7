//! A yes-or-no question on the terminal.

use std::io::{self, BufRead, Write};

use super::{
    ExitStatus, Fault,
    args::is_mfa_code,
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

/// Asks for the code that an MFA device shows, on stderr, and reads it from stdin.
///
/// # Errors
/// Why there is none, in one sentence.
pub(super) fn mfa_code(device: &str) -> Result<String, String> {
    if !can_be_asked() {
        return Err("there is no terminal to ask for its code on".to_owned());
    }
    ask_code(device, &mut io::stdin().lock(), &mut stderr().lock())
        .map_err(|error| format!("its code cannot be read from the terminal: {error}"))?
        .ok_or_else(|| "no code was given".to_owned())
}

fn ask_code(
    device: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> io::Result<Option<String>> {
    loop {
        write!(output, "MFA code of {}: ", clean_lines(device))?;
        output.flush()?;
        let mut answer = String::new();
        if input.read_line(&mut answer)? == 0 {
            writeln!(output)?;
            return Ok(None);
        }
        match answer.trim() {
            "" => return Ok(None),
            code if is_mfa_code(code) => return Ok(Some(code.to_owned())),
            _ => writeln!(output, "please type the six digits that the device shows now")?,
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
    fn a_code_has_six_digits_and_an_empty_answer_is_none() {
        let code = |mut typed: &[u8]| {
            let mut shown = Vec::new();
            let code = ask_code("arn:aws:iam::1:mfa/alice", &mut typed, &mut shown).unwrap();
            (code, String::from_utf8(shown).unwrap())
        };
        assert_eq!(code(b" 123456 \n").0.as_deref(), Some("123456"));
        let (given, shown) = code(b"12345\n012345\n");
        assert_eq!(given.as_deref(), Some("012345"));
        assert_eq!(shown.matches("MFA code of arn:aws:iam::1:mfa/alice: ").count(), 2);
        assert_eq!((code(b"\n").0, code(b"").0), (None, None));
    }

    #[test]
    fn without_a_terminal_the_refusal_names_the_way_on() {
        let fault = no_terminal("move traffic?");
        assert_eq!(fault.status(), ExitStatus::Usage);
        assert!(fault.render(crate::report::Paint::new(false)).contains("--yes"));
    }
}
