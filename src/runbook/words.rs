//! Small helps for writing messages.

use crate::yaml::excerpt;

/// Longest text that a suggestion is looked for; the search takes the product of the lengths.
const LONGEST_GUESS: usize = 64;

/// Returns the candidate that was probably meant, if one is close enough to be more help than noise.
pub(super) fn meant<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if written.len() > LONGEST_GUESS {
        return None;
    }
    let written = written.to_lowercase();
    let near = candidates.iter().copied().filter_map(|candidate| {
        let distance = strsim::osa_distance(&written, candidate);
        let cut_short = written.len() >= 3 && candidate.starts_with(&written);
        let near = cut_short || distance <= (candidate.len() / 3).clamp(1, 3);
        near.then_some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

/// Returns the words as a choice in a sentence: `hold`, `continue` or `rollback`.
pub(super) fn choice(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Returns foreign names as a choice in a sentence.
pub(super) fn choice_of(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().map(|name| excerpt(name)).collect();
    choice(&shown.iter().map(String::as_str).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_recognised_and_a_stranger_is_not() {
        let keys = ["weight", "hold", "back", "approve", "run"];
        assert_eq!(meant("holds", &keys), Some("hold"));
        assert_eq!(meant("wieght", &keys), Some("weight"));
        assert_eq!(meant("Hold", &keys), Some("hold"));
        assert_eq!(meant("retries", &keys), None);
        assert_eq!(meant("x", &keys), None);
        assert_eq!(meant("typ", &["ttl", "types"]), Some("types"));
        assert_eq!(meant("waves", &["gates", "name"]), None);
        assert_eq!(meant(&"hold".repeat(20), &keys), None);
    }
}
