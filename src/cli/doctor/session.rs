//! For how long the credentials of a side are good.

use super::table::Row;
use crate::{
    cloud::aws::Origin,
    unit::{SignedDuration, Timestamp, words},
};

/// Less than this is not worth beginning with: roles are renewed this long before they end.
const TOO_SHORT: SignedDuration = SignedDuration::from_mins(5);

/// Returns where credentials come from, in words.
pub(super) fn source(origin: &Origin) -> String {
    match (&origin.role, &origin.assumed_by) {
        (Some(role), Some(by)) => format!("{}, {by}, assumes {role}", origin.source),
        (Some(_), None) | (None, _) => origin.source.to_owned(),
    }
}

/// Returns the row of a session that ends then, if it ever does, when a run that begins now may last so long.
pub(super) fn row(
    side: &str,
    origin: &Origin,
    ends: Option<Timestamp>,
    (now, lasts): (Timestamp, SignedDuration),
) -> Row {
    let renewed = match (&origin.role, origin.is_chained()) {
        (None, _) => "",
        (Some(_), false) => "the role is assumed for an hour at a time and renewed before",
        (Some(_), true) => {
            "a role assumes the role, for an hour at most (role chaining), and it is renewed before"
        }
    };
    let Some(ends) = ends else {
        let lasting = "what it begins with has no end that is known";
        return Row::ok(side, "session", joined(renewed, lasting));
    };
    let left = ends.duration_since(now);
    let until = format!(
        "what it begins with ends at {}, in {}",
        ends.strftime("%F %T UTC"),
        words(left.max(SignedDuration::ZERO))
    );
    let found = joined(renewed, &until);
    if left < TOO_SHORT {
        return Row::failed(side, "session", found, "sign in again");
    }
    if left < lasts {
        let short = format!(
            "{found}: the run may last {}; sign in again before it, or with `--mfa-code`",
            words(lasts)
        );
        return Row::note(side, "session", short);
    }
    Row::ok(side, "session", found)
}

fn joined(one: &str, other: &str) -> String {
    if one.is_empty() { other.to_owned() } else { format!("{one}; {other}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::table::Verdict;

    fn origin(assumed_by: Option<&str>) -> Origin {
        Origin {
            source: "keys in the environment",
            assumed_by: assumed_by.map(str::to_owned),
            role: assumed_by.map(|_| "arn:aws:iam::1:role/dns".to_owned()),
            region: None,
        }
    }

    fn judged(assumed_by: Option<&str>, left: Option<i64>) -> (Verdict, String) {
        let now = Timestamp::UNIX_EPOCH;
        let ends = left.map(|minutes| now + SignedDuration::from_mins(minutes));
        let row = row("dns", &origin(assumed_by), ends, (now, SignedDuration::from_hours(3)));
        (row.verdict, row.found)
    }

    #[test]
    fn credentials_have_to_outlast_the_run_to_be_fine() {
        assert_eq!(judged(None, None).0, Verdict::Ok);
        assert_eq!(judged(None, Some(180)).0, Verdict::Ok);
        let (verdict, found) = judged(None, Some(179));
        assert!(verdict == Verdict::Note && found.contains("the run may last 3h"), "{found}");
        assert_eq!(judged(None, Some(4)).0, Verdict::Failed);
        assert_eq!(judged(None, Some(-4)).0, Verdict::Failed);
    }

    #[test]
    fn role_chaining_is_told() {
        let chained = judged(Some("arn:aws:sts::1:assumed-role/sso/me"), None).1;
        assert!(chained.contains("role chaining"), "{chained}");
        let plain = judged(Some("arn:aws:iam::1:user/me"), None).1;
        assert!(plain.contains("an hour at a time") && !plain.contains("chaining"), "{plain}");
    }
}
