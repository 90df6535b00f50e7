//! Files that mean harm, or no harm but trouble.

use super::*;

#[test]
fn problems_beyond_a_hundred_are_counted() {
    let many: String = (0..250).map(|i| format!("x{i}: 1\n")).collect();
    let said = read(&format!("{LEAST}{many}")).unwrap_err();
    assert_eq!(said.lines().filter(|line| line.contains("is not a key")).count(), 100);
    assert!(said.ends_with("api.yaml: and 150 more"), "{said}");
}

#[test]
fn hostile_files_are_refused_and_their_text_is_not_repeated_raw() {
    let keys = format!("{LEAST}\"a\\e[2J\\u202Eb\": 1\n");
    let said = read(&keys).unwrap_err();
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
    let bombs = [
        "[".repeat(100_000),
        "a".repeat(10_000_000),
        "\0".repeat(1000),
        format!("{LEAST}description: '{}'\n", "${a}".repeat(200_000)),
        format!(
            "environments: {{ e: {{ vars: {{ a: {} }} }} }}\n{LEAST}description: '{}'\n",
            "x".repeat(1000),
            "${a}".repeat(200_000)
        ),
        format!(
            "environments:\n{}{LEAST}",
            (0..5000).map(|i| format!("  e{i}: {{}}\n")).collect::<String>()
        ),
        format!("version: {}", "9".repeat(500_000)),
        (0..40_000).map(|i| format!("k{i}: 1\n")).collect(),
        format!("{LEAST}notify: [{}]\n", "'${a}',".repeat(90_000)),
        format!("steps: [{}]", "{},".repeat(60_000)),
        format!(
            "records: [{}]",
            "{name: a, zone: b, legacy: {alb: a}, new: {alb: b}},".repeat(8_000)
        ),
    ];
    for bomb in bombs {
        assert!(read(&bomb).is_err(), "{}", &bomb[..20]);
    }
}

/// Texts near an honest runbook: cut, with bytes changed, with lines swapped.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = proptest::collection::vec(change, 0..6);
    let lines = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    (changes, any::<prop::sample::Index>(), lines, any::<bool>()).prop_map(
        |(changes, end, swap, cut)| {
            let mut lines: Vec<&str> = EVERYTHING.lines().collect();
            let (a, b) = (swap.0.index(lines.len()), swap.1.index(lines.len()));
            lines.swap(a, b);
            let mut bytes = lines.join("\n").into_bytes();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if cut {
                bytes.truncate(end.index(bytes.len()));
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn no_file_makes_it_panic_and_each_is_read_or_explained(text in mutated()) {
        let source = Source { path: "x.yaml".to_owned(), text };
        match validate(&source, &BTreeMap::new()) {
            Ok(runbooks) => prop_assert!(!runbooks.is_empty()),
            Err(problems) => {
                let said = problems.to_string();
                prop_assert!(!said.is_empty() && !said.contains("bug in cutover"), "{}", said);
            }
        }
    }
}
