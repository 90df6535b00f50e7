//! Who is told of a night, on all channels at once, and what happens where nobody listens.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::Value;

use super::{
    journal::{journal, the},
    process::Result,
    sky::{CALM, SHORT, Sky, Speed},
};

/// New fails as soon as a quarter of the users arrive.
const SICK: &str = "description: new fails as soon as a quarter of the users arrive\n\
    faults:\n  - from_share: 25%\n    side: new\n    errors: 5%\n";

/// Everybody who can be told, on the loopback.
fn with_everybody(url: &str) -> String {
    format!(
        "{SHORT}notify:
  - {{ slack: {{ webhook_env: SLACK_HOOK }} }}
  - {{ slack: {{ token_env: SLACK_TOKEN, channel: \"#ops\", url: \"{url}/slack\" }} }}
  - {{ pagerduty: {{ routing_key_env: PAGERDUTY_KEY, url: \"{url}\" }} }}
  - {{ datadog: {{ api_key_env: DD_API_KEY, url: \"{url}\" }} }}
  - {{ webhook: {{ url: \"{url}/hook\", secret_env: HOOK_SECRET }} }}
  - {{ command: [sh, -c, \"echo $CUTOVER_EVENT $CUTOVER_SHARE\"], on: [breached, rolled_back] }}
"
    )
}

fn environment(hook: &str) -> [(&'static str, &str); 5] {
    [
        ("SLACK_HOOK", hook),
        ("SLACK_TOKEN", "xoxb-1"),
        ("PAGERDUTY_KEY", "ROUTINGKEY"),
        ("DD_API_KEY", "DDKEY"),
        ("HOOK_SECRET", "s3cret"),
    ]
}

/// One request: its path, its head and its body.
struct Asked {
    path: String,
    head: String,
    body: Value,
}

/// Takes everything that it is sent, as Slack's API would answer.
fn listen() -> Result<(String, Receiver<Asked>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let (sender, asked) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                while let Some(request) = read(&mut reader) {
                    let _ = sender.send(request);
                }
            });
        }
    });
    Ok((url, asked))
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = r#"{"ok":true,"channel":"C1","ts":"1.1"}"#;
    let written = write!(
        reader.get_mut(),
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    );
    written.ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    Some(Asked { path, head, body: serde_json::from_slice(&body).ok()? })
}

#[test]
fn a_night_that_goes_back_is_told_on_every_channel() -> Result<()> {
    let (url, asked) = listen()?;
    let sky = Sky::of(&with_everybody(&url), SICK, Speed::Usual)?;
    let hook = format!("{url}/services/T0/B0/x");
    let left = sky.run_with(&environment(&hook))?.end()?;
    assert_eq!(left.code, Some(4), "{}", left.said);
    assert!(!left.said.contains("told"), "{}", left.said);
    let all: Vec<Asked> = asked.try_iter().collect();
    let to = |path: &str| all.iter().filter(|asked| asked.path == path).collect::<Vec<_>>();

    let run = sky.run_folder()?;
    let lines = journal(&run)?;
    let id = the(&lines, "run_started").text("run").to_owned();
    let order = ["run_started", "step_started", "breached", "rollback_started", "rolled_back"];
    let posted: Vec<&str> =
        to("/hook").iter().filter_map(|asked| asked.body["event"].as_str()).collect();
    let of_order: Vec<&str> = posted.iter().copied().filter(|e| order.contains(e)).collect();
    assert_eq!(of_order, order, "{posted:?}");
    let first = to("/hook")[0];
    assert_eq!(first.body, *lines[0].whole(), "a webhook gets what the journal has");
    assert!(first.head.contains("cutover-signature: v1="), "{}", first.head);

    let slack: Vec<&str> =
        to("/services/T0/B0/x").iter().filter_map(|asked| asked.body["text"].as_str()).collect();
    assert!(slack[0].starts_with("short (staging): the run begins"), "{slack:?}");
    assert!(slack.last().is_some_and(|text| text.contains("ROLLED BACK")), "{slack:?}");
    let thread = to("/slack/chat.postMessage");
    assert!(thread[0].body["thread_ts"].is_null(), "the first one is the head");
    assert!(thread[1..].iter().all(|asked| asked.body["thread_ts"] == "1.1"));
    let updates = to("/slack/chat.update");
    assert_eq!(updates.len() + 1, thread.len());
    let newest = updates.last().map_or("", |asked| asked.body["text"].as_str().unwrap_or_default());
    assert_eq!(newest, "short (staging): rolled back, 0% on new");

    let alert = to("/v2/enqueue");
    let actions: Vec<&str> =
        alert.iter().filter_map(|asked| asked.body["event_action"].as_str()).collect();
    assert_eq!(actions, ["trigger", "trigger", "resolve"], "of the breach and of going back");
    assert!(alert.iter().all(|asked| asked.body["dedup_key"] == *id));
    let events = to("/api/v1/events");
    assert!(events.len() >= order.len() && events[0].head.contains("dd-api-key: DDKEY"));
    assert!(events.iter().all(|asked| asked.body["aggregation_key"] == *id));
    let said = fs::read_to_string(run.join("outputs/notify-6.log"))?;
    assert_eq!(said, "breached 25%\nrolled_back 0%\n");
    Ok(())
}

#[test]
fn nobody_who_does_not_listen_keeps_a_run_from_its_end() -> Result<()> {
    // It takes connections and never answers.
    let deaf = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}", deaf.local_addr()?);
    let sky = Sky::of(&with_everybody(&url), CALM, Speed::Usual)?;
    let left = sky.run_with(&environment("http://127.0.0.1:1/services/T0/B0/x"))?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (0, 100));
    for (name, why) in [
        ("Slack (SLACK_HOOK)", "refused"),
        ("Slack (#ops)", "no answer within 10 s"),
        ("Datadog (DD_API_KEY)", "no answer within 10 s"),
    ] {
        let told = |part: &str| {
            left.said.lines().filter(|line| line.contains(name) && line.contains(part)).count()
        };
        assert_eq!(told("cannot be told: "), 1, "{name}: {}", left.said);
        assert_eq!(told("was not told of everything"), 1, "{name}: {}", left.said);
        assert!(told(why) > 0, "{name}: {}", left.said);
    }
    Ok(())
}

#[test]
fn a_run_whose_channels_have_no_secrets_does_not_begin_and_plan_says_so_too() -> Result<()> {
    let sky = Sky::of(&with_everybody("http://127.0.0.1:1"), CALM, Speed::Usual)?;
    for command in [&["plan", "runbook.yaml"][..], &["run", "runbook.yaml", "--yes"]] {
        let left = sky.start(command)?.end()?;
        assert_eq!(left.code, Some(7), "{}", left.said);
        for name in ["SLACK_HOOK", "SLACK_TOKEN", "PAGERDUTY_KEY", "DD_API_KEY", "HOOK_SECRET"] {
            assert!(left.said.contains(&format!("variable {name}, which")), "{}", left.said);
        }
    }
    assert!(sky.run_folder().is_err(), "nothing was begun");
    Ok(())
}
