//! A record, or anything else, as one line of JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::unit::is_harmful;

/// Returns the value as JSON on one line; a record is the same object that the journal holds.
///
/// Characters that a terminal would obey stand as `\u` escapes, so that the line is safe to look at.
pub fn json<T: Serialize>(value: &T) -> String {
    let line = serde_json::to_string(value)
        .expect("what is printed has a JSON form: its maps have text as their keys");
    if !line.chars().any(is_harmful) {
        return line;
    }
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if is_harmful(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::Event, journal::Record};

    fn stopped(reason: &str) -> Record {
        let run = "api-20261123T021400Z-9f3a".parse().unwrap();
        let event = Event::Stopped { reason: reason.to_owned() };
        Record::first("2026-11-23T02:14:00Z".parse().unwrap(), run, event).unwrap()
    }

    #[test]
    fn a_record_is_one_line_whatever_its_text_holds() {
        let record = stopped("a\n\u{1b}[2J\u{9b}\u{202e}\u{e0041}");
        let line = json(&record);
        assert!(!line.chars().any(is_harmful), "{line:?}");
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }

    #[test]
    fn plain_text_is_the_journals_own_line() {
        let record = stopped("Ctrl-C");
        assert_eq!(json(&record), serde_json::to_string(&record).unwrap());
    }
}
