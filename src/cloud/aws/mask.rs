//! Takes secrets out of text that others wrote, before it becomes part of an error that is printed and recorded.
//!
//! AWS repeats no secrets, but what stands between may: a proxy or a server that is none of AWS's can send back the headers
//! of a request, and the SDK's own errors show URLs, requests and what a credential process said. Nothing that is
//! recognised by its looks here is needed to find out what was wrong.

/// What stands in place of what was taken out.
const MASK: &str = "***";

/// Shortest word of capitals, small letters and digits that is taken for a secret: a secret access key has 40 characters, a
/// session token hundreds.
const SHORTEST_SECRET: usize = 40;

/// Shortest id of an access key.
const SHORTEST_ID: usize = 16;

/// What the SDK writes before what a credential process said on its stderr.
const STDERR: &str = ". Stderr: ";

/// What it writes before a request that it shows whole, and what ends that.
const REQUEST: (&str, &str) = (" to request `Request {", "}`");

/// Returns the text without what looks like a secret: user names and passwords of URLs, access keys, session tokens, whole
/// requests, and what a credential process said.
pub(super) fn masked(text: &str) -> String {
    let text = without_request(text);
    let text = match text.split_once(STDERR) {
        Some((before, _)) => format!(
            "{before}; what it said is not repeated here, run the profile's credential_process by hand to see it"
        ),
        None => text,
    };
    without_keys(&without_users(&text))
}

fn without_request(text: &str) -> String {
    let cut = || {
        let (before, rest) = text.split_once(REQUEST.0)?;
        let (_, after) = rest.rsplit_once(REQUEST.1)?;
        Some(format!("{before}{after}"))
    };
    cut().unwrap_or_else(|| text.to_owned())
}

/// Takes out what stands before the `@` of a URL. In backticks a URL ends with them, else at the first blank or quote.
fn without_users(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        let scheme = before[..at].rfind(|c: char| !c.is_ascii_alphanumeric());
        let in_backticks = scheme.is_some_and(|at| before[at..].starts_with('`'));
        let ends = |c: char| {
            if in_backticks { c == '`' } else { c.is_whitespace() || matches!(c, '"' | '\'' | '`') }
        };
        let (url, next) = after.split_at(after.find(ends).unwrap_or(after.len()));
        safe.push_str(before);
        match url.rsplit_once('@') {
            Some((_, host)) => {
                safe.push_str(MASK);
                safe.push('@');
                safe.push_str(host);
            }
            None => safe.push_str(url),
        }
        rest = next;
    }
    safe.push_str(rest);
    safe
}

/// Takes out words that look like an access key, its secret or a token.
fn without_keys(text: &str) -> String {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '%');
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(of_word) {
        let (before, after) = rest.split_at(at);
        let (word, next) = after.split_at(after.find(|c| !of_word(c)).unwrap_or(after.len()));
        safe.push_str(before);
        let hidden = has_key(word) || (looks_random(word) && !is_in_arn(&safe));
        safe.push_str(if hidden { MASK } else { word });
        rest = next;
    }
    safe.push_str(rest);
    safe
}

/// Returns true where a part of the word, such as `Credential=AKIA.../20261123/us`, is an access key's id.
fn has_key(word: &str) -> bool {
    let capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    word.split(['/', '=', '%']).any(|part| {
        let begins = part.starts_with("AKIA") || part.starts_with("ASIA");
        begins && part.len() >= SHORTEST_ID && part.bytes().all(capital)
    })
}

fn looks_random(word: &str) -> bool {
    word.len() >= SHORTEST_SECRET
        && word.bytes().any(|b| b.is_ascii_uppercase())
        && word.bytes().any(|b| b.is_ascii_lowercase())
        && word.bytes().any(|b| b.is_ascii_digit())
}

/// Returns true when the text ends within an ARN, whose last part may be long.
fn is_in_arn(before: &str) -> bool {
    let begins = before.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '['));
    before[begins.map_or(0, |at| at + 1)..].starts_with("arn:")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY0";

    #[test]
    fn what_is_no_secret_stays_as_it_is() {
        for text in [
            "User: arn:aws:sts::444444444444:assumed-role/cutover-dns/cutover-api-20261123T021400Z-9f3a is not authorized to \
             perform: route53:ChangeResourceRecordSets on resource: arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ",
            "arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/app/internal-services/50dc6c495c0c9188",
            "User: arn:aws:sts::1:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/alice is not authorized",
            "[arn:aws:elasticloadbalancing:us-west-2:1:targetgroup/MyServiceTargetsOfTheNewSide2/50dc6c495c0c9188]",
            "Tried to delete resource record set [name='\\052.example.com.', type='A'] but it was not found",
            "RequestId 8f2b0a4c-1d5e-4c8a-9d6d-0a4c1d5e4c8a at https://sts.us-east-1.amazonaws.com/, mail a@example.com",
            "dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111)",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn urls_lose_their_users() {
        for (text, safe) in [
            ("no http://u:p@h/x, no", "no http://***@h/x, no"),
            (
                "http://u:p/w@h http://h/ \"https://k@g\"",
                "http://***@h http://h/ \"https://***@g\"",
            ),
            ("at `http://u:p w@h:1` and x@y", "at `http://***@h:1` and x@y"),
        ] {
            assert_eq!(masked(text), safe);
        }
    }

    #[test]
    fn keys_and_tokens_are_taken_out_wherever_they_stand() {
        let token = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQCANARY+token==";
        for secret in [SECRET, token, "AKIAIOSFODNN7CANARY1", "ASIAIOSFODNN7CANARY1"] {
            for text in [
                format!("x-amz-security-token: {secret}"),
                format!(
                    "The canonical string should have been 'POST / x-amz-security-token:{secret} host'"
                ),
                format!("[{secret}]"),
                format!("Credential={secret}/20261123/us-east-1/route53/aws4_request, x"),
                format!("{{\"a\":\"{secret}\"}}"),
            ] {
                let safe = masked(&text);
                assert!(!safe.contains("CANARY") && safe.contains(MASK), "{safe}");
            }
        }
    }

    #[test]
    fn a_request_is_not_shown_and_a_credential_process_not_repeated() {
        assert_eq!(
            masked(
                "failed to apply endpoint `x` to request `Request { body: {b\"ExternalId=CANARY\"} }`: not a URI"
            ),
            "failed to apply endpoint `x`: not a URI"
        );
        let said =
            masked("external process exited with code exit status: 3. Stderr: CANARY\nCANARY");
        assert!(!said.contains("CANARY") && said.contains("by hand"), "{said}");
    }
}
