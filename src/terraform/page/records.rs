//! The records of a runbook that is drafted, each with where it points today and where it may go.

use std::collections::BTreeMap;

use super::Page;
use crate::{
    plan::{Answer, Balancer},
    terraform::{draft::Entry, yaml::value},
    unit::BalancerKind,
};

/// What stands for a load balancer that its author has to name.
const UNNAMED: &str = "CHANGE-ME";
/// Most load balancers that are offered.
const MOST_OFFERED: usize = 12;
/// The TTL that records should have during a cutover, in seconds.
const SHORT_TTL: u32 = 60;

impl Page<'_> {
    pub(super) fn records(&mut self, entries: &[Entry<'_>], left_out: &[String]) {
        self.comment("", "All records move in lockstep: at every moment each has the same share on the new side.");
        self.line("records:");
        for entry in entries {
            self.entry(entry);
        }
        if !left_out.is_empty() {
            self.line("");
            self.comment("", "Left out:");
            for text in left_out {
                self.comment("", &format!("  {text}"));
            }
        }
        self.line("");
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let indent = "    ";
        for text in &entry.from {
            self.comment("  ", text);
        }
        for text in &entry.why {
            self.comment("  ", text);
        }
        self.line(format!("  - name: {}", value(entry.name.as_str())));
        self.zone(entry);
        let kinds: Vec<String> = entry.kinds.iter().map(|kind| value(kind.as_str())).collect();
        self.line(format!("{indent}types: [{}]", kinds.join(", ")));
        if let Answer::Values { ttl, .. } = entry.legacy {
            if ttl.0 > SHORT_TTL {
                let text = format!(
                    "The TTL is {ttl} today; it is lowered before the first step, and the old one is waited out."
                );
                self.comment(indent, &text);
            }
            self.line(format!("{indent}ttl: {}", ttl.0.clamp(1, SHORT_TTL)));
        }
        let legacy = self.target(entry.legacy);
        self.line(format!("{indent}legacy: {legacy}"));
        match entry.new {
            Some(answer) => {
                let new = self.target(answer);
                self.metrics(entry, answer);
                self.line(format!("{indent}new: {new}"));
            }
            None => self.offer(entry),
        }
    }

    fn zone(&mut self, entry: &Entry<'_>) {
        let indent = "    ";
        let Some(zone) = self.scene.zones.get(entry.zone) else {
            return self.line(format!("{indent}zone: {}", value(&entry.zone.0)));
        };
        if self.names.get(&(&zone.name, zone.private)).is_some_and(|count| *count > 1) {
            self.comment(indent, &format!("One of several zones named {}.", zone.name));
            return self.line(format!("{indent}zone: {}", value(&entry.zone.0)));
        }
        self.line(format!("{indent}zone: {}", value(zone.name.as_str())));
        if zone.private {
            self.line(format!("{indent}private: true"));
        }
    }

    /// Returns a target as the runbook names it.
    fn target(&self, answer: &Answer) -> String {
        let health = |on: bool| if on { ", evaluate_target_health: true" } else { "" };
        match answer {
            Answer::Alias { dns_name, zone_id, evaluate_target_health } => {
                let health = health(*evaluate_target_health);
                match self.scene.behind(answer) {
                    Some(Balancer { name, .. }) => {
                        format!("{{ {}: {}{health} }}", name.kind, value(&name.name))
                    }
                    None => format!(
                        "{{ alias: {{ dns_name: {}, zone_id: {} }}{health} }}",
                        value(dns_name.trim_end_matches('.')),
                        value(zone_id)
                    ),
                }
            }
            Answer::Values { values, .. } => match &values[..] {
                [only] => format!("{{ value: {} }}", value(only)),
                several => {
                    let several: Vec<String> = several.iter().map(|one| value(one)).collect();
                    format!("{{ values: [{}] }}", several.join(", "))
                }
            },
        }
    }

    /// A target that is no load balancer does not say where its metrics are.
    fn metrics(&mut self, entry: &Entry<'_>, new: &Answer) {
        if self.scene.behind(new).is_some() && self.scene.behind(entry.legacy).is_some() {
            return;
        }
        self.comment(
            "    ",
            "DECIDE: which load balancers' metrics tell how each side does, such as `metrics: { alb: NAME }` in `legacy` and in `new`;",
        );
        self.comment("    ", "  without any on new, `cutover plan` refuses the runbook unless another record has them.");
    }

    /// Writes a new side that its author has to choose, with the best guess.
    fn offer(&mut self, entry: &Entry<'_>) {
        let indent = "    ";
        let host = |balancer: &Balancer| balancer.dns_name.clone();
        let own = self.scene.behind(entry.legacy).map(host);
        let partners = own.as_ref().and_then(|own| self.partners.get(own.as_str()));
        let partners: Vec<&Balancer> =
            partners.into_iter().flat_map(BTreeMap::values).copied().collect();
        let (guess, why) = match (&partners[..], &self.free[..]) {
            ([only], _) => {
                (Some(*only), "The other records that leave this load balancer move there.")
            }
            (_, [only]) => {
                (Some(*only), "It is the only load balancer known that no record points to.")
            }
            _ => (None, ""),
        };
        let target = match guess {
            Some(guess) => {
                self.comment(indent, &format!("DECIDE: is this where it moves to? {why}"));
                format!("{}: {}", guess.name.kind, value(&guess.name.name))
            }
            None => {
                let others = self.scene.balancers().filter(|one| Some(host(one)) != own);
                let mut names: Vec<String> =
                    others.take(MOST_OFFERED).map(|one| one.name.to_string()).collect();
                if names.is_empty() {
                    names.push("no others".to_owned());
                }
                let text = format!(
                    "DECIDE: where does it move to? Load balancers known are {}.",
                    names.join(", ")
                );
                self.comment(indent, &text);
                format!("{}: {UNNAMED}", BalancerKind::Application)
            }
        };
        self.line(format!("{indent}new: {{ {target} }}"));
    }
}
