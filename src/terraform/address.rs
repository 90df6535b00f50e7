//! Where a resource stands in Terraform's code.

use std::fmt;

use super::hcl::quoted;

/// Longest module path or name that is believed; Terraform's own are far shorter.
const LONGEST: usize = 1000;

/// The address of a resource's instance, such as `module.dns["eu"].aws_route53_record.api[0]`. Its parts are what HCL takes
/// for names and keys, so that it can be written into code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The modules around it, such as `module.dns["eu"]`; empty in the root module.
    pub(super) module: String,
    /// Type of the resource.
    pub(super) kind: String,
    /// Name of the resource.
    pub(super) name: String,
    /// Which of several, where the resource has `count` or `for_each`.
    pub(super) key: Option<Key>,
}

/// Which of several instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Of `count`.
    Number(u64),
    /// Of `for_each`.
    Text(String),
}

impl Address {
    /// Returns the address with these parts; nothing where one of them is not what HCL takes for it.
    pub(super) fn new(module: &str, kind: &str, name: &str, key: Option<Key>) -> Option<Self> {
        let module = modules(module)?;
        if !(is_name(kind) && is_name(name)) {
            return None;
        }
        Some(Self { module, kind: kind.to_owned(), name: name.to_owned(), key })
    }

    /// Returns the resource without which of its instances is meant.
    pub(super) fn resource(&self) -> String {
        let dot = if self.module.is_empty() { "" } else { "." };
        format!("{}{dot}{}.{}", self.module, self.kind, self.name)
    }

    /// Returns an address beside this one, of another name and of one instance.
    pub(super) fn beside(&self, name: String) -> Self {
        Self { module: self.module.clone(), kind: self.kind.clone(), name, key: None }
    }

    /// Returns true where it, or a module around it, is one of several instances.
    pub(super) fn is_one_of_several(&self) -> bool {
        self.key.is_some() || self.module.contains('[')
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.resource())?;
        match &self.key {
            None => Ok(()),
            Some(Key::Number(number)) => write!(f, "[{number}]"),
            Some(Key::Text(text)) => write!(f, "[{}]", quoted(text)),
        }
    }
}

/// Returns true for what HCL takes for a name.
fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(inner)
}

/// Reads a path of modules and writes it anew; nothing where it is none.
fn modules(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let (mut path, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix("module.").map(split_name)?;
        if !is_name(name) {
            return None;
        }
        let (key, after) = key_at(after)?;
        if !path.is_empty() {
            path.push('.');
        }
        path.extend(["module.", name, &key]);
        rest = match after.strip_prefix('.') {
            Some("") => return None,
            Some(more) => more,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(path)
}

fn split_name(text: &str) -> (&str, &str) {
    text.split_at(text.find(['.', '[']).unwrap_or(text.len()))
}

/// Reads the key that a text may begin with; returns it written anew, and what comes after.
fn key_at(text: &str) -> Option<(String, &str)> {
    let Some(inside) = text.strip_prefix('[') else { return Some((String::new(), text)) };
    if inside.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(inside).into_iter::<String>();
        let key = keys.next()?.ok()?;
        let after = inside[keys.byte_offset()..].strip_prefix(']')?;
        return Some((format!("[{}]", quoted(&key)), after));
    }
    let (digits, after) = inside.split_once(']')?;
    let number: u64 = digits.parse().ok()?;
    Some((format!("[{number}]"), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(module: &str, name: &str, key: Option<Key>) -> Option<String> {
        Address::new(module, "aws_route53_record", name, key).map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_written_as_terraform_writes_it() {
        assert_eq!(address("", "api", None).unwrap(), "aws_route53_record.api");
        let deep = address("module.a.module.b[\"x.y\"].module.c[2]", "api", Some(Key::Number(0)));
        let path = "module.a.module.b[\"x.y\"].module.c[2].aws_route53_record.api[0]";
        assert_eq!(deep.unwrap(), path);
        let key = Some(Key::Text("a\"${b}".to_owned()));
        assert_eq!(address("", "api", key).unwrap(), r#"aws_route53_record.api["a\"$${b}"]"#);
    }

    #[test]
    fn what_is_no_address_cannot_be_one() {
        for module in
            ["x", "module.", "module.a.", "module.a b", "module.a[", "module.a[x]", "module.a[\"b]"]
        {
            assert_eq!(address(module, "api", None), None, "{module}");
        }
        for name in ["", "a.b", "a\n}", "1a", "a\u{1b}[2J", "a{"] {
            assert_eq!(address("", name, None), None, "{name}");
        }
    }
}
