//! A night that Datadog watches too: an HTTP server on the loopback speaks as its API does.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use super::{
    journal::{journal, the},
    process::{Result, Signal},
    sky::{CALM, SHORT, Sky, Speed},
};

const KEYS: [(&str, &str); 2] = [("DD_API_KEY", "apiCANARYkey"), ("DD_APP_KEY", "appCANARYkey")];

/// Datadog, as far as it has one monitor and one query.
#[derive(Clone)]
struct Datadog {
    url: String,
    told: Arc<Mutex<Told>>,
}

struct Told {
    state: &'static str,
    asked: Vec<String>,
}

impl Datadog {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let told = Arc::new(Mutex::new(Told { state: "OK", asked: Vec::new() }));
        let datadog = Self { url, told };
        let serving = datadog.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.serve(stream));
            }
        });
        Ok(datadog)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        look(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn says(&self, state: &'static str) {
        self.with(|told| told.state = state);
    }

    fn asked(&self) -> usize {
        self.with(|told| told.asked.len())
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head).ok()? == 0 {
                    return None;
                }
            }
            let keyed = ["dd-api-key: apicanarykey\r\n", "dd-application-key: appcanarykey\r\n"]
                .iter()
                .all(|key| head.to_lowercase().contains(key));
            let state = self.with(|told| {
                told.asked.push(head.clone());
                told.state
            });
            let (status, body) = match (keyed, head.starts_with("GET /api/v1/monitor/7 ")) {
                (false, _) => (403, r#"{"errors":["Forbidden"]}"#.to_owned()),
                (true, true) => (
                    200,
                    format!(r#"{{"id":7,"name":"p95 of checkout","overall_state":"{state}"}}"#),
                ),
                (true, false) => (404, r#"{"errors":["Monitor not found"]}"#.to_owned()),
            };
            let length = body.len();
            write!(
                reader.get_mut(),
                "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .ok()?;
        }
    }
}

fn watched(datadog: &Datadog, monitor: u64) -> String {
    let url = &datadog.url;
    format!(
        "{SHORT}datadog: {{ url: \"{url}\" }}\ngates: {{ datadog: [{{ monitor: {monitor} }}] }}\n"
    )
}

#[test]
fn a_monitor_that_warns_holds_the_run_and_one_that_alerts_sends_everybody_back() -> Result<()> {
    let datadog = Datadog::start()?;
    let sky = Sky::of(&watched(&datadog, 7), CALM, Speed::Usual)?;
    let mut run = sky.run_with(&KEYS)?;
    run.until("settled", 1)?;
    datadog.says("Warn");
    run.until("held", 1)?;
    datadog.says("Alert");
    let left = run.end()?;
    assert_eq!(left.code, Some(4), "{}", left.said);
    let lines = journal(&sky.run_folder()?)?;
    let warned = the(&lines, "warned");
    assert_eq!(
        (warned.text("gate"), warned.text("why")),
        ("datadog monitor 7", "`p95 of checkout` says Warn")
    );
    let breached = the(&lines, "breached");
    assert_eq!(
        (breached.text("gate"), breached.text("why")),
        ("datadog monitor 7", "`p95 of checkout` says Alert")
    );
    let kept = std::fs::read_to_string(sky.run_folder()?.join("journal.jsonl"))?;
    let plan = std::fs::read_to_string(sky.run_folder()?.join("plan.json"))?;
    assert!(!format!("{kept}{plan}{}", left.said).contains("CANARY"));
    Ok(())
}

#[test]
fn a_rollback_asks_datadog_nothing() -> Result<()> {
    let datadog = Datadog::start()?;
    let sky = Sky::of(&watched(&datadog, 7), CALM, Speed::Usual)?;
    let mut run = sky.run_with(&KEYS)?;
    run.until("settled", 1)?;
    run.signal(Signal::Terminate)?;
    assert_eq!(run.end()?.code, Some(5));
    let before = datadog.asked();
    assert!(before > 0);
    let left = sky.start(&["rollback", "--yes"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(datadog.asked(), before);
    Ok(())
}

#[test]
fn what_datadog_does_not_tell_is_a_problem_before_anything_is_changed() -> Result<()> {
    let datadog = Datadog::start()?;
    let sky = Sky::of(&watched(&datadog, 8), CALM, Speed::Usual)?;
    for (keys, said) in [
        (
            &KEYS[..],
            "datadog monitor 8: monitor 8 could not be read: it answered 404: Monitor not found;",
        ),
        (&KEYS[..1], "the environment variable DD_APP_KEY, which the gates on Datadog need for"),
        (
            &[KEYS[0], ("DD_APP_KEY", "another")],
            "datadog monitor 8: monitor 8 could not be read: it answered 403: Forbidden; see that both keys",
        ),
    ] {
        let left = sky.run_with(keys)?.end()?;
        assert_eq!(left.code, Some(7), "{}", left.said);
        assert!(left.said.contains(said), "{}", left.said);
    }
    datadog.says("Alert");
    let red = Sky::of(&watched(&datadog, 7), CALM, Speed::Usual)?;
    let left = red.run_with(&KEYS)?.end()?;
    assert_eq!(left.code, Some(7), "{}", left.said);
    let said = "the gate `datadog monitor 7` is red before anything has moved: `p95 of checkout` says Alert; mend that first";
    assert!(left.said.contains(said), "{}", left.said);
    Ok(())
}
