//! Python with other people's AWS clients.

use std::process::Output;

use crate::servers::{isolated, virtual_environment};

/// Runs Python against an endpoint, as this account.
pub(super) async fn run(
    arguments: Vec<String>,
    endpoint: String,
    account: &'static str,
) -> Result<Output, Box<dyn std::error::Error>> {
    // Making the environment takes a minute the first time, and the server must go on meanwhile.
    let run = move || {
        let python = virtual_environment().map_err(|error| error.to_string())?.join("bin/python");
        isolated(&python)
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", format!("AKIA{account}TEST"))
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_DEFAULT_REGION", "us-west-2")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_PAGER", "")
            .env("AWS_ENDPOINT_URL", endpoint)
            .output()
            .map_err(|error| format!("cannot run Python: {error}"))
    };
    Ok(tokio::task::spawn_blocking(run).await??)
}
