//! Secrets that are planted wherever cutover may come by one, and looked for in everything that it prints and writes: in
//! nights that go well, and where a server sends back all that it was sent.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    thread,
};

use super::{
    process::{Left, Result},
    sky::{CALM, Sky, Speed},
};
use crate::servers::isolated;

/// Stands in every secret.
const CANARY: &str = "CANARY";
/// Stands in the external id, which is no secret but nobody's business: a run keeps it, to assume its role again.
const EXTERNAL: &str = "outside-CANARY-7";

const KEY: &str = "AKIACANARYCANARY1234";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY0";
const TOKEN: &str =
    "IQoJb3JpZ2luX2VjEJrCANARYwEaCXVzLWVhc3QtMSJHMEUCIQDCANARYtoken+of+a+session/of+some+length==";

/// A profile whose credentials come from a process, and one whose process fails and talks.
const PROFILES: &str = "[profile ops]
credential_process = sh ./credentials.sh
[profile broken]
credential_process = sh ./broken.sh
";

const RUNBOOK: &str = "
version: 1
name: short
environments:
  staging:
    dns: { profile: PROFILE, role: \"arn:aws:iam::123456789012:role/cutover-dns\", external_id: outside-CANARY-7 }
    legacy: { profile: PROFILE, region: us-west-2 }
    new: { profile: PROFILE, region: us-west-2 }
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api }
    new: { alb: api }
steps:
  - { weight: 25%, hold: 5m }
  - { weight: 100%, hold: 5m }
notify:
  - { slack: { webhook_env: SLACK_HOOK } }
  - { slack: { token_env: SLACK_TOKEN, channel: \"#ops\", url: \"http://ECHO\" } }
  - { pagerduty: { routing_key_env: PAGERDUTY_KEY, url: \"http://ECHO\" } }
  - { datadog: { api_key_env: DD_API_KEY, url: \"http://ECHO\" } }
  - { webhook: { url: \"http://ECHO/hook\", secret_env: HOOK_SECRET } }
";

/// Where nobody listens.
const NOWHERE: &str = "127.0.0.1:1";

/// Writes the runbook and the profiles where commands look for them; `told` is the address of whoever is told.
fn plant(folder: &Path, profile: &str, told: &str) -> Result<()> {
    let runbook = RUNBOOK.replace("PROFILE", profile).replace("ECHO", told);
    fs::write(folder.join("runbook.yaml"), runbook)?;
    fs::write(folder.join("config"), PROFILES)?;
    let credentials = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{KEY}\",\"SecretAccessKey\":\"{SECRET}\",\"SessionToken\":\"{TOKEN}\"}}"
    );
    fs::write(folder.join("credentials.sh"), format!("echo '{credentials}'; echo {SECRET} >&2\n"))?;
    fs::write(
        folder.join("broken.sh"),
        format!("echo '{credentials}' >&2; echo {CANARY} >&2; exit 3\n"),
    )?;
    Ok(())
}

/// The environment of somebody who has profiles.
const BY_PROFILE: [(&str, &str); 6] = [
    ("AWS_CONFIG_FILE", "config"),
    CHANNELS[0],
    CHANNELS[1],
    CHANNELS[2],
    CHANNELS[3],
    CHANNELS[4],
];

/// What the channels of the runbook need. The webhook's address is the secret itself.
const CHANNELS: [(&str, &str); 5] = [
    ("SLACK_HOOK", "http://127.0.0.1:1/services/T0CANARY/B0CANARY/hookCANARY"),
    ("SLACK_TOKEN", "xoxb-CANARY-1"),
    ("PAGERDUTY_KEY", "routingCANARYkey"),
    ("DD_API_KEY", "datadogCANARYkey"),
    ("HOOK_SECRET", "signingCANARYkey"),
];

/// The environment of somebody who has keys.
const BY_KEYS: [(&str, &str); 8] = [
    ("AWS_ACCESS_KEY_ID", KEY),
    ("AWS_SECRET_ACCESS_KEY", SECRET),
    ("AWS_SESSION_TOKEN", TOKEN),
    CHANNELS[0],
    CHANNELS[1],
    CHANNELS[2],
    CHANNELS[3],
    CHANNELS[4],
];

/// Checks what a command printed.
fn quiet(what: &str, left: &Left) {
    let all = format!("{}\n{}", left.printed.join("\n"), left.said);
    let told: Vec<&str> = all.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(told.is_empty(), "{what} tells secrets: {told:#?}");
}

/// Checks all files of the runs in a folder: none has a secret, and nobody but their owner can read them. The runbook as it
/// was and the plan have the external id.
fn private(folder: &Path) -> Result<usize> {
    let mut files = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
        if path.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            files += private(&path)?;
            continue;
        }
        files += 1;
        assert!(mode == 0o600 || path.ends_with("break-glass.sh"), "{}: {mode:o}", path.display());
        let mut text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
        if path.ends_with("plan.json") || path.ends_with("runbook.yaml") {
            text = text.replace(EXTERNAL, "");
        }
        assert!(!text.contains(CANARY), "{} has a secret", path.display());
    }
    Ok(files)
}

#[test]
fn no_secret_is_printed_or_kept_in_a_night_that_is_broken_off_and_goes_back() -> Result<()> {
    let sky =
        Sky::of(&RUNBOOK.replace("PROFILE", "ops").replace("ECHO", NOWHERE), CALM, Speed::Usual)?;
    plant(sky.folder(), "ops", &echoing()?)?;
    let url = sky.url().to_owned();
    let verbose = |arguments: &[&str]| {
        let all = [arguments, &["--verbose", "--endpoint-url", &url]].concat();
        sky.start_as(&all, &BY_PROFILE)
    };
    for command in [
        &["plan", "runbook.yaml"][..],
        &["plan", "runbook.yaml", "--output", "json"],
        &["backtest", "runbook.yaml", "--since", "3h"],
    ] {
        let left = verbose(command)?.end()?;
        assert!(matches!(left.code, Some(0 | 8)), "{command:?}: {left:?}");
        quiet(&format!("{command:?}"), &left);
    }
    let mut run = verbose(&["run", "runbook.yaml", "--yes", "--output", "json"])?;
    run.until("minute_judged", 2)?;
    let left = run.kill()?;
    assert!(left.said.contains("Datadog (DD_API_KEY) cannot be told: it answered 403"), "{left:?}");
    quiet("a run", &left);
    let mut again = verbose(&["resume", "--output", "json"])?;
    again.until("minute_judged", 2)?;
    let left = verbose(&["status"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    quiet("a status", &left);
    let tune = ["tune", "errors.warning.times_legacy=1.4", "--why", "a test", "--verbose"];
    let left = sky.start_on_the_wall(&tune)?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    quiet("a tune", &left);
    quiet("a resume", &again.kill()?);
    let left = verbose(&["rollback", "--yes"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    quiet("a rollback", &left);
    assert!(private(&sky.folder().join(".cutover"))? >= 5, "the run has its files");
    Ok(())
}

/// Answers every request with an error that has the whole request in it, except that roles can be assumed and identities told.
fn echo(mut stream: TcpStream) {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    // The head and, in the same breath, the short body.
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(read @ 1..) => request.extend(&part[..read]),
            Ok(0) | Err(_) => return,
        }
    }
    let text = String::from_utf8_lossy(&request).replace(['<', '>', '&'], " ");
    let (status, body) = if text.contains("Action=AssumeRole") {
        let credentials = format!(
            "<Credentials><AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}\
             </SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        );
        (
            200,
            format!(
                "<AssumeRoleResponse><AssumeRoleResult>{credentials}</AssumeRoleResult></AssumeRoleResponse>"
            ),
        )
    } else if text.contains("Action=GetCallerIdentity") {
        let arn =
            "<Arn>arn:aws:sts::1:assumed-role/r/s</Arn><UserId>A</UserId><Account>1</Account>";
        let result = format!("<GetCallerIdentityResult>{arn}</GetCallerIdentityResult>");
        (200, format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"))
    } else {
        let code = "<Code>SignatureDoesNotMatch</Code>";
        (
            403,
            format!(
                "<ErrorResponse><Error>{code}<Message>{text}</Message></Error></ErrorResponse>"
            ),
        )
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Who has gone does not want the answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// Serves [`echo`] until the test ends; returns its address.
fn echoing() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || echo(stream));
        }
    });
    Ok(address.to_string())
}

/// Runs a command with the clock on the wall, and returns what it left.
fn ended(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Left> {
    let mut command = isolated(Path::new(env!("CARGO_BIN_EXE_cutover")));
    command.args(arguments).arg("--verbose").envs(environment.iter().copied()).current_dir(folder);
    super::process::Process::start(&mut command)?.end()
}

const COMMANDS: [&[&str]; 7] = [
    &["plan", "runbook.yaml"],
    &["doctor", "runbook.yaml"],
    &["run", "runbook.yaml", "--yes"],
    &["run", "runbook.yaml", "--yes", "--output", "json"],
    &["rollback", "runbook.yaml", "--yes", "--deadline", "1s"],
    &["finish", "runbook.yaml", "--yes"],
    &["backtest", "runbook.yaml", "--since", "3h"],
];

#[test]
fn no_secret_is_printed_when_a_server_sends_back_what_it_was_sent() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let endpoint = format!("http://{}", echoing()?);
    for (profile, environment) in [("ops", &BY_PROFILE[..]), ("", &BY_KEYS[..])] {
        plant(folder.path(), profile, NOWHERE)?;
        if profile.is_empty() {
            let text = RUNBOOK.replace("profile: PROFILE, ", "").replace("ECHO", NOWHERE);
            fs::write(folder.path().join("runbook.yaml"), text)?;
        }
        for command in COMMANDS {
            let left = ended(
                folder.path(),
                &[command, &["--endpoint-url", &endpoint]].concat(),
                environment,
            )?;
            assert_ne!(left.code, Some(0), "{command:?}: {left:?}");
            let said = format!("{}{}", left.printed.join("\n"), left.said);
            assert!(
                said.contains("SignatureDoesNotMatch") && said.contains("***"),
                "{command:?}: {said}"
            );
            quiet(&format!("{command:?}"), &left);
        }
    }
    Ok(())
}

#[test]
fn no_secret_is_printed_when_the_way_to_aws_is_wrong() -> Result<()> {
    let folder = tempfile::tempdir()?;
    plant(folder.path(), "ops", NOWHERE)?;
    let with =
        |name: &'static str, value: &'static str| [&BY_PROFILE[..], &[(name, value)]].concat();
    let nowhere = "http://user:CANARY@127.0.0.1:1";
    let malformed = "http://user:CANARY CANARY@127.0.0.1:1";
    for environment in [
        with("AWS_ENDPOINT_URL", nowhere),
        with("AWS_ENDPOINT_URL", malformed),
        with("AWS_ENDPOINT_URL_STS", malformed),
        with("HTTPS_PROXY", nowhere),
        with("HTTPS_PROXY", malformed),
    ] {
        let left = ended(folder.path(), &["plan", "runbook.yaml"], &environment)?;
        assert_eq!(left.code, Some(7), "{environment:?}: {left:?}");
        quiet(&format!("{environment:?}"), &left);
    }
    for url in [nowhere, malformed] {
        for command in [&["plan", "runbook.yaml"][..], &["status"], &["rehearse", "runbook.yaml"]] {
            let left =
                ended(folder.path(), &[command, &["--endpoint-url", url]].concat(), &BY_PROFILE)?;
            assert_eq!(left.code, Some(2), "{command:?}: {left:?}");
            quiet(&format!("{command:?} at {url}"), &left);
        }
    }
    plant(folder.path(), "broken", NOWHERE)?;
    for command in COMMANDS {
        let left = ended(folder.path(), command, &BY_PROFILE)?;
        assert_ne!(left.code, Some(0), "{command:?}: {left:?}");
        quiet(&format!("{command:?} of a broken profile"), &left);
    }
    Ok(())
}
