//! Groups of records that move one after another.

use std::collections::BTreeMap;

use super::{Rules, gates, steps};
use crate::{
    runbook::{
        model::{Gates, Step, Wave},
        read::Fields,
    },
    yaml::excerpt,
};

/// Returns the waves and the steps of all of them. `common` is what is watched where a wave does not say.
pub(super) fn waves(
    root: Fields<'_>,
    common: Option<&Gates>,
    rules: &mut Rules<'_>,
) -> Option<(Vec<Wave>, Vec<Step>)> {
    let (mut waves, mut all) = (Vec::new(), Vec::new());
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let mut whole = true;
    for node in root.items("waves") {
        let fields = Fields::of(node);
        if let Some(name) = fields.node("name")
            && let Some(text) = name.text()
            && let Some(line) = named.insert(text, name.line)
        {
            let message = format!("the wave `{}` stands in line {line} already", excerpt(text));
            rules.broken(name, message, Some("give each its own name"));
        }
        let own = steps::steps(fields, rules);
        let gates = match fields.node("gates") {
            Some(gates) => gates::gates(Fields::of(gates), root, rules),
            None => common.cloned(),
        };
        let (Some(name), Some(own), Some(gates)) = (fields.text("name").needed(), own, gates)
        else {
            whole = false;
            continue;
        };
        let records = fields.items("records").len();
        waves.push(Wave { name, records, steps: own.len(), gates });
        all.extend(own);
    }
    whole.then_some((waves, all))
}
