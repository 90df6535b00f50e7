//! Asks Datadog, one thread for each gate, so that what hangs delays nothing else.

use std::{
    collections::BTreeMap,
    fmt,
    io::Read as _,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;
use ureq::{
    Agent,
    http::{HeaderMap, Response},
};

use super::answer::{Answer, Told, short, told, unread};
use crate::{
    driver::{Asking, Datadog, Heard},
    gate::DatadogFault,
    notify::{Secret, Secrets, agent, datadog_api},
    plan::{DatadogAccess, DatadogGate, DatadogWatch},
    unit::{Minute, SignedDuration, Timestamp},
};

/// How long one call may take. Every reading of all metrics waits for it.
const CALL: Duration = Duration::from_secs(5);
/// Most bytes of an answer: a query for many series of an hour has some hundred thousand.
const LONGEST: u64 = 8 * 1024 * 1024;
/// How long nothing is asked where a refusal does not say for how long.
const USUAL_RESET: u64 = 60;
/// Longest that a server can keep itself from being asked.
const LONGEST_RESET: u64 = 3600;

/// Asks Datadog over HTTP.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    keys: Secrets,
    call: Duration,
    /// When the rate limit of each kind of call is reset, where it is used up.
    closed: Arc<Mutex<BTreeMap<Kind, Timestamp>>>,
}

/// Datadog counts the calls of each kind of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Monitor,
    Query,
}

impl Kind {
    fn of(gate: &DatadogGate) -> Self {
        match gate.watches {
            DatadogWatch::Monitor { .. } => Self::Monitor,
            DatadogWatch::Query { .. } => Self::Query,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

/// Returns the variables that hold the keys of a gate, and what each of them is.
pub fn keys_of(access: &DatadogAccess) -> [(&str, &'static str); 2] {
    let DatadogAccess { api_key_env, app_key_env, .. } = access;
    [(api_key_env, "Datadog's API key"), (app_key_env, "Datadog's application key")]
}

/// Returns why Datadog could not be asked, each in a sentence with what to do. No key is in any of them.
pub fn problems(gates: &[DatadogGate], keys: &Secrets) -> Vec<String> {
    let Some(gate) = gates.first() else { return Vec::new() };
    let problem = |(variable, what): (&str, &str)| match keys.get(variable) {
        Some(key) if key.fits_a_header() => None,
        Some(key) if !key.reveal().is_empty() => Some(format!(
            "the environment variable {variable} does not hold {what}; what it holds is not shown here"
        )),
        Some(_) | None => Some(format!(
            "the environment variable {variable}, which the gates on Datadog need for {what}, is not set; set it, name another \
             one under `datadog`, or take the gates out of the runbook"
        )),
    };
    keys_of(&gate.access).into_iter().filter_map(problem).collect()
}

impl Client {
    /// Returns one that asks with these keys, by the names of their variables.
    pub fn new(keys: Secrets) -> Self {
        Self::waiting(keys, CALL)
    }

    /// Returns one whose calls take no longer than this.
    pub(super) fn waiting(keys: Secrets, call: Duration) -> Self {
        Self { agent: agent(call), keys, call, closed: Arc::default() }
    }

    /// Asks about one gate, and waits for the answer.
    fn look(&self, gate: &DatadogGate, span: (Minute, Minute), now: Timestamp) -> Told {
        let kind = Kind::of(gate);
        if let Some(until) = self.closed_until(kind).filter(|until| now < *until) {
            return limited(until);
        }
        let (answer, limit) = match self.call(gate, span) {
            Ok(came) => came,
            Err(why) => return unread(DatadogFault::Failed, self.masked(gate, &why)),
        };
        let until = limit.closes(answer.status).map(|wait| after(now, wait));
        if let Some(until) = until {
            self.closed.lock().unwrap_or_else(PoisonError::into_inner).insert(kind, until);
        }
        match until {
            Some(until) if answer.status == 429 => limited(until),
            Some(_) | None => {
                let body = self.masked(gate, &answer.body);
                told(gate, &Answer { body, ..answer }, span)
            }
        }
    }

    fn closed_until(&self, kind: Kind) -> Option<Timestamp> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).copied()
    }

    fn call(
        &self,
        gate: &DatadogGate,
        (from, until): (Minute, Minute),
    ) -> Result<(Answer, Limit), String> {
        let api = datadog_api(&gate.access.site, gate.access.url.as_deref());
        let mut get = match &gate.watches {
            DatadogWatch::Monitor { id } => self.agent.get(format!("{api}/api/v1/monitor/{id}")),
            DatadogWatch::Query { query, .. } => self
                .agent
                .get(format!("{api}/api/v1/query"))
                .query("from", from.start().as_second().to_string())
                .query("to", until.start().as_second().to_string())
                .query("query", query),
        };
        let headers = ["dd-api-key", "dd-application-key"];
        for (header, (variable, what)) in headers.into_iter().zip(keys_of(&gate.access)) {
            let key = self.keys.get(variable).filter(|key| key.fits_a_header());
            let Some(key) = key else { return Err(format!("{variable} does not hold {what}")) };
            get = get.header(header, key.reveal());
        }
        let mut response = get.call().map_err(|error| self.words(&error))?;
        let limit = Limit::told_by(response.headers());
        let body = self.body(&mut response)?;
        Ok((Answer { status: response.status().as_u16(), body }, limit))
    }

    /// Reads a whole answer: half of one is none.
    fn body(&self, response: &mut Response<ureq::Body>) -> Result<String, String> {
        let mut body = Vec::new();
        let reader = response.body_mut().as_reader();
        reader.take(LONGEST + 1).read_to_end(&mut body).map_err(|error| {
            if error.kind() == std::io::ErrorKind::TimedOut {
                return self.late();
            }
            format!("its answer broke off: {error}")
        })?;
        if body.len() as u64 > LONGEST {
            return Err("its answer has no end; ask for fewer series".to_owned());
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    fn words(&self, error: &ureq::Error) -> String {
        if matches!(error, ureq::Error::Timeout(_)) {
            return self.late();
        }
        short(&error.to_string())
    }

    fn late(&self) -> String {
        format!("no answer within {} s", self.call.as_secs_f64())
    }

    /// Returns a text without the keys: a server may repeat what it was sent.
    fn masked(&self, gate: &DatadogGate, text: &str) -> String {
        let keys = keys_of(&gate.access);
        let keys = keys.iter().filter_map(|(variable, _)| self.keys.get(*variable));
        keys.fold(text.to_owned(), |text, key: &Secret| key.masked(&text))
    }
}

impl Datadog for Client {
    fn ask(&self, gates: &[DatadogGate], span: (Minute, Minute), now: Timestamp) -> Asking {
        let asked: Vec<_> = gates
            .iter()
            .map(|gate| {
                let (answer, told) = oneshot::channel();
                let (client, gate) = (self.clone(), gate.clone());
                let name = gate.gate_name();
                // A thread that hangs ends with the process, and nothing ever waits for it.
                let begun = thread::Builder::new().name("datadog".to_owned()).spawn(move || {
                    let _ = answer.send(client.look(&gate, span, now));
                });
                (name, begun.is_ok().then_some(told))
            })
            .collect();
        // The client bounds its calls; this bounds what it does not, such as an address that is never found.
        let late = self.late();
        let patience = self.call + Duration::from_secs(1);
        Box::pin(async move {
            let mut heard = Heard::default();
            let mut asked = asked;
            let all = async {
                while let Some((name, told)) = asked.last_mut() {
                    let told = match told {
                        Some(told) => told.await.ok(),
                        None => None,
                    };
                    let told =
                        told.unwrap_or_else(|| unread(DatadogFault::Failed, "no thread is left"));
                    take_in(&mut heard, std::mem::take(name), told);
                    asked.pop();
                }
            };
            let _ = tokio::time::timeout(patience, all).await;
            for (name, _) in asked {
                take_in(&mut heard, name, unread(DatadogFault::Failed, late.clone()));
            }
            heard
        })
    }
}

fn take_in(heard: &mut Heard, name: String, told: Told) {
    match told {
        Told::Reading(reading) => drop(heard.readings.insert(name, reading)),
        Told::Values(values) => drop(heard.values.insert(name, values)),
    }
}

fn limited(until: Timestamp) -> Told {
    let until = until.strftime("%H:%M:%S");
    unread(DatadogFault::Limited, format!("its rate limit is used up until {until} UTC"))
}

fn after(now: Timestamp, seconds: u64) -> Timestamp {
    let wait = SignedDuration::from_secs(seconds.min(LONGEST_RESET) as i64);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// What an answer tells of its rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    /// Calls that are left.
    remaining: Option<u64>,
    /// Seconds until there are more.
    reset: Option<u64>,
}

impl Limit {
    fn told_by(headers: &HeaderMap) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let reset = number("x-ratelimit-reset").or_else(|| number("retry-after"));
        Self { remaining: number("x-ratelimit-remaining"), reset }
    }

    /// Returns for how many seconds nothing more may be asked, where that is so.
    fn closes(self, status: u16) -> Option<u64> {
        match (status, self.remaining, self.reset) {
            (429, _, reset) => Some(reset.unwrap_or(USUAL_RESET).max(1)),
            (_, Some(0), Some(reset)) => Some(reset.max(1)),
            (_, _, _) => None,
        }
    }
}
