//! Nights whose roles want a second factor: one code opens all of them, also for the commands that follow.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{
    process::Result,
    seat::sit,
    sky::{CALM, Sky, Speed},
};

const DEVICE: &str = "arn:aws:iam::999999999999:mfa/alice";

/// The short runbook with a role for each side, all of them behind one device.
fn runbook() -> String {
    let role = |account: &str, name: &str| {
        format!("role: \"arn:aws:iam::{account}:role/{name}\", mfa_serial: \"{DEVICE}\"")
    };
    let (dns, legacy, new) = (
        role("111111111111", "cutover-dns"),
        role("222222222222", "read"),
        role("333333333333", "read"),
    );
    format!(
        "
version: 1
name: short
environments:
  staging:
    dns: {{ {dns} }}
    legacy: {{ {legacy}, region: us-west-2 }}
    new: {{ {new}, region: us-west-2 }}
records:
  - name: api.example.com
    zone: example.com
    legacy: {{ elb: api }}
    new: {{ alb: api }}
steps:
  - {{ weight: 25%, hold: 5m }}
  - {{ weight: 100%, hold: 5m }}
"
    )
}

fn night() -> Result<Sky> {
    Sky::permitting(&runbook(), CALM, Speed::Usual, |lines| lines)
}

/// Returns how often this was asked and done.
fn done(sky: &Sky, operation: &str) -> usize {
    let is_it = |call: &&String| call.contains(&format!(" sts {operation} ok"));
    sky.calls().iter().filter(is_it).count()
}

/// Returns the text of all files below a folder.
fn texts(folder: &Path) -> Result<String> {
    let mut all = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        all += &if path.is_dir() {
            texts(&path)?
        } else {
            String::from_utf8_lossy(&fs::read(path)?).into_owned()
        };
    }
    Ok(all)
}

#[test]
fn one_code_is_enough_for_a_night_and_its_way_back() -> Result<()> {
    let sky = night()?;
    let mut run = sky.run(&["--mfa-code", "123456"])?;
    run.until("weights_written", 1)?;
    let ran = run.kill()?;
    assert_eq!(done(&sky, "GetSessionToken"), 1);
    assert_eq!(done(&sky, "AssumeRole"), 3);

    let hidden = sky.folder().join("hidden");
    fs::rename(sky.cache(), &hidden)?;
    let back = sky.start(&["rollback", "--yes"])?.end()?;
    assert_eq!(back.code, Some(7), "{}", back.said);
    for part in
        ["there is no terminal to ask for its code on", DEVICE, "--mfa-code", "credential_process"]
    {
        assert!(back.said.contains(part), "{part} is not in {}", back.said);
    }
    fs::rename(&hidden, sky.cache())?;
    let back = sky.start(&["rollback", "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert_eq!(sky.pair()?, (100, 0));

    let kept = fs::read_dir(sky.cache().join("cutover"))?.next().ok_or("nothing was kept")??;
    assert_eq!(kept.metadata()?.permissions().mode() & 0o777, 0o600);
    let folder = fs::metadata(sky.cache().join("cutover"))?;
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    assert!(fs::read_to_string(kept.path())?.contains("cutover-sim-mfa"), "it is the session");
    let told = [ran.printed, vec![ran.said], back.printed, vec![back.said]].concat().join("\n");
    let all = told + &texts(&sky.folder().join(".cutover"))?;
    for secret in ["cutover-sim-mfa", "simulated/secret", "--mfa-code"] {
        assert!(!all.contains(secret), "{secret} is told or kept");
    }
    Ok(())
}

#[test]
fn without_the_second_factor_nothing_is_begun() -> Result<()> {
    let sky = night()?;
    let plain = runbook().replace(&format!(", mfa_serial: \"{DEVICE}\""), "");
    fs::write(sky.folder().join("plain.yaml"), plain)?;
    for (command, says) in [
        (&["run", "runbook.yaml", "--yes"][..], "there is no terminal to ask for its code on"),
        (&["plan", "runbook.yaml", "--mfa-code", "654321"], "invalid MFA one time pass code"),
        (&["plan", "plain.yaml"], "is not authorized to perform: sts:AssumeRole"),
    ] {
        let left = sky.start(command)?.end()?;
        assert_eq!(left.code, Some(7), "{command:?}: {}", left.said);
        assert!(left.said.contains(says), "{command:?}: {}", left.said);
    }
    assert_eq!((done(&sky, "AssumeRole"), done(&sky, "GetSessionToken")), (0, 0));
    let left = sky.start(&["plan", "runbook.yaml", "--mfa-code", "12345"])?.end()?;
    assert_eq!(left.code, Some(2), "{}", left.said);
    Ok(())
}

#[test]
fn the_code_is_asked_for_once_on_the_terminal() -> Result<()> {
    let sky = night()?;
    let question = format!("see MFA code of {DEVICE}: ");
    let plan = ["plan", "runbook.yaml"];
    let seen =
        sit(&sky, &["size 120x40", &question, "type 12$", &question, "type 123456$"], &plan)?;
    assert_eq!(seen.code, Some(0), "{:#?}", seen.left);
    let seen = sit(&sky, &["size 120x40"], &plan)?;
    assert_eq!(seen.code, Some(0), "{:#?}", seen.left);
    assert!(!seen.left.iter().any(|line| line.contains("MFA code")), "{:#?}", seen.left);
    assert_eq!(done(&sky, "GetSessionToken"), 1);
    Ok(())
}
