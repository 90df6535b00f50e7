//! Claims about YAML text: what is read, what is refused and where.

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use super::*;

/// Everything wrong with the text, as it would be printed.
fn problems(bytes: &[u8]) -> String {
    let lines = parse(bytes).problems.into_iter().map(|p| match &p.hint {
        Some(hint) => format!("{p}\n  hint: {hint}\n"),
        None => format!("{p}\n"),
    });
    lines.collect()
}

fn first(bytes: &[u8]) -> String {
    problems(bytes).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn every_node_knows_where_it_begins() {
    let root = parse("a: 1\nb:\n  - x\n  - {ü: \"d\"}\n".as_bytes()).root.unwrap();
    let place = |node: &Node| (node.line, node.column);
    assert_eq!(place(root.get("a").unwrap()), (1, 4));
    let Value::Sequence(items) = &root.get("b").unwrap().value else { panic!("not a list") };
    assert_eq!(items.iter().map(place).collect::<Vec<_>>(), [(3, 5), (4, 5)]);
    assert_eq!(place(items[1].get("ü").unwrap()), (4, 9));
    assert_eq!(items[1].get("ü").unwrap().text(), Some("d"));
}

#[test]
fn nothing_is_told_from_the_word_for_it_in_quotes() {
    let root = parse(b"a:\nb: ~\nc: null\nd: \"null\"\ne: ''\n").root.unwrap();
    let nulls = ["a", "b", "c", "d", "e"].map(|key| root.get(key).unwrap().is_null());
    assert_eq!(nulls, [true, true, true, false, false]);
}

#[test]
fn what_hides_what_a_file_says_is_refused_each_time() {
    let text = "a: &x [1]\nb: *x\nc:\n  <<: *x\n  d: !!str 5\na: 2\n? [e]\n: 1\n";
    assert_data_eq!(
        problems(text.as_bytes()),
        str![[r#"
1:4: anchors (`&name`) are not read
  hint: write the value out where it is needed
2:4: aliases (`*name`) are not read
  hint: write the value out where it is needed
4:7: aliases (`*name`) are not read
  hint: write the value out where it is needed
4:3: merge keys (`<<`) are not read
  hint: write the value out where it is needed
5:6: tags (`!name`) are not read
  hint: take the tag out
6:1: `a` stands here a second time; the first is at 1:1
  hint: keep one of the two
7:3: a list or mapping cannot be a key

"#]]
    );
}

#[test]
fn what_is_left_of_a_refused_file_can_still_be_read() {
    let root = parse(b"a: &x 1\nb: *x\na: 3\n").root.unwrap();
    assert_eq!(root.get("a").unwrap().text(), Some("1"));
    assert_eq!(root.get("b").unwrap().value, Value::Refused);
}

#[test]
fn what_is_not_yaml_says_where_and_guesses_why() {
    let texts = [
        "a: {b: ${c}}\n",
        "a: [1, 2\nb: 3\n",
        "a: b: c\n",
        "a:\n\t- b\n",
        "a: \"b\n",
        "a: 1\n--- \nb: 2\n",
        "a: *nobody\n",
        "",
        "# nothing\n",
        "%FOO\n---\n",
    ];
    let all: String = texts.iter().map(|text| problems(text.as_bytes())).collect();
    assert_data_eq!(
        all,
        str![[r#"
1:9: not YAML: while parsing a flow mapping, did not find expected ',' or '}'
  hint: inside `{ }` and `[ ]` a `${name}` needs quotes: "${name}"
2:2: not YAML: illegal placement of ':' indicator
  hint: look for a missing quote, bracket or colon, here or in the lines above
1:5: not YAML: mapping values are not allowed in this context
  hint: a text with `: ` in it needs quotes; else look at the indentation
2:2: not YAML: tabs disallowed within this context (block indentation)
  hint: indent with spaces, not with tabs
1:4: not YAML: while scanning a quoted scalar, found unexpected end of stream
  hint: look for a missing quote, bracket or colon, here or in the lines above
2:1: a second document begins here
  hint: write one document to a file; take out the `---`
1:4: not YAML: while parsing node, found unknown anchor
  hint: write the value out where it is needed
1:1: the file is empty
1:1: the file is empty
1:1: the file is empty

"#]]
    );
}

#[test]
fn what_is_not_text_is_refused_where_it_stops_being_text() {
    let texts: [&[u8]; 6] = [
        b"\xef\xbb\xbfa: 1\n",
        b"\xff\xfea\0:\0",
        b"a: 1\nb: \xc3\x28\n",
        b"a: 1\nb: x\0y\n",
        b"a: \x1b[2J\n",
        &[b'a'; 512 * 1024 + 1],
    ];
    let all: String = texts.iter().map(|bytes| problems(bytes)).collect();
    assert_data_eq!(
        all,
        str![[r#"
1:1: the file begins with a byte order mark
  hint: save it as UTF-8 without a byte order mark
1:1: the file is UTF-16
  hint: save it as UTF-8
2:4: the file is not UTF-8 text
  hint: is this the right file?
2:5: the file has a control character, `/u{0}`
  hint: is this the right file? YAML is plain text
1:4: the file has a control character, `/u{1b}`
  hint: is this the right file? YAML is plain text
1:1: the file has 524289 bytes; at most 524288 are read
  hint: is this the right file?

"#]]
    );
}

#[test]
fn deep_nesting_is_refused_at_its_64th_level() {
    assert!(first("[".repeat(100_000).as_bytes()).contains("nested deeper than 64 levels"));
    assert!(first("{a: ".repeat(100_000).as_bytes()).contains("nested deeper than 64 levels"));
    assert!(first("- ".repeat(100_000).as_bytes()).contains("nested deeper than 64 levels"));
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(first(nested(64).as_bytes()), "");
    assert_eq!(first(nested(65).as_bytes()), "1:65: nested deeper than 64 levels");
}

#[test]
fn an_alias_bomb_is_a_list_of_refusals() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (from, to) in ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"].map(|s| s.split_at(1)) {
        let aliases = vec![format!("*{from}"); 9].join(", ");
        bomb = format!("{bomb}{to}: &{to} [{aliases}]\n");
    }
    assert!(problems(bomb.as_bytes()).lines().count() > 8);
}

#[test]
fn too_many_values_are_refused() {
    let text = format!("[{}]", "1,".repeat(200_000));
    assert!(first(text.as_bytes()).contains("more than 100000 values"));
}

#[test]
fn hostile_text_is_written_out_and_cut() {
    assert_eq!(excerpt("a\u{1b}[2J\u{202e}b\n"), "a\\u{1b}[2J\\u{202e}b\\n");
    assert_eq!(excerpt(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    rate: f64,
}

#[test]
fn a_type_is_read_or_the_place_is_named() {
    let read = |text: &str| from_str::<Sample>(text).map_err(|problem| problem.to_string());
    assert_eq!(read("name: x\nrate: 0.5\n"), Ok(Sample { name: "x".to_owned(), rate: 0.5 }));
    let texts = [
        "name: x\nrate: .nan\n",
        "name: x\nrate: -.INF\n",
        "name: x\nrate: fast\n",
        "name: x\nrate: 1\nrate: 2\n",
        "name: x\nrat: 1\n",
        "name: x\n",
        "- x\n",
        "name: *x\n",
    ];
    let all: String = texts.iter().map(|text| read(text).unwrap_err() + "\n").collect();
    assert_data_eq!(
        all,
        str![[r#"
2:7: `.nan` is not a finite number
2:7: `-.INF` is not a finite number
2:7: rate: "fast" stands where a number belongs
3:1: `rate` stands here a second time; the first is at 2:1
2:1: unknown field `rat`, expected `name` or `rate`
1:1: missing field `rate`
1:1: a list stands where a group of fields belongs
1:7: not YAML: while parsing node, found unknown anchor

"#]]
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_text_of_yaml_marks_makes_it_panic(text in "[-?:,\\[\\]{}#&*!|>'\"%@` \n\ta-c0~<.=]{0,120}") {
        let document = parse(text.as_bytes());
        prop_assert_eq!(document.root.is_none() && document.problems.is_empty(), false);
    }
}
