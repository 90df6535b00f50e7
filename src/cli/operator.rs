//! Who sits at the terminal, for those who read the journal later.

use std::env;

/// Longest name of a user or a host that is kept.
const LONGEST: usize = 64;

/// Returns user and host, as in `alice@laptop`. It is what they say themselves, and proves nothing.
pub(super) fn operator() -> String {
    let said = |name| env::var_os(name).filter(|value| !value.is_empty());
    let user = said("USER").or_else(|| said("LOGNAME"));
    let user = user.map_or("somebody".to_owned(), |user| user.to_string_lossy().into_owned());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let short = |text: String| text.chars().take(LONGEST).collect::<String>();
    format!("{}@{}", short(user), short(host))
}
