//! Hosted zones as people write them: by name or by id.

use super::model::ZoneChoice;

/// Reads a zone's id, with or without the `/hostedzone/` that AWS prints in front of it, or its name.
pub(super) fn parse(text: &str, private: bool) -> Option<ZoneChoice> {
    let bare = text.strip_prefix("/hostedzone/").unwrap_or(text);
    if is_id(bare) {
        return Some(ZoneChoice::Id(bare.to_owned()));
    }
    if text.contains('/') {
        return None;
    }
    Some(ZoneChoice::Name { name: text.parse().ok()?, private })
}

/// Returns true for what only an id looks like: capitals and digits after a `Z`, without a dot.
pub(super) fn is_id(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.starts_with('Z')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_told_by_its_looks() {
        let id = ZoneChoice::Id("Z0123456789ABCDEFGHIJ".to_owned());
        assert_eq!(parse("Z0123456789ABCDEFGHIJ", false), Some(id.clone()));
        assert_eq!(parse("/hostedzone/Z0123456789ABCDEFGHIJ", false), Some(id));
        let name = "example.com".parse().unwrap();
        assert_eq!(parse("Example.COM.", true), Some(ZoneChoice::Name { name, private: true }));
        assert_eq!(parse("/hostedzone/x", false), None);
        assert_eq!(parse("a..b", false), None);
    }
}
