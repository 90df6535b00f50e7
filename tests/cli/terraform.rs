//! `init` and `terraform`, from a state that Terraform 1.11 and its AWS provider 5.100 wrote.

use std::{error::Error, fs, path::Path};

use snapbox::{assert_data_eq, str};

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

fn fixture(name: &str) -> std::io::Result<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name))
}

fn session() -> std::io::Result<Session> {
    let (state, shown) = (fixture("terraform.tfstate")?, fixture("terraform-show.json")?);
    Session::with(&[("terraform.tfstate", &state), ("shown.json", &shown)])
}

#[test]
fn a_runbook_from_a_state_is_valid_and_is_never_overwritten_unasked() -> TestResult {
    let session = session()?;
    let init = ["init", "--from-terraform", "terraform.tfstate", "--out", "new.yaml"];
    assert_data_eq!(
        session.transcript(&init)?,
        str![[r#"
new.yaml
-- stderr
entries: 3; settle its 5 lines that say DECIDE, then `cutover validate new.yaml`
-- exit 0

"#]]
    );
    assert_data_eq!(
        session.transcript(&["validate", "new.yaml"])?,
        str![[r#"
ok  new.yaml: api, 7 steps, 3 record pairs, in production
-- stderr
-- exit 0

"#]]
    );
    let before = fs::read(session.path().join("new.yaml"))?;
    assert_data_eq!(
        session.transcript(&[&init[..], &["--name", "api.example.com"]].concat())?,
        str![[r#"
-- stderr
error: `new.yaml` is there already; nothing was written
hint: `--force` overwrites it
-- exit 2

"#]]
    );
    assert_eq!(fs::read(session.path().join("new.yaml"))?, before);
    let forced = session.run(&[&init[..], &["--name", "api.example.com", "--force"]].concat())?;
    assert_eq!(exit_code(&forced), 0, "{}", text(&forced.stderr));
    assert_ne!(fs::read(session.path().join("new.yaml"))?, before);
    Ok(())
}

#[test]
fn a_folder_stands_for_its_state_and_every_form_says_the_same() -> TestResult {
    let session = session()?;
    let records = |source: &str| -> Result<String, Box<dyn Error>> {
        let output = session.run(&["init", "--from-terraform", source])?;
        assert_eq!(exit_code(&output), 0, "{}", text(&output.stderr));
        let yaml = text(&output.stdout);
        Ok(yaml.split_once("version:").ok_or("no runbook")?.1.to_owned())
    };
    let of_file = records("terraform.tfstate")?;
    assert_eq!((records("shown.json")?, records(".")?), (of_file.clone(), of_file));
    Ok(())
}

#[test]
fn a_drafted_runbook_can_be_rehearsed() -> TestResult {
    let session = session()?;
    let out = ["--name", "shop.example.com", "--out", "shop.yaml"];
    session.run(&[&["init", "--from-terraform", "."][..], &out].concat())?;
    let output = session.run(&["rehearse", "shop.yaml", "--scenario", "calm", "--quiet"])?;
    assert_eq!(exit_code(&output), 0, "{}{}", text(&output.stdout), text(&output.stderr));
    Ok(())
}

#[test]
fn what_is_no_state_is_refused_before_anything_else() -> TestResult {
    let session = session()?;
    fs::write(session.path().join("bad.json"), "{\"password\": \"hunter2\"}")?;
    assert_data_eq!(
        session.transcript(&["init", "--from-terraform", "bad.json"])?,
        str![[r#"
-- stderr
error: `bad.json` is no state of Terraform's that can be read
cause: it is neither a state file nor the output of `terraform show -json`: it has no resources
hint: `terraform show -json > state.json` writes one, of remote states too
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["init", "--from-terraform", "none"])?,
        str![[r#"
-- stderr
error: `none` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
    );
    fs::create_dir(session.path().join("empty"))?;
    assert_data_eq!(
        session.transcript(&["init", "--from-terraform", "empty"])?,
        str![[r#"
-- stderr
error: folder `empty` holds 0 states
hint: name the state's file, or write one with `terraform show -json > state.json`
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["init", "--from-terraform", ".", "--name", "x.example.com"])?,
        str![[r#"
-- stderr
error: there is nothing that a runbook could move
cause: it has no record of these names
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_hostile_state_drives_no_terminal_and_makes_no_runbook() -> TestResult {
    let state = fixture("terraform.tfstate")?.replace("\"legacy\"", "\"\\u001b[2J\\n- x: ${y}\"");
    let session = Session::with(&[("hostile.tfstate", &state)])?;
    let output = session.run(&["init", "--from-terraform", "hostile.tfstate"])?;
    let printed = text(&output.stdout) + &text(&output.stderr);
    assert!(!printed.contains('\u{1b}') && !printed.contains("\n- x"), "{printed}");
    assert_eq!(exit_code(&output), 0, "{printed}");
    let state = fixture("terraform.tfstate")?.replace("api-legacy\"", "a}\\n  - {name: b\"");
    let session = Session::with(&[("hostile.tfstate", &state)])?;
    let output = session.run(&["init", "--from-terraform", "hostile.tfstate"])?;
    assert_eq!(exit_code(&output), 3, "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.stdout.is_empty());
    Ok(())
}
