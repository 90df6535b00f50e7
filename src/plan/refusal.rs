//! What Route 53 says of the changes of a batch that it refuses, one message for each bad one (law L15), read back into
//! the records that they name.

use crate::unit::{RecordName, RecordType};

/// One bad change, as far as its message tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offender {
    /// Name of the record set.
    pub name: RecordName,
    /// Its type, where the message has it.
    pub kind: Option<RecordType>,
    /// Whether nobody may change it (law L16).
    pub protected: bool,
}

/// With what a message begins, which tells the comma between two messages from one within: messages have brackets and
/// commas of their own.
const BEGINNINGS: [&str; 9] = [
    "Tried to ",
    "RRSet ",
    "The ",
    "Resource ",
    "Record ",
    "Invalid ",
    "Number of ",
    "RDATA ",
    "Duplicate ",
];

/// Before a name, in all messages that have it apart from its type.
const BEFORE_NAME: [&str; 3] = ["name='", "DNS name ", "with name "];

/// Before a type, in the messages that have it apart from the name.
const BEFORE_KIND: [&str; 2] = ["type='", "type "];

/// What messages end in that are not about protection, whatever the identifiers in them say.
const OTHER_REASONS: [&str; 6] = [
    "do not match",
    "was not found",
    "already exists",
    "cannot be created as ",
    "is not permitted",
    "invalid set of changes",
];

/// Takes apart the list `[one, two]` that the messages of a refused batch come in; what is no list is one message.
pub fn messages(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let mut messages = Vec::new();
    let mut rest = inner;
    let begins = |text: &str| BEGINNINGS.iter().any(|beginning| text.starts_with(beginning));
    let mut searched = 0;
    while let Some((before, after)) = rest.get(searched..).and_then(|ahead| ahead.split_once(", "))
    {
        let end = searched + before.len();
        if begins(after) {
            messages.extend(rest.get(..end).map(str::to_owned));
            (rest, searched) = (after, 0);
        } else {
            searched = end + ", ".len();
        }
    }
    messages.push(rest.to_owned());
    messages
}

/// Returns the record sets that these messages name, each once; what names none is left out, such as a batch that is
/// too long (laws L03, L04) or a zone that is full (law L18).
pub fn offenders(problems: &[String]) -> Vec<Offender> {
    let mut found: Vec<Offender> = Vec::new();
    for next in problems.iter().flat_map(|text| messages(text)).filter_map(|m| offender(&m)) {
        if !found.contains(&next) {
            found.push(next);
        }
    }
    found
}

/// Returns the record set that a message of InvalidChangeBatch names; nothing where it names none.
pub fn offender(message: &str) -> Option<Offender> {
    let (name, kind) = apart(message).or_else(|| quoted(message))?;
    let about = message.to_ascii_lowercase().replace(&name.to_ascii_lowercase(), "");
    let protected =
        about.contains("protect") && !OTHER_REASONS.iter().any(|reason| about.contains(reason));
    Some(Offender { name: name.parse().ok()?, kind, protected })
}

/// Reads `name='x', type='A'` and `DNS name x, type A`; also `of type A with DNS name x`.
fn apart(message: &str) -> Option<(&str, Option<RecordType>)> {
    let kind = first_after(message, &BEFORE_KIND).and_then(record_type);
    Some((first_after(message, &BEFORE_NAME)?, kind))
}

/// Returns the word after the marker that comes first: a set identifier, which comes last, may have any text in it.
fn first_after<'a>(message: &'a str, markers: &[&str]) -> Option<&'a str> {
    let after = |marker: &&str| message.split_once(marker).map(|(_, after)| after);
    word(markers.iter().filter_map(after).max_by_key(|after| after.len())?)
}

/// Reads `'A x.'`, and `'A x'` where the final dot is the sentence's.
fn quoted(message: &str) -> Option<(&str, Option<RecordType>)> {
    message.split('\'').find_map(|part| {
        let (kind, name) = part.split_once(' ')?;
        Some((word(name).filter(|word| *word == name)?, Some(record_type(kind)?)))
    })
}

/// Returns what comes before the next space, comma or quote.
fn word(text: &str) -> Option<&str> {
    text.split([' ', ',', '\'', ']']).next().filter(|word| !word.is_empty())
}

/// Types are in capitals, unlike the words that may stand in their place.
fn record_type(text: &str) -> Option<RecordType> {
    let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    (!text.is_empty() && text.chars().all(capital)).then(|| RecordType::from(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(message: &str) -> (String, Option<RecordType>, bool) {
        let Offender { name, kind, protected } =
            offender(message).unwrap_or_else(|| panic!("nobody in {message}"));
        (name.to_string(), kind, protected)
    }

    fn assert_finds(name: &str, kind: RecordType, messages: &[&str]) {
        for message in messages {
            assert_eq!(found(message), (name.to_owned(), Some(kind.clone()), false), "{message}");
        }
    }

    #[test]
    fn l05_l06_l07_what_was_tried_names_its_record() {
        assert_finds(
            "*.example.com",
            RecordType::A,
            &[
                "Tried to delete resource record set [name='\\052.example.com.', type='A'] but the values provided \
                 do not match the current values",
                "Tried to delete resource record set [name='*.example.com', type='A'] but it was not found",
                "Tried to create resource record set [name='\\052.example.com.', type='A'] but it already exists",
                "Tried to delete resource record set [name='\\052.example.com.', type='A', \
                 set-identifier='protected, name='x' type='NS''] but it was not found",
            ],
        );
    }

    #[test]
    fn l11_l12_l13_conflicts_name_the_record_that_was_refused() {
        assert_finds(
            "api.example.com",
            RecordType::Cname,
            &[
                "RRSet with DNS name api.example.com., type CNAME, SetIdentifier protected cannot be created as a \
                 non-weighted set exists with the same name and type.",
                "RRSet with DNS name api.example.com., type CNAME, SetIdentifier type='A' name='x' cannot be created \
                 as a non-weighted set exists with the same name and type.",
                "RRSet with DNS name api.example.com., type CNAME cannot be created as other RRSets exist with the \
                 same name and type.",
                "RRSet with DNS name api.example.com. and type CNAME, SetIdentifier new cannot be created as weighted \
                 sets must contain the same TTL.",
                "RRSet of type CNAME with DNS name api.example.com. is not permitted because a conflicting RRSet of \
                 type A with the same DNS name already exists in zone example.com.",
                "RRSet of type CNAME with DNS name api.example.com. is not permitted at apex in zone example.com.",
            ],
        );
    }

    #[test]
    fn l08_a_key_that_is_changed_twice_is_named_with_its_type_first() {
        assert_finds(
            "x.example.com",
            RecordType::A,
            &[
                "The request contains an invalid set of changes for a resource record set 'A x.example.com.'",
                "The request contains an invalid set of changes for a resource record set 'A x.example.com'.",
            ],
        );
    }

    #[test]
    fn l14_what_a_single_record_must_not_be_is_told_of_it() {
        assert_finds(
            "x.example.com",
            RecordType::Aaaa,
            &[
                "The SetIdentifier of 'AAAA x.example.com.' must have 1 to 128 characters.",
                "The resource record set 'AAAA x.example.com.' has no values.",
                "The weighted resource record set 'AAAA x.example.com.' can have only one value.",
                "RRSet with DNS name x.example.com., type AAAA cannot have more than 100 members.",
            ],
        );
        let elsewhere = "RRSet with DNS name x.example.net. is not permitted in zone example.com.";
        assert_eq!(found(elsewhere), ("x.example.net".to_owned(), None, false));
    }

    #[test]
    fn l16_what_nobody_may_change_is_known_whatever_names_and_identifiers_say() {
        for message in [
            "RRSet with DNS name protected.example.com. and type A is protected and cannot be changed",
            "RRSet with DNS name protected.example.com., type A, SetIdentifier old is Protected.",
            "Resource record set [name='protected.example.com.', type='A'] has a protection",
            "Tried to delete resource record set [name='protected.example.com.', type='A'] but it is protected",
        ] {
            let a = Some(RecordType::A);
            assert_eq!(found(message), ("protected.example.com".to_owned(), a, true), "{message}");
        }
        assert!(!found("RRSet with DNS name protected.example.com., type A cannot have more").2);
    }

    #[test]
    fn l03_l04_l18_limits_name_nobody() {
        for message in [
            "Number of records limit of 1000 exceeded.",
            "RDATA character limit of 32000 exceeded.",
            "The hosted zone cannot hold more than 10000 resource record sets.",
            "The batch has no changes.",
            "Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotes)'",
            "",
        ] {
            assert_eq!(offender(message), None, "{message}");
        }
    }

    #[test]
    fn l15_a_list_of_messages_is_taken_apart_at_the_messages_and_not_at_their_commas() {
        let text = "[Tried to delete resource record set [name='a.example.com.', type='A'] but it was not found, \
                    RRSet with DNS name b.example.com., type AAAA, SetIdentifier s cannot be created as a non-weighted \
                    set exists with the same name and type.]";
        assert_eq!(messages(text).len(), 2, "{:?}", messages(text));
        let twice = [text.to_owned(), "nobody".to_owned(), text.to_owned()];
        let names: Vec<_> = offenders(&twice).iter().map(|o| o.name.to_string()).collect();
        assert_eq!(names, ["a.example.com", "b.example.com"]);
        assert_eq!(messages("one, two"), ["one, two"]);
        assert_eq!(messages("[one, The two]"), ["one", "The two"]);
    }

    proptest! {
        #[test]
        fn no_junk_breaks_the_reading(
            junk in ".{0,60}",
            marker in prop::sample::select(vec!["name='", "DNS name ", "type='", "'A ", "type ", ", The ", "["]),
            more in ".{0,60}",
        ) {
            let text = format!("{junk}{marker}{more}");
            offender(&text);
            offenders(&[format!("[{text}, {text}]")]);
        }

        #[test]
        fn every_name_comes_back_from_its_escaped_form(label in "[!-\\-/-~]{1,20}") {
            // A backslash begins an escape; whatever else is printable is a name.
            prop_assume!(!label.contains('\\'));
            let name: RecordName = format!("{label}.example.com").parse().unwrap();
            for message in [
                format!("Tried to delete resource record set [name='{}', type='A'] but it was not found", name.escaped()),
                format!("RRSet with DNS name {}, type A cannot be created", name.escaped()),
                format!("The resource record set 'A {}' has no values.", name.escaped()),
            ] {
                let found = offender(&message).unwrap();
                prop_assert_eq!((found.name, found.kind), (name.clone(), Some(RecordType::A)));
            }
        }
    }
}
