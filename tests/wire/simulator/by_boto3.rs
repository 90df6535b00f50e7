//! boto3: what other people's scripts use. The claims are in `by_boto3.py`.

use super::{
    face::{DNS, Face, TestResult},
    python,
};

#[tokio::test]
async fn boto3_finds_everything_that_a_cutover_needs() -> TestResult {
    let face = Face::calm().await?;
    face.pass(1800);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/simulator/by_boto3.py");
    let done = python::run(vec![script.to_owned()], face.url(), DNS).await?;
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&done.stdout).lines().count(), 7, "{said}");
    Ok(())
}
