//! A recorded history as CSV, in the form that runbook.md gives it.

use std::{collections::BTreeMap, fmt};

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::{
    gate::{Row, SideRow},
    unit::{Minute, Timestamp},
};

/// The first line of every history.
pub const COLUMNS: [&str; 7] = [
    "minute",
    "new_requests",
    "new_errors",
    "legacy_requests",
    "legacy_errors",
    "new_latency",
    "legacy_latency",
];

/// Problems that are told of one file: more would only be more of the same.
const MOST_PROBLEMS: usize = 10;
/// Longest time from the first to the last minute: a year. What is longer has a wrong date in it.
const LONGEST_MINUTES: i64 = 366 * 24 * 60;
/// A load balancer gives up on a request after little more than an hour: slower ones are not seconds.
const SLOWEST_SECONDS: f64 = 4000.0;

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it and what to do, in one sentence.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// Reads a history. A minute that is not there, or a value that is empty, is one without a datapoint.
///
/// # Errors
/// The first problems of the file, line by line.
pub fn read_csv(text: &[u8]) -> Result<BTreeMap<Minute, Row>, Vec<Problem>> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text);
    let mut lines = reader.records();
    let mut rows = BTreeMap::new();
    let mut problems = Vec::new();
    problems.extend(heading(lines.next()).err());
    for line in lines {
        if problems.len() == MOST_PROBLEMS {
            break;
        }
        match line.map_err(|error| unreadable(&error)).and_then(|line| row(&line, &rows)) {
            Ok((minute, row)) => {
                rows.insert(minute, row);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() && rows.is_empty() {
        let message = "no minute follows the first line; a history has a line for each minute";
        problems.push(Problem { line: 2, message: message.to_owned() });
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn heading(line: Option<Result<StringRecord, csv::Error>>) -> Result<(), Problem> {
    let wanted = COLUMNS.join(",");
    match line.transpose().map_err(|error| unreadable(&error))? {
        Some(line) if line.iter().eq(COLUMNS) => Ok(()),
        Some(_) | None => {
            Err(Problem { line: 1, message: format!("the first line has to be `{wanted}`") })
        }
    }
}

fn unreadable(error: &csv::Error) -> Problem {
    let line = error.position().map_or(1, csv::Position::line);
    Problem { line, message: "the line is not UTF-8 text; save the file as UTF-8".to_owned() }
}

/// Reads a line, which has to be younger than those before it.
fn row(line: &StringRecord, before: &BTreeMap<Minute, Row>) -> Result<(Minute, Row), Problem> {
    let number = line.position().map_or(1, csv::Position::line);
    let wrong = |message| Problem { line: number, message };
    if line.len() != COLUMNS.len() {
        return Err(wrong(format!(
            "{} values, and there are {} columns; a value that is missing leaves its place empty, as in `,,`",
            line.len(),
            COLUMNS.len()
        )));
    }
    let minute = minute(&line[0], before).map_err(wrong)?;
    let mut values = [None; 7];
    for (at, value) in values.iter_mut().enumerate().skip(1) {
        *value = number_of(COLUMNS[at], &line[at]).map_err(wrong)?;
    }
    let [_, n, x, m, y, new, legacy] = values;
    let side =
        |requests, errors, latency| SideRow { requests, errors, latency, ..SideRow::default() };
    let row = Row { new: side(n, x, new), legacy: side(m, y, legacy), metrics: BTreeMap::new() };
    Ok((minute, row))
}

fn minute(text: &str, before: &BTreeMap<Minute, Row>) -> Result<Minute, String> {
    let at: Timestamp = text.parse().map_err(|_| {
        format!("`{}` is not a minute in RFC 3339, such as `2026-11-23T02:14:00Z`", excerpt(text))
    })?;
    let minute = Minute::containing(at);
    if minute.start() != at {
        return Err(format!(
            "`{text}` is not the beginning of a minute; its seconds have to be 00"
        ));
    }
    let ends = before.first_key_value().zip(before.last_key_value());
    let Some(((first, _), (newest, _))) = ends else { return Ok(minute) };
    if before.contains_key(&minute) {
        Err(format!("`{text}` stands twice; add up the lines of one minute"))
    } else if minute < *newest {
        Err(format!("`{text}` comes after {}; sort the lines by their minute", newest.start()))
    } else if minute.0 - first.0 > LONGEST_MINUTES {
        Err(format!("`{text}` is more than a year after the first minute; correct the date"))
    } else {
        Ok(minute)
    }
}

fn number_of(column: &str, text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let shown = excerpt(text);
    let is_latency = column.ends_with("_latency");
    match text.parse::<f64>() {
        Ok(value) if value < 0.0 => Err(format!("{column} is {shown}, and cannot be negative")),
        Ok(value) if is_latency && value > SLOWEST_SECONDS => {
            Err(format!("{column} is {shown}: latencies are in seconds; are these milliseconds?"))
        }
        Ok(value) if value.is_finite() => Ok(Some(value)),
        Ok(_) | Err(_) => Err(format!(
            "{column} is `{shown}`, which is not a number; where there was no datapoint leave it empty"
        )),
    }
}

/// Returns the beginning of what may be anything, on one line.
fn excerpt(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().take(40).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(lines: &[&str]) -> String {
        format!("{}\n{}", COLUMNS.join(","), lines.join("\n"))
    }

    fn told(lines: &[&str]) -> String {
        let problems = read_csv(csv(lines).as_bytes()).unwrap_err();
        problems.iter().map(|problem| format!("{problem}\n")).collect()
    }

    #[test]
    fn an_empty_place_is_no_datapoint_and_a_minute_that_is_left_out_is_none_either() {
        let text = csv(&[
            "2026-11-23T02:14:00Z,600,1,59400,60,0.31,0.3",
            "2026-11-23T03:16:00+01:00,,,59400,,,",
        ]);
        let rows = read_csv(text.as_bytes()).unwrap();
        let minutes: Vec<String> = rows.keys().map(Minute::to_string).collect();
        assert_eq!(minutes, ["02:14", "02:16"]);
        let [first, second] = [0, 1].map(|at| rows.values().nth(at).unwrap().clone());
        assert_eq!((first.new.requests, first.new.errors), (Some(600.0), Some(1.0)));
        assert_eq!((first.legacy.requests, first.legacy.errors), (Some(59_400.0), Some(60.0)));
        assert_eq!((first.new.latency, first.legacy.latency), (Some(0.31), Some(0.3)));
        assert_eq!(second.new, SideRow::default());
        assert_eq!((second.legacy.requests, second.legacy.errors), (Some(59_400.0), None));
    }

    #[test]
    fn files_of_other_systems_are_read_too() {
        let text = csv(&["2026-11-23T02:14:00Z, 600 ,1,59400,60,,", ""]);
        let of_windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(read_csv(of_windows.as_bytes()), read_csv(text.as_bytes()));
        assert!(read_csv(text.as_bytes()).is_ok());
    }

    #[test]
    fn more_errors_than_requests_are_what_a_dead_target_group_looks_like() {
        assert!(read_csv(csv(&["2026-11-23T02:14:00Z,3,600,59400,60,,"]).as_bytes()).is_ok());
    }

    #[test]
    fn every_bad_line_is_told_with_its_number_and_what_to_do() {
        snapbox::assert_data_eq!(
            told(&[
                "2026-11-23T02:14:00Z,600,1,59400,60,0.31,0.3",
                "2026-11-23T02:15:00Z,600,1",
                "23.11.2026 02:16,600,1,59400,60,,",
                "2026-11-23T02:17:30Z,600,1,59400,60,,",
                "2026-11-23T02:18:00Z,-600,1,59400,60,,",
                "2026-11-23T02:19:00Z,600,none,59400,60,,",
                "2026-11-23T02:20:00Z,600,1,59400,60,310,300000",
                "2026-11-23T02:13:00Z,600,1,59400,60,,",
                "2026-11-23T02:14:00Z,600,1,59400,60,,",
                "2062-11-23T02:14:00Z,600,inf,59400,60,,",
                "2026-11-23T02:21:00Z,600,1,59400,60,,",
            ]),
            snapbox::str![[r#"
3: 3 values, and there are 7 columns; a value that is missing leaves its place empty, as in `,,`
4: `23.11.2026 02:16` is not a minute in RFC 3339, such as `2026-11-23T02:14:00Z`
5: `2026-11-23T02:17:30Z` is not the beginning of a minute; its seconds have to be 00
6: new_requests is -600, and cannot be negative
7: new_errors is `none`, which is not a number; where there was no datapoint leave it empty
8: legacy_latency is 300000: latencies are in seconds; are these milliseconds?
9: `2026-11-23T02:13:00Z` comes after 2026-11-23T02:14:00Z; sort the lines by their minute
10: `2026-11-23T02:14:00Z` stands twice; add up the lines of one minute
11: `2062-11-23T02:14:00Z` is more than a year after the first minute; correct the date

"#]]
        );
    }

    #[test]
    fn what_is_no_history_at_all_is_told_in_one_line() {
        for text in ["", "timestamp,value\n2014-04-10 00:04:00,94.0\n", "\u{0}\u{1}\n"] {
            let problems = read_csv(text.as_bytes()).unwrap_err();
            assert!(problems[0].to_string().starts_with("1: the first line has to be `minute,new"));
        }
        assert!(told(&[]).starts_with("2: no minute follows"), "{}", told(&[]));
        let of_latin1 = [csv(&[]).as_bytes(), b"2026-11-23T02:14:00Z,600,\xe4,1,1,,\n"].concat();
        let problems = read_csv(&of_latin1).unwrap_err();
        assert!(problems[0].to_string().starts_with("2: the line is not UTF-8"), "{problems:?}");
    }

    #[test]
    fn a_value_of_several_lines_is_told_on_one() {
        let told =
            told(&["\"x\nerror: forged\",1,1,1,1,,", "2026-11-23T02:14:00Z,\"1\r\n2\",1,1,1,,"]);
        assert!(told.starts_with("2: `x\\nerror: forged` is not a minute"), "{told}");
        assert_eq!(told.lines().count(), 2, "{told}");
    }

    #[test]
    fn a_file_full_of_problems_is_told_in_ten() {
        let lines: Vec<String> = (0..1000).map(|n| format!("x{n},,,,,,")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(told(&lines).lines().count(), MOST_PROBLEMS);
    }
}
