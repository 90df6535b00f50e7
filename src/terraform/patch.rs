//! What makes Terraform's code and state match records that a run has left.

use std::collections::BTreeSet;

use super::{Address, Scene, Seen, hcl};
use crate::{
    plan::{Pair, RecordSet, Routing, ZoneId},
    unit::{RecordName, RecordType, clean},
};

/// Returns the records of a scene at this name and of this type.
pub(super) fn managed<'a>(
    scene: &'a Scene,
    zone: &'a ZoneId,
    name: &'a RecordName,
    kind: &'a RecordType,
) -> impl Iterator<Item = &'a Seen> {
    scene.records.iter().filter(move |seen| {
        seen.zone == *zone && seen.record.name == *name && seen.record.kind == *kind
    })
}

/// How far the run is whose records are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It may still set weights, so that the code is kept from setting any.
    UnderWay,
    /// It writes nothing more.
    Over,
}

/// What makes the code match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// How far the run is.
    pub stage: Stage,
    /// Each of the run's pairs that Terraform manages.
    pub pairs: Vec<PairPatch>,
    /// Those that it does not, which need nothing.
    pub unmanaged: usize,
}

/// What makes the code match one name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairPatch {
    /// Its name.
    pub name: RecordName,
    /// Its type.
    pub kind: RecordType,
    /// Records that stay managed, with what their blocks must say.
    pub edits: Vec<Edit>,
    /// Records that are not there any more, to be forgotten without being destroyed.
    pub removals: Vec<Address>,
    /// Records that are there and not managed yet.
    pub imports: Vec<Import>,
}

/// What the block of a managed record must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The record's address.
    pub address: Address,
    /// The record as the state knows it.
    pub was: RecordSet,
    /// The record as the run left it.
    pub now: RecordSet,
}

/// A record to be managed from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Where it is to stand.
    pub to: Address,
    /// Terraform's id of it.
    pub id: String,
    /// The record as the run left it.
    pub record: RecordSet,
    /// The zone that holds it.
    pub zone: ZoneId,
}

impl Patch {
    /// Compares what a state manages with the records that a run left, each pair's beside it.
    pub fn new<'a>(
        live: impl IntoIterator<Item = (&'a Pair, &'a [RecordSet])>,
        scene: &Scene,
        stage: Stage,
    ) -> Self {
        let mut patch = Self { stage, pairs: Vec::new(), unmanaged: 0 };
        let mut taken: BTreeSet<String> = scene.records.iter().filter_map(resource_of).collect();
        for (pair, live) in live {
            let known: Vec<&Seen> = managed(scene, &pair.zone, &pair.name, &pair.kind).collect();
            match of_pair(pair, live, &known, &mut taken) {
                Some(of_pair) => patch.pairs.push(of_pair),
                None => patch.unmanaged += 1,
            }
        }
        patch
    }
}

fn resource_of(seen: &Seen) -> Option<String> {
    seen.address.as_ref().map(Address::resource)
}

/// Matches managed and live records by their identifier within the group, which is how Terraform tells them apart.
fn of_pair(
    pair: &Pair,
    live: &[RecordSet],
    known: &[&Seen],
    taken: &mut BTreeSet<String>,
) -> Option<PairPatch> {
    let first = known.iter().find_map(|seen| seen.address.as_ref())?;
    let mut patch = PairPatch {
        name: pair.name.clone(),
        kind: pair.kind.clone(),
        edits: Vec::new(),
        removals: Vec::new(),
        imports: Vec::new(),
    };
    for seen in known {
        let Some(address) = seen.address.clone() else { continue };
        let same = |r: &&RecordSet| r.set_identifier() == seen.record.set_identifier();
        match live.iter().find(same) {
            Some(now) => {
                patch.edits.push(Edit { address, was: seen.record.clone(), now: now.clone() });
            }
            None => patch.removals.push(address),
        }
    }
    for record in live {
        let same = |seen: &&&Seen| seen.record.set_identifier() == record.set_identifier();
        if known.iter().find(same).is_none() {
            patch.imports.push(Import {
                to: named(pair, record, first, taken),
                id: hcl::import_id(&pair.zone, record),
                record: record.clone(),
                zone: pair.zone.clone(),
            });
        }
    }
    Some(patch)
}

/// Returns a name in the code that nothing has yet.
fn named(
    pair: &Pair,
    record: &RecordSet,
    beside: &Address,
    taken: &mut BTreeSet<String>,
) -> Address {
    let stem = ["_new", "_legacy"].iter().find_map(|end| beside.name.strip_suffix(end));
    let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or(&beside.name);
    let end = match &record.routing {
        Routing::Weighted { .. } if record.set_identifier() == pair.legacy.set_identifier() => {
            "_legacy"
        }
        Routing::Weighted { .. } => "_new",
        Routing::Simple | Routing::Other { .. } => "",
    };
    let names = (1_usize..).map(|n| match n {
        1 => format!("{stem}{end}"),
        n => format!("{stem}{end}_{n}"),
    });
    let mut addresses = names.map(|name| beside.beside(name));
    let free = addresses.find(|address| !taken.contains(&address.resource()));
    let address = free.unwrap_or_else(|| beside.clone());
    taken.insert(address.resource());
    address
}

impl Patch {
    /// Returns true when Terraform manages none of the records.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns the patch as text for the code: blocks to be added as they are, and comments that say what existing blocks
    /// must say and which commands come first.
    pub fn hcl(&self) -> String {
        let mut lines = Vec::new();
        for pair in &self.pairs {
            lines.push(format!("# ---- {} {}", pair.name, pair.kind));
            pair.edits.iter().for_each(|edit| self.edit(edit, &mut lines));
            pair.removals.iter().for_each(|address| removal(address, &mut lines));
            pair.imports.iter().for_each(|import| self.import(import, &mut lines));
            if lines.last().is_some_and(|last| !last.is_empty()) {
                lines.push(String::new());
            }
        }
        lines.join("\n")
    }

    fn ignores(&self, record: &RecordSet) -> bool {
        self.stage == Stage::UnderWay && record.weight().is_some()
    }

    fn edit(&self, edit: &Edit, lines: &mut Vec<String>) {
        let Edit { address, was, now } = edit;
        lines.push("#".to_owned());
        lines.push(format!("# {address}: its block must say{}", in_state(was, now)));
        let mut block = hcl::weight(now);
        // An answer that is as it was may stand in the code as a reference, which is better than a value.
        if !now.answer.is_same_as(&was.answer, &now.kind) || now.weight().is_none() {
            block.extend(hcl::answer(now));
        }
        if self.ignores(now) {
            block.extend(hcl::IGNORE.map(str::to_owned));
        }
        let block = block.into_iter().filter(|line| !line.is_empty());
        lines.extend(block.map(|line| format!("#   {}", clean(&line))));
    }

    fn import(&self, import: &Import, lines: &mut Vec<String>) {
        let Import { to, id, record, zone } = import;
        if !to.module.is_empty() {
            lines.push(format!(
                "# This resource belongs into the code of {}, the import into the root module.",
                to.module
            ));
        }
        lines.extend([
            "import {".to_owned(),
            format!("  to = {to}"),
            format!("  id = {}", hcl::quoted(id)),
            "}".to_owned(),
            String::new(),
            format!("resource \"{}\" \"{}\" {{", to.kind, to.name),
            format!("  zone_id = {}", hcl::quoted(&zone.0)),
            format!("  name    = {}", hcl::quoted(record.name.as_str())),
            format!("  type    = {}", hcl::quoted(record.kind.as_str())),
        ]);
        let set =
            record.set_identifier().map(|set| format!("set_identifier = {}", hcl::quoted(set)));
        let ignore = if self.ignores(record) { &hcl::IGNORE[..] } else { &[] };
        let ignore = ignore.iter().map(|line| (*line).to_owned()).collect();
        let parts = [set.into_iter().collect(), hcl::weight(record), hcl::answer(record), ignore];
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            lines.push(String::new());
            lines.extend(part.into_iter().map(|line| format!("  {line}").trim_end().to_owned()));
        }
        lines.extend(["}".to_owned(), String::new()]);
    }
}

/// Returns what a state says of a record where that is something else.
fn in_state(was: &RecordSet, now: &RecordSet) -> String {
    match (was.weight(), now.weight()) {
        (Some(before), Some(after)) if before != after => {
            format!(" (the state has the weight {})", before.0)
        }
        _ => String::new(),
    }
}

/// Only whole resources can be removed by a block, and only those of modules that stand alone.
fn removal(address: &Address, lines: &mut Vec<String>) {
    let command = format!("terraform state rm {}", hcl::shell(&address.to_string()));
    if address.is_one_of_several() {
        lines.push("#".to_owned());
        lines.push(format!("# {address}: take it out of the code, and out of the state with"));
        lines.push(format!("#   {}", clean(&command)));
        return;
    }
    lines.extend([
        format!("# Take the resource {address} out of the code. Before Terraform 1.7: {command}"),
        "removed {".to_owned(),
        format!("  from = {address}"),
        "  lifecycle {".to_owned(),
        "    destroy = false".to_owned(),
        "  }".to_owned(),
        "}".to_owned(),
        String::new(),
    ]);
}
