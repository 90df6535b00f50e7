//! Limits that are changed while a run goes on: a path below `gates` and a value are set in the runbook's tree, and the
//! runbook is built from it again, so that the same checks hold as on the first evening.
//!
//! Only limits can be changed. What a gate looks at, whether it is switched on, and how far back legacy's past was read was
//! decided when the run began. Start with [`tuned`].

use std::str::FromStr;

use super::{
    Choice, ParseError, Source,
    draft::Draft,
    model::{ErrorLimit, Gates, Runbook},
    parse,
    shape::{Complaint, FIXED, Limit, LimitKey, limits},
    words::meant,
};
use crate::yaml::{Node, Problem, Value, excerpt};

/// A limit and what it is to be, written `errors.critical.times_legacy=3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it stands below `gates`; a metric gate's limit by the gate's name, as in `metrics.replica-lag.critical.above`.
    pub limit: String,
    /// The value, as a runbook has it.
    pub to: String,
}

/// Text that is not a change of a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not LIMIT=VALUE, such as `errors.critical.times_legacy=3`", excerpt(.0))]
pub struct InvalidChange(String);

impl FromStr for Change {
    type Err = InvalidChange;

    fn from_str(text: &str) -> Result<Self, InvalidChange> {
        // A metric gate's name may have a `=` in it; no value has.
        match text.rsplit_once('=').map(|(limit, to)| (limit.trim(), to.trim())) {
            Some((limit, to)) if !limit.is_empty() && !to.is_empty() => {
                Ok(Self { limit: limit.to_owned(), to: to.to_owned() })
            }
            Some(_) | None => Err(InvalidChange(text.to_owned())),
        }
    }
}

/// Why limits cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TuneError {
    /// The runbook is wrong even without the changes.
    #[error(transparent)]
    Runbook(#[from] ParseError),
    /// What is wrong with the changes, each in words with what to do about it.
    #[error("{}", .0.join("; "))]
    Changes(Vec<String>),
}

/// Returns the gates that the runbook has with these changes; of two changes of one limit the later counts. Of a runbook
/// with waves they are those of this wave, from 0: what is common to several is changed for it alone.
///
/// # Errors
/// The runbook is wrong, or a change is: it names no limit, or its value breaks a rule of the runbook.
pub fn tuned(
    source: &Source,
    choice: &Choice,
    wave: usize,
    changes: &[Change],
) -> Result<Gates, TuneError> {
    let before = parse(source, choice)?;
    let gates = |runbook: &Runbook| {
        runbook.all_gates().nth(wave).cloned().unwrap_or_else(|| runbook.gates.clone())
    };
    let draft = Draft::read(source).map_err(ParseError::from)?;
    // Below the file's last line, so that every change has a place that nothing else has.
    let below = draft.length() + 1;
    let mut wrong = Vec::new();
    let environment = before.environment.name.as_deref();
    let (after, problems) = draft.altered(environment, &choice.vars, |root| {
        let (way, own) = own_gates(root, wave);
        let mut limits = limits(own);
        for limit in &mut limits {
            limit.keys.splice(0..0, way.iter().copied());
        }
        for (change, line) in changes.iter().zip(below..) {
            wrong.extend(set(root, &limits, change, line).err());
        }
    });
    let changed = |problem: &Problem| changes.get(problem.line.checked_sub(below)?);
    wrong.extend(problems.iter().map(|problem| told(changed(problem), problem)));
    match after {
        Some(after) if wrong.is_empty() => {
            let after = gates(&after);
            past_is_kept(&gates(&before), &after).map_err(|why| TuneError::Changes(vec![why]))?;
            Ok(after)
        }
        Some(_) | None => Err(TuneError::Changes(wrong)),
    }
}

/// Returns the way to the mapping whose `gates` count in a wave, and those gates: the wave's own where it has some, else the
/// runbook's.
fn own_gates(root: &Node, wave: usize) -> (Vec<LimitKey>, Option<&Node>) {
    let waves = match root.get("waves").map(|waves| &waves.value) {
        Some(Value::Sequence(waves)) => waves.as_slice(),
        Some(Value::Scalar { .. } | Value::Mapping(_) | Value::Refused) | None => &[],
    };
    match waves.get(wave).and_then(|wave| wave.get("gates")) {
        Some(own) => (vec![LimitKey::Name("waves"), LimitKey::Item(wave)], Some(own)),
        None => (Vec::new(), root.get("gates")),
    }
}

/// Returns a problem of the altered tree in words. One that a rule has found may stand at what was not changed.
fn told(change: Option<&Change>, Problem { message, hint, .. }: &Problem) -> String {
    let at = change.map_or(String::new(), |change| format!("`{}`: ", excerpt(&change.limit)));
    format!("{at}{message}{}", in_brackets(hint.as_deref()))
}

/// Sets one limit in the tree, as if it stood in this line.
///
/// # Errors
/// There is no such limit, or its value has a wrong form.
fn set(root: &mut Node, limits: &[Limit], change: &Change, line: usize) -> Result<(), String> {
    let Some(limit) = limits.iter().find(|limit| limit.path == change.limit) else {
        return Err(stranger(&change.limit, limits));
    };
    let path = excerpt(&limit.path);
    if let Some(gate) = &limit.off {
        return Err(format!("`{path}`: `{gate}` is off in the runbook, and {DECIDED}"));
    }
    limit.check(&change.to).map_err(|Complaint { message, hint }| {
        format!("`{path}`: {message}{}", in_brackets(hint.as_deref()))
    })?;
    let value = Value::Scalar { text: change.to.clone(), quoted: false };
    put(root, &limit.keys, &Node { value, line, column: 1 });
    Ok(())
}

/// Puts a value where the keys lead, making the mappings on the way to it.
fn put(node: &mut Node, keys: &[LimitKey], value: &Node) {
    let Some((key, rest)) = keys.split_first() else {
        node.clone_from(value);
        return;
    };
    match (key, &mut node.value) {
        (LimitKey::Item(index), Value::Sequence(items)) => {
            if let Some(item) = items.get_mut(*index) {
                put(item, rest, value);
            }
        }
        (LimitKey::Name(name), Value::Mapping(pairs)) => {
            let at = pairs.iter().position(|(key, _)| key.text() == Some(name));
            let at = at.unwrap_or_else(|| {
                let key = Value::Scalar { text: (*name).to_owned(), quoted: false };
                let empty = Node { value: Value::Mapping(Vec::new()), ..*value };
                pairs.push((Node { value: key, ..*value }, empty));
                pairs.len() - 1
            });
            put(&mut pairs[at].1, rest, value);
        }
        // The runbook was right without the change, so that what should be a list or a mapping is one.
        (LimitKey::Item(_) | LimitKey::Name(_), _) => {}
    }
}

const DECIDED: &str = "gates are not switched on or off while a run goes on";

/// Says that this is no limit, and which one was probably meant.
fn stranger(path: &str, limits: &[Limit]) -> String {
    let shown = excerpt(path);
    let mut below = limits.iter().filter(|limit| limit.is_below(path));
    if let Some(first) = below.next() {
        return format!(
            "`{shown}` is not one limit; it has some, such as `{}`, and {DECIDED}",
            excerpt(&first.path)
        );
    }
    if FIXED.contains(&path) {
        return format!("`{shown}` is not a limit: what is watched was decided when the run began");
    }
    let paths: Vec<&str> = limits.iter().map(|limit| limit.path.as_str()).collect();
    let near = meant(path, &paths).or_else(|| {
        let mut longer = paths.iter().filter(|known| is_end_of(path, known));
        longer.next().filter(|_| longer.next().is_none()).copied()
    });
    match near {
        Some(near) => format!("`{shown}` is not a limit; did you mean `{}`?", excerpt(near)),
        None => format!(
            "`{shown}` is not a limit of this runbook; limits are written as below its `gates`, such as `pass.min_requests`"
        ),
    }
}

/// Returns true where one of two paths is the end of the other.
fn is_end_of(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.'))
}

fn in_brackets(hint: Option<&str>) -> String {
    hint.map_or(String::new(), |hint| format!(" ({hint})"))
}

/// Legacy's past is read once, before a run begins, over the time that the runbook says then.
///
/// # Errors
/// A limit is to be set by another part of it.
fn past_is_kept(before: &Gates, after: &Gates) -> Result<(), String> {
    let (Some(before), Some(after)) = (&before.errors, &after.errors) else { return Ok(()) };
    let levels = [
        ("critical", &before.critical, &after.critical),
        ("warning", &before.warning, &after.warning),
    ];
    let moved = |limit: &ErrorLimit, now: &ErrorLimit| {
        now.history.is_some() && now.history != limit.history
    };
    match levels.into_iter().find(|(_, before, after)| moved(before, after)) {
        None => Ok(()),
        Some((level, ..)) => Err(format!(
            "`errors.{level}.history`: legacy's past was read when the run began; it can only be `off`, or what the runbook says"
        )),
    }
}
