//! The arrows between rooms, and who alone may name what: design.md's table, checked against the sources.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

type TestResult = Result<(), Box<dyn Error>>;

/// Each room and the rooms that it may name. A new room needs a row here and in design.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("unit", &[]),
    ("hook", &["unit"]),
    ("yaml", &["unit"]),
    ("runbook", &["unit", "yaml"]),
    ("gate", &["unit", "runbook"]),
    ("plan", &["unit", "runbook", "gate"]),
    ("iam", &["unit", "runbook", "plan"]),
    ("terraform", &["unit", "yaml", "plan"]),
    ("audit", &["unit", "plan"]),
    ("engine", &["unit", "plan", "gate"]),
    ("journal", &["unit", "plan", "engine"]),
    ("cloud", &["unit", "plan", "audit"]),
    ("sim", &["unit", "plan", "audit", "cloud", "yaml"]),
    ("driver", &["unit", "hook", "plan", "gate", "engine", "journal", "cloud"]),
    ("notify", &["unit", "hook", "plan", "gate", "engine", "journal"]),
    ("datadog", &["unit", "plan", "gate", "driver", "notify"]),
    ("report", &["unit", "plan", "audit", "gate", "engine", "journal"]),
    (
        "rehearse",
        &["unit", "runbook", "plan", "gate", "engine", "journal", "cloud", "sim", "driver"],
    ),
    ("backtest", &["unit", "runbook", "gate", "plan", "engine"]),
    (
        "cli",
        &[
            "audit",
            "backtest",
            "rehearse",
            "unit",
            "hook",
            "yaml",
            "runbook",
            "gate",
            "plan",
            "iam",
            "engine",
            "journal",
            "cloud",
            "sim",
            "driver",
            "notify",
            "datadog",
            "report",
            "terraform",
        ],
    ),
];

/// Each name that few files may say, and those files: a file, or a folder with a slash at its end.
const ONLY: &[(&str, &[&str])] = &[
    ("aws_sdk_", &["cloud/aws/"]),
    ("aws_credential_types", &["cloud/aws/"]),
    ("aws_config", &["cloud/aws/"]),
    ("aws_smithy_", &["cloud/aws/"]),
    ("indicatif", &["report/progress.rs"]),
    ("serde_yaml", &["yaml/"]),
    ("saphyr_parser", &["yaml/"]),
    ("clap", &["cli/"]),
    ("Instant::now", &["driver/clock.rs"]),
    ("SystemTime::now", &["driver/clock.rs"]),
    ("Timestamp::now", &["driver/clock.rs"]),
    ("Zoned::now", &["driver/clock.rs"]),
];

#[test]
fn arrows_point_down_only() -> TestResult {
    let mut wrong = Vec::new();
    for source in sources()? {
        let Some(room) = source.room() else { continue };
        let allowed = ARROWS.iter().find(|(name, _)| *name == room).map(|(_, rooms)| *rooms);
        let Some(allowed) = allowed else {
            wrong.push(format!("{}: room `{room}` has no row in this test", source.path));
            continue;
        };
        let child = |name: &str| [".rs", "/mod.rs"].iter().any(|end| exists(room, name, end));
        for named in rooms_named(&source.code, child) {
            if named != room && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{}: `{room}` may not name `{named}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn main_names_the_command_line_and_nothing_else() -> TestResult {
    let main = Source::read(Path::new("src"), Path::new("src/main.rs"))?;
    let named: Vec<String> = paths_after(&main.code, "cutover").collect();
    assert!(named.iter().all(|room| room == "cli"), "src/main.rs names {named:?}");
    Ok(())
}

#[test]
fn few_files_name_what_only_they_may_name() -> TestResult {
    let mut wrong = Vec::new();
    for source in sources()? {
        for (name, homes) in ONLY {
            let at_home = homes.iter().any(|home| {
                source.path == *home || (home.ends_with('/') && source.path.starts_with(home))
            });
            if !at_home && names(&source.code, name) {
                wrong.push(format!("{}: only {} may name `{name}`", source.path, homes.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_statistics_name_nothing_else_of_the_crate() -> TestResult {
    let of_room = |source: &Source| {
        source.path.starts_with("gate/statistics/") && !source.path.contains("/tests/")
    };
    let room: Vec<Source> = sources()?.into_iter().filter(of_room).collect();
    assert!(room.len() > 5, "gate/statistics has only {} files", room.len());
    let leaves = |source: &&Source| {
        let code = source.code.replace("pub(in crate::gate)", "").replace("pub(super)", "");
        let top = source.path.ends_with("/mod.rs");
        code.contains("crate::")
            || code.contains("super::super")
            || (top && code.contains("super::"))
    };
    let wrong: Vec<&str> = room.iter().filter(leaves).map(|source| source.path.as_str()).collect();
    assert!(wrong.is_empty(), "these name something else: {}", wrong.join(", "));
    Ok(())
}

#[test]
fn every_file_opens_with_what_it_is_for() -> TestResult {
    let mut silent = Vec::new();
    for folder in ["src", "tests"] {
        for path in files_under(Path::new(folder))? {
            if !fs::read_to_string(&path)?.starts_with("//! ") {
                silent.push(path.display().to_string());
            }
        }
    }
    assert!(silent.is_empty(), "these begin without `//!`: {}", silent.join(", "));
    Ok(())
}

#[test]
fn a_room_is_found_in_every_way_to_name_it() {
    let code = code_of(
        "use crate::plan::Plan;\nuse crate::{\n    gate::{Cause, verdict::Finding},\n    unit::Share,\n};\n\
         fn f() -> crate::engine::View { $crate::sim::x(); super::super::journal::y() }\n\
         // use crate::driver::Driver;\nlet text = \"crate::cloud::Cloud\";\n",
    );
    let rooms = |child: fn(&str) -> bool| rooms_named(&code, child);
    assert_eq!(rooms(|_| false), ["plan", "gate", "unit", "engine", "sim", "journal"]);
    assert_eq!(rooms(|name| name == "journal"), ["plan", "gate", "unit", "engine", "sim"]);
}

#[test]
fn a_name_inside_a_longer_name_is_another_name() {
    assert!(names("use clap::Parser;", "clap"));
    assert!(names("use aws_sdk_route53::Client;", "aws_sdk_"));
    assert!(!names("let overclap = 1; let clapper = 2;", "clap"));
}

/// One source file: its path below `src`, with `/`, and its text without comments and string literals.
struct Source {
    path: String,
    code: String,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Result<Self, Box<dyn Error>> {
        let below = path.strip_prefix(root)?;
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        Ok(Self { path: parts.join("/"), code: code_of(&fs::read_to_string(path)?) })
    }

    /// Returns the room of the file; `lib.rs` and `main.rs` are in none.
    fn room(&self) -> Option<&str> {
        self.path.split_once('/').map(|(room, _)| room)
    }
}

fn sources() -> Result<Vec<Source>, Box<dyn Error>> {
    let root = Path::new("src");
    let sources: Result<Vec<Source>, _> =
        files_under(root)?.iter().map(|path| Source::read(root, path)).collect();
    let sources = sources?;
    assert!(sources.len() > 10, "src has only {} files: is this the right folder?", sources.len());
    Ok(sources)
}

fn files_under(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_under(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn exists(room: &str, child: &str, end: &str) -> bool {
    Path::new("src").join(room).join(format!("{child}{end}")).exists()
}

/// Returns the rooms that the code names, once each. `is_child` tells which names are a part of the code's own
/// room, as `super::plan` is in `cli` where there is a `cli/plan.rs`.
fn rooms_named(code: &str, is_child: impl Fn(&str) -> bool) -> Vec<String> {
    let mut rooms: Vec<String> = Vec::new();
    let is_room = |name: &str| ARROWS.iter().any(|(room, _)| *room == name);
    let upward = paths_after(code, "super").filter(|name| is_room(name) && !is_child(name));
    for room in paths_after(code, "crate").chain(upward) {
        if !rooms.contains(&room) {
            rooms.push(room);
        }
    }
    rooms
}

/// Returns the first names after each `root::`, those of a group `root::{..}` one by one.
fn paths_after(code: &str, root: &str) -> impl Iterator<Item = String> {
    let start = format!("{root}::");
    let starts: Vec<usize> = code
        .match_indices(&start)
        .filter(|(at, _)| !code[..*at].ends_with(is_word))
        .map(|(at, _)| at + start.len())
        .collect();
    starts.into_iter().flat_map(move |at| first_names(&code[at..]))
}

fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut names = Vec::new();
    let (mut depth, mut expecting) = (1, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => expecting = true,
            c if expecting && depth == 1 && is_word(c) => {
                names.push(word(&group[at..]));
                expecting = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns true when the code says the name as a name of its own; one that ends with `_` may go on.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let ends = name.ends_with('_') || !code[at + name.len()..].starts_with(is_word);
        ends && !code[..at].ends_with(is_word)
    })
}

/// Returns the text without line comments and without the insides of string literals.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let mut quoted = false;
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            if !quoted && line[at..].starts_with("//") {
                break;
            }
            // A quotation mark as a character, '"', opens nothing.
            if c == '"' && before != '\\' && !(before == '\'' && line[at + 1..].starts_with('\'')) {
                quoted = !quoted;
            } else if !quoted {
                code.push(c);
            }
            before = if before == '\\' && c == '\\' { ' ' } else { c };
        }
        code.push('\n');
    }
    code
}
