//! The bench of rollbacks works: every tool that it measures brings the records back. How fast is for the bench to say.

use std::{path::Path, process::Stdio};

use crate::servers::{isolated, virtual_environment};

#[test]
fn every_tool_of_the_rollback_bench_brings_the_record_back()
-> Result<(), Box<dyn std::error::Error>> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/rollback.py");
    let done = isolated(&virtual_environment()?.join("bin/python"))
        .arg(bench)
        .args(["--quick", "--verbose", "--cutover", env!("CARGO_BIN_EXE_cutover")])
        .stdin(Stdio::null())
        .output()?;
    let table = String::from_utf8_lossy(&done.stdout);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{table}{said}");
    assert_eq!(table.lines().count(), 6, "{table}{said}");
    Ok(())
}
