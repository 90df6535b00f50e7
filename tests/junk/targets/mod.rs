//! One function for each thing that cutover reads from strangers: it takes any bytes, and panics where cutover is wrong.
//!
//! `tests/junk` gives them changed texts that were right before, `tests/fuzz` what a fuzzer makes up.

pub(crate) mod answers;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod requests;
pub(crate) mod runbook;
pub(crate) mod scenario;
pub(crate) mod wire;

/// A thing that is read, and texts that it is right to read.
pub(crate) struct Target {
    /// Its name: that of the fuzz target, too.
    pub(crate) name: &'static str,
    /// Reads any bytes.
    pub(crate) read: fn(&[u8]),
    /// Texts that are right, or nearly.
    pub(crate) corpus: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub(crate) const TARGETS: [Target; 7] = [
    Target { name: "answers", read: answers::target, corpus: answers::corpus },
    Target { name: "history", read: history::target, corpus: history::corpus },
    Target { name: "journal", read: journal::target, corpus: journal::corpus },
    Target { name: "requests", read: requests::target, corpus: requests::corpus },
    Target { name: "runbook", read: runbook::target, corpus: runbook::corpus },
    Target { name: "scenario", read: scenario::target, corpus: scenario::corpus },
    Target { name: "wire", read: wire::target, corpus: wire::corpus },
];

/// Two records, three short steps.
pub(crate) const RUNBOOK: &str = "
version: 1
name: short
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-legacy }
    new: { alb: api }
  - name: events.example.org
    zone: example.org
    ttl: 60
    legacy: { value: events-old.example.net, metrics: { elb: events } }
    new: { value: events-new.example.net, metrics: { alb: events } }
steps:
  - { weight: 10%, hold: 1m }
  - { weight: 50%, hold: 2m }
  - { weight: 100%, hold: 1m }
gates: { errors: { critical: { history: 30m } }, pass: { min_minutes: 1, min_requests: 10 } }
policy: { metric_lag: 60s, settle_slop: 5s }
";

/// Asserts that a refusal is in cutover's own words: it says something, it cannot drive a terminal once it went through
/// `clean`, and outside of what it quotes it names no type of Rust's and shows none of its values.
pub(crate) fn assert_ours(text: &str) {
    assert!(!text.trim().is_empty(), "a refusal without words");
    assert!(!text.contains("bug in cutover"), "{text}");
    let own = without_quotes(text);
    for foreign in [
        "struct ",
        "enum variant",
        "newtype",
        "usize",
        " f64",
        " i64",
        " u64",
        " u32",
        " u8",
        "Some(",
        "Err(",
    ] {
        assert!(!own.contains(foreign), "`{foreign}` of Rust in: {text}");
    }
}

/// Takes out what stands between backticks and quotation marks.
fn without_quotes(text: &str) -> String {
    let outside =
        |text: &str, mark: char| text.split(mark).step_by(2).collect::<Vec<_>>().join(" ");
    outside(&outside(text, '`'), '"')
}
