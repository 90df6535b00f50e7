//! What is done to a text that was right: bytes changed, parts moved, numbers made odd, JSON values put where others were.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// Texts that trouble readers: encodings, what terminals obey, numbers without end, nesting, expansions.
const TROUBLE: [&[u8]; 34] = [
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\r\n",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\xc2\x9b",
    b"NaN",
    b"-Infinity",
    b".inf",
    b"1e999",
    b"-1e-999",
    b"1e17",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"4294967296",
    b"256",
    b"-1",
    b"0",
    b"9999-12-31T23:59:59Z",
    b"-009999-01-02T01:59:59Z",
    b"1970-01-01T00:00:00Z",
    b"366d",
    b"0s",
    b"100%",
    b"0%",
    b"[[[[",
    b"{\"a\":{\"a\":",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>&b;",
    b"&#0;",
    b"\\052",
    b"%ff%00",
];

/// Returns the text changed a few times, as the seed says; `other` is one that parts may come from.
pub(crate) fn mutated(text: &[u8], other: &[u8], seed: u64) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut text = text.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        match rng.random_range(0..10) {
            0 => flip(&mut text, &mut rng),
            1 => cut(&mut text, &mut rng),
            2 => double(&mut text, &mut rng),
            3 => splice(&mut text, other, &mut rng),
            4 => insert(&mut text, &mut rng),
            5 => swap_lines(&mut text, &mut rng),
            6 | 7 => replace_number(&mut text, &mut rng),
            _ => replace_value(&mut text, &mut rng),
        }
    }
    text
}

fn place(text: &[u8], rng: &mut ChaCha8Rng) -> usize {
    rng.random_range(0..=text.len())
}

fn stretch(text: &[u8], rng: &mut ChaCha8Rng) -> std::ops::Range<usize> {
    let start = place(text, rng);
    let longest = (text.len() - start).min(1 << rng.random_range(0..10));
    start..start + rng.random_range(0..=longest)
}

fn flip(text: &mut [u8], rng: &mut ChaCha8Rng) {
    let at = place(text, rng);
    if let Some(byte) = text.get_mut(at) {
        *byte = if rng.random() { rng.random() } else { *byte ^ (1 << rng.random_range(0..8)) };
    }
}

fn cut(text: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let range = stretch(text, rng);
    if rng.random_range(0..8) == 0 { text.truncate(range.start) } else { drop(text.drain(range)) }
}

fn double(text: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let part = text[stretch(text, rng)].to_vec();
    let times = if rng.random_range(0..8) == 0 { 500 } else { 1 };
    let at = place(text, rng);
    text.splice(at..at, part.repeat(times).into_iter().take(1 << 16));
}

fn splice(text: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha8Rng) {
    let part = other[stretch(other, rng)].to_vec();
    text.splice(stretch(text, rng), part);
}

fn insert(text: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let trouble = TROUBLE[rng.random_range(0..TROUBLE.len())];
    let range = stretch(text, rng);
    let range = if rng.random() { range.start..range.start } else { range };
    text.splice(range, trouble.iter().copied());
}

fn swap_lines(text: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let (one, two) = (rng.random_range(0..lines.len()), rng.random_range(0..lines.len()));
    if rng.random() {
        lines.swap(one, two);
    } else {
        lines[one] = lines[two];
    }
    *text = lines.join(&b'\n');
}

/// Puts an odd number where there is one.
fn replace_number(text: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let from = place(text, rng);
    let Some(start) = text[from..].iter().position(u8::is_ascii_digit) else { return };
    let start = from + start;
    let length = text[start..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let number = TROUBLE[rng.random_range(8..TROUBLE.len())];
    text.splice(start..start + length, number.iter().copied());
}

/// Puts another value in the place of one in a line of JSON; of what is not JSON a line is doubled.
fn replace_value(text: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    // The first line of a run's folder, the plan, holds as much as all others.
    let at = if rng.random() { 0 } else { rng.random_range(0..lines.len()) };
    match serde_json::from_slice::<Value>(&lines[at]) {
        Ok(mut value) => {
            disturb(&mut value, rng);
            lines[at] = value.to_string().into_bytes();
        }
        Err(_) => lines.insert(at, lines[at].clone()),
    }
    *text = lines.join(&b'\n');
}

/// Goes down to a value and changes it, or what it stands in.
fn disturb(value: &mut Value, rng: &mut ChaCha8Rng) {
    let deeper = rng.random_range(0..12) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let at = rng.random_range(0..fields.len());
            if rng.random_range(0..16) == 0 {
                fields.retain(|_, _| rng.random_range(0..4) > 0);
            } else if let Some(inner) = fields.values_mut().nth(at) {
                disturb(inner, rng);
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let (at, other) = (rng.random_range(0..items.len()), rng.random_range(0..items.len()));
            match rng.random_range(0..12) {
                0 => drop(items.remove(at)),
                1 => items.swap(at, other),
                2 => items.push(items[at].clone()),
                3 => items.clear(),
                _ => disturb(&mut items[at], rng),
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)
        | Value::Array(_) => *value = odd(rng),
    }
}

fn odd(rng: &mut ChaCha8Rng) -> Value {
    let odd = [
        Value::Null,
        Value::from(0),
        Value::from(1),
        Value::from(-1),
        Value::from(rng.next_u64() >> rng.random_range(0..64)),
        Value::from(i64::MIN),
        Value::from(u64::MAX),
        Value::from(1e300),
        Value::from(5e-324),
        Value::from(""),
        Value::from("\u{1b}[2J\u{202e}\n"),
        Value::from("9999-12-30T22:00:00Z"),
        Value::from("-009999-01-02T01:59:59Z"),
        Value::from("PT9223372036854775807S"),
        Value::from("-PT1H"),
        Value::from(".".repeat(300)),
        Value::from(Vec::<Value>::new()),
        Value::Object(serde_json::Map::new()),
    ];
    odd[rng.random_range(0..odd.len())].clone()
}
