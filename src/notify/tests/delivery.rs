//! Channels that work, and those that do not.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::{
    server::{Reply, Server},
    *,
};
use crate::notify::{
    Notifier, Surroundings,
    courier::wait,
    notifier::Pace,
    secret::{Secrets, problem},
};

const CANARY: &str = "CANARY1234567890";

/// Patient with servers, and in no hurry to wait.
const PACE: Pace = Pace {
    attempt: Duration::from_secs(60),
    waits: (Duration::from_millis(1), Duration::from_millis(4)),
    patience: SignedDuration::from_mins(10),
    last: Duration::from_secs(60),
    most: 100,
};

/// What is around the channels of a test: a clock that one sets, and what the operator is told.
#[derive(Default)]
struct Scene {
    /// Seconds after 02:14.
    clock: Arc<AtomicI64>,
    told: Arc<Mutex<Vec<String>>>,
    secrets: Secrets,
    outputs: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let secrets = BTreeMap::from([("SECRET".to_owned(), hushed(CANARY))]);
        Self { secrets, ..Self::default() }
    }

    fn open(&self, notify: &[Notify], pace: Pace) -> Notifier {
        let (clock, told) = (Arc::clone(&self.clock), Arc::clone(&self.told));
        let began = at("02:14:00");
        let around = Surroundings {
            secrets: self.secrets.clone(),
            outputs: self.outputs.clone(),
            now: Arc::new(move || began + SignedDuration::from_secs(clock.load(Ordering::SeqCst))),
            tell: Arc::new(move |text| told.lock().unwrap().push(text)),
            seed: 7,
            again: false,
        };
        Notifier::with(notify, around, pace)
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

fn webhook(server: &Server) -> Vec<Notify> {
    let channel =
        Channel::Webhook { url: format!("{}/hook", server.url), secret_env: Some("SECRET".into()) };
    vec![notify(channel, &["run_started", "step_started", "breached", "rolled_back"])]
}

fn night() -> Vec<Arc<Message>> {
    all(messages([started(Mode::Usual), step(), written(), breached("3.1% failed"), back()]))
}

fn tell(notifier: &Notifier, messages: &[Arc<Message>]) {
    messages.iter().for_each(|message| notifier.tell(message));
}

#[test]
fn what_is_wanted_arrives_in_order_and_nothing_else() {
    let server = Server::start([]);
    let scene = Scene::new();
    let notifier = scene.open(&webhook(&server), PACE);
    tell(&notifier, &night());
    assert_eq!(notifier.close(|| ()), Vec::<String>::new());
    let asked = server.rest();
    let events: Vec<&str> = asked
        .iter()
        .map(|asked| asked.body.split("\"event\":\"").nth(1).unwrap().split('"').next().unwrap())
        .collect();
    assert_eq!(events, ["run_started", "step_started", "breached", "rolled_back"]);
    assert!(asked[0].head.starts_with("POST /hook HTTP/1.1\r\n"), "{}", asked[0].head);
    assert!(asked[0].head.contains("content-type: application/json"), "{}", asked[0].head);
    assert!(asked[0].head.contains("user-agent: cutover/"), "{}", asked[0].head);
    assert!(scene.told().is_empty());
}

#[test]
fn what_passes_is_tried_again_and_told_once_until_it_works() {
    let later = |status| Reply::Answer(status, "x: y", "later".to_owned());
    let server = Server::start([later(503), later(500), Reply::Close, later(429), later(502)]);
    let scene = Scene::new();
    let notifier = scene.open(&webhook(&server), PACE);
    tell(&notifier, &night());
    assert_eq!(notifier.close(|| ()), Vec::<String>::new());
    let bodies: Vec<String> = server.rest().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies.len(), 9);
    assert!(bodies[..6].iter().all(|body| *body == bodies[0]), "the first is told before the next");
    let host = server.url.trim_start_matches("http://");
    let first = format!(
        "webhook ({host}) cannot be told: it answered 503: later; it is tried again, and the run goes on"
    );
    assert_eq!(scene.told(), [first, format!("webhook ({host}) can be told again")]);
}

#[test]
fn what_is_refused_is_not_tried_again_and_counted() {
    let no = Reply::Answer(404, "x: y", "no such hook".to_owned());
    let server = Server::start([no.clone(), no]);
    let scene = Scene::new();
    let notifier = scene.open(&webhook(&server), PACE);
    tell(&notifier, &night());
    let host = server.url.trim_start_matches("http://");
    let untold = notifier.close(|| ());
    assert_eq!(
        untold,
        [format!("webhook ({host}) was not told of everything; 2 messages did not get there")]
    );
    assert_eq!(server.rest().len(), 4);
    assert_eq!(
        scene.told(),
        [
            format!(
                "webhook ({host}) cannot be told: it answered 404: no such hook; the run goes on without"
            ),
            format!("webhook ({host}) can be told again; 2 messages were lost"),
        ]
    );
}

#[test]
fn a_server_that_hangs_is_given_up_on_and_keeps_nobody_waiting() {
    let server = Server::start([Reply::Hang, Reply::Hang, Reply::Hang, Reply::Hang]);
    let scene = Scene::new();
    let pace = Pace { last: Duration::from_millis(50), ..PACE };
    let notifier = scene.open(&webhook(&server), pace);
    tell(&notifier, &night());
    server.next();
    let mut waited = false;
    let untold = notifier.close(|| waited = true);
    let host = server.url.trim_start_matches("http://");
    assert_eq!(
        untold,
        [format!("webhook ({host}) was not told of everything; 4 messages did not get there")]
    );
    assert!(waited);
}

#[test]
fn an_attempt_ends_with_its_timeout_and_the_next_one_may_work() {
    let server = Server::start([Reply::Hang]);
    let scene = Scene::new();
    let pace = Pace { attempt: Duration::from_millis(300), ..PACE };
    let notifier = scene.open(&webhook(&server), pace);
    tell(&notifier, &night()[..1]);
    assert_eq!(notifier.close(|| ()), Vec::<String>::new());
    assert_eq!(server.rest().len(), 2);
    assert!(scene.told()[0].contains("no answer within 0.3 s"), "{:?}", scene.told());
}

#[test]
fn a_server_that_wants_to_be_left_alone_for_long_loses_the_message() {
    let busy = Reply::Answer(429, "retry-after: 3600", String::new());
    let server = Server::start([busy]);
    let scene = Scene::new();
    let notifier = scene.open(&webhook(&server), PACE);
    tell(&notifier, &night()[..2]);
    let untold = notifier.close(|| ());
    assert!(untold[0].contains("1 message did not get there"), "{untold:?}");
    assert_eq!(server.rest().len(), 2, "one attempt for each");
}

#[test]
fn a_message_that_has_grown_old_is_tried_once_more_and_given_up() {
    let server = Server::start([Reply::Close, Reply::Close, Reply::Close]);
    let scene = Scene::new();
    scene.clock.store(11 * 60, Ordering::SeqCst);
    let notifier = scene.open(&webhook(&server), PACE);
    tell(&notifier, &night()[..3]);
    let untold = notifier.close(|| ());
    assert!(untold[0].contains("2 messages did not get there"), "{untold:?}");
    assert_eq!(server.rest().len(), 2);
}

#[test]
fn a_queue_that_is_full_keeps_what_matters() {
    let server = Server::start([Reply::Hang]);
    let scene = Scene::new();
    let pace = Pace { most: 2, last: Duration::from_millis(50), ..PACE };
    let notifier = scene.open(&webhook(&server), pace);
    let night = night();
    notifier.tell(&night[0]);
    // It is on its way now, and stays there.
    server.next();
    for _ in 0..5 {
        notifier.tell(&night[1]);
        notifier.tell(&night[3]);
    }
    let untold = notifier.close(|| ());
    assert!(untold[0].contains("11 messages did not get there"), "{untold:?}");
}

#[test]
fn nobody_listens_at_all() {
    let server = Server::start([]);
    let mut notify = webhook(&server);
    notify[0].channel =
        Channel::Webhook { url: "http://127.0.0.1:1/hook".to_owned(), secret_env: None };
    let scene = Scene::new();
    let pace = Pace { patience: SignedDuration::ZERO, ..PACE };
    scene.clock.store(60, Ordering::SeqCst);
    let notifier = scene.open(&notify, pace);
    tell(&notifier, &night()[..1]);
    let untold = notifier.close(|| ());
    assert!(untold[0].contains("onnection refused"), "{untold:?}");
}

#[test]
fn secrets_are_in_no_notice_even_where_a_server_repeats_them() {
    for (channel, status) in [
        (Channel::Datadog { api_key_env: "SECRET".into(), site: String::new(), url: None }, 400),
        (Channel::PagerDuty { routing_key_env: "SECRET".into(), url: None }, 400),
        (Channel::SlackThread { token_env: "SECRET".into(), channel: "#x".into(), url: None }, 503),
        (Channel::Slack { webhook_env: "SECRET".into() }, 404),
    ] {
        let server = Server::start(vec![Reply::Echo(status); 20]);
        let mut scene = Scene::new();
        let mut channel = channel;
        if let Channel::Slack { .. } = &channel {
            let url = format!("{}/services/T0/B0/{CANARY}", server.url);
            scene.secrets.insert("SECRET".to_owned(), hushed(&url));
        } else if let Channel::Datadog { url, .. }
        | Channel::PagerDuty { url, .. }
        | Channel::SlackThread { url, .. } = &mut channel
        {
            *url = Some(server.url.clone());
        }
        scene.clock.store(3600, Ordering::SeqCst);
        let notifier = scene.open(&[notify(channel, &["breached"])], PACE);
        tell(&notifier, &night());
        let untold = notifier.close(|| ());
        let all = format!("{untold:?}{:?}{:?}", scene.told(), scene.secrets);
        let asked = server.rest();
        assert!(format!("{asked:?}").contains(CANARY), "it was sent");
        assert!(!all.contains("CANARY") && all.contains("***"), "{all}");
    }
}

#[test]
fn a_secret_that_is_missing_or_no_secret_is_a_problem_that_does_not_show_it() {
    let slack = Channel::Slack { webhook_env: "SECRET".to_owned() };
    let missing = problem(&slack, &Secrets::new()).unwrap();
    assert!(
        missing.starts_with("the environment variable SECRET, which `notify` names"),
        "{missing}"
    );
    for wrong in ["CANARY", "https://x.example/CANARY CANARY", "http://x/\u{e9}CANARY"] {
        let secrets = BTreeMap::from([("SECRET".to_owned(), hushed(wrong))]);
        let problem = problem(&slack, &secrets).unwrap();
        assert!(!problem.contains("CANARY"), "{problem}");
    }
    let secrets = BTreeMap::from([("SECRET".to_owned(), hushed(" https://x.example/T0\n"))]);
    assert_eq!(problem(&slack, &secrets), None);
    let scene = Scene { secrets: Secrets::new(), ..Scene::new() };
    let notifier = scene.open(&[notify(slack, &["breached"])], PACE);
    tell(&notifier, &night());
    assert_eq!(notifier.close(|| ()), Vec::<String>::new());
    assert!(scene.told()[0].contains("is not told of this run"), "{:?}", scene.told());
}

#[test]
fn a_command_is_run_and_its_failure_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new();
    scene.outputs = folder.path().to_path_buf();
    let command = |script: &str| Channel::Command {
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
    };
    let notifier = scene.open(
        &[
            notify(command("echo $CUTOVER_EVENT $CUTOVER_STEP $CUTOVER_SHARE"), &["breached"]),
            notify(command("echo no; exit 3"), &["breached"]),
        ],
        PACE,
    );
    tell(&notifier, &night());
    let untold = notifier.close(|| ());
    assert_eq!(
        untold,
        [
            "command (sh) was not told of everything; 1 message did not get there: it failed with exit status 3"
        ]
    );
    let said = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        (said("notify-1.log"), said("notify-2.log")),
        ("breached 2 25%\n".into(), "no\n".into())
    );
}

#[test]
fn a_server_says_when_to_come_again_in_seconds_or_by_a_date() {
    let now = at("02:14:00");
    assert_eq!(wait("7", now), Some(Duration::from_secs(7)));
    let date = wait("Mon, 23 Nov 2026 02:15:00 GMT", now);
    assert_eq!(date, Some(Duration::from_secs(60)));
    assert_eq!(wait("Mon, 23 Nov 2026 02:13:00 GMT", now), Some(Duration::ZERO));
    assert_eq!(wait("soon", now), None);
}

#[test]
fn waits_grow_and_stay_below_the_longest() {
    let pace = Pace { waits: (Duration::from_secs(1), Duration::from_secs(30)), ..PACE };
    let waits = [0, 1, 2, 5, 40].map(|before| pace.backoff(before, 1.0).as_secs());
    assert_eq!(waits, [1, 2, 4, 30, 30]);
    assert_eq!(pace.backoff(0, 0.0), Duration::from_millis(500));
}
