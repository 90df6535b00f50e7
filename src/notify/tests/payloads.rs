//! What each service is sent, beside what its documentation says.

use std::path::Path;

use serde_json::Value;
use snapbox::{IntoData as _, assert_data_eq, str};

use super::*;
use crate::notify::{
    http::{Answer, Request, Verdict},
    queue::Queue,
    service::{Datadog, Errand, Local, PagerDuty, Service, Slack, Thread, Webhook},
};

/// Returns a request as one reads it: where to, headers, body.
fn shown(request: &Request) -> String {
    let Request { url, headers, body } = request;
    let headers: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body: Value = serde_json::from_str(body).unwrap();
    format!("POST {url}\n{}\n{body:#}\n", headers.join(""))
}

/// Returns a request in one line, without what the webhook's blocks have shown.
fn line(request: &Request) -> String {
    let mut body: Value = serde_json::from_str(&request.body).unwrap();
    let blocks = body["blocks"].take();
    let texts: Vec<&str> = blocks
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|block| block["text"]["text"].as_str())
        .collect();
    let method = request.url.rsplit('/').next().unwrap();
    format!("{method} {:?} {body}\n{}\n\n", request.headers, texts.join("\n"))
}

fn ok(body: &str) -> Answer {
    Answer { status: 200, retry_after: None, body: body.to_owned() }
}

fn breach() -> Message {
    last(breached("3.1% of 840 requests failed on new, 0.2% on legacy"))
}

#[test]
fn slack_gets_blocks_and_a_text_that_stands_for_them() {
    let slack = Slack { url: hushed("https://hooks.slack.example/services/T0/B0/x") };
    assert_data_eq!(shown(&slack.request(&breach())), str![[r#"
POST https://hooks.slack.example/services/T0/B0/x

{
  "text": "api (production): the errors gate is BREACHED\n3.1% of 840 requests failed on new, 0.2% on legacy\nnext: everybody goes back to legacy",
  "blocks": [
    {
      "type": "section",
      "text": {
        "type": "mrkdwn",
        "text": ":rotating_light: *api (production): the errors gate is BREACHED*"
      }
    },
    {
      "type": "section",
      "text": {
        "type": "mrkdwn",
        "text": "3.1% of 840 requests failed on new, 0.2% on legacy\nnext: everybody goes back to legacy"
      }
    },
    {
      "type": "context",
      "elements": [
        {
          "type": "mrkdwn",
          "text": "api-20261123T021400Z-9f3a | breached, 25% on new | 2026-11-23 02:14:03 UTC"
        }
      ]
    }
  ]
}

"#]].raw());
}

#[test]
fn nothing_in_a_text_mentions_people_or_links_in_slack() {
    let slack = Slack { url: hushed("https://hooks.slack.example/") };
    let body =
        slack.request(&last(breached("<!channel> <https://evil.example|fine> a&b *c*"))).body;
    assert!(!body.contains('<') && !body.contains('>'), "{body}");
    assert!(body.contains("&lt;!channel&gt;") && body.contains("a&amp;b"), "{body}");
}

#[test]
fn a_long_text_is_cut_where_the_service_would_refuse_it_and_never_within_an_escape() {
    for text in ["x", "<", "&x", "é", "∗&"] {
        let message = last(breached(&text.repeat(5000)));
        let slack = Slack { url: hushed("https://hooks.slack.example/") };
        let body: Value = serde_json::from_str(&slack.request(&message).body).unwrap();
        let shown = body["blocks"][1]["text"]["text"].as_str().unwrap();
        assert!(shown.chars().count() <= 3000 && shown.ends_with(" ..."), "{}", shown.len());
        let rest = shown.replace("&amp;", "").replace("&lt;", "");
        assert!(!rest.contains('&'), "{rest}");
        let datadog = Datadog { url: String::new(), key: hushed("k") };
        let body: Value = serde_json::from_str(&datadog.request(&message).body).unwrap();
        assert!(body["text"].as_str().unwrap().chars().count() <= 4000);
    }
}

#[test]
fn a_thread_has_a_head_that_is_kept_up_and_replies_below_it() {
    let mut thread = Thread::new("https://slack.com/api".to_owned(), hushed("xoxb-1"), "#ops");
    let [first, second] = &messages([started(Mode::Usual), breached("3.1% failed")])[..] else {
        panic!()
    };
    let mut shapes = line(&thread.request(first, 0).unwrap());
    let answer = ok(r#"{"ok":true,"channel":"C024BE91L","ts":"1763864040.000100"}"#);
    assert_eq!(thread.judge(first, &answer), Verdict::Delivered);
    assert!(thread.request(first, 1).is_none());
    shapes += &line(&thread.request(second, 0).unwrap());
    assert_eq!(thread.judge(second, &ok(r#"{"ok":true,"ts":"2"}"#)), Verdict::Delivered);
    shapes += &line(&thread.request(second, 1).unwrap());
    assert!(thread.request(second, 2).is_none());
    assert_data_eq!(shapes, str![[r##"
chat.postMessage [("authorization", "Bearer xoxb-1")] {"channel":"#ops","text":"api (production): beginning","blocks":null}
:large_blue_circle: *api (production): beginning*
the run begins: 2 record pairs in 5 steps

chat.postMessage [("authorization", "Bearer xoxb-1")] {"channel":"C024BE91L","thread_ts":"1763864040.000100","text":"api (production): the errors gate is BREACHED\n3.1% failed\nnext: everybody goes back to legacy","blocks":null,"reply_broadcast":true}
:rotating_light: *api (production): the errors gate is BREACHED*
3.1% failed
next: everybody goes back to legacy

chat.update [("authorization", "Bearer xoxb-1")] {"channel":"C024BE91L","text":"api (production): breached","blocks":null,"ts":"1763864040.000100"}
:rotating_light: *api (production): breached*
the errors gate is BREACHED


"##]].raw());
}

#[test]
fn slack_says_in_a_good_answer_what_is_wrong() {
    let mut thread = Thread::new(String::new(), hushed("xoxb-1"), "#ops");
    let never = thread.judge(&breach(), &ok(r#"{"ok":false,"error":"channel_not_found"}"#));
    let why = "Slack answered `channel_not_found`".to_owned();
    assert_eq!(never, Verdict::Never { why });
    for body in
        [r#"{"ok":false,"error":"internal_error"}"#, r#"{"ok":false,"error":"ratelimited"}"#]
    {
        assert!(matches!(thread.judge(&breach(), &ok(body)), Verdict::Later { .. }));
    }
    assert!(matches!(thread.judge(&breach(), &ok("<html>")), Verdict::Never { .. }));
    assert!(thread.request(&breach(), 1).is_none(), "there is no head");
}

#[test]
fn pagerduty_gets_one_alert_for_a_run_which_ends_when_everybody_is_back() {
    let url = "https://events.pagerduty.com".to_owned();
    let mut duty = PagerDuty { url, key: hushed("R0UT1NGKEY"), open: false };
    assert!(duty.request(&last(back())).is_none(), "there is nothing to resolve");
    let mut shapes = shown(&duty.request(&breach()).unwrap());
    let taken = Answer { status: 202, retry_after: None, body: String::new() };
    assert_eq!(duty.judge(&breach(), &taken), Verdict::Delivered);
    shapes += &shown(&duty.request(&last(back())).unwrap());
    assert_eq!(duty.judge(&last(back()), &taken), Verdict::Delivered);
    assert!(duty.request(&last(back())).is_none());
    assert_data_eq!(
        shapes,
        str![[r#"
POST https://events.pagerduty.com/v2/enqueue

{
  "routing_key": "R0UT1NGKEY",
  "event_action": "trigger",
  "dedup_key": "api-20261123T021400Z-9f3a",
  "client": "cutover",
  "payload": {
    "summary": "api (production): the errors gate is BREACHED",
    "source": "api",
    "severity": "critical",
    "timestamp": "2026-11-23T02:14:03Z",
    "component": "Route 53",
    "group": "production",
    "class": "breached",
    "custom_details": {
      "run": "api-20261123T021400Z-9f3a",
      "state": "breached, 25% on new",
      "step": 2,
      "share_on_new": "25%",
      "details": [
        "3.1% of 840 requests failed on new, 0.2% on legacy",
        "next: everybody goes back to legacy"
      ]
    }
  }
}
POST https://events.pagerduty.com/v2/enqueue

{
  "routing_key": "R0UT1NGKEY",
  "event_action": "resolve",
  "dedup_key": "api-20261123T021400Z-9f3a"
}

"#]]
        .raw()
    );
}

#[test]
fn datadog_gets_an_event_with_tags() {
    let datadog = Datadog { url: "https://api.datadoghq.com".to_owned(), key: hushed("DDKEY") };
    assert_data_eq!(shown(&datadog.request(&breach())), str![[r#"
POST https://api.datadoghq.com/api/v1/events
dd-api-key: DDKEY

{
  "title": "api (production): the errors gate is BREACHED",
  "text": "3.1% of 840 requests failed on new, 0.2% on legacy\nnext: everybody goes back to legacy\nbreached, 25% on new",
  "date_happened": 1795400043,
  "alert_type": "error",
  "priority": "normal",
  "aggregation_key": "api-20261123T021400Z-9f3a",
  "tags": [
    "source:cutover",
    "run:api-20261123T021400Z-9f3a",
    "runbook:api",
    "event:breached",
    "environment:production",
    "step:2",
    "share:25"
  ]
}

"#]].raw());
}

#[test]
fn a_webhook_gets_the_record_with_a_signature_over_time_and_body() {
    let url = "https://ops.example.com/hook".to_owned();
    let webhook = Webhook { url, secret: Some(hushed("s3cret")) };
    let message = breach();
    let request = webhook.request(&message, at("02:14:30"));
    assert_eq!(request.body, message.record);
    // printf '%s.%s' 1795400070 "$body" | openssl dgst -sha256 -hmac s3cret
    assert_data_eq!(
        shown(&request),
        str![[r#"
POST https://ops.example.com/hook
cutover-event: breached
cutover-delivery: api-20261123T021400Z-9f3a/4
cutover-timestamp: 1795400070
cutover-signature: v1=31c227a9aa07277974d92192b8c5991aa6ca294da7686428ea27be6b1fcc6016

{
  "seq": 4,
  "at": "2026-11-23T02:14:03Z",
  "run": "api-20261123T021400Z-9f3a",
  "event": "breached",
  "gate": "errors",
  "cause": "over_warning",
  "why": "3.1% of 840 requests failed on new, 0.2% on legacy",
  "next": "everybody goes back to legacy",
  "check": "cd70330bfb69db2b"
}

"#]]
        .raw()
    );
    let later = webhook.request(&message, at("02:14:31"));
    assert_ne!(request.headers, later.headers, "a repetition is signed anew");
    let unsigned = Webhook { secret: None, ..webhook }.request(&message, at("02:14:30"));
    assert!(unsigned.headers.iter().all(|(name, _)| *name != "cutover-signature"));
}

#[test]
fn a_command_gets_the_event_in_its_environment() {
    let local = Local { argv: vec!["./tell.sh".to_owned()], output: "notify-1.log".into() };
    let command = local.command(&breach());
    let variables: Vec<String> =
        command.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_data_eq!(variables.join("\n"), str![[r#"
CUTOVER_DRY_RUN=false
CUTOVER_EVENT=breached
CUTOVER_MESSAGE=api (production): the errors gate is BREACHED
3.1% of 840 requests failed on new, 0.2% on legacy
next: everybody goes back to legacy
CUTOVER_RECORD={"seq":4,"at":"2026-11-23T02:14:03Z","run":"api-20261123T021400Z-9f3a","event":"breached","gate":"errors","cause":"over_warning","why":"3.1% of 840 requests failed on new, 0.2% on legacy","next":"everybody goes back to legacy","check":"cd70330bfb69db2b"}
CUTOVER_RUN=api-20261123T021400Z-9f3a
CUTOVER_SHARE=25%
CUTOVER_STEP=2
"#]].raw());
    let long = local.command(&last(breached(&"x".repeat(200_000))));
    assert!(long.variables.values().all(|value| value.len() < 128 * 1024 || value.contains("api")));
    let shortened: Value = serde_json::from_str(&long.variables["CUTOVER_RECORD"]).unwrap();
    assert_eq!(shortened["shortened"], true);
}

#[test]
fn answers_say_whether_trying_again_helps() {
    let verdict = |status| Answer { status, retry_after: None, body: String::new() }.verdict();
    for status in [200, 202, 204] {
        assert_eq!(verdict(status), Verdict::Delivered);
    }
    for status in [408, 429, 500, 502, 503, 504] {
        assert!(matches!(verdict(status), Verdict::Later { .. }), "{status}");
    }
    for status in [301, 302, 307, 400, 401, 403, 404, 410] {
        assert!(matches!(verdict(status), Verdict::Never { .. }), "{status}");
    }
}

#[test]
fn apis_are_where_the_runbook_says_or_else_where_they_usually_are() {
    let secrets = BTreeMap::from([("S".to_owned(), hushed("x"))]);
    let url = |channel: Channel| {
        let service = Service::of(&channel, &secrets, true, Path::new("x")).unwrap();
        match service.errand(&breach(), 0, at("02:14:00")).unwrap() {
            Errand::Http(request) => request.url,
            Errand::Command(_) => panic!(),
        }
    };
    let (name, there) = (|| "S".to_owned(), |url: &str| Some(url.to_owned()));
    let pagerduty = |url| Channel::PagerDuty { routing_key_env: name(), url };
    assert_eq!(url(pagerduty(None)), "https://events.pagerduty.com/v2/enqueue");
    let eu = url(pagerduty(there("https://events.eu.pagerduty.com/")));
    assert_eq!(eu, "https://events.eu.pagerduty.com/v2/enqueue");
    let datadog =
        |url| Channel::Datadog { api_key_env: name(), site: "us5.datadoghq.com".into(), url };
    assert_eq!(url(datadog(None)), "https://api.us5.datadoghq.com/api/v1/events");
    assert_eq!(url(datadog(there("http://proxy:80"))), "http://proxy:80/api/v1/events");
    let thread = |url| Channel::SlackThread { token_env: name(), channel: "#ops".into(), url };
    assert_eq!(url(thread(None)), "https://slack.com/api/chat.postMessage");
}

#[test]
fn a_full_queue_loses_the_oldest_of_what_matters_least() {
    let mut queue = Queue::new(3);
    let low = || last(Event::Settled { hold_until: at("03:00:00") });
    let queued = [low(), breach(), last(step()), breach(), low(), breach()];
    for (seq, mut message) in queued.into_iter().enumerate() {
        message.seq = seq as u64;
        queue.push(Arc::new(message));
    }
    let left: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|message| message.seq).collect();
    assert_eq!(left, [1, 3, 5]);
    assert_eq!((queue.take_dropped(), queue.take_dropped()), (3, 0));
}
