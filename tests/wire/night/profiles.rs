//! Credentials from profiles: a process, which is asked again before they end, and SSO.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
};

use super::{
    permitted::ROLES,
    process::Result,
    sky::{CALM, Sky, Speed},
};

/// Writes the short runbook with every side behind a profile of this content.
fn night(profile: &str) -> Result<Sky> {
    let runbook = ROLES.replace("{ role:", "{ profile: ops, role:");
    let sky = Sky::of(&runbook, CALM, Speed::Usual)?;
    fs::write(sky.folder().join("config"), format!("[profile ops]\n{profile}"))?;
    Ok(sky)
}

fn environment(folder: &Path) -> Result<[(String, String); 3]> {
    let path = |name: &str| folder.join(name).to_str().map(str::to_owned).ok_or("no UTF-8");
    Ok([
        ("AWS_CONFIG_FILE".to_owned(), path("config")?),
        ("HOME".to_owned(), path("")?),
        ("XDG_CACHE_HOME".to_owned(), path("cache")?),
    ])
}

/// Gives credentials that are good for eight minutes of the night's time, and notes that it was asked. The fast clock begins
/// anew in every process that is started under it, so it is worked out from the one on the wall.
const PROCESS: &str = r#"echo asked >> asked.txt
now=$(env -u LD_PRELOAD date +%s)
ends=$(env -u LD_PRELOAD date -u -d "@$((1772528400 + (now - ORIGIN) * 30 + 480))" +%Y-%m-%dT%H:%M:%SZ)
printf '{"Version":1,"AccessKeyId":"AKIA123456789012TEST","SecretAccessKey":"secret","SessionToken":"token",'
printf '"Expiration":"%s"}' "$ends"
"#;

#[test]
fn l66_a_credential_process_is_asked_again_before_its_credentials_end() -> Result<()> {
    let sky = night("credential_process = sh ./credentials.sh\n")?;
    let process = PROCESS.replace("ORIGIN", &sky.origin().to_string());
    fs::write(sky.folder().join("credentials.sh"), process)?;
    let variables = environment(sky.folder())?;
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let url = sky.url().to_owned();
    let all = |command: &[&'static str]| [command, &["--output", "json"]].concat();
    let with_url = |command: &[&'static str]| -> Result<super::process::Left> {
        let mut arguments: Vec<&str> = all(command);
        arguments.extend(["--endpoint-url", &url]);
        sky.start_as(&arguments, &variables)?.end()
    };
    let left = with_url(&["doctor", "runbook.yaml"])?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert!(
        left.printed
            .join("\n")
            .contains("a profile's credential_process, arn:aws:iam::123456789012:user")
    );
    let before = fs::read_to_string(sky.folder().join("asked.txt"))?.lines().count();
    let left = with_url(&["run", "runbook.yaml", "--yes"])?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (0, 100));
    let asked = fs::read_to_string(sky.folder().join("asked.txt"))?.lines().count() - before;
    assert!(asked >= 3, "it was asked {asked} times");
    let refused = |call: &&String| call.contains("ExpiredToken");
    assert_eq!(sky.calls().iter().filter(refused).count(), 0);
    Ok(())
}

/// Answers as SSO's portal does, and notes what it was asked.
fn portal(mut stream: TcpStream, asked: &Path) -> std::io::Result<()> {
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            read => request.extend(&part[..read]),
        }
    }
    fs::write(asked, &request)?;
    let body = r#"{"roleCredentials":{"accessKeyId":"AKIA123456789012TEST","secretAccessKey":"secret","sessionToken":"token","expiration":4102444800000}}"#;
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn an_sso_profile_is_signed_in_with_the_token_that_aws_sso_login_left() -> Result<()> {
    let sky = night(
        "sso_start_url = https://example.awsapps.com/start\nsso_region = us-west-2\nsso_account_id = 123456789012\n\
         sso_role_name = Ops\n",
    )?;
    let cache = sky.folder().join(".aws/sso/cache");
    fs::create_dir_all(&cache)?;
    // The file is named by the SHA-1 of the URL.
    fs::write(
        cache.join("e8be5486177c5b5392bd9aa76563515b29358e6e.json"),
        "{\"startUrl\":\"https://example.awsapps.com/start\",\"region\":\"us-west-2\",\"accessToken\":\"sso-token\",\
         \"expiresAt\":\"2099-01-01T00:00:00Z\"}",
    )?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let asked = sky.folder().join("portal.txt");
    let noted = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who has gone does not want the answer.
            let _ = portal(stream, &noted);
        }
    });
    let variables = environment(sky.folder())?;
    let mut variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    variables.push(("AWS_ENDPOINT_URL_SSO", &endpoint));
    let command = ["doctor", "runbook.yaml", "--output", "json", "--endpoint-url", sky.url()];
    let left = sky.start_as(&command, &variables)?.end()?;
    let told = left.printed.join("\n");
    assert_eq!(left.code, Some(0), "{} {told}", left.said);
    assert!(told.contains("an SSO profile, arn:aws:iam::123456789012:user"), "{told}");
    let request = fs::read_to_string(asked)?;
    assert!(request.starts_with("GET /federation/credentials?"), "{request}");
    for part in ["role_name=Ops", "account_id=123456789012", "x-amz-sso_bearer_token: sso-token"] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
    assert!(!told.contains("sso-token") && !left.said.contains("sso-token"));
    Ok(())
}
