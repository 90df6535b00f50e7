//! Python with other people's AWS clients.

use std::process::Output;

use crate::servers::{isolated, virtual_environment};

/// Runs Python against an endpoint, as this account.
pub(super) async fn run(
    arguments: Vec<String>,
    endpoint: String,
    account: &'static str,
) -> Result<Output, Box<dyn std::error::Error>> {
    run_program("python", arguments, endpoint, account).await
}

/// Runs a shell script that finds `aws`, against an endpoint, as this account.
pub(super) async fn run_shell(
    script: String,
    endpoint: String,
    account: &'static str,
) -> Result<Output, Box<dyn std::error::Error>> {
    run_program("sh", vec![script], endpoint, account).await
}

async fn run_program(
    program: &'static str,
    arguments: Vec<String>,
    endpoint: String,
    account: &'static str,
) -> Result<Output, Box<dyn std::error::Error>> {
    // Making the environment takes a minute the first time, and the server must go on meanwhile.
    let run = move || {
        let programs = virtual_environment().map_err(|error| error.to_string())?.join("bin");
        let own = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(programs.clone()).chain(std::env::split_paths(&own));
        let path = std::env::join_paths(folders).map_err(|error| error.to_string())?;
        let inside = programs.join(program);
        let program = if inside.exists() { inside } else { program.into() };
        isolated(&program)
            .args(arguments)
            .env("PATH", path)
            .env("AWS_ACCESS_KEY_ID", format!("AKIA{account}TEST"))
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_DEFAULT_REGION", "us-west-2")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_PAGER", "")
            .env("AWS_ENDPOINT_URL", endpoint)
            .output()
            .map_err(|error| format!("cannot run {}: {error}", program.display()))
    };
    Ok(tokio::task::spawn_blocking(run).await??)
}
