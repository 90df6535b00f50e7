//! Sessions that are kept in files for later commands, each readable by its owner only.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::unit::Timestamp;

/// Temporary credentials. They are shown to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Kept {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: String,
    #[serde(rename = "Expiration")]
    pub(super) expires: Timestamp,
}

/// What a file holds, as the aws command line's own do.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    credentials: Kept,
}

/// Longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Returns the name of the file for what these texts tell apart.
pub(super) fn name(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("mfa-{digits}.json")
}

/// Returns what a file holds; nothing where there is none, and for one that others can read or that makes no sense.
pub(super) fn read(path: &Path) -> Option<Kept> {
    let found = fs::metadata(path).ok()?;
    let private = found.permissions().mode() & 0o077 == 0;
    if !found.is_file() || found.len() > LONGEST || !private {
        return None;
    }
    let file: File = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    Some(file.credentials)
}

/// Puts a session in a file that its owner alone can read, in a folder of which the same is true; the whole of it or nothing.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    // What a process of this id left behind is its own.
    let _ = fs::remove_file(&beside);
    let text = serde_json::to_vec(&File { credentials: kept.clone() })?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(&text).and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // Half a session is of no use to anybody.
        let _ = fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        Kept {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: "token".to_owned(),
            expires: "2026-11-23T05:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_session_is_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/cutover").join(name(&["device", "key"]));
        assert!(read(&path).is_none());
        write(&path, &kept()).unwrap();
        write(&path, &kept()).unwrap();
        assert!(read(&path).unwrap() == kept());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_others_can_read_or_nobody_understands_is_no_session() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        write(&path, &kept()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).is_none());
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(read(&path).is_some());
        for broken in ["", "{", "{\"Credentials\":{\"AccessKeyId\":1}}", "\u{0}\u{0}"] {
            fs::write(&path, broken).unwrap();
            assert!(read(&path).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn files_are_named_by_everything_that_tells_sessions_apart() {
        assert_ne!(name(&["a", "bc"]), name(&["ab", "c"]));
        assert!(!name(&["arn:aws:iam::1:mfa/alice"]).contains("alice"));
    }
}
