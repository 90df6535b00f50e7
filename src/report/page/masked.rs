//! A runbook to be shown to many: without the external ids with which its roles are assumed. They are no secrets, and
//! nobody's business; a report goes to people who have no part in the run.

/// What stands in place of them.
const MASK: &str = "***";
/// The key whose values are masked.
const KEY: &str = "external_id";

/// Returns a runbook's text without its external ids, whether they stand there themselves or as the values of variables.
pub(super) fn masked(text: &str) -> String {
    let mut names = vec![KEY.to_owned()];
    for line in text.lines() {
        let values = values(line, KEY).into_iter().map(|value| &line[value]);
        names.extend(values.flat_map(variables));
    }
    let mut shown = String::with_capacity(text.len());
    // Set while the lines are those of a value that began on a line before: all that are indented more than its key.
    let mut below: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
        let indent = content.len() - content.trim_start().len();
        if below.is_some_and(|key| indent > key) && !content.trim().is_empty() {
            shown.extend([&content[..indent], MASK, end]);
            continue;
        }
        if !content.trim().is_empty() {
            below = None;
        }
        let mut places: Vec<_> = names.iter().flat_map(|name| values(content, name)).collect();
        places.sort_by_key(|place| place.start);
        places.dedup();
        let mut at = 0;
        for place in places {
            if place.start < at {
                continue;
            }
            let value = content[place.clone()].trim();
            if value.is_empty() || value.starts_with(['|', '>', '&']) {
                below = Some(indent);
            }
            shown.push_str(&content[at..place.start]);
            shown.push_str(if value.is_empty() { "" } else { MASK });
            at = place.end;
        }
        shown.extend([&content[at..], end]);
    }
    shown
}

/// Returns where the values of a key stand in a line.
fn values(line: &str, key: &str) -> Vec<std::ops::Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let found = line.match_indices(key).filter_map(|(at, _)| {
        let behind = &line[at + key.len()..];
        if line[..at].ends_with(is_word) {
            return None;
        }
        let colon = behind.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
        let value = colon.trim_start();
        let start = line.len() - value.len();
        Some(start..start + length(value))
    });
    found.collect()
}

/// Returns how long the value at the beginning of this text is.
fn length(value: &str) -> usize {
    let quoted = |quote: char| {
        let mut escaped = false;
        let end = value.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        end.map_or(value.len(), |(at, c)| at + c.len_utf8())
    };
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(quote),
        // `${name}` has braces of its own.
        Some(_) if value.starts_with("${") => {
            value.find('}').map_or(value.len(), |brace| brace + 1)
        }
        Some(_) => value.find([',', '}', '#']).unwrap_or(value.len()),
        None => 0,
    }
}

/// Returns the names of the variables in a value.
fn variables(value: &str) -> Vec<String> {
    let names = value.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    names.map(|(name, _)| name.to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_masked_however_they_are_written() {
        for (text, shown) in [
            (
                "legacy: { role: r, external_id: outside-7, region: x }",
                "legacy: { role: r, external_id: ***, region: x }",
            ),
            ("  external_id: outside-7 # ours\n", "  external_id: ***# ours\n"),
            ("{ external_id: \"out,side\\\"7\", a: b }", "{ external_id: ***, a: b }"),
            ("{ 'external_id' : 'outside-7' }", "{ 'external_id' : *** }"),
            ("external_id:\n  outside-7\nregion: x\n", "external_id:\n  ***\nregion: x\n"),
            (
                "external_id: >-\n  out\n  side\nregion: x\n",
                "external_id: ***\n  ***\n  ***\nregion: x\n",
            ),
            ("external_id: outside-7", "external_id: ***"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    #[test]
    fn a_variable_that_holds_one_is_masked_where_it_is_set() {
        let text =
            "vars: { ext: outside-7, domain: example.com }\nnew: { external_id: \"${ext}\" }\n";
        let shown = "vars: { ext: ***, domain: example.com }\nnew: { external_id: *** }\n";
        assert_eq!(masked(text), shown);
    }

    #[test]
    fn nothing_else_is_touched() {
        let text =
            "version: 1\nname: external-id # an external_id, as such\nsteps:\n  - { weight: 5% }\n";
        assert_eq!(masked(text), text);
    }
}
